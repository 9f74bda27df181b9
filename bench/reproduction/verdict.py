"""MATCH, DRIFT, MISMATCH, NOT-COMPARABLE or NOT-RUN: a pure function of what is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bench.published import REQUIRED, Entry, Protocol

State = Literal["MATCH", "DRIFT", "MISMATCH", "NOT-COMPARABLE", "NOT-RUN"]
UNKNOWN = "not known here"
UNSTATED = "the source does not say"
# A value that is exactly at the tolerance is within it, however floats are written.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Measured:
    """A number of ours on the published scale, and what is known of how it was made.

    `failed`: requests without an answer among those that count. `made`: from what.
    """

    value: float | None
    low: float | None
    high: float | None
    known: Protocol
    failed: int
    made: str
    weights: str | None = None
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Differs:
    """A key of the protocol, as published and as it was here."""

    key: str
    published: str
    here: str


@dataclass(frozen=True)
class Verdict:
    """`difference`: ours less the published value. `unstated`: what the source leaves open.

    `said`: keys that a person vouched for, not the files.
    """

    id: str
    state: State
    reason: str
    published: float
    scale: float
    tolerance: float
    value: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    differs: tuple[Differs, ...] = ()
    unstated: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    weights: str | None = None
    made: str | None = None


def not_run(entry: Entry, reason: str) -> Verdict:
    return Verdict(entry.id, "NOT-RUN", reason, entry.value, entry.scale, entry.tolerance)


def judged(entry: Entry, ours: Measured) -> Verdict:
    """What can be said of `entry`, given a number of ours."""
    if ours.value is None:
        return not_run(entry, f"no number came out of {ours.made}")
    differs = tuple(differences(entry.stated, ours.known, ours.failed))
    difference = ours.value - entry.value
    state, reason = _not_comparable(differs) if differs else _compared(entry, ours, difference)
    stated = entry.stated.known()
    return Verdict(
        id=entry.id,
        state=state,
        reason=reason,
        published=entry.value,
        scale=entry.scale,
        tolerance=entry.tolerance,
        value=ours.value,
        difference=difference,
        low=ours.low,
        high=ours.high,
        differs=differs,
        unstated=tuple(key for key in Protocol.model_fields if key not in stated),
        said=ours.said,
        weights=_weights(entry.weights, ours.weights),
        made=ours.made,
    )


def differences(published: Protocol, here: Protocol, failed: int) -> Iterator[Differs]:
    """Keys that are not the same. What the source says must be known here, and be equal."""
    for key in Protocol.model_fields:
        said, is_ = getattr(published, key), getattr(here, key)
        if said is None and key not in REQUIRED:
            continue
        if said is None or is_ is None or type(said) is not type(is_) or said != is_:
            yield Differs(key, _shown(said, UNSTATED), _shown(is_, UNKNOWN))
    if failed:
        yield Differs("failed requests", "0", str(failed))


def _shown(value: object, absent: str) -> str:
    return absent if value is None else str(value)


def _not_comparable(differs: tuple[Differs, ...]) -> tuple[State, str]:
    return "NOT-COMPARABLE", f"not the same protocol: {', '.join(one.key for one in differs)}"


def _compared(entry: Entry, ours: Measured, difference: float) -> tuple[State, str]:
    near = abs(difference) <= entry.tolerance + _ROUNDING
    inside = (
        None
        if ours.low is None or ours.high is None
        else ours.low - _ROUNDING <= entry.value <= ours.high + _ROUNDING
    )
    distance = f"{abs(difference):.4g} from the published value"
    if near and inside is not False:
        return "MATCH", f"{distance}, tolerance {entry.tolerance:g}"
    if near:
        return "DRIFT", f"{distance}: within the tolerance, and outside of the interval"
    if inside:
        return "DRIFT", f"{distance}: more than {entry.tolerance:g}, and inside the interval"
    return "MISMATCH", f"{distance}: more than {entry.tolerance:g}"


def _weights(published: str | None, here: str | None) -> str | None:
    if here is None or here == published:
        return None
    return f"here {here}; published: {published or UNSTATED}"
