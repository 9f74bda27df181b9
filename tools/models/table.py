"""The table of docs/models.md, from the model files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.model import Model

PAGE = Path(__file__).resolve().parents[2] / "docs" / "models.md"
BEGIN, END = "<!-- models: begin (python -m tools.models) -->", "<!-- models: end -->"


def with_table(page: str, models: Iterable[Model]) -> str:
    """The page with the table between its marks made anew."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"docs/models.md has no place for the table: {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{table(models)}\n{END}{after}"


def table(models: Iterable[Model]) -> str:
    lines = [
        "| model | family | reads | licence | engine | lm-eval | lmms-eval | vlmevalkit |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in models:
        cells = [f"`{one.name}`", one.family, ", ".join(one.modalities), one.licence or "not known"]
        cells.append(one.engine_name or "none")
        cells += [_loads(one, harness) for harness in ("lm-eval", "lmms-eval", "vlmevalkit")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _loads(model: Model, harness: str) -> str:
    found = model.in_process.get(harness)
    if found is None:
        return "–"
    return f"`{found.model}`" + (" (overlay)" if found.requires else "")
