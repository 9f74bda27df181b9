"""Yes or no, and one of the values that the task lists."""

from __future__ import annotations

from bench.fields.normalise import TEXT
from bench.fields.rule import FieldRule
from bench.fields.verdict import Kind, equal

_WORDS = {
    True: "yes y true 1 да ja oui sí si 예 네 是 はい ☑ ✓ ✔ ✅",
    False: "no n false 0 нет nein non 아니오 아니요 否 いいえ ☐",
}
_MEANING = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
# Korea and Japan mark yes by a circle and no by a cross; elsewhere a cross ticks a box.
_CIRCLES, _CROSSES = frozenset("oо○◯〇"), frozenset("xх×✕✗✘☒")
_CIRCLE_IS_YES = ("ko", "ja")


def _read_boolean(text: str, rule: FieldRule) -> tuple[bool, ...]:
    if text in _MEANING:
        return (_MEANING[text],)
    if text not in _CIRCLES | _CROSSES:
        return ()
    if rule.locale is None:
        return (True, False)
    if rule.locale in _CIRCLE_IS_YES:
        return (text in _CIRCLES,)
    return (True,) if text in _CROSSES else ()


def _read_enumerated(text: str, rule: FieldRule) -> tuple[str, ...]:
    value = rule.spellings.get(text)
    return () if value is None else (value,)


def _shown(one: bool) -> str:  # noqa: FBT001 - the value itself, no switch
    return "yes" if one else "no"


BOOLEAN = Kind(TEXT, _read_boolean, equal, _shown)
ENUMERATED = Kind(TEXT, _read_enumerated, equal)
