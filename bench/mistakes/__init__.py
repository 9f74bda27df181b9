"""What kind of mistake an answer is, by stated rules (docs/mistakes.md). Pure; changes no score."""

from __future__ import annotations

from bench.mistakes.kind import mistake

__all__ = ["mistake"]
