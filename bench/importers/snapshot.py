"""A benchmark as it is published -> a task folder, written row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from bench import jsonl
from bench.errors import UsageError
from bench.importers.images import NoImageError, Picture, Shelf
from bench.importers.row import Wrong
from bench.importers.writing import new_folder, write_yaml
from bench.task import FILE

Rows = dict[str, dict[str, Any]]
Told = Callable[[int, int], None]
TRANSCRIPTS = "transcripts.jsonl"
_EVERY = 100  # entries between two words about progress
_CROSSES = ("doc_type", "field", "language")


@dataclass(frozen=True)
class Entry:
    """An image and what is asked of it: a row by member, without its `images`.

    `text`: what stands on the whole document, where the benchmark says so.
    """

    picture: Picture
    rows: Rows
    wrong: Wrong
    text: str | None = None


@dataclass(frozen=True)
class Asked:
    """A member of the task: `described` is its part of task.yaml without samples and levels.

    `more_levels`: those that its rows do not show (the fields of an extraction).
    """

    prompt: str
    prompt_source: str
    described: Mapping[str, Any]
    more_levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """What an importer found. `total` counts its entries; `entries` are read once."""

    name: str
    title: str
    split: str
    licence: str
    origin: str
    languages: tuple[str, ...]
    members: Mapping[str, Asked]
    entries: Iterator[Entry]
    total: int
    notes: Callable[[], Sequence[str]] = tuple


@dataclass
class _Written:
    """What went into a member's file."""

    file: IO[bytes]
    ids: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    unscored: int = 0


def write_snapshot(
    snapshot: Snapshot, out: Path, *, limit: int | None = None, told: Told | None = None
) -> Path:
    """The task folder `out`; the first `limit` entries. `told(done, of)` hears how far it is."""
    total = snapshot.total if limit is None else min(limit, snapshot.total)
    with new_folder(out) as staging:
        shelf = Shelf(staging / "images")
        shelf.folder.mkdir()
        with ExitStack() as files:
            written: dict[str, _Written] = {}
            texts: dict[str, IO[bytes]] = {}
            seen: set[str] = set()
            for done, entry in enumerate(islice(snapshot.entries, limit), 1):
                _write(entry, shelf, staging, written, files)
                if entry.text is not None and _document(entry) not in seen:
                    seen.add(_document(entry))
                    _open(staging / TRANSCRIPTS, texts, files).write(
                        jsonl.line({"doc_id": _document(entry), "text": entry.text})
                    )
                if told and (done % _EVERY == 0 or done == total):
                    told(done, total)
        if not written:
            raise UsageError(f"the {snapshot.split} split of {snapshot.title} has no row")
        described = _described(snapshot, written, with_texts=bool(texts))
        (staging / "prompts").mkdir()
        for name in written:
            prompt = staging / described["members"][name]["prompt"]
            prompt.write_text(snapshot.members[name].prompt + "\n", encoding="utf-8")
        write_yaml(staging / FILE, described)
        readme = _readme(snapshot, written, shelf, with_texts=bool(texts))
        (staging / "README.md").write_text(readme, encoding="utf-8")
    return out


def _document(entry: Entry) -> str:
    row = next(iter(entry.rows.values()))
    return str(row.get("doc_id", row["id"]))


def _open(path: Path, opened: dict[str, IO[bytes]], files: ExitStack) -> IO[bytes]:
    if path.name not in opened:
        opened[path.name] = files.enter_context(path.open("wb"))
    return opened[path.name]


def _write(
    entry: Entry, shelf: Shelf, staging: Path, written: dict[str, _Written], files: ExitStack
) -> None:
    try:
        stored = shelf.put(entry.picture)
    except NoImageError as error:
        raise entry.wrong(str(error)) from None
    for name, row in entry.rows.items():
        if name not in written:
            written[name] = _Written(files.enter_context((staging / f"{name}.jsonl").open("wb")))
        member = written[name]
        if row["id"] in member.ids:
            raise entry.wrong(f"the id {row['id']!r} is there twice")
        member.ids.add(row["id"])
        member.keys.update(key for key, value in row.items() if value)
        member.unscored += not (row.get("references") or row.get("reference"))
        said = {k: v for k, v in row.items() if v is not None}
        member.file.write(jsonl.line({"id": row["id"], "images": [stored], **said}))


def _described(
    snapshot: Snapshot, written: Mapping[str, _Written], *, with_texts: bool
) -> dict[str, Any]:
    members = {
        name: {
            **snapshot.members[name].described,
            "samples": f"{name}.jsonl",
            "prompt": f"prompts/{name}.txt",
            "levels": [*_levels(written[name].keys), *snapshot.members[name].more_levels],
        }
        for name in snapshot.members
        if name in written
    }
    return {
        "name": snapshot.name,
        "version": "1",
        "summary": f"{snapshot.title}, {snapshot.split} split",
        "licence": snapshot.licence,
        "source": f"imported with `bench task import {snapshot.name}`; {snapshot.origin}",
        "languages": list(snapshot.languages),
        **({"transcripts": TRANSCRIPTS} if with_texts else {}),
        "members": members,
    }


def _levels(keys: set[str]) -> list[str]:
    """Only levels that some row has: an empty one says nothing."""
    levels = ["global", *(key for key in _CROSSES if key in keys)]
    return [*levels, "tag"] if "tags" in keys else levels


def _readme(
    snapshot: Snapshot, written: Mapping[str, _Written], shelf: Shelf, *, with_texts: bool
) -> str:
    lines = [
        f"# {snapshot.title}, {snapshot.split} split",
        "",
        f"Made by `bench task import {snapshot.name}`. Data: {snapshot.origin}.",
        f"Licence: {snapshot.licence}.",
        "",
        f"- `images/`: {_many(len(shelf), 'image')}, byte for byte, each once.",
    ]
    if shelf.converted:
        lines.append(f"  No PNG, JPEG or WebP, and so converted to PNG: {shelf.converted}.")
    for name, member in written.items():
        unscored = f", {member.unscored} of them without a reference" if member.unscored else ""
        lines.append(f"- `{name}.jsonl`: {_many(len(member.ids), 'row')}{unscored}.")
        lines.append(f"  Prompt: {snapshot.members[name].prompt_source}.")
    if with_texts:
        lines.append(f"- `{TRANSCRIPTS}`: the annotated text of each document.")
    if any(member.unscored for member in written.values()):
        lines += ["", "Rows without a reference are asked and shown, and counted as unscored."]
    notes = snapshot.notes()
    return "\n".join([*lines, *([""] if notes else []), *(f"- {note}" for note in notes), ""])


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
