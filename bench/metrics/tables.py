"""The tables of a text, HTML or Markdown, as trees: sections, rows, cells.

HTML is read leniently, in one pass: a new cell or row ends the one before it; the table ends with
its tag or with the text. Cells (th is read as td), rows and the sections thead, tbody and tfoot
count; any other tag outside a cell is passed over. A cell keeps its text, with the ends stripped
and white space collapsed, and its inner tags, each as one letter.

Markdown is read as GitHub's (GFM 0.29, 4.10): heads, a row of dashes, then rows of as many cells
until a line without a bar. It has no word for a section.
"""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

SECTIONS = frozenset(("thead", "tbody", "tfoot"))

_CELLS = frozenset(("td", "th"))
_GRID = SECTIONS | _CELLS | {"table", "tr"}
_EMPTY = frozenset(("br", "hr", "img", "input", "wbr"))  # tags that never close

# Possessive (*+) where a hostile text would otherwise be tried over and over.
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*+)([^<>]*+)>")
_SPAN = r"(?:^|\s)%s\s*+=\s*+[\"']?\s*+(\d{1,6})"
_COLSPAN = re.compile(_SPAN % "colspan", re.IGNORECASE)
_ROWSPAN = re.compile(_SPAN % "rowspan", re.IGNORECASE)
_START = re.compile(r"<table(?=[\s/>])", re.IGNORECASE)
_BAR = re.compile(r"(?<!\\)\|")
_DASHES = re.compile(r"\s*+:?-++:?\s*+")


@dataclass
class Node:
    """`content`, `spans` (columns, rows) and `inner`, the number of tags, are a cell's."""

    tag: str
    children: list[Node] = field(default_factory=list)
    content: str = ""
    spans: tuple[int, int] = (1, 1)
    inner: int = 0


@dataclass(frozen=True)
class Table:
    root: Node
    has_sections: bool

    @property
    def elements(self) -> int:
        """All that is below the table, the tags in cells included."""
        return sum(1 + node.inner for node in walk(self.root)) - 1

    @property
    def nodes(self) -> int:
        """The table, its sections, rows and cells."""
        return sum(1 for _ in walk(self.root))

    @property
    def text(self) -> str:
        """What its cells hold, one a line."""
        return "\n".join(node.content for node in walk(self.root) if node.tag == "td")

    def without_sections(self) -> Table:
        rows: list[Node] = []
        for child in self.root.children:
            rows.extend(child.children if child.tag in SECTIONS else [child])
        return Table(Node("table", rows), has_sections=False)


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def first_table(text: str, *, limit: int) -> Table | None:
    """One in HTML goes before one in Markdown.

    None where the text holds no table, or where the first has more than `limit` nodes.
    """
    text = _without_comments(text)
    start = _START.search(text)
    if start is not None:
        root = _Reading(text, start.start(), limit).table()
        return None if root is None else Table(root, has_sections=True)
    return next(_in_markdown(text.split("\n"), limit), None)


def all_tables(text: str, *, limit: int, most: int) -> list[Table] | None:
    """Those in HTML, then those in Markdown outside of them.

    None where there are more than `most`, or where they have more than `limit` nodes in all.
    """
    text = _without_comments(text)
    found: list[Table] = []
    outside, at = [], 0
    while (start := _START.search(text, at)) is not None:
        reading = _Reading(text, start.start(), limit)
        root = reading.table()
        if root is None or len(found) == most:
            return None
        found.append(Table(root, has_sections=True))
        limit -= found[-1].nodes
        outside.append(text[at : start.start()])
        at = reading.end
    lines = "\n\n".join([*outside, text[at:]]).split("\n")
    for table in _in_markdown(lines, limit):
        if table is None or len(found) == most:
            return None
        found.append(table)
        limit -= table.nodes
        if limit < 0:
            return None
    return found


def _without_comments(text: str) -> str:
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0:
        kept.append(text[at:start])
        end = text.find("-->", start)
        at = end + 3 if end >= 0 else len(text)
    return "".join([*kept, text[at:]])


