"""Any two ways of asking: the path of decision 0016, walked by hand.

scorer, data, failures, answer extraction, answers; at the end the samples that only B has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from tests.gap.causes_runs import AS_IT_IS, Way
from tests.gap.causes_sums import State, Worth, together, worths

_KINDS = {
    "prompt": ("prompt", "system"),
    "image": ("picture",),
    "parameters": ("temperature", "max_tokens"),
    "model": ("served", "moved"),
}


def expected(a: Way, b: Way, metric: str = "cer") -> dict[str, Worth]:
    """The parts of B - A that are worth anything, or move a sample."""
    begin = dict.fromkeys(a.samples, a)
    found = worths(begin, _states(begin, a, b), metric)
    return {part: worth for part, worth in found.items() if worth.moved or abs(worth.value) > 1e-9}


def _states(state: State, a: Way, b: Way) -> Iterator[tuple[str, State]]:
    state = {one: replace(way, folded=b.folded) for one, way in state.items()}
    yield "scorer", state
    state = {one: way for one, way in state.items() if one in b.samples}
    yield "data", state
    state = {one: replace(way, references=b.references) for one, way in state.items()}
    yield "data", state
    once = a.temper.refused ^ b.temper.refused
    state = {one: b if one in once else way for one, way in state.items()}
    yield "failures", state
    state = {one: replace(way, reading=b.reading) for one, way in state.items()}
    yield "extraction", state
    # A harness that gives the text as it is can be put to the other's text; one that does not, no.
    harness = a.harness
    if b.harness in AS_IT_IS:
        harness = b.harness
        state = {one: replace(way, harness=harness) for one, way in state.items()}
        yield "extraction", state
    causes = {one: cause(a, b, one) for one in state}
    for each in sorted(set(causes.values())):
        state = {
            one: replace(b, harness=harness) if causes[one] == each and one not in once else way
            for one, way in state.items()
        }
        yield each, state
    state = {one: replace(way, harness=b.harness) for one, way in state.items()}
    yield "extraction", state
    yield "data", dict.fromkeys(b.samples, b)


def places(a: Way, b: Way) -> dict[str, int]:
    """How many samples there are of each kind: the names of bench.gap.Samples that are not 0."""
    found = Counter[str]()
    for one in {*a.samples, *b.samples}:
        found[_place(a, b, one)] += 1
    return {"all": found.total(), **found}


def _place(a: Way, b: Way, number: int) -> str:
    if number not in b.samples or number not in a.samples:
        return "only_a" if number in a.samples else "only_b"
    failed = (number in a.temper.refused) + (number in b.temper.refused)
    if failed:
        return "failed_once" if failed == 1 else "failed_twice"
    known = {"rest: same request": "same_request"} | dict.fromkeys(_KINDS, "one_cause")
    return known.get(cause(a, b, number), "several_causes")


def cause(a: Way, b: Way, number: int) -> str:
    """What an answer that differs is put down to. An image of the same pixels is a cause only where
    nothing else differs.
    """
    old, new = a.seen(number), b.seen(number)
    kinds = [
        kind
        for kind, names in _KINDS.items()
        if any(getattr(old, name) != getattr(new, name) for name in names)
        or (kind == "model" and a.name != b.name)
    ]
    if len(kinds) > 1 and {old.picture, new.picture} == {"drawn", "packed"}:
        kinds.remove("image")
    if not kinds:
        return "rest: same request"
    return kinds[0] if len(kinds) == 1 else together(*kinds)
