"""Fenced blocks of Markdown around an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LEAD_IN = 200  # characters of a line before the fence of a page
_JSON = frozenset(("json", "json5", "jsonc", "javascript", "js"))

# Possessive, and never inside a run of marks: linear on any text.
_MARKS = re.compile(
    r"^[ \t]*+(?P<begin>`{3,}+|~{3,}+)(?P<info>[\w+-]*+)[ \t\r]*+(?P<rest>[^\n]*+)$"
    r"|(?<![`~])(?P<end>`{3,}+|~{3,}+)[ \t\r]*+$",
    re.MULTILINE,
)
_END_IN_LINE = re.compile(r"(?<![`~])(?:`{3,}+|~{3,}+)[ \t\r]*+\Z")


@dataclass(frozen=True)
class _Block:
    info: str
    begin: int
    end: int


def last_json_block(text: str) -> str | None:
    """What stands in the last block that says JSON or begins like it."""
    found = None
    for block in _blocks(text):
        body = text[block.begin : block.end].strip()
        if body and (block.info.lower() in _JSON or body[0] in "{["):
            found = body
    return found


def _blocks(text: str) -> Iterator[_Block]:
    """Every block; one that is cut off goes to the next one or to the end."""
    info, begin = "", -1
    for mark in _MARKS.finditer(text):
        if begin >= 0:
            yield _Block(info, begin, mark.start("begin" if mark["begin"] else "end"))
        is_end = mark["end"] or (begin >= 0 and not mark["info"] and not mark["rest"])
        if is_end:
            begin = -1
            continue
        info, begin = mark["info"], mark.start("rest")
        if closing := _END_IN_LINE.search(mark["rest"]):
            yield _Block(info, begin, begin + closing.start())
            begin = -1
    if begin >= 0:
        yield _Block(info, begin, len(text))


def page_of_block(text: str) -> str:
    """The page of an answer that is one block, perhaps behind a line that ends in a colon.

    A block inside of it stays. The text itself where anything stands behind the block.
    """
    marks = (mark for mark in _MARKS.finditer(text) if mark["begin"])
    outer = next(marks, None)
    if outer is None or outer["rest"] or not _leads_in(text[: outer.start()]):
        return text
    open_marks = [outer["begin"]]
    for mark in marks:
        run = mark["begin"]
        if mark["info"] or mark["rest"]:
            open_marks.append(run)
        elif run[0] == open_marks[-1][0] and len(run) >= len(open_marks[-1]):
            open_marks.pop()
        if not open_marks:
            if text[mark.end() :].strip():
                return text
            return text[outer.end() + 1 : mark.start()].removesuffix("\n").removesuffix("\r")
    return text[outer.end() + 1 :].rstrip()


def _leads_in(before: str) -> bool:
    line = before.strip()
    return not line or ("\n" not in line and len(line) <= LEAD_IN and line[-1] in ":：")
