"""Readings: versioned lists of named steps, and what they make of an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.errors import UsageError
from bench.fields import FieldRule
from bench.reading.answer_lines import answer_of
from bench.reading.closed_set import chosen
from bench.reading.fences import last_json_block, page_of_block
from bench.reading.json_search import is_json, parse_json
from bench.reading.json_text import json_text
from bench.reading.quotes import unquoted
from bench.reading.sentences import value_of_sentence
from bench.reading.thinking import without_thinking
from bench.reading.typed import is_bare, only_of_type

# A list is never changed, nor what its steps do: another one gets another version, because scores
# depend on it.
READINGS: dict[str, tuple[str, ...]] = {
    "value/1": ("thinking", "answer_line", "quotes", "sentence", "quotes"),
    "json/1": ("thinking", "fence", "json"),
    "choice/1": ("thinking", "answer_line", "quotes", "choice"),
    "text/1": ("thinking", "page_fence"),
}


@dataclass(frozen=True)
class Reading:
    """`steps`: those that changed something. `value` is None where nothing of the kind was found.

    An answer that no step changes is the value byte for byte.
    """

    value: str | None
    steps: tuple[str, ...]


@dataclass(frozen=True)
class _Asked:
    choices: Mapping[str, Sequence[str]]
    rule: FieldRule | None


# The same text where there is nothing to do; None where nothing of the asked kind is left.
_Step = Callable[[str, _Asked], str | None]


def read(
    answer: str,
    reading: str,
    *,
    choices: Mapping[str, Sequence[str]] = {},
    rule: FieldRule | None = None,
) -> Reading:
    """What `answer` says by the steps of `reading`, a name in READINGS. Never raises on text.

    `choices`: each name of the closed set with what else stands for it; one Latin letter is a
    label. `rule`: the type of the field. Time grows with the length of the answer.
    """
    if reading not in READINGS:
        raise UsageError(f"unknown reading {reading!r}; known are {', '.join(READINGS)}")
    asked = _Asked(choices, rule)
    steps = READINGS[reading]
    if _is_bare(answer, steps[-1], asked):
        return Reading(answer, ())
    value = answer
    changed: dict[str, None] = {}
    for step in steps:
        left = _STEPS[step](value, asked)
        if left != value:
            changed[step] = None
        if left is None:
            return Reading(None, tuple(changed))
        value = left
    return Reading(value, tuple(changed))


def _is_bare(answer: str, last: str, asked: _Asked) -> bool:
    """Already what the last step would leave, so that no earlier one looks into it."""
    if last == "json":
        return is_json(answer)
    if last == "choice":
        return answer in asked.choices
    return last == "quotes" and asked.rule is not None and is_bare(answer, asked.rule)


def _json(text: str, _asked: _Asked) -> str | None:
    parsed = parse_json(text)
    if parsed is None:
        return None
    return json_text(parsed.value) if parsed.mended else text


def _sentence(text: str, asked: _Asked) -> str | None:
    typed = only_of_type(text, asked.rule) if asked.rule else None
    return value_of_sentence(text) if typed is None else typed


_STEPS: dict[str, _Step] = {
    "thinking": lambda text, _: without_thinking(text),
    "answer_line": lambda text, _: answer_of(text),
    "quotes": lambda text, _: unquoted(text),
    "sentence": _sentence,
    "fence": lambda text, _: last_json_block(text) or text,
    "page_fence": lambda text, _: page_of_block(text),
    "json": _json,
    "choice": lambda text, asked: chosen(text, asked.choices),
}
