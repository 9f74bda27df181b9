"""A folder of one's own scans -> a task: a page is an image, references come from a CSV.

Nothing is lost in silence: what cannot be read is named, and stops the import unless it may be
skipped; what is of another kind, or without a reference, is counted.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import jsonl
from bench.errors import UsageError
from bench.importers.described import described, readme
from bench.importers.matching import Document, match
from bench.importers.names import printable, safe_ids
from bench.importers.pages import SUFFIXES, UnreadableError, write_pages
from bench.importers.references import read_references
from bench.importers.writing import new_folder, write_yaml
from bench.task import FILE

DPI = 200  # what scanners and OCR engines expect of printed pages
NAMED_AT_MOST = 10


@dataclass(frozen=True)
class Imported:
    """`broken` says (file, why); `others` counts suffixes that were left alone; `left_out` are
    files without a line in a CSV that has only fields; `unscored` counts rows by member.
    """

    folder: Path
    files: int
    pages: int
    rows: dict[str, int]
    unscored: dict[str, int]
    turned: int
    broken: tuple[tuple[str, str], ...]
    others: dict[str, int]
    left_out: tuple[str, ...]


def import_folder(
    source: Path,
    out: Path,
    *,
    references: Path | None = None,
    dpi: int = DPI,
    skip_broken: bool = False,
) -> Imported:
    """Write a task folder; the source is only read. `dpi` is for the pages of PDF files.

    UsageError where a file cannot be read and `skip_broken` is not set, SourceError for the CSV.
    """
    given = read_references(references) if references else ()
    files, others = _files(source, references)
    if not files:
        kinds = ", ".join(suffix[1:] for suffix in SUFFIXES)
        raise UsageError(f"{source} holds no page", hint=f"it is searched for {kinds}")
    with new_folder(out) as staging:
        (staging / "images").mkdir()
        documents, broken = _documents(source, files, staging / "images", dpi)
        if broken and not skip_broken:
            raise UsageError(_cannot(broken), hint="--skip-broken leaves them out, and says so")
        if not documents:
            raise UsageError(f"no file of {source} can be read", hint=_cannot(broken))
        matched = match(documents, given, references, [name for name, _ in broken])
        for member, rows in matched.members.items():
            jsonl.write(staging / f"{member}.jsonl", rows)
        jsonl.write(staging / "sources.jsonl", _sources(source, documents, dpi))
        name = _task_name(out)
        write_yaml(staging / FILE, described(name, matched.members, len(documents), dpi))
        (staging / "README.md").write_text(
            readme(name, matched.members, documents, dpi), encoding="utf-8"
        )
        kept = {
            image for rows in matched.members.values() for row in rows for image in row["images"]
        }
        for path in (staging / "images").iterdir():
            if f"images/{path.name}" not in kept:
                path.unlink()
    turned = sum("turned-upright" in page.tags for one in documents for page in one.pages)
    return Imported(
        folder=out,
        files=len(documents),
        pages=sum(len(one.pages) for one in documents),
        rows={member: len(rows) for member, rows in matched.members.items()},
        unscored={
            member: sum(not row["references"] for row in rows)
            for member, rows in matched.members.items()
        },
        turned=turned,
        broken=tuple((printable(name), why) for name, why in broken),
        others=others,
        left_out=tuple(printable(name) for name in matched.left_out),
    )


def _files(source: Path, references: Path | None) -> tuple[list[str], dict[str, int]]:
    """Relative paths in order, hidden ones left out, and how many there are of other kinds."""
    own = references.resolve() if references else None
    found: list[str] = []
    others: Counter[str] = Counter()

    def stop(error: OSError) -> None:
        raise UsageError(f"{printable(str(error.filename))}: cannot be read: {error.strerror}")

    for place, folders, names in os.walk(source, onerror=stop):
        linked = [name for name in folders if (Path(place) / name).is_symlink()]
        others["linked folder"] += len(linked)
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in linked
        )
        for name in names:
            path = Path(place) / name
            if name.startswith(".") or path.resolve() == own:
                continue
            if path.suffix.lower() in SUFFIXES and path.is_file():
                found.append(path.relative_to(source).as_posix())
            else:
                others[printable(path.suffix.lower()) or "no suffix"] += 1
    return sorted(found), dict(+others)


def _documents(
    source: Path, files: Sequence[str], images: Path, dpi: int
) -> tuple[list[Document], list[tuple[str, str]]]:
    ids = _ids(files)
    documents, broken = [], []
    for name in files:
        try:
            pages = write_pages(source / name, images, ids[name], dpi=dpi)
        except UnreadableError as error:
            broken.append((name, str(error)))
        else:
            documents.append(Document(ids[name], name, pages))
    return documents, broken


def _ids(files: Sequence[str]) -> dict[str, str]:
    """`invoices/7.pdf` is `invoices-7`; its suffix is part of the id where `7.png` is there too."""
    stems = {name: name.removesuffix(Path(name).suffix) for name in files}
    often = Counter(stem.casefold() for stem in stems.values())
    wished = {name: stem if often[stem.casefold()] == 1 else name for name, stem in stems.items()}
    ids = safe_ids(wished.values())
    return {name: ids[wish] for name, wish in wished.items()}


def _sources(source: Path, documents: Sequence[Document], dpi: int) -> list[dict[str, object]]:
    """Which file each id was, and its hash: ids do not always show it."""
    return [
        {
            "doc_id": one.id,
            "file": one.file,
            "sha256": hashlib.sha256((source / one.file).read_bytes()).hexdigest(),
            "pages": len(one.pages),
            "dpi": dpi if one.rendered else None,
        }
        for one in documents
    ]


def _cannot(broken: Sequence[tuple[str, str]]) -> str:
    shown = ", ".join(f"{printable(name)} {why}" for name, why in broken[:NAMED_AT_MOST])
    more = len(broken) - NAMED_AT_MOST
    count = f"{len(broken)} file{'s' * (len(broken) != 1)} cannot be read: "
    return count + shown + (f", and {more} more" if more > 0 else "")


def _task_name(out: Path) -> str:
    """A task's name is ASCII: it is typed."""
    (name,) = safe_ids([out.resolve().name]).values()
    return "".join(one for one in name if one.isascii()).strip("-_") or "documents"
