"""One page that opens from a disk; without a script, and it loads nothing."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from bench import __version__, store
from bench.errors import UsageError
from bench.parity import words
from bench.parity.rows import Parity
from bench.report import page as report_page
from bench.report.page.plain import visible

LEFT: Final = 50  # of what is not explained; --json has all
_HERE: Final = Path(__file__).parent
_STYLES: Final = (
    Path(report_page.__file__).parent / "static" / "page.css",
    _HERE / "static" / "parity.css",
)


def write_page(path: Path, found: Parity) -> None:
    """UsageError where `path` cannot be written."""
    try:
        store.write_text(path, render(found))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def render(found: Parity) -> str:
    style = "\n".join(one.read_text(encoding="utf-8") for one in _STYLES)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    given = {"found": found, "words": words, "shown": LEFT, "style": style, "style_hash": digest}
    return str(_template().render(version=__version__, **given))


@cache
def _template() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: visible(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("parity.html")
