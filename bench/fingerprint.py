"""A job's requests and what scored them -> its fingerprint. The same job has the same, anywhere."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import bench
from bench.fingerprint_rows import (
    VARIES,
    Fingerprint,
    HarnessAsked,
    PerEnvironment,
    ScorerUsed,
    TaskAsked,
)
from bench.gateway.record import RecordedRequest
from bench.metrics.plugins import origin
from bench.pixels import ImageFacts
from bench.schema import RunUsed
from bench.store import JobDescribed, SampleKept
from bench.wire import Picture, Sent, answered_by, canonical, digest, misdeclared, sent

PACKAGE = Path(bench.__file__).parent
SCORING = (
    *("metrics/**/*.py", "fields/**/*.py", "reading/**/*.py", "absent_answers.py", "parts.py"),
    *("score.py", "collect.py", "aggregate/*.py", "statistics.py"),
)
MISTAKES = (
    *("mistakes/*.py", "mistake_groups.py", "axes/*.py", "values.py", "page_text.py"),
    "classification.py",
)
LIBRARIES = ("numpy", "rapidfuzz")
_CHOICE = ("choices", "variant_of")
NO_GATEWAY = "no request went through the gateway"
NOT_ASKED = "the model was never asked"
WIRE = (
    *("samples", "system_prompts", "prompts", "message_form", "image_bytes", "image_pixels"),
    *("image_bytes_unordered", "image_pixels_unordered"),
    *("parameters", "served_model", "answered_by", "requests"),
)
LookAt = Callable[[Iterable[str]], Mapping[str, ImageFacts]]


def fingerprint(
    job: JobDescribed,
    run: RunUsed,
    samples: Sequence[SampleKept],
    requests: Iterable[RecordedRequest],
    *,
    look_at: LookAt,
    data: Mapping[str, Any] | None = None,
) -> Fingerprint:
    """`requests` are this job's alone; `look_at` gives the facts of stored images by their hash.

    Of each request only hashes and the names of its images are held.
    """
    wire, absent = _wire(requests, look_at)
    if not job.through_gateway:
        absent = dict.fromkeys(WIRE, NO_GATEWAY)
    truth = _truth(job, samples) if samples else None
    if truth is None:
        absent["truth"] = "the harness named no sample"
    parts = wire | {
        "model": job.model.name,
        "engine": job.model.engine,
        "engine_versions": job.model.engine_versions,
        "harness": HarnessAsked(name=job.harness.name, version=job.harness.version),
        "scorer": scorer(job),
        "task": TaskAsked(
            name=job.task.name,
            version=job.task.version,
            truth=truth,
            content_sha256=job.task.content_sha256,
            data=dict(data or {}),
        ),
        "locks": PerEnvironment(
            harness=job.environment.lock_sha256,
            engine=job.engine_environment.lock_sha256 if job.engine_environment else None,
        ),
        "python": PerEnvironment(
            harness=job.environment.python,
            engine=job.engine_environment.python if job.engine_environment else None,
        ),
        "limit": run.limit,
        "interval_seed": run.seed,
        "absent": absent,
    }
    made = Fingerprint(short="", **parts)
    return made.model_copy(update={"short": short(made)})


def short(made: Fingerprint) -> str:
    """The one word over all parts that two people can compare by eye."""
    return digest(made.model_dump(mode="json", exclude={"short", "absent", "requests"})).hex()[:12]


def _wire(
    requests: Iterable[RecordedRequest], look_at: LookAt
) -> tuple[dict[str, Any], dict[str, str]]:
    sets: dict[str, set[bytes]] = defaultdict(set)
    parameters: dict[str, _Parameter] = defaultdict(_Parameter)
    images: set[tuple[str | None, tuple[str, ...]]] = set()
    forms: set[tuple[str | None, str, tuple[Picture, ...]]] = set()
    samples: set[str | None] = set()
    asked_for: set[str] = set()
    answering: set[str] = set()
    distinct: set[bytes] = set()
    for request in requests:
        one, name = sent(request), answered_by(request)
        whole = digest([one.sample, request.identity])
        answering |= {name} if name else set()
        if whole in distinct:
            continue
        distinct.add(whole)
        samples.add(one.sample)
        asked_for |= {one.served_model} if one.served_model else set()
        images.add((one.sample, one.keys))
        forms.add((one.sample, one.form, one.images))
        for part in ("system", "prompt"):
            sets[part].add(digest([one.sample, getattr(one, part)]))
        for key, value in one.parameters.items():
            parameters[key].add(one, whole, value)
    if not distinct:
        return dict.fromkeys(WIRE), dict.fromkeys(WIRE, NOT_ASKED)
    absent = {}
    if samples == {None}:
        absent["samples"] = "the harness does not say which sample a request is for"
    if not asked_for:
        absent["served_model"] = "no request names a model"
    if not answering:
        absent["answered_by"] = "no answer names its model"
    facts = look_at({key for _, row in images for key in row})
    pixels, reason = _pixels(images, facts)
    if reason:
        absent |= dict.fromkeys(("image_pixels", "image_pixels_unordered"), reason)
    return {
        "requests": len(distinct),
        "samples": None if samples == {None} else over(digest(one) for one in samples),
        "system_prompts": over(sets["system"]),
        "prompts": over(sets["prompt"]),
        "message_form": over(
            digest([name, form, misdeclared(row, facts)]) for name, form, row in forms
        ),
        "image_bytes": over(digest(row) for row in images),
        "image_bytes_unordered": over(digest([name, sorted(row)]) for name, row in images),
        "image_pixels": pixels and over(digest(row) for row in pixels),
        "image_pixels_unordered": pixels
        and over(digest([name, sorted(row)]) for name, row in pixels),
        "parameters": {key: parameters[key].said(len(distinct)) for key in sorted(parameters)},
        "served_model": tuple(sorted(asked_for)) or None,
        "answered_by": tuple(sorted(answering)) or None,
    }, absent


class _Parameter:
    """One parameter over all distinct requests."""

    def __init__(self) -> None:
        self._requests: set[bytes] = set()
        self._rows: set[bytes] = set()
        self._values: dict[bytes, Any] = {}

    def add(self, one: Sent, request: bytes, value: Any) -> None:
        self._requests.add(request)
        self._rows.add(digest([one.sample, value]))
        if len(self._values) < 2:
            self._values[canonical(value)] = value

    def said(self, requests: int) -> Any:
        if len(self._values) == 1 and len(self._requests) == requests:
            (value,) = self._values.values()
            return value
        return {VARIES: over(self._rows)}


def _pixels(
    images: Iterable[tuple[str | None, tuple[str, ...]]], facts: Mapping[str, ImageFacts]
) -> tuple[set[tuple[str | None, tuple[str, ...]]] | None, str | None]:
    """The same rows by decoded pixels; or None, and why."""
    keys = {key for _, row in images for key in row}
    blind = sorted(key for key in keys if key not in facts or facts[key].rgb_sha256 is None)
    if blind:
        first = facts.get(blind[0])
        why = first.trouble if first and first.trouble else "it was not stored"
        return None, f"{len(blind)} of {len(keys)} images have no pixels: {why}"
    seen = {key: str(facts[key].rgb_sha256) for key in keys}
    return {(name, tuple(seen[key] for key in row)) for name, row in images}, None


def over(digests: Iterable[bytes]) -> str:
    """One hash over a set: neither order nor repetition counts."""
    total = hashlib.sha256()
    for one in sorted(set(digests)):
        total.update(one)
    return total.hexdigest()


def _truth(job: JobDescribed, samples: Iterable[SampleKept]) -> str:
    rows = over(digest(truth_of(sample)) for sample in samples)
    types = {name: rule.model_dump(mode="json") for name, rule in job.field_types.items()}
    return digest([rows, types]).hex()


def truth_of(sample: SampleKept) -> dict[str, Any]:
    """What a score of this sample rests on; the order of the tags does not count."""
    said = sample.model_dump(mode="json") | {"tags": sorted(sample.tags)}
    if sample.answerable:  # as it was hashed before there were others
        del said["answerable"]
    return said if sample.choices else {k: v for k, v in said.items() if k not in _CHOICE}


def scorer(job: JobDescribed) -> ScorerUsed:
    return ScorerUsed(
        bench_version=bench.__version__,
        metrics=tuple(use.model_dump(exclude_defaults=True) for use in job.metrics),
        reading=job.task.reading,
        sources=sources(PACKAGE, SCORING),
        mistake_sources=sources(PACKAGE, MISTAKES),
        libraries={name: version(name) for name in LIBRARIES}
        | {"unicode": unicodedata.unidata_version}
        | {use.metric: made for use in job.metrics if (made := origin(use.metric))},
    )


def sources(package: Path, patterns: Iterable[str]) -> dict[str, str]:
    """sha256 of each source file, by its path in the package."""
    files = sorted(path for pattern in patterns for path in package.glob(pattern))
    return {
        path.relative_to(package).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