class _Reading:
    """Of the HTML table whose tag begins at `start`."""

    def __init__(self, text: str, start: int, limit: int) -> None:
        self._text = text
        self._start = start
        self.end = len(text)
        self._left = limit - 1
        self._root = self._section = Node("table")
        self._row: Node | None = None
        self._open: re.Match[str] | None = None  # the tag of the cell that is being read
        self._nested = 0  # tables within that cell

    def table(self) -> Node | None:
        """None where it has more nodes than the limit."""
        tags = _TAG.finditer(self._text, self._start)
        next(tags, None)
        for tag in tags:
            if self._left < 0:
                return None
            name, closing = tag[2].lower(), bool(tag[1])
            if self._is_inner(name, closing=closing):
                self._nested += (-1 if closing else 1) * (name == "table")
                continue
            if name not in _GRID:
                continue
            self._end_cell(tag.start())
            if name == "table":
                self.end = tag.end() if closing else tag.start()
                break
            if name in _CELLS:
                self._open = None if closing else tag
            elif name == "tr":
                self._row = None if closing else self._added(self._section, Node(name))
            else:
                self._section = self._root if closing else self._added(self._root, Node(name))
                self._row = None
        self._end_cell(len(self._text))
        return self._root if self._left >= 0 else None

    def _is_inner(self, name: str, *, closing: bool) -> bool:
        if self._open is None:
            return False
        return self._nested > 0 or name not in _GRID or (name == "table" and not closing)

    def _end_cell(self, end: int) -> None:
        if self._open is not None:
            cell = _cell(self._text[self._open.end() : end], self._open[3])
            self._added(self._row or self._section, cell)
            self._open = None

    def _added(self, parent: Node, child: Node) -> Node:
        self._left -= 1
        parent.children.append(child)
        return child


def _cell(raw: str, attributes: str) -> Node:
    pieces, at, inner = [], 0, 0
    for tag in _TAG.finditer(raw):
        name, closing = tag[2].lower(), bool(tag[1])
        alone = name in _EMPTY or tag[3].endswith("/")
        pieces.append(html.unescape(raw[at : tag.start()]))
        pieces.append(_letter(name, closing=closing))
        if alone and not closing:
            pieces.append(_letter(name, closing=True))
        inner += not closing
        at = tag.end()
    pieces.append(html.unescape(raw[at:]))
    across, down = _COLSPAN.search(attributes), _ROWSPAN.search(attributes)
    return Node(
        "td",
        content=" ".join("".join(pieces).split()),
        spans=(int(across[1]) if across else 1, int(down[1]) if down else 1),
        inner=inner,
    )


def _letter(name: str, *, closing: bool) -> str:
    """Of the last private plane, which no text uses."""
    return chr(0x100000 + zlib.crc32(f"{closing} {name}".encode()) % 0xFFFE)


def _in_markdown(lines: list[str], limit: int) -> Iterator[Table | None]:
    """None in the place of a table of more than `limit` nodes."""
    at = 1
    while at < len(lines):
        heads = _heads(lines[at - 1], lines[at])
        if heads is None:
            at += 1
            continue
        end = at + 1
        while end < len(lines) and "|" in lines[end]:
            end += 1
        if 1 + (end - at) * (1 + len(heads)) > limit:
            yield None
        else:
            below = (_split(line)[: len(heads)] for line in lines[at + 1 : end])
            rows = [heads, *(cells + [""] * (len(heads) - len(cells)) for cells in below)]
            trees = [Node("tr", [_cell(cell, "") for cell in row]) for row in rows]
            yield Table(Node("table", trees), has_sections=False)
        at = end + 1


def _heads(line: str, dashes: str) -> list[str] | None:
    """The cells of a line that, with the dashes below it, begins a table."""
    if "|" not in dashes or "|" not in line or not _is_dashes(dashes):
        return None
    heads = _split(line)
    return heads if len(heads) == len(_split(dashes)) else None


def _is_dashes(line: str) -> bool:
    return all(_DASHES.fullmatch(one) for one in _split(line))


def _split(line: str) -> list[str]:
    cells = _BAR.split(line.strip())
    first = 1 if not cells[0] else 0
    last = len(cells) - 1 if len(cells) > 1 and not cells[-1] else len(cells)
    return [cell.strip().replace("\\|", "|") for cell in cells[first:last]]
