"""The first sheet of an .xlsx, read with the standard library, and what its cells say of loss.

A spreadsheet is no safe place for answers: one that begins with `=` becomes a formula, one above
32,767 characters is cut, and ends of lines are made one.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from bench.errors import SourceError

LONGEST_CELL = 32_767  # characters; Excel's limit, at which writers cut
_LARGEST = 2**28  # bytes of one unpacked part
_MOST = 2_000_000  # of its elements: some 600,000 cells, and less than a GB of memory
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Cell:
    """`kind`: text, number or formula; of a formula `text` is what it was written as."""

    text: str
    kind: str = "text"


class _Bounded(ET.TreeBuilder):
    """A few kB may unpack to millions of cells. And a document type is where entities are declared:
    a spreadsheet has none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.elements = 0

    def start(self, tag: str, attrs: dict[str, str]) -> ET.Element:
        self.elements += 1
        if self.elements > _MOST:
            raise ValueError(f"it has more than {_MOST:,} elements")
        return super().start(tag, attrs)

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise ValueError("it declares a document type")


def read_sheet(path: Path) -> list[dict[str, Cell]]:
    """The rows of the first sheet by the names in its first row; SourceError if it is none."""
    try:
        with zipfile.ZipFile(path) as book:
            shared = [_text(one) for one in _shared(book)]
            lines = list(_lines(_part(book, _first_sheet(book)), shared))
    except (zipfile.BadZipFile, KeyError, IndexError, ValueError, SyntaxError, OSError) as error:
        raise SourceError(path, f"is no spreadsheet that can be read: {error}") from None
    if not lines:
        return []
    names = {place: cell.text for place, cell in lines[0].items()}
    return [
        {names[place]: cell for place, cell in line.items() if place in names} for line in lines[1:]
    ]


def _part(book: zipfile.ZipFile, name: str) -> ET.Element:
    info = book.getinfo(name)
    if info.file_size > _LARGEST:
        raise ValueError(f"{name} unpacks to {info.file_size:,} bytes; {_LARGEST:,} are read")
    parser = ET.XMLParser(target=_Bounded())  # noqa: S314  (no document type, so no entity)
    with book.open(info) as file:
        while content := file.read(1 << 20):
            parser.feed(content)
    root: ET.Element = parser.close()
    return root


def _first_sheet(book: zipfile.ZipFile) -> str:
    sheets = _part(book, "xl/workbook.xml").iter(f"{_MAIN}sheet")
    wanted = next((one.get(_REL) for one in sheets), None)
    for one in _part(book, "xl/_rels/workbook.xml.rels"):
        if one.get("Id") == wanted:
            target = one.get("Target") or ""
            return target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
    raise ValueError("it has no sheet")


def _shared(book: zipfile.ZipFile) -> Iterator[ET.Element]:
    if "xl/sharedStrings.xml" in book.namelist():
        yield from _part(book, "xl/sharedStrings.xml").iter(f"{_MAIN}si")


def _text(element: ET.Element) -> str:
    """All runs of a text, without what stands over it as a reading aid."""
    found = []
    for child in element:
        if child.tag == f"{_MAIN}t":
            found.append(child.text or "")
        elif child.tag == f"{_MAIN}r":
            found += [one.text or "" for one in child.iter(f"{_MAIN}t")]
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), "".join(found))


def _lines(sheet: ET.Element, shared: list[str]) -> Iterator[dict[str, Cell]]:
    for row in sheet.iter(f"{_MAIN}row"):
        cells = {}
        for place, one in enumerate(row.iter(f"{_MAIN}c")):
            column = (one.get("r") or str(place)).rstrip("0123456789") or str(place)
            cell = _cell(one, shared)
            if cell is not None:
                cells[column] = cell
        yield cells


def _cell(one: ET.Element, shared: list[str]) -> Cell | None:
    """None for an empty cell."""
    formula: Any = one.find(f"{_MAIN}f")
    if formula is not None:
        return Cell(f"={formula.text or ''}", "formula")
    kind = one.get("t", "n")
    inline = one.find(f"{_MAIN}is")
    if inline is not None:
        return Cell(_text(inline))
    value = one.findtext(f"{_MAIN}v")
    if value is None:
        return None
    if kind == "s":
        return Cell(shared[int(value)])
    if kind == "b":
        return Cell("True" if value == "1" else "False", "number")
    return Cell(value, "number" if kind == "n" else "text")
