"""Where the parts of a published benchmark lie below the folder that a person names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.errors import UsageError
from bench.importers.images import Picture
from bench.importers.names import printable
from bench.importers.row import Row

SPLIT_NAMES = ("train", "val", "test")
SHOWN = 8  # names of what was found instead


def first_of(source: Path, patterns: Sequence[str]) -> list[Path]:
    """What the first pattern with a match finds, in order; hidden names are left out."""
    for pattern in patterns:
        found = sorted(
            path
            for path in source.glob(pattern)
            if not any(part.startswith(".") for part in path.relative_to(source).parts)
        )
        if found:
            return found
    return []


def parquet_files(source: Path, split: str, folders: Sequence[str] = ()) -> list[Path]:
    """`validation-00000-of-00006.parquet`, or `validation/0000.parquet` as hubs convert it.

    `source` may be one such file itself, unless it is named after another split.
    """
    if source.is_file():
        other = source.name.startswith(SPLIT_NAMES) and not source.name.startswith(split)
        return [source] if source.suffix == ".parquet" and not other else []
    places = [*(f"{folder}/" for folder in folders), "", "data/", "*/"]
    names = (f"{split}[-.]*parquet", f"{split}/*.parquet")
    return first_of(source, [f"{place}{name}" for place in places for name in names])


def not_found(source: Path, what: str, wanted: Sequence[str]) -> UsageError:
    """What was looked for, and what is there."""
    if source.is_dir():
        names = sorted(
            path.name + "/" * path.is_dir()
            for path in source.iterdir()
            if not path.name.startswith(".")
        )
        more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        shown = ", ".join(map(printable, names[:SHOWN])) + more if names else "nothing"
        there = f"it holds {shown}"
    else:
        there = "it is a single file"
    looked = " or ".join(wanted)
    return UsageError(f"{source} holds no {what}: {there}", hint=f"looked for {looked}")


def pictured(row: Row, named: str, folders: Sequence[Path]) -> Picture:
    """The image file that a row names: below the first folder that has it."""
    found = image_file(folders, named)
    if found is None:
        places = ", ".join(folder.name for folder in folders) or "no folder"
        raise row.wrong(f"image {named} is missing; looked in {places}")
    return Picture(found.stem, found)


def image_file(folders: Sequence[Path], named: str) -> Path | None:
    """The file below the first folder that has it: under its whole path, else its bare name.

    A name that leads out of the folder is taken for its last part.
    """
    parts = Path(named.replace("\\", "/")).parts
    inside = [part for part in parts if part not in ("..", "/", ".")]
    for folder in folders:
        for way in (inside, inside[-1:]):
            path = folder.joinpath(*way)
            if way and path.is_file():
                return path
    return None
