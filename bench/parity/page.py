"""One page that opens from a disk; without a script, and it loads nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench import __version__
from bench.parity import words
from bench.parity.rows import Parity
from bench.report.single_file import REPORT_STYLE, joined, policy_hash, template, write_file

LEFT: Final = 50  # of what is not explained; --json has all
_HERE: Final = Path(__file__).parent


def write_page(path: Path, found: Parity) -> None:
    """UsageError where `path` cannot be written."""
    write_file(path, render(found))


def render(found: Parity) -> str:
    style = joined(REPORT_STYLE, _HERE / "static" / "parity.css")
    return template(_HERE / "templates" / "parity.html").render(
        found=found,
        words=words,
        shown=LEFT,
        style=style,
        style_hash=policy_hash(style),
        version=__version__,
    )
