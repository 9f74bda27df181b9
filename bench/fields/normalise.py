"""Text normalisation: named steps, and versioned lists of them.

A list is never changed: another one gets another version, because scores depend on it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
_SINGLE = "\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4\u0060\uff07"
_DOUBLE = "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02"
_QUOTES = str.maketrans(dict.fromkeys(_SINGLE, "'") | dict.fromkeys(_DOUBLE, '"'))
_TO_DASH = str.maketrans(dict.fromkeys(_DASHES, "-"))
_NARROW = str.maketrans({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
_LOOKALIKES = str.maketrans("АВЕКМНОРСТУХавекмнорстух", "ABEKMHOPCTYXabekmhopctyx")
_SEPARATOR = re.compile(rf"№|\bn[°º]|\bno\.(?=\s*\d)|[\s.#°º{_DASHES}-]", re.IGNORECASE)
_CJK = "[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3々]"
_DIGIT = re.compile(r"[^\D0-9]")  # of another script than ASCII
_MARK = re.compile(r"[^\w\s]|_")
_ODD = re.compile(r"[^\w\s\x00-\x7f]")
_BETWEEN_CJK = re.compile(rf"(?<={_CJK})\s+(?={_CJK})")


def _casefold(text: str) -> str:
    """With the composed form again: folding takes letters apart."""
    return unicodedata.normalize("NFC", text.casefold())


def _digits_ascii(text: str) -> str:
    """Digits of every script; not \u00b2, \u2460 or \u00bd, which are no digits of a number."""
    return _DIGIT.sub(lambda one: str(unicodedata.decimal(one[0])), text)


def _drop_invisible(text: str) -> str:
    """Soft hyphens, joiners, marks of direction: category Cf."""
    return _ODD.sub(lambda one: "" if unicodedata.category(one[0]) == "Cf" else one[0], text)


def _strip_punctuation(text: str) -> str:
    """Each mark becomes a space, so that `1-1` and `11` stay apart."""
    return _MARK.sub(lambda one: " " if _is_punctuation(one[0]) else one[0], text)


def _is_punctuation(mark: str) -> bool:
    return mark == "〒" or unicodedata.category(mark).startswith("P")


STEPS: dict[str, Callable[[str], str]] = {
    "nfc": lambda text: unicodedata.normalize("NFC", text),
    "nfkc": lambda text: unicodedata.normalize("NFKC", text),
    "casefold": _casefold,
    "collapse_whitespace": lambda text: " ".join(text.split()),
    "digits_ascii": _digits_ascii,
    "drop_invisible": _drop_invisible,
    "narrow_forms": lambda text: text.translate(_NARROW),
    "unify_dashes": lambda text: text.translate(_TO_DASH),
    "unify_quotes": lambda text: text.translate(_QUOTES),
    "strip_punctuation": _strip_punctuation,
    "drop_separators": lambda text: _SEPARATOR.sub("", text),
    "join_cjk": lambda text: _BETWEEN_CJK.sub("", text),
    "yo_as_ye": lambda text: text.replace("ё", "е").replace("Ё", "Е"),
    "cyrillic_lookalikes": lambda text: text.translate(_LOOKALIKES),
}

_MARKS = ("drop_invisible", "unify_dashes", "unify_quotes")
STEP_LISTS: dict[str, tuple[str, ...]] = {
    # NFKC would make 5² a 52, so values are narrowed without it.
    "value/1": (
        *("nfc", *_MARKS, "narrow_forms", "digits_ascii", "casefold", "collapse_whitespace"),
    ),
    "text/1": (*_MARKS, "nfkc", "digits_ascii", "casefold", "nfkc", "collapse_whitespace"),
    # Behind text/1: names and addresses.
    "words/1": ("yo_as_ye", "strip_punctuation", "collapse_whitespace", "join_cjk"),
    # Behind value/1. NFKC makes a No of №, which goes first, and makes spaces, which go last.
    "document_number/1": (
        *("drop_separators", "nfkc", "casefold", "nfkc", "drop_separators", "nfkc"),
    ),
}
VALUE, TEXT = STEP_LISTS["value/1"], STEP_LISTS["text/1"]
WORDS, DOCUMENT_NUMBER = STEP_LISTS["words/1"], STEP_LISTS["document_number/1"]


# Characters that most of the steps leave as they are: printable ASCII but for the back quote, the
# letters of Western European languages but for ß, Russian ones, whole Hangul syllables, and CJK.
_PLAIN = re.compile(
    r"[ -_a-~\n\u00c0-\u00d6\u00d8-\u00de\u00e0-\u00f6\u00f8-\u00ff\u0400-\u045f"
    r"\u4e00-\u9fff\uac00-\ud7a3\u20ac\u20bd]*"
)
_LEAVING_PLAIN = frozenset(
    (
        *("nfc", "nfkc", "digits_ascii", "drop_invisible", "narrow_forms"),
        *("unify_dashes", "unify_quotes"),
    )
)


def normalised(text: str, steps: Sequence[str]) -> str:
    """`steps` in their order; those that cannot change this text are passed over."""
    plain = _PLAIN.fullmatch(text) is not None
    for step in _acting(tuple(steps), plain=plain):
        text = step(text)
    return text


@cache
def _acting(steps: tuple[str, ...], *, plain: bool) -> tuple[Callable[[str], str], ...]:
    if not plain:
        return tuple(STEPS[step] for step in steps)
    acting = (step for step in steps if step not in _LEAVING_PLAIN)
    return tuple(str.casefold if step == "casefold" else STEPS[step] for step in acting)
