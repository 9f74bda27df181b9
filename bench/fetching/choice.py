"""Which files of a repository are fetched."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from bench.benchmarks.entry import DataShape
from bench.errors import UsageError
from bench.fetching.listing import HubFile
from bench.local_data.choice import chosen
from bench.local_data.layout import listed_files, named_files
from bench.local_data.reading import SUFFIXES
from bench.local_data.source_table import Found, SourceTable

CARD = "README.md"
# The same weights once more, for other libraries, where the repository has safetensors.
_AGAIN = (
    *("pytorch_model*", "consolidated*", "tf_model*", "flax_model*", "rust_model*"),
    *("original/*", "onnx/*", "openvino/*", "*.gguf", "*.onnx", "*.h5", "*.msgpack"),
)
Chosen = tuple[tuple[HubFile, ...], tuple[HubFile, ...]]


def model_files(files: tuple[HubFile, ...]) -> Chosen:
    """What is fetched, and what is left out: the same weights in other forms."""
    paths = [one.path for one in files]
    whole = any(fnmatchcase(path, "model*.safetensors") and "/" not in path for path in paths)
    return _split(files, lambda path: not (whole and any(fnmatchcase(path, p) for p in _AGAIN)))


def data_files(
    files: tuple[HubFile, ...], card: Path | None, shape: DataShape, name: str, label: str
) -> Chosen:
    """The tables that the benchmark asks, as `bench data add` will find them; and the rest.

    `card`: its README.md, fetched before. UsageError where the benchmark's tables are not there.
    """
    with tempfile.TemporaryDirectory() as scratch:
        shadow = Path(scratch) / "files"  # the names, with no bytes in them
        for one in files:
            if PurePosixPath(one.path).name != CARD:
                place = shadow / one.path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch()
        shadow.mkdir(exist_ok=True)
        if card is not None:
            (shadow / CARD).write_bytes(card.read_bytes())
        try:
            taken = {path.relative_to(shadow).as_posix() for path in _tables(shadow, shape, name)}
        except UsageError as error:
            said = error.message.replace(f"{shadow}/", "").replace(str(shadow), label)
            raise UsageError(said if label in said else f"{label}: {said}") from None
    beside = not all(path.endswith(".parquet") for path in taken)  # images are files of their own

    def kept(path: str) -> bool:
        suffix = PurePosixPath(path).suffix.lower()
        hidden = any(part.startswith(".") for part in PurePosixPath(path).parts)
        other = beside and suffix not in SUFFIXES and not hidden
        return path in taken or path == CARD or other

    return _split(files, kept)


def _tables(shadow: Path, shape: DataShape, name: str) -> Iterator[Path]:
    listed = listed_files(shadow / CARD)
    grouped = listed if listed is not None else named_files(shadow)
    if not grouped:
        raise UsageError(f"{shadow} holds no files that bench data add reads")
    tables = tuple(
        SourceTable(*placed, tuple(several), _unread, None, (), False)
        for placed, several in grouped.items()
    )
    found = Found("hub snapshot", tables, listed=listed is not None)
    for table in chosen(found, shadow, name=name, shape=shape).tables:
        yield from table.files


def _unread(_keep: Any) -> Iterator[Any]:
    raise AssertionError("a list of names has no rows")


def _split(files: tuple[HubFile, ...], kept: Any) -> Chosen:
    return (
        tuple(one for one in files if kept(one.path)),
        tuple(one for one in files if not kept(one.path)),
    )
