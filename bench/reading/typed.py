"""The one part of a text that is a value of the declared type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bench import absent_answers
from bench.fields import FieldRule
from bench.fields.compare import KINDS
from bench.fields.compare import LONGEST as LONGEST_VALUE
from bench.fields.currencies import MARKS
from bench.fields.locales import MONTHS
from bench.fields.normalise import normalised
from bench.reading.closed_set import chosen
from bench.reading.sentences import without_full_stop
from bench.schema import FieldType

LONGEST = 2_000  # characters of a text in which a value is looked for

_GAP = "[ \u00a0\u2009\u202f]"
_MONTH = rf"(?:{'|'.join(sorted(map(re.escape, MONTHS), key=len, reverse=True))})\.?"
_YEAR_WORD = rf"(?:{_GAP}?(?:года|год|г\.|г\b))?"
_DATE = re.compile(
    rf"(?<![\w.,/-])(?:"
    rf"\d{{4}}{_GAP}?[年년]{_GAP}?\d\d?{_GAP}?[月월]{_GAP}?\d\d?{_GAP}?[日일]"
    rf"|[\"«]?\d\d?[\"»]?(?:st|nd|rd|th|\.)?(?:{_GAP}of)?[ \u00a0-]?{_MONTH}"
    rf"(?:,|{_GAP}of)?[ \u00a0-]?\d{{4}}{_YEAR_WORD}"
    rf"|{_MONTH}{_GAP}\d\d?(?:st|nd|rd|th)?,?{_GAP}\d{{4}}"
    rf"|(?:\d{{4}}(?P<mark>[-./])\d\d?(?P=mark)\d\d?|\d\d?(?P<sign>[-./])\d\d?(?P=sign)"
    rf"(?:\d{{4}}|\d\d)){_YEAR_WORD}(?![-./]?\d)"
    rf")",
    re.IGNORECASE,
)
_DIGITS = r"(?:[1-9]\d{0,2}(?:[ \u00a0\u2009\u202f'’.,]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?)"
_SIGN = r"(?:(?<!\w)[-+−–])?"
_FREE = r"(?<![\w.,/])"
_NUMBER = re.compile(rf"{_FREE}{_SIGN}{_DIGITS}(?![\d/]|[.,-]\d|[A-Za-z_])(?:{_GAP}?%)?")
_WORD_MARKS = "|".join(sorted((re.escape(one) for one in MARKS if one[0].isalpha()), key=len)[::-1])
_SIGN_MARKS = "".join(re.escape(one) for one in MARKS if len(one) == 1 and not one.isalpha())
_CURRENCY = rf"(?:[{_SIGN_MARKS}]|(?<![^\W\d_])(?:{_WORD_MARKS})(?![^\W_가-힣])\.?)"
_AMOUNT = re.compile(
    rf"(?:(?<![\w.,/])(?P<before>{_CURRENCY}){_GAP}?|{_FREE}){_SIGN}{_DIGITS}"
    rf"(?![\d/]|[.,-]\d)(?:{_GAP}?(?P<behind>{_CURRENCY}))?",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w.,])(?:\+|\(\d)?\d(?:[ ()./-]{0,2}\d){5,16}(?!\w*\d)")
_DOCUMENT_NUMBER = re.compile(
    r"(?<![\w-])(?:[A-ZА-ЯЁ]{1,4}[ -]?)?\d[A-Z\d]*+(?:[-/][A-Z\d]++| \d[A-Z\d]*+)*+(?!\w)"
)
_FIRST_WORD = re.compile(r"\s*([^\W\d_]+)(?:[,.;:!—–]|\s+[—–-]\s)")
_DIGITS_OF_A_DOCUMENT = 4
_FORMS: dict[FieldType, re.Pattern[str]] = {
    "date": _DATE,
    "number": _NUMBER,
    "amount": _AMOUNT,
    "phone": _PHONE,
    "document_number": _DOCUMENT_NUMBER,
}


def only_of_type(text: str, rule: FieldRule) -> str | None:
    """The part as it is written; the text where it is one value; None where nothing is sure.

    Sure is: one part can be read as the type, or all that can mean the same. A part of another
    type counts for nothing: no day of a date is an amount.
    """
    if is_bare(text, rule):
        return text
    silent = absent_answers.says_no_value(text) or absent_answers.refuses(text)
    if silent or len(text) > LONGEST:
        return None
    if rule.type == "enumerated":
        return chosen(text, {name: more for name, *more in rule.values})
    if rule.type == "boolean":
        first = _FIRST_WORD.match(text)
        return first[1] if first and _meaning(first[1], rule) else None
    found = [(part, meaning) for part in _parts(text, rule) if (meaning := _meaning(part, rule))]
    return found[0][0] if len({meaning for _, meaning in found}) == 1 else None


def is_bare(text: str, rule: FieldRule) -> bool:
    """The whole text is a value of a type that can be told from prose."""
    if len(text) > LONGEST_VALUE:
        return False
    if rule.type == "document_number":
        return bool(_DOCUMENT_NUMBER.fullmatch(text.strip()))
    readable = rule.type in _FORMS or rule.type in ("boolean", "enumerated")
    return readable and bool(_meaning(text, rule))


def _meaning(text: str, rule: FieldRule) -> tuple[object, ...]:
    if len(text) > LONGEST_VALUE:
        return ()
    kind = KINDS[rule.type]
    return tuple(kind.read(normalised(text, rule.steps or kind.steps), rule))


def _parts(text: str, rule: FieldRule) -> Iterator[str]:
    if rule.type not in _FORMS:
        return
    if rule.type != "date":
        text = _DATE.sub(lambda one: "\n" * len(one[0]), text)
    found = list(_FORMS[rule.type].finditer(text))
    if rule.type == "amount":
        found = [one for one in found if one["before"] or one["behind"]] or found
    for one in found:
        part = without_full_stop(one[0].strip())
        digits = sum(map(str.isdecimal, part))
        if rule.type != "document_number" or digits >= _DIGITS_OF_A_DOCUMENT:
            yield part
