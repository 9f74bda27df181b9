"""What a model says, read out of how it says it: docs/answers.md has the readings."""

from __future__ import annotations

from bench.reading.json_search import Parsed, parse_json
from bench.reading.json_text import Number, json_text
from bench.reading.lists import READINGS, Reading, read

__all__ = ["READINGS", "Number", "Parsed", "Reading", "json_text", "parse_json", "read"]
