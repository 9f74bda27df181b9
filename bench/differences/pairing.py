"""Which job of A is which of B, and which request: by what they are, never by when they came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.schema import JobReport
from bench.wire import Sent, canonical

T = TypeVar("T")
Key = Callable[[T], Hashable]


def pair(
    a: Sequence[T], b: Sequence[T], keys: Iterable[Key[T]]
) -> tuple[list[tuple[T, T]], list[T], list[T]]:
    """By the first key on which they agree, then by the next, at last by their order.

    The second and third lists are what is left over.
    """
    pairs: list[tuple[T, T]] = []
    left_a, left_b = list(a), list(b)
    for key in keys:
        waiting: dict[Hashable, list[T]] = defaultdict(list)
        for one in left_b:
            waiting[key(one)].append(one)
        rest_a = []
        for one in left_a:
            others = waiting.get(key(one))
            if others:
                pairs.append((one, others.pop(0)))
            else:
                rest_a.append(one)
        left_a, left_b = rest_a, [one for others in waiting.values() for one in others]
    count = min(len(left_a), len(left_b))
    pairs += zip(left_a[:count], left_b[:count], strict=True)
    return pairs, left_a[count:], left_b[count:]


def pair_jobs(
    a: Sequence[JobReport], b: Sequence[JobReport]
) -> tuple[list[tuple[JobReport, JobReport]], list[JobReport], list[JobReport]]:
    keys: list[Key[JobReport]] = [
        lambda job: job.id,
        lambda job: (job.task.name, job.harness.name, job.model.name),
        lambda job: (job.task.name, job.harness.name),
        lambda job: (job.task.name, job.model.name),
        lambda job: job.task.name,
    ]
    pairs, only_a, only_b = pair(a, b, keys)
    places = {job.id: place for place, job in enumerate(a)}
    return sorted(pairs, key=lambda two: places[two[0].id]), only_a, only_b


Pair = tuple[Sent, Sent]


@dataclass(frozen=True)
class Paired:
    """Requests of the samples that both sides asked. `more_a`, `more_b`: asked on one side only."""

    pairs: tuple[Pair, ...]
    more_a: int
    more_b: int
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]


def pair_requests(a: Iterable[Sent], b: Iterable[Sent]) -> Paired:
    by_a, by_b = _by_sample(a), _by_sample(b)
    pairs: list[Pair] = []
    more_a = more_b = 0
    keys: list[Key[Sent]] = [
        _whole,
        lambda one: (one.prompt, one.keys),
        lambda one: one.prompt,
        lambda one: one.keys,
        lambda one: sorted(one.keys).__repr__(),
    ]
    for sample in (name for name in by_a if name in by_b):
        found, left_a, left_b = pair(by_a[sample], by_b[sample], keys)
        pairs += found
        more_a += len(left_a)
        more_b += len(left_b)
    only_a = tuple(str(name) for name in by_a if name not in by_b)
    only_b = tuple(str(name) for name in by_b if name not in by_a)
    return Paired(tuple(pairs), more_a, more_b, only_a, only_b)


def _by_sample(asked: Iterable[Sent]) -> dict[str | None, list[Sent]]:
    """Each distinct request once."""
    found: dict[str | None, dict[Hashable, Sent]] = defaultdict(dict)
    for one in asked:
        found[one.sample].setdefault(_whole(one), one)
    return {sample: list(requests.values()) for sample, requests in sorted(found.items(), key=str)}


def _whole(one: Sent) -> Hashable:
    asked = (one.served_model, one.system, one.prompt, one.images, one.form)
    return (*asked, canonical(one.parameters))
