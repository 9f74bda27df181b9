"""The same numbers without bench: the model's answers and the metrics' published rules, by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from tests.gap.causes_model import SAMPLES, answer, fields
from tests.gap.causes_runs import Way, altered

Share = tuple[float, float]  # a sample's numerator and denominator


@cache
def distance(one: str, other: str) -> int:
    """Levenshtein, as in the textbook: a row at a time."""
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, start=1):
        before, row = row, [place]
        for column, against in enumerate(other, start=1):
            swap = before[column - 1] + (letter != against)
            row.append(min(swap, before[column] + 1, row[column - 1] + 1))
    return row[-1]


def cer(said: str | None, right: str, *, folded: bool = False) -> Share:
    if said is None:
        return len(right), len(right)
    said = said.casefold() if folded else said
    return distance(said, right), len(right)


def exact_match(said: str | None, right: str) -> Share:
    return float(said == right), 1


def anls(said: str | None, right: str) -> Share:
    if said is None:
        return 0, 1
    far = distance(said.lower(), right) / max(len(said), len(right))
    return (1 - far if far < 0.5 else 0), 1


def anls_vlmevalkit(said: str | None, right: str) -> Share:
    if said is None:
        return 0, 1
    far = distance(said.lower(), right) / max(len(said), len(right))
    return (1 - far if far <= 0.5 else 0), 1


RULES: Mapping[str, Callable[[str | None, str], Share]] = {
    "cer": cer,
    "exact_match": exact_match,
    "anls": anls,
    "anls_vlmevalkit": anls_vlmevalkit,
}


def share(way: Way, number: int, metric: str = "cer") -> Share:
    """Of one sample; of an extraction the sums over its fields."""
    said: str | None = None
    if number not in way.temper.refused:
        said = answer(number, way.seen(number))
        said = altered(said, way.harness)
        if way.reading:
            said = said.removeprefix("Answer: ").removeprefix("```json\n").removesuffix("\n```")
    if number in way.unknown:
        return 0, 0
    if not way.extracts:
        return _measured(way, metric, said, way.reference(number))
    found = _object(said)
    each = [
        _measured(way, metric, None if said is None else found.get(name, ""), right)
        for name, right in fields(way.reference(number)).items()
    ]
    return sum(one for one, _ in each), sum(one for _, one in each)


def _measured(way: Way, metric: str, said: str | None, right: str) -> Share:
    return cer(said, right, folded=way.folded) if metric == "cer" else RULES[metric](said, right)


def _object(said: str | None) -> Mapping[str, str]:
    try:
        found: dict[str, str] = json.loads(said or "")
    except ValueError:
        return {}
    return found


def ratio(shares: Collection[Share]) -> float:
    numerators, denominators = zip(*shares, strict=True)
    return math.fsum(numerators) / math.fsum(denominators)


def value(way: Way, metric: str = "cer") -> float:
    """Over all its samples: the sum of the numerators by the sum of the denominators."""
    return ratio([share(way, number, metric) for number in way.samples])


@dataclass(frozen=True)
class Step:
    """One thing that changes on the way from A to B: its part, and how the samples `on` are asked
    from then on. Samples that `way` leaves out go, and those that it has more come in.
    """

    part: str
    way: Way
    on: Iterable[int] = range(SAMPLES)


class Worth(NamedTuple):
    """What a part adds to the value, and how many samples' scores it changes."""

    value: float
    moved: int


State = Mapping[int, Way]  # how each sample is asked and scored, somewhere between A and B


def together(*kinds: str) -> str:
    """The part of a rest that is of several causes at once."""
    return f"rest: together ({', '.join(sorted(kinds))})"


def parts(start: Way, steps: Iterable[Step], metric: str = "cer") -> dict[str, Worth]:
    """What each is worth, in the order of `steps`."""
    begin: State = dict.fromkeys(start.samples, start)
    return worths(begin, _states(begin, steps), metric)


def _states(state: State, steps: Iterable[Step]) -> Iterator[tuple[str, State]]:
    for step in steps:
        state = {one: step.way if one in step.on else state[one] for one in step.way.samples}
        yield step.part, state


def worths(
    begin: State, states: Iterable[tuple[str, State]], metric: str = "cer"
) -> dict[str, Worth]:
    """A part that has two steps is what both add, and each sample that either moves."""
    before = {one: share(way, one, metric) for one, way in begin.items()}
    added: dict[str, float] = {}
    moved: dict[str, set[int]] = {}
    for part, state in states:
        after = {one: share(way, one, metric) for one, way in state.items()}
        added[part] = added.get(part, 0.0) + ratio(after.values()) - ratio(before.values())
        every = before.keys() | after.keys()
        moved.setdefault(part, set()).update(
            one for one in every if before.get(one) != after.get(one)
        )
        before = after
    return {part: Worth(added[part], len(moved[part])) for part in added}
