"""VLMEvalKit's tables: an `image` cell holds base64, a list of them, or another row's index."""

from __future__ import annotations

import base64
import binascii
import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.importers.row import Row
from bench.local_data.columns import MisfitError, StoredImage, literal
from bench.local_data.reading import delimited_rows
from bench.local_data.source_table import Keep

_LONGEST_INDEX = 64  # characters; VLMEvalKit takes a longer cell for an image

Images = StoredImage | list[StoredImage]


def is_table(path: Path) -> bool:
    """Whether the first line names the columns that VLMEvalKit needs."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        columns = next(csv.reader(file, delimiter="\t"), [])
    return "index" in columns and bool({"question", "image", "image_path"} & set(columns))


def table_rows(path: Path, renamed: Mapping[str, str], keep: Keep) -> Iterator[Row]:
    """`renamed`: column of the table -> column of the rows. Images are stored as they are read, so
    that rows after them can name them.
    """
    stored: dict[str, Images] = {}
    whole = False
    for row in delimited_rows(path, "\t"):
        values: dict[str, Any] = dict(row.values)
        cell, named = values.get("image", ""), values.pop("image_path", "")
        if len(cell) > _LONGEST_INDEX:
            values["image"] = stored[values["index"]] = _stored(row, keep)
        elif cell:
            if cell not in stored and not whole:  # a row further down
                stored.update(_all_images(path, keep))
                whole = True
            if cell not in stored:
                raise row.wrong(f"'image' names the row of index {cell!r}, which has no image")
            values["image"] = stored[cell]
        elif "image" in values or named:
            values["image"] = _named(named)
        yield Row({renamed.get(key, key): one for key, one in values.items()}, row.wrong)


def _all_images(path: Path, keep: Keep) -> Iterator[tuple[str, Images]]:
    for row in delimited_rows(path, "\t"):
        if len(row.values["image"]) > _LONGEST_INDEX:
            yield row.values["index"], _stored(row, keep)


def _stored(row: Row, keep: Keep) -> Images:
    cell = row.values["image"].strip()
    several = literal(cell) if cell.startswith("[") else [cell]
    if not isinstance(several, list) or not all(isinstance(one, str) for one in several):
        raise row.wrong("'image' is no list of images in base64")
    try:
        images = [keep(_decoded(one)) for one in several]
    except MisfitError as error:
        raise row.wrong(f"'image' {error}") from None
    return images[0] if len(images) == 1 else images


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MisfitError(f"is no base64: {error}") from None


def _named(cell: str) -> Any:
    """A path, or a list of them, below the folders of the table."""
    if not cell:
        return None
    several = literal(cell) if cell.startswith("[") else cell
    if isinstance(several, list):
        named = [{"bytes": None, "path": str(one)} for one in several]
        return named[0] if len(named) == 1 else named
    return {"bytes": None, "path": cell}
