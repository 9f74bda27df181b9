"""What a harness has, as tables beside its adapter: benchmarks.tsv and models.tsv.

An adapter's catalogue.py is run by `bench env lock NAME` with the Python of the harness, as
`python -P catalogue.py FOLDER`, and writes both files into FOLDER. Rows are sorted by name; a cell
is empty where the harness does not say it. Nothing in a table depends on the day or the machine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

BENCHMARKS = ("name", "modality", "kind", "dataset", "config", "split", "metric", "judge")
MODELS = ("name", "class", "modality")


def target() -> str:
    """The folder that the tables go to: the one argument of the command line."""
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        sys.exit("usage: python -P catalogue.py FOLDER")
    return sys.argv[1]


def write_benchmarks(
    folder: str, rows: Iterable[Mapping[str, Any]], more: Sequence[str] = ()
) -> None:
    """`more` are columns of this harness's own, behind those that all harnesses have."""
    _write(folder, "benchmarks.tsv", (*BENCHMARKS, *more), rows)


def write_models(folder: str, rows: Iterable[Mapping[str, Any]]) -> None:
    _write(folder, "models.tsv", MODELS, rows)


def _write(
    folder: str, file: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    lines = sorted({tuple(_cell(row.get(column)) for column in columns) for row in rows})
    names = [line[0] for line in lines]
    if "" in names or len(set(names)) != len(names):
        raise ValueError(f"{file}: a name is empty or stands twice")
    text = "".join("\t".join(line) + "\n" for line in [tuple(columns), *lines])
    path = os.path.join(folder, file)
    with open(path, "w", encoding="utf-8", newline="\n") as written:
        written.write(text)


def _cell(value: Any) -> str:
    """Lists of texts with commas; what is no text (a function, a mapping) is not told."""
    if isinstance(value, (list, tuple)):
        return ",".join(text for text in map(_cell, value) if text)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return " ".join(str(value).replace('"', "").split())
