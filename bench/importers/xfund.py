"""XFUND: filled-in forms in Chinese, Japanese, Spanish, French, Italian, German and Portuguese.

Read are `LANG.SPLIT.json` (forms under `documents`, entities under `document`) with the images in
`LANG.SPLIT.zip`, or unpacked beside it. All languages that are there make one task.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from bench.errors import SourceError
from bench.importers.forms import Left, form_entry, members
from bench.importers.images import Picture
from bench.importers.json_rows import json_rows
from bench.importers.layouts import first_of, not_found, pictured
from bench.importers.row import Row
from bench.importers.snapshot import Entry, Snapshot

SPLITS = ("val", "train")
LANGUAGES = ("de", "es", "fr", "it", "ja", "pt", "zh")


def read_xfund(source: Path, split: str) -> Snapshot:
    files = _files(source, split)
    left, total, parts = Left(), 0, []
    for language, path in files.items():
        count, rows = json_rows(path, "documents")
        total += count
        parts.append(_entries(rows, path, language, left))
    return Snapshot(
        name="xfund",
        title="XFUND",
        split=split,
        licence="CC BY-NC-SA 4.0, as its publishers state",
        origin="XFUND, github.com/doc-analysis/XFUND, release v1.0",
        languages=tuple(files),
        members=members("bag_of_characters_f1"),
        entries=chain.from_iterable(parts),
        total=total,
        notes=left.said,
    )


def _files(source: Path, split: str) -> dict[str, Path]:
    if source.is_file():
        language, _, rest = source.name.partition(".")
        if language in LANGUAGES and rest == f"{split}.json":
            return {language: source}
        raise not_found(source, f"{split} split of XFUND", [f"LANG.{split}.json"])
    found: dict[str, Path] = {}
    for language in LANGUAGES:
        name = f"{language}.{split}.json"
        for path in first_of(source, [name, f"*/{name}", f"*/*/{name}"])[:1]:
            found[language] = path
    if not found:
        names = [f"{language}.{split}.json" for language in LANGUAGES]
        raise not_found(source, f"{split} split of XFUND", names)
    return found


def _entries(rows: Iterator[Row], path: Path, language: str, left: Left) -> Iterator[Entry]:
    unpacked = path.with_suffix("")  # de.val.json -> de.val
    folders = [unpacked, path.parent / "images", path.parent]
    with ExitStack() as opened:
        archive = _archive(unpacked.with_name(f"{unpacked.name}.zip"), opened)
        for row in rows:
            name = row.text("id")
            image = row.values.get("img")
            named = image.get("fname") if isinstance(image, dict) else None
            if not isinstance(named, str) or not named:
                raise row.wrong("names no image: 'img' needs an 'fname'")
            content = archive.read(Path(named).name)
            beside = [folder for folder in folders if folder.is_dir()]
            picture = (
                pictured(row, named, beside)
                if content is None
                else Picture(Path(named).stem, content)
            )
            form = row.values.get("document")
            yield form_entry(form, row, picture, name=name, language=language, left=left)


class _Archive:
    """The images of a zip file by their bare names."""

    def __init__(self, path: Path, file: ZipFile | None) -> None:
        self._path, self._file = path, file
        listed = file.infolist() if file else []
        self._members = {Path(one.filename).name: one for one in listed if not one.is_dir()}

    def read(self, name: str) -> bytes | None:
        """None where there is no such image. SourceError where it cannot be unpacked."""
        member = self._members.get(name)
        if self._file is None or member is None:
            return None
        try:
            return self._file.read(member)
        except (BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
            raise SourceError(self._path, f"{name} cannot be unpacked: {error}") from None


def _archive(path: Path, opened: ExitStack) -> _Archive:
    if not path.is_file():
        return _Archive(path, None)
    try:
        return _Archive(path, opened.enter_context(ZipFile(path)))
    except (BadZipFile, OSError) as error:
        raise SourceError(path, f"is no zip file that can be read: {error}") from None
