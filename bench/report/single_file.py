"""Pages of one file that open from a disk: style and script inside, and nothing else is loaded.

A page's content security policy names the hashes of its own style and script.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import store
from bench.errors import UsageError
from bench.report.plain import visible

if TYPE_CHECKING:
    from jinja2 import Template

REPORT_STYLE: Final = Path(__file__).parent / "page" / "static" / "page.css"


@cache
def template(path: Path) -> Template:
    """Its values are escaped, and characters that cannot be seen are made visible."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: visible(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(path.name)


def joined(*files: Path) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def policy_hash(text: str) -> str:
    """As a content security policy names it behind `sha256-`."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def write_file(path: Path, text: str) -> None:
    """UsageError where `path` cannot be written."""
    try:
        store.write_text(path, text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
