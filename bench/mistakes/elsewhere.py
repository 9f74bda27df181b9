"""Whether a wrong value is another field's of the page, or stands nowhere near it."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache

from rapidfuzz.distance import OSA, Indel

from bench import values
from bench.fields import FieldRule
from bench.fields.compare import KINDS
from bench.fields.normalise import normalised
from bench.fields.quantities import Quantity
from bench.page_text import days_in, plain, squeezed, stands_in

SENTENCE = 300  # characters of what may be a value, or a sentence around one
SHORTEST = 2  # letters and digits of a value that can be another field's
SHORTEST_INSIDE, SHORTEST_AMOUNT = 4, 3  # of one that a sentence holds
MISREAD = 0.9  # likeness from which a name or text is another field's, misread
MISREAD_FROM = 8  # its letters
SLIP = 5  # one misread character in so many, at least one

_DIGIT = re.compile(r"\d")
_OFFERED = ("boolean", "enumerated")  # chosen from a list: another field's "yes" says nothing
_QUANTITIES = ("amount", "number")


def of_another_field(
    prediction: str,
    references: Sequence[str],
    rule: FieldRule,
    others: Mapping[str, Sequence[str]],
) -> bool:
    """In any format, within a sentence, or nearly: but only if it is nearer to that field.

    A value that this field shares with another one is this field's.
    """
    said = plain(prediction)
    bare = squeezed(said)
    if len(bare) < SHORTEST or len(said) > SENTENCE or rule.type in _OFFERED:
        return False
    given = _known(prediction, rule)
    values_there = dict.fromkeys(text for texts in others.values() for text in texts)
    candidates = [value for value in values_there if _may_be(given, prediction, value)]
    if not candidates:
        return False
    own = [_known(text, rule) for text in references]
    for value in candidates:
        known = _known(value, rule)
        if not known.meanings or any(known.meanings & one.meanings for one in own):
            continue
        if given.meanings & known.meanings or known.stands_in(said):
            return True
        if _misread(given, known) and all(_likeness(bare, one.letters) < MISREAD for one in own):
            return True
    return False


@dataclass(frozen=True)
class _Known:
    """`meanings`: by the field's type, as a date, as a number, or as letters; no currency."""

    said: str
    letters: str
    meanings: frozenset[object]
    amounts: tuple[Decimal, ...]  # one, where it is an amount and nothing else

    def stands_in(self, text: str) -> bool:
        if len(text) <= len(self.said):
            return False
        if self.amounts:
            return len(self.letters) >= SHORTEST_AMOUNT and self.amounts == _amounts(text)
        return len(self.letters) >= SHORTEST_INSIDE and stands_in(self.said, text)

    @cached_property
    def of_letters(self) -> bool:
        """One digit off is another number, so only words can be misread ones."""
        return len(self.letters) >= MISREAD_FROM and not re.search(r"\d", self.letters)


def _may_be(given: _Known, prediction: str, value: str) -> bool:
    """False only where no reading can find the one in the other: most values of a page, at a tenth
    of the time that reading them takes.

    Equal dates have the year's last two digits in common, equal numbers the first digit but 0,
    equal telephone numbers the last ones, and equal words all digits.
    """
    if len(value) > SENTENCE:
        return False  # and has no meaning
    said, digits = _digits(prediction)
    text, other = _digits(value)
    if digits is None or other is None or text in said or sorted(digits) == sorted(other):
        return True
    if digits.lstrip("0")[:1] == other.lstrip("0")[:1] or digits[-4:] == other[-4:]:
        return True
    days = (one for one in given.meanings if isinstance(one, dt.date))
    return any(f"{day.year % 100:02}" in other for day in days)


@lru_cache(maxsize=8192)
def _digits(text: str) -> tuple[str, str | None]:
    """`plain` and its digits; None where they are of several scripts."""
    said = plain(text)
    found = "".join(_DIGIT.findall(said))
    return said, found if found.isascii() else None


def _known(value: str, rule: FieldRule) -> _Known:
    """Nothing of a text that is too long to be a field's value."""
    return _read(value, rule) if len(value) <= SENTENCE else _Known("", "", frozenset(), ())


@lru_cache(maxsize=8192)
def _read(value: str, rule: FieldRule) -> _Known:
    said = plain(value)
    letters = squeezed(said)
    if len(letters) < SHORTEST:
        return _Known(said, letters, frozenset(), ())
    kind = KINDS[rule.type]
    read = kind.read(normalised(value, rule.steps or kind.steps), rule)
    found: set[object] = {one.value if isinstance(one, Quantity) else one for one in read}
    found.update(KINDS["date"].read(normalised(value, KINDS["date"].steps), rule))
    amounts = _amounts(said) if values.is_amount(said) else ()
    return _Known(said, letters, frozenset(found.union(amounts or (letters,))), amounts)


@lru_cache(maxsize=1024)
def _amounts(text: str) -> tuple[Decimal, ...]:
    return tuple(values.amounts(text))


def _misread(given: _Known, known: _Known) -> bool:
    if not given.of_letters or not known.of_letters:
        return False
    return _likeness(given.letters, known.letters) >= MISREAD


def _likeness(one: str, other: str) -> float:
    return float(Indel.normalized_similarity(_apart(one), _apart(other), score_cutoff=0.5))


def made_up(prediction: str, references: Sequence[str], rule: FieldRule) -> bool:
    """No reference is so near that the value may be a misreading of it.

    Longer texts are no values: they may say what is not on the page without making up anything.
    """
    return len(prediction) <= SENTENCE and not any(
        _near(prediction, text, rule) for text in references
    )


def _near(prediction: str, reference: str, rule: FieldRule) -> bool:
    return any(
        OSA.distance(said, wanted, score_cutoff=_slips(wanted)) <= _slips(wanted)
        for said in _forms(prediction, rule)
        for wanted in _forms(reference, rule)
    )


def _slips(wanted: str) -> int:
    return max(1, len(wanted) // SLIP)


def _forms(text: str, rule: FieldRule) -> list[str]:
    """What of a value could be misread: its digits, a date's in one order, or its letters."""
    if rule.type == "date" and (days := days_in(plain(text), rule)):
        return [f"{day:%Y%m%d}" for day in days]
    if rule.type in _QUANTITIES and (found := values.amounts(plain(text))):
        return [re.sub(r"\D", "", f"{number:f}") for number in found]
    bare = squeezed(plain(text))
    return [_apart(bare)] if len(bare) > SHORTEST else []


def _apart(text: str) -> str:
    """Accents and the parts of Hangul syllables are letters of their own here."""
    return unicodedata.normalize("NFD", text)
