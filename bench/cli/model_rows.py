"""The lines of `bench model list`. Nothing here imports pydantic, YAML or rich: it takes a fifth of
a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import resources
from bench.benchmarks import compiled

Row = dict[str, Any]
MODELS = "models"  # configs/compiled/models.json
COLUMNS = ("model", "family", "reads", "licence", "engine", "loaded by")
_DROPPED = ("family", "licence", "reads")  # in this order, where a terminal is narrow
_LEAST_LICENCE = 14
_GAP = 2


def model_rows() -> list[Row]:
    """The shipped model files as they are understood; those that were edited are read anew."""
    found = compiled.kept(MODELS, models_digest())
    return described() if found is None else list(found["rows"])


def models_digest() -> str:
    return compiled.digest(_files())


def _files() -> list[Path]:
    return sorted((resources.folder("configs") / "models").iterdir())


def described() -> list[Row]:
    from bench.model import find_model, models

    return [
        {**model.model_dump(mode="json"), "engine": model.engine_name}
        for model in map(find_model, models())
    ]


def chosen(rows: Iterable[Row], search: str | None, modality: str | None) -> Iterator[Row]:
    """`search` is looked for in the shown cells and in the weights, `modality` in what it reads."""
    wanted = search.casefold() if search else ""
    for row in rows:
        if modality and modality not in row["modalities"]:
            continue
        texts = (*cells(row).values(), row["summary"], _weights(row))
        if not wanted or any(wanted in text.casefold() for text in texts):
            yield row


def _weights(row: Row) -> str:
    weights = row["weights"] or ""
    return weights if isinstance(weights, str) else str(weights["package"])


def cells(row: Row) -> dict[str, str]:
    made_of_weights = row["weights"] is not None
    return {
        "model": row["name"],
        "family": row["family"] or "-",
        "reads": " ".join(row["modalities"]),
        "licence": row["licence"] or ("not known" if made_of_weights else "-"),
        "engine": row["engine"] or row["base_url"] or "-",
        "loaded by": " ".join(row["in_process"]) or "-",
    }


def listed(rows: Iterable[Row], width: int | None) -> str:
    """Columns of plain text; in a terminal of `width` those that fit into it."""
    table = [cells(row) for row in rows]
    shown = {name: _column(name, [line[name] for line in table]) for name in COLUMNS}
    for name in _DROPPED:
        spare = (width or 10**6) - _wide(shown)
        if spare >= 0:
            break
        least = len(shown[name][0]) + spare
        if name == "licence" and least >= _LEAST_LICENCE:
            shown[name] = [_cut(text, least) for text in shown[name]]
        else:
            del shown[name]
    lines = zip(*shown.values(), strict=True)
    return "\n".join((" " * _GAP).join(line).rstrip() for line in lines)


def _column(title: str, texts: Sequence[str]) -> list[str]:
    most = max(map(len, (title, *texts)))
    return [text.ljust(most) for text in (title, *texts)]


def _wide(shown: dict[str, list[str]]) -> int:
    return sum(len(column[0]) for column in shown.values()) + _GAP * (len(shown) - 1)


def _cut(text: str, most: int) -> str:
    kept = text.rstrip()
    return text[:most] if len(kept) <= most else kept[: most - 1] + "…"
