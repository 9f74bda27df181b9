"""All that is no text and no image: parameters, model, engine, locks, harness, scorer, limit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.differences.installed import packages
from bench.differences.pairing import Pair
from bench.differences.rows import Difference, Kind
from bench.fingerprint_rows import VARIES, Fingerprint
from bench.wire import canonical

_SHOWN = 80  # characters of a value
ABSENT = object()


def parameter_differences(
    a: Fingerprint, b: Fingerprint, pairs: Sequence[Pair] | None
) -> Iterator[Difference]:
    """`pairs` is None where no record is at hand."""
    old, new = a.parameters or {}, b.parameters or {}
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name, ABSENT), new.get(name, ABSENT)
        varies = _varies(was) or _varies(now)
        if _same(was, now):
            continue
        if varies and pairs is not None:
            yield from _by_request(name, pairs)
            continue
        # One may be set on some requests only: then the hash is all that is known.
        said = f"{_parameter(was)} → {_parameter(now)}"
        yield Difference("parameter", said, name=name)


def _by_request(name: str, pairs: Sequence[Pair]) -> Iterator[Difference]:
    values = [(a.parameters.get(name, ABSENT), b.parameters.get(name, ABSENT)) for a, b in pairs]
    other = [number for number, (was, now) in enumerate(values) if not _same(was, now)]
    if other:
        was, now = values[other[0]]
        yield Difference(
            "parameter",
            f"{_parameter(was)} → {_parameter(now)} (not the same in every request)",
            name=name,
            requests=len(other),
            of=len(pairs),
            sample=pairs[other[0]][0].sample,
        )


def _varies(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {VARIES}


def _same(a: Any, b: Any) -> bool:
    if a is ABSENT or b is ABSENT:
        return a is b
    return canonical(a) == canonical(b)


def _parameter(value: Any) -> str:
    if value is ABSENT:
        return "not sent"
    return "not the same in every request" if _varies(value) else said(value)


def said(value: Any) -> str:
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"{text[:_SHOWN]}…" if len(text) > _SHOWN else text


def _arrow(a: Any, b: Any) -> str:
    return f"{said(a)} → {said(b)}"


def model_differences(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """A served name that is the model's own, as it is by default, goes with it."""
    follows = a.served_model in (None, (a.model,)) and b.served_model in (None, (b.model,))
    if a.model != b.model:
        also = ", and asked for by it" if follows and a.served_model else ""
        yield Difference("model", _arrow(a.model, b.model) + also)
    if not (a.requests and b.requests):
        return
    if not follows and a.served_model != b.served_model:
        yield Difference("served model", f"{_names(a.served_model)} → {_names(b.served_model)}")
    if a.answered_by != b.answered_by:
        yield Difference("answered by", f"{_names(a.answered_by)} → {_names(b.answered_by)}")


def _names(names: tuple[str, ...] | None) -> str:
    return ", ".join(names) if names else "not named"


def software_differences(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    if a.engine != b.engine:
        yield Difference("engine", _arrow(a.engine, b.engine))
    if a.harness != b.harness:
        was, now = (f"{one.name} {one.version or ''}".strip() for one in (a.harness, b.harness))
        yield Difference("harness", _arrow(was, now))
    if a.engine == b.engine and (changed := tuple(_changed(a.engine_versions, b.engine_versions))):
        yield Difference("engine versions", "; ".join(changed))
    for place in ("harness", "engine"):
        if place in replaced(a, b):
            continue
        was, now = getattr(a.python, place), getattr(b.python, place)
        if was != now:
            yield Difference("python", f"of the {place}: {_arrow(was, now)}", name=place)
        was, now = getattr(a.locks, place), getattr(b.locks, place)
        if was != now:
            yield _lock(place, was, now)


def replaced(a: Fingerprint, b: Fingerprint) -> list[str]:
    """What is another program on the two sides: its locks, versions and Python go with it."""
    found = ["harness"] if a.harness.name != b.harness.name else []
    return [*found, "engine"] if a.engine != b.engine else found


def _lock(place: str, was: str | None, now: str | None) -> Difference:
    short = _arrow(was and was[:12], now and now[:12])
    old, new = (packages(one) if one else None for one in (was, now))
    if old is None or new is None:
        return Difference("locks", f"of the {place}: {short}", name=place)
    changed = tuple(_changed(old, new))
    count = "1 package" if len(changed) == 1 else f"{len(changed)} packages"
    return Difference("locks", f"of the {place}: {count}, {short}", name=place, details=changed)


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield f"{name} {said(new[name])} only in B"
        elif name not in new:
            yield f"{name} {said(old[name])} only in A"
        elif not _same(old[name], new[name]):
            yield f"{name} {_arrow(old[name], new[name])}"


def scorer_differences(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    old, new = a.scorer, b.scorer
    details = (
        *_changed(_short(old.sources), _short(new.sources)),
        *_changed(_labelled(old.metrics), _labelled(new.metrics)),
        *_changed({"reading": old.reading}, {"reading": new.reading}),
        *_changed(old.libraries, new.libraries),
    )
    if old.bench_version != new.bench_version:
        details = (f"bench {_arrow(old.bench_version, new.bench_version)}", *details)
    if details:
        yield Difference("scorer", "the numbers are made otherwise", details=details)
    elif old.metrics != new.metrics:
        yield Difference("scorer", "the metrics stand in another order: the first is the headline")
    rules = tuple(_changed(_short(old.mistake_sources), _short(new.mistake_sources)))
    if rules:
        said = "the kinds of mistakes are told otherwise; no score changes"
        yield Difference("mistake rules", said, details=rules)


def _short(hashes: Mapping[str, str]) -> dict[str, str]:
    return {f"bench/{path}": value[:12] for path, value in hashes.items()}


def _labelled(metrics: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {f"metric {one.get('name') or one['metric']}": dict(one) for one in metrics}


def run_differences(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    rows: tuple[tuple[Kind, Any, Any], ...] = (
        ("limit", a.limit, b.limit),
        ("interval seed", a.interval_seed, b.interval_seed),
    )
    for kind, was, now in rows:
        if was != now:
            yield Difference(kind, _arrow(was, now))
