"""What the schema wants as texts."""

from __future__ import annotations

VERSION = "0.3.0"
UNKNOWN = "unknown"


def texts(**values: object) -> dict[str, str]:
    """What is not known is left out."""
    return {key: str(value) for key, value in values.items() if value not in (None, "")}
