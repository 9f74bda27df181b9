"""Drawn tasks: documents of invented people, from a seed, with everything that is right known."""

from bench.generate.families import FAMILIES, family
from bench.generate.writing import generate, labelled, task_name

__all__ = ["FAMILIES", "family", "generate", "labelled", "task_name"]
