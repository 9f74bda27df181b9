"""The page: templates/ and static/ become one file whose only outside things are its images."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.report.images import Gallery, Key
from bench.report.page.plain import visible
from bench.report.page.rows import Source, records_json
from bench.report.page.view import page_view
from bench.schema import Record, Report

MOST_BYTES: Final = 4_800_000  # of the page without inlined images
SCRIPTS: Final = (
    *(
        "records",
        "text",
        "diff",
        "tables",
        "filters",
        "list",
        "scores",
        "fields",
        "record",
        "others",
        "main",
    ),
)
_HERE = Path(__file__).parent


def render(
    report: Report, records: Sequence[Record], prompts: Mapping[Key, str], gallery: Gallery
) -> str:
    """The whole page. The same report gives the same bytes."""
    style = _static("page.css")
    body = "\n".join(_static(f"{name}.js") for name in SCRIPTS)
    script = f'(() => {{\n"use strict";\n{body}\n}})();'
    template = _template()
    parts: dict[str, Any] = {
        "view": page_view(report, records, gallery),
        "style": style,
        "script": script,
        "style_hash": _hash(style),
        "script_hash": _hash(script),
    }
    shell = len(template.render(records="", **parts).encode())
    source = Source(report, records, prompts, gallery)
    return str(template.render(records=records_json(source, MOST_BYTES - shell), **parts))


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
    return environment.get_template("page.html")


def _static(name: str) -> str:
    return (_HERE / "static" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a content security policy wants it: of what stands between the tags."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
