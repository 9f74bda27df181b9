"""One of a closed set of names in an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from bench.fields.normalise import TEXT, normalised

LONGEST = 20_000  # characters; a longer text names no class

_STEPS = (*TEXT, "yo_as_ye")
_AROUND = " \t\n.,:;!?()[]{}\"'`*_-"
_LETTER = re.compile(r"[A-Za-z]")
_LABELLED = re.compile(
    r"(?<![^\s\"'`*(\[])(?:\((?-i:([A-Z]))\)|\[(?-i:([A-Z]))\]|(?-i:([A-Z]))[.):](?!\w))"
    r"|\b(?:option|choice|class|answer|вариант|ответ|класс|antwort|klasse|보기|선택지|choose|pick|select)"
    r"(?: is| ist)?:? [(*]*+(?-i:([A-Z]))(?!\w)",
    re.IGNORECASE,
)
# What Korean puts directly behind a noun.
_ENDINGS = r"입니다|이에요|예요|이다|이라고|라고|으로|로|은|는|이|가|을|를|에|의|과|와|도"
_CLAUSE = 60  # characters before and behind a name in which its negation is looked for
_CLAUSES = re.compile(r"[.!?;:,]")
_NEGATION = re.compile(r"\b(?:not|nor?|neither|never|cannot|не|ни|нет|nicht|kein\w*|weder)\b|n't\b")
_KOREAN_NEGATION = re.compile(r"아니|아닌|아닙|없")


def chosen(text: str, choices: Mapping[str, Sequence[str]]) -> str | None:
    """The name that the answer gives by itself, by a spelling or by its letter.

    None where it gives none or several, or says what the page is not. A spelling of one Latin
    letter is a label: it counts alone, in brackets, before a point or a bracket, behind `option`.
    """
    if len(text) > LONGEST:
        return None
    name_of, letters = _spellings(choices)
    plain = normalised(text, _STEPS)
    bare = plain.strip(_AROUND)
    known = name_of.get(bare) or letters.get(bare.upper())
    if known:
        return known
    found = list(_any_of(tuple(sorted(name_of))).finditer(plain)) if name_of else []
    if any(_negated(plain, one) for one in found):
        return None
    named = {name_of[one["name"]] for one in found}
    labels = {letter for one in _LABELLED.finditer(text) for letter in one.groups() if letter}
    named |= {letters[one] for one in labels if one in letters}
    return named.pop() if len(named) == 1 else None


def _spellings(choices: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], dict[str, str]]:
    """The name of each normalised spelling, and of each letter."""
    name_of: dict[str, str] = {}
    letters: dict[str, str] = {}
    for name, spellings in choices.items():
        for spelling in (name, *spellings):
            if _LETTER.fullmatch(spelling):
                letters.setdefault(spelling.upper(), name)
            elif plain := normalised(spelling, _STEPS).strip(_AROUND):
                name_of.setdefault(plain, name)
    return name_of, letters


@lru_cache(maxsize=256)
def _any_of(spellings: tuple[str, ...]) -> re.Pattern[str]:
    """Whole words; `tax invoice` before the `invoice` in it."""
    longest_first = sorted(spellings, key=len, reverse=True)
    return re.compile(
        rf"(?<!\w)(?P<name>{'|'.join(map(re.escape, longest_first))})"
        rf"(?:(?<=[가-힣])(?:{_ENDINGS}))?(?!\w)"
    )


def _negated(text: str, name: re.Match[str]) -> bool:
    before = _CLAUSES.split(text[max(0, name.start() - _CLAUSE) : name.start()])[-1]
    behind = _CLAUSES.split(text[name.end("name") : name.end() + _CLAUSE])[0]
    return bool(_NEGATION.search(before) or _KOREAN_NEGATION.search(behind))
