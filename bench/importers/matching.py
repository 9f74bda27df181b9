"""Documents and the lines of a CSV -> the rows of a task's members."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.errors import SourceError, suggestion
from bench.importers.names import printable, safe_ids
from bench.importers.pages import Page
from bench.importers.references import Given

OCR, FIELDS = "ocr", "fields"
Row = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """`file` is the path below the folder that was imported, with `/`."""

    id: str
    file: str
    pages: tuple[Page, ...]

    @property
    def rendered(self) -> bool:
        return any("pdf" in page.tags for page in self.pages)


@dataclass(frozen=True)
class Matched:
    """Rows by member; `left_out` are files without a line where only fields are asked."""

    members: dict[str, list[Row]]
    left_out: tuple[str, ...] = ()


def match(
    documents: Sequence[Document],
    given: Sequence[Given],
    source: Path | None,
    broken: Iterable[str] = (),
) -> Matched:
    """Without lines every page is a row of `ocr` without a reference.

    `source` is the CSV, for its errors. Lines about `broken` files are left out with them.
    """
    if source is None:
        return Matched({OCR: [_row(one, page) for one in documents for page in one.pages]})
    lines = _found(documents, given, source, set(broken))
    texts = {(one.id, line.page): line for one, line in lines if line.field is None}
    asked = [(one, line) for one, line in lines if line.field is not None]
    members: dict[str, list[Row]] = {}
    if texts:
        members[OCR] = [row for one in documents for row in _texts(one, texts)]
    if asked:
        members[FIELDS] = _fields(asked)
    if not members:
        raise SourceError(source, "has no line about a file that can be read")
    named = {one.id for one, _ in lines}
    unnamed = () if texts else tuple(one.file for one in documents if one.id not in named)
    return Matched(members, unnamed)


def _found(
    documents: Sequence[Document], given: Sequence[Given], source: Path, broken: set[str]
) -> list[tuple[Document, Given]]:
    """Each line with its document: by the path, or by the bare name where only one file has it."""
    by_path = {_same(one.file): one for one in documents}
    bare = Counter(_same(Path(one.file).name) for one in documents)
    by_name = {name: one for one in documents if bare[name := _same(Path(one.file).name)] == 1}
    lost = {_same(name) for name in broken} | {_same(Path(name).name) for name in broken}
    lines, seen = [], dict[tuple[str, int | None, str | None], int]()
    for line in given:
        name = _same(line.file)
        one = by_path.get(name) or by_name.get(name)
        if one is None and name in lost:
            continue
        if one is None:
            many = bare[name] > 1
            said = "is the name of several files" if many else "is no file of the folder"
            hint = "name it with its folder" if many else suggestion(name, by_path)
            raise SourceError(
                source, f"'{printable(line.file)}' {said}", line=line.line, hint=printable(hint)
            )
        page = _page(one, line, source)
        key = (one.id, page, line.field)
        if key in seen:
            what = f"the field {line.field!r}" if line.field else "the text"
            said = f"{what} of '{printable(line.file)}' is there twice"
            hint = f"line {seen[key]} has it as well"
            raise SourceError(source, said, line=line.line, hint=hint)
        seen[key] = line.line
        lines.append((one, line if page == line.page else _whole(line)))
    return lines


def _page(one: Document, line: Given, source: Path) -> int | None:
    """None for the whole document, which page 1 of a single page is."""
    if line.page is not None and line.page > len(one.pages):
        count = len(one.pages)
        said = f"page {line.page}: '{printable(line.file)}' has {count} page{'s' * (count != 1)}"
        raise SourceError(source, said, line=line.line)
    return None if len(one.pages) == 1 else line.page


def _whole(line: Given) -> Given:
    return replace(line, page=None)


def _same(file: str) -> str:
    """Names that look alike are one: macOS decomposes letters, Windows has another slash."""
    return unicodedata.normalize("NFC", file.replace("\\", "/")).removeprefix("./")


def _texts(one: Document, texts: dict[tuple[str, int | None], Given]) -> list[Row]:
    """The rows of one document: its whole text, its pages' texts, and pages that have none."""
    rows = []
    whole = texts.get((one.id, None))
    if whole is not None:
        rows.append(_row(one, None, whole))
    for page in one.pages if len(one.pages) > 1 or whole is None else ():
        line = texts.get((one.id, page.number))
        if line is not None or whole is None:
            rows.append(_row(one, page, line))
    return rows


def _fields(asked: Sequence[tuple[Document, Given]]) -> list[Row]:
    ids = safe_ids(dict.fromkeys(str(line.field) for _, line in asked))
    rows = []
    for one, line in asked:
        page = one.pages[line.page - 1] if line.page is not None else None
        row = _row(one, page, line)
        row["id"] = f"{row['id']}.{ids[str(line.field)]}"
        row["field"] = line.field
        row["question"] = line.question or f"What is the {line.field}?"
        rows.append(row)
    return rows


def _row(one: Document, page: Page | None, line: Given | None = None) -> Row:
    """About one page or, where that is None, about all of them together."""
    many = len(one.pages) > 1
    pages = one.pages if page is None else (page,)
    row: Row = {
        "id": f"{one.id}.p{page.number}" if many and page is not None else one.id,
        "images": [f"images/{each.name}" for each in pages],
        "references": [] if line is None or line.reference is None else [line.reference],
        "doc_id": one.id,
    }
    if line is not None:
        row |= {"doc_type": line.doc_type, "language": line.language}
    row["tags"] = list(dict.fromkeys(tag for each in pages for tag in each.tags))
    return {key: value for key, value in row.items() if value is not None}
