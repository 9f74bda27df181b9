"""A parser of almost-JSON in one pass, without recursion: linear on any text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from bench.reading.json_strings import QUOTES, Scanned, key_at, string_at
from bench.reading.json_text import DEEPEST, Number

_SKIPPED = re.compile(r"\s*+(?P<comment>(?://|\#)[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z))?")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][-+]?\d++)?", re.ASCII)
_BEHIND = re.compile(r"[ \t\r]*+(?:[]},\n#\"']|//|/\*|\Z)")
_DIGIT_BEHIND_COMMA = re.compile(r",\d")
_WORD = re.compile(r"[^\W\d]\w*+")
_ELLIPSIS = re.compile(r"\.\.\.|…")
# Without quotes a value ends with its line, before a bracket, or at a comma that is in no number.
_UNQUOTED = re.compile(r"(?:[^\n,{}\[\]\"]++|,(?=\d))*+")
_LONGEST_UNQUOTED = 200  # characters
_COMMENT_BEHIND = re.compile(r"\s(?://|#\s).*")
_NO_NUMBER = ("NaN", "nan", "Infinity", "inf")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "None", "NULL", "nil", "undefined"), None),
    **dict.fromkeys(_NO_NUMBER, None),
}
_STRICT_WORDS = ("true", "false", "null")
_SIGNED_NO_NUMBER = re.compile(r"[-+](?:Infinity|inf|NaN)\b")
_MISSING: Any = object()

Expected = Literal["key", "value", "comma"]
_END = "}]"
_BEGIN = "{["


@dataclass(frozen=True)
class Mended:
    """`value` stands before `end`. `whole`: it was closed, not cut off."""

    value: Any
    end: int
    mended: tuple[str, ...]
    whole: bool


@dataclass(frozen=True)
class Broken:
    """No JSON from there on: `at` is where reading stopped."""

    at: int
    too_deep: bool = False


@dataclass
class _Open:
    """An object with the key whose value is awaited, or a list."""

    value: dict[str, Any] | list[Any]
    key: str = ""


@dataclass
class _State:
    text: str
    at: int
    stack: list[_Open] = field(default_factory=list)
    mended: dict[str, None] = field(default_factory=dict)
    expected: Expected = "value"
    done: Any = _MISSING

    def mend(self, what: str) -> None:
        self.mended[what] = None

    @property
    def in_object(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict)

    def put(self, value: Any) -> None:
        if not self.stack:
            self.done = value
            return
        top = self.stack[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        else:
            if top.key in top.value:
                self.mend("duplicate_key")
            top.value[top.key] = value
        self.expected = "comma"

    def close(self) -> None:
        """The innermost one."""
        closed = self.stack.pop()
        self.put(closed.value)


def mended_at(text: str, begin: int) -> Mended | Broken:
    """The object or list that begins at `begin`, with all that can be mended."""
    state = _State(text, begin)
    while state.done is _MISSING:
        _skip(state)
        if len(state.stack) > DEEPEST:
            return Broken(state.at, too_deep=True)
        if state.at >= len(text):
            return _cut_off(state)
        step = {"key": _key, "value": _value, "comma": _comma}[state.expected]
        if not step(state):
            return Broken(state.at)
    return Mended(state.done, state.at, tuple(state.mended), whole=True)


def _cut_off(state: _State) -> Mended | Broken:
    """What is complete so far, and the text that has begun."""
    while state.stack:
        state.close()
    state.mend("cut_off")
    return Mended(state.done, len(state.text), tuple(state.mended), whole=False)


def _skip(state: _State) -> None:
    while found := _SKIPPED.match(state.text, state.at):
        state.at = found.end()
        if not found["comment"]:
            return
        state.mend("comments")


def _key(state: _State) -> bool:
    char = state.text[state.at]
    if char in _END or char == ",":
        return _end_or_comma(state, char)
    scanned = key_at(state.text, state.at)
    if scanned is None:
        return _ellipsis(state)
    _take(state, scanned)
    _skip(state)
    if state.at >= len(state.text):
        return True
    if state.text[state.at] != ":":
        return False
    state.at += 1
    state.stack[-1].key = scanned.text
    state.expected = "value"
    return True


def _value(state: _State) -> bool:
    char = state.text[state.at]
    if char in _BEGIN:
        state.at += 1
        state.stack.append(_Open({} if char == "{" else []))
        state.expected = "key" if char == "{" else "value"
        return True
    if char in QUOTES:
        scanned = string_at(state.text, state.at, in_object=state.in_object)
        _take(state, scanned)
        state.put(scanned.text)
        return True
    if char in _END or char == ",":
        if state.in_object:
            state.mend("missing_value")
            state.put(None)
            return True
        return _end_or_comma(state, char)
    return _bare(state)


def _bare(state: _State) -> bool:
    """A number, a word, or a text without quotes."""
    text, at = state.text, state.at
    number = _NUMBER.match(text, at)
    if number and _ends_at(state, number.end()):
        state.at = number.end()
        state.put(Number(number[0]))
        return True
    if found := _SIGNED_NO_NUMBER.match(text, at):
        state.at = found.end()
        state.mend("not_a_number")
        state.put(None)
        return True
    word = _WORD.match(text, at)
    if word and word[0] in _WORDS and _ends_at(state, word.end()):
        state.at = word.end()
        if word[0] not in _STRICT_WORDS:
            state.mend("not_a_number" if word[0] in _NO_NUMBER else "words")
        state.put(_WORDS[word[0]])
        return True
    return _ellipsis(state) or _unquoted(state)


def _ellipsis(state: _State) -> bool:
    """`[1, 2, ...]`, as models leave out the rest."""
    found = _ELLIPSIS.match(state.text, state.at)
    if found:
        state.at = found.end()
        state.mend("ellipsis")
        state.expected = "comma"
    return bool(found)


def _ends_at(state: _State, end: int) -> bool:
    """A number or a word goes on where nothing ends it: 1 234, 12.03.2024, 5 EUR, true to scale."""
    if state.in_object and _DIGIT_BEHIND_COMMA.match(state.text, end):
        return False
    return bool(_BEHIND.match(state.text, end))


def _unquoted(state: _State) -> bool:
    found = _UNQUOTED.match(state.text, state.at)
    words = _COMMENT_BEHIND.sub("", found[0]).strip() if found else ""
    if not found or not words or len(words) > _LONGEST_UNQUOTED:
        return False
    state.at = found.end()
    if state.at >= len(state.text) and any(known.startswith(words) for known in _STRICT_WORDS):
        return True  # `tr` where an answer is cut off is no value
    state.mend("unquoted_value")
    state.put(words)
    return True


def _comma(state: _State) -> bool:
    char = state.text[state.at]
    if char == "," or char in _END:
        return _end_or_comma(state, char)
    if char in QUOTES or (not state.in_object and char in _BEGIN):
        state.mend("missing_comma")
        state.expected = "key" if state.in_object else "value"
        return True
    return False


def _end_or_comma(state: _State, char: str) -> bool:
    state.at += 1
    if char == ",":
        if state.expected != "comma":
            state.mend("extra_comma")
        state.expected = "key" if state.in_object else "value"
        return True
    top_ends_with = "}" if state.in_object else "]"
    if char != top_ends_with:
        under = state.stack[-2].value if len(state.stack) > 1 else None
        if not isinstance(under, dict if char == "}" else list):
            return False
        state.mend("brackets")
        state.close()
    if state.expected != "comma" and state.stack[-1].value:
        state.mend("trailing_comma")
    state.close()
    return True


def _take(state: _State, scanned: Scanned) -> None:
    state.at = scanned.end
    for what in scanned.mended:
        state.mend(what)
