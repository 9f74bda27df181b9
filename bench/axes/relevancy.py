"""Whether an answer is one of the asked kind at all, right or wrong."""

from __future__ import annotations

import re
from collections.abc import Collection

from bench import values
from bench.absent_answers import refuses, says_none
from bench.fields import FieldRule
from bench.fields.compare import KINDS, LONGEST
from bench.fields.normalise import normalised
from bench.page_text import days_in, plain
from bench.parts import parsed
from bench.schema import Record, TaskKind

_THINKING = re.compile(r"<(think(?:ing)?|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_FREE = ("text", "person_name", "address")  # any words may be one


def is_of_the_asked_kind(
    record: Record, asks: TaskKind, rule: FieldRule | None, classes: Collection[str]
) -> bool:
    """Of an answered record. `classes` as `plain` gives them; without any, any words are a class.

    To a question, "N/A" and "there is no date" are answers; silence is one only where there is
    nothing to say.
    """
    value = record.value or ""
    if asks == "extraction":
        return isinstance(parsed(record.value), dict)
    if refuses(value):
        return False
    if asks == "classification" and classes:
        return plain(value) in classes
    said = _THINKING.sub("", value).strip()
    if not said:
        return asks == "question" and not record.answerable and not value
    if asks == "question":
        return rule is None or _readable(said, rule) or says_none(said)
    return bool(re.search(r"\w", said))


def gives_a_value(record: Record, asks: TaskKind) -> bool:
    """Something that can be looked for: no silence, no word for nothing, no refusal."""
    if record.value is None or (asks == "extraction" and record.part_of is None):
        return False
    return not says_none(record.value) and not refuses(record.value)


def _readable(said: str, rule: FieldRule) -> bool:
    """By the field's type; of dates and numbers, one in a sentence will do."""
    kind = KINDS[rule.type]
    if rule.type in _FREE:
        return bool(re.search(r"\w", said))
    if len(said) > LONGEST:
        return False
    if kind.read(normalised(said, rule.steps or kind.steps), rule):
        return True
    if rule.type == "date":
        return bool(days_in(plain(said), rule))
    return rule.type in ("amount", "number") and len(values.amounts(plain(said))) == 1
