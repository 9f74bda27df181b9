"""VLMHyperBench: one config, any harness, one honest report. The functions are in bench.api."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["evaluate", "rescore", "resume", "start"]

if TYPE_CHECKING:
    from bench.api import evaluate, rescore, resume, start


def __getattr__(name: str) -> object:
    # `bench --help` imports this package: what it does not need is loaded when it is asked for.
    if name in __all__:
        import importlib

        return getattr(importlib.import_module("bench.api"), name)
    raise AttributeError(f"module 'bench' has no attribute {name!r}")
