"""A table as it lies in a source: its rows are read once, as they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.importers.row import Row
from bench.local_data.columns import StoredImage

Keep = Callable[[bytes], StoredImage]  # stores an image; MisfitError where it is none
Rows = Callable[[Keep], Iterator[Row]]
UNNAMED = "default"  # the config of files that name none, as hubs call it
UNSPLIT = "test"


@dataclass(frozen=True)
class SourceTable:
    """`split` is empty where nothing says it. `total`: how many rows, where that is known before
    they are read. `folders`: where images lie that a row names. `cells`: values are texts of cells.
    """

    config: str
    split: str
    files: tuple[Path, ...]
    rows: Rows
    total: int | None = None
    folders: tuple[Path, ...] = ()
    cells: bool = False

    @property
    def label(self) -> str:
        return f"{self.config}/{self.split}"


@dataclass(frozen=True)
class Found:
    """What a source is, and its tables. `tsv`: its columns are those of VLMEvalKit's table.
    `listed`: it says itself which configs it has, and may have others than the benchmark's.
    """

    kind: str
    tables: tuple[SourceTable, ...]
    tsv: bool = False
    listed: bool = False
