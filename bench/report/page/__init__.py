"""The page: templates/ and static/ become one file whose only outside things are its images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.report.images import Gallery, Key
from bench.report.page.rows import Source, records_json
from bench.report.page.view import page_view
from bench.report.single_file import REPORT_STYLE, joined, policy_hash, template
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
    style = joined(REPORT_STYLE)
    body = joined(*(_HERE / "static" / f"{name}.js" for name in SCRIPTS))
    script = f'(() => {{\n"use strict";\n{body}\n}})();'
    page = template(_HERE / "templates" / "page.html")
    parts: dict[str, Any] = {
        "view": page_view(report, records, gallery),
        "style": style,
        "script": script,
        "style_hash": policy_hash(style),
        "script_hash": policy_hash(script),
    }
    shell = len(page.render(records="", **parts).encode())
    source = Source(report, records, prompts, gallery)
    return page.render(records=records_json(source, MOST_BYTES - shell), **parts)
