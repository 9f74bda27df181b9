"""An extraction's answer beside its reference: one part a field that the reference has.

Objects are walked by key. The items of a list are paired with the answer's so that the sum of their
likeness is highest (Hungarian method): their order says nothing. What the answer has beyond the
reference is no part; precision (docs/metrics.md, key information) counts it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import Indel

from bench.metrics.assignment import assignment

MOST = 600  # items of an answer's list that are looked at
_UNIT = 2**20
_MARKS = re.compile(r"[.\[\]\"]")  # a key with one is quoted, so that each place is another


@dataclass(frozen=True)
class Part:
    """`path` is the field (`items.price`), `place` says which of them (`items[0].price`).

    `reference` is None where the document does not have it, `value` where the answer does not.
    """

    path: str
    place: str
    reference: str | None
    value: str | None


def parsed(text: str | None) -> Any:
    """`text` as JSON with its numbers as they are written; None where it is none, or too deep."""
    if text is None:
        return None
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def parts(reference: Mapping[str, Any], answer: Any) -> Iterator[Part]:
    """In the reference's order. Both as `parsed` gives them; an answer of another shape has
    nothing.
    """
    yield from _object(reference, answer, "", "")


def _object(wanted: Mapping[str, Any], said: Any, path: str, place: str) -> Iterator[Part]:
    given = said if isinstance(said, Mapping) else {}
    for key, value in wanted.items():
        named = json.dumps(key, ensure_ascii=False) if _MARKS.search(key) else key
        yield from _value(value, given.get(key), f"{path}{key}", f"{place}{named}")


def _value(wanted: Any, said: Any, path: str, place: str) -> Iterator[Part]:
    if isinstance(wanted, Mapping):
        yield from _object(wanted, said, f"{path}.", f"{place}.")
    elif isinstance(wanted, list):
        given = said[:MOST] if isinstance(said, list) else [] if said is None else [said]
        paired = dict(_pairs(wanted, given))
        for number, item in enumerate(wanted):
            other = given[paired[number]] if number in paired else None
            yield from _value(item, other, path, f"{place}[{number}]")
    else:
        yield Part(path, place, text_of(wanted), text_of(said))


def _pairs(wanted: Sequence[Any], said: Sequence[Any]) -> list[tuple[int, int]]:
    if len(wanted) == len(said) == 1:
        return [(0, 0)]
    weights = [[round(_likeness(one, other) * _UNIT) for other in said] for one in wanted]
    return assignment(weights)


def _likeness(wanted: Any, said: Any) -> float:
    """From 0 to 1: the mean over the reference's values."""
    if isinstance(wanted, Mapping):
        given = said if isinstance(said, Mapping) else {}
        each = [_likeness(value, given.get(key)) for key, value in wanted.items()]
        return sum(each) / len(each) if each else float(said == wanted)
    one, other = text_of(wanted), text_of(said)
    if one is None or other is None:
        return float(one is other)
    return Indel.normalized_similarity(one.casefold(), other.casefold())


def text_of(value: Any) -> str | None:
    """A value as text; what is no single value, as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)
