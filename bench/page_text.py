"""Whether a value stands on a page, by the page's transcript. Diagnosis: no score depends on it."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from rapidfuzz import fuzz

from bench import values
from bench.fields import FieldRule
from bench.fields.compare import KINDS
from bench.fields.normalise import normalised

ALIKE = 85.0  # of 100: the best window's share of common characters, so an OCR slip still counts
SHORTEST, SHORTEST_UNSPACED = 3, 2  # letters and digits; a shorter value is anywhere by chance
FUZZY_FROM = 6  # shorter values stand there as they are, or not
LONGEST_VALUE = 1_000  # characters that are read as a number or a date
WINDOWED = 200  # characters of a value that is looked for as a whole
LONGEST_PAGE = 50_000  # letters and digits of a page that are searched with tolerance
KNOWN_WORDS = 0.85  # share of a long value's words

_UNSPACED = re.compile(r"[ᄀ-ᇿ぀-ヿ㄰-㆏㐀-鿿가-힣]")
_MARK = re.compile(r"[\W_]+")
_NUMBERS = re.compile(r"\d+(?:[ '.,]\d+){0,40}")  # one number or several beside each other
_NO_MARKS = str.maketrans("", "", " '.,")
_DIGITS = re.compile(r"\+?\d[\d ()./-]*")
_DATES = (
    re.compile(r"(?<!\d)\d{1,4} ?([-./ ]) ?\d\d? ?\1 ?\d{1,4}(?!\d)"),
    re.compile(r"(?<!\d)\d{8}(?!\d)"),
    re.compile(r"\d{4} ?[年년] ?\d\d? ?[月월] ?\d\d? ?[日일号號]"),
    re.compile(
        r"(?<!\d)\d\d?\"?(?:st|nd|rd|th|er|º)?\.?(?: of | de |[ -])?[^\W\d_]{3,10}\.?"
        r"(?: del?|,)?[ -]?\d{2,4}(?!\d)"
    ),
    re.compile(r"(?<![^\W\d_])[^\W\d_]{3,10}\.? ?\d\d?(?:st|nd|rd|th)?(?:, ?| )\d{4}(?!\d)"),
)
_OFFERED = ("boolean", "enumerated")  # chosen from a list, which need not stand on the page
_TEXT = FieldRule(type="text")


@dataclass(frozen=True)
class Page:
    """A document's transcript, made ready once. All its pages together are one `Page`."""

    text: str
    _read_days: dict[object, frozenset[dt.date]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, text: str) -> Page:
        return cls(plain(text))

    def holds(self, value: str, rule: FieldRule | None = None) -> bool | None:
        """None where it cannot be said: no text, a very short value, yes or no, one of a list.

        Numbers and dates are there in any format that `rule` reads; document numbers without
        their separators; everything else with a tolerance of ALIKE.
        """
        rule = rule or _TEXT
        said = plain(value)
        bare = squeezed(said)
        if not self._squeezed or rule.type in _OFFERED or _too_short(bare):
            return None
        if KINDS["boolean"].read(said, rule):
            return None
        typed = self._by_type(said, bare, rule) if len(said) <= LONGEST_VALUE else None
        return self._reads(said, bare) if typed is None else typed

    def _by_type(self, said: str, bare: str, rule: FieldRule) -> bool | None:
        """None where the value cannot be read as one of its type."""
        if rule.type in ("amount", "number") and (found := values.amounts(said)):
            return all(map(self._has, found))
        if rule.type == "date" and (days := days_in(said, rule)):
            return not days.isdisjoint(self._days(rule))
        if rule.type == "phone" and len(digits := re.sub(r"\D", "", said)) > FUZZY_FROM:
            return any(_same_number(digits, one) for one in self._phones)
        return bare in self._squeezed if rule.type == "document_number" else None

    def _reads(self, said: str, bare: str) -> bool:
        if len(bare) < FUZZY_FROM:
            return stands_in(_MARK.sub(" ", said).strip(), self._worded)
        if bare in self._squeezed:
            return True
        if len(bare) <= WINDOWED:
            page = self._squeezed[:LONGEST_PAGE]
            if len(bare) <= len(page) and fuzz.partial_ratio(bare, page, score_cutoff=ALIKE):
                return True
        words = _MARK.sub(" ", said).split()
        known = sum(word in self._words for word in words)
        return known >= KNOWN_WORDS * len(words)

    @cached_property
    def _squeezed(self) -> str:
        return squeezed(self.text)

    @cached_property
    def _worded(self) -> str:
        return _MARK.sub(" ", self.text).strip()

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(self._worded.split())

    def _has(self, number: Decimal) -> bool:
        digits = f"{number:f}".replace(".", "").strip("0")
        return any(
            digits in written and number in values.amounts(text) for written, text in self._numbers
        )

    @cached_property
    def _numbers(self) -> tuple[tuple[str, str], ...]:
        """Each with its digits. `2 900,00` may be one number or two, so it is all three."""
        runs = dict.fromkeys(_NUMBERS.findall(self.text))
        apart = dict.fromkeys(part for run in runs if " " in run for part in run.split())
        return tuple((text.translate(_NO_MARKS), text) for text in runs | apart)

    def _days(self, rule: FieldRule) -> frozenset[dt.date]:
        how = (rule.convention.date_order, rule.century_from)
        if how not in self._read_days:
            self._read_days[how] = days_in(self.text, rule)
        return self._read_days[how]

    @cached_property
    def _phones(self) -> tuple[str, ...]:
        found = (re.sub(r"\D", "", one) for one in _DIGITS.findall(self.text))
        return tuple(one for one in found if len(one) > FUZZY_FROM)


def days_in(text: str, rule: FieldRule) -> frozenset[dt.date]:
    """Every day that a date of the text may mean; the rule's order decides where it is declared."""
    kind = KINDS["date"]
    return frozenset(
        day
        for written in {found[0] for form in _DATES for found in form.finditer(text)}
        for day in kind.read(normalised(written, kind.steps), rule)
    )


def plain(text: str) -> str:
    """White space, case and Unicode forms (NFKC) make no difference."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def squeezed(text: str) -> str:
    """Letters and digits alone."""
    return _MARK.sub("", text)


def stands_in(part: str, whole: str) -> bool:
    """As a piece of its own: no digit goes on at either end, no letter of a spaced script."""
    start = whole.find(part) if part else -1
    while start >= 0:
        end = start + len(part)
        if not _goes_on(whole[start - 1 : start + 1] if start else "") and not _goes_on(
            whole[end - 1 : end + 1]
        ):
            return True
        start = whole.find(part, start + 1)
    return False


def _goes_on(pair: str) -> bool:
    """A number runs through, or a word; Korean puts its endings directly behind a value."""
    if len(pair) < 2 or not (pair[0].isalnum() and pair[1].isalnum()):
        return False
    return not any(map(_UNSPACED.match, pair))


def _too_short(bare: str) -> bool:
    unspaced = bare.isdigit() or _UNSPACED.match(bare)
    return len(bare) < (SHORTEST_UNSPACED if unspaced else SHORTEST)


def _same_number(said: str, run: str) -> bool:
    """With and without the country's code or the 0 before a national number.

    Two numbers beside each other on the page are one run of digits.
    """
    said, run = said.lstrip("0"), run.lstrip("0")
    return min(len(said), len(run)) > FUZZY_FROM and (said in run or said.endswith(run))
