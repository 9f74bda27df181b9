"""Requests of a run with all that is known of them: one that is named, or those of a selection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import store
from bench.errors import UsageError
from bench.gateway.record import RecordedRequest, Replay, read_replays
from bench.pixels import image_facts
from bench.report.requests import (
    Line,
    Selection,
    line_of,
    numbered,
    stored_images,
    superseded,
)
from bench.report.visible import first_words

Images = Mapping[str, dict[str, Any]]  # by sha256


@dataclass(frozen=True)
class Found:
    """One request; `replays` are those that got its answer in a resumed run."""

    number: int
    request: RecordedRequest
    superseded: bool
    replays: tuple[Replay, ...]


def find(folder: Path, key: str, job: str | None = None) -> Found:
    """The request with this id, sample or beginning of an id; UsageError unless it is one."""
    ids, samples, prefixes = list[Line](), list[Line](), list[Line]()
    latest = dict[str, int]()
    for number, one in numbered(folder):
        latest[one.job] = max(latest.get(one.job, 1), one.session)
        if job not in (None, one.job):
            continue
        for fits, place in (
            (one.id == key, ids),
            (one.sample == key, samples),
            (one.id.startswith(key), prefixes),
        ):
            if fits:
                place.append(line_of(number, one))
    line = _only(folder, key, ids or samples or prefixes)
    request = next(one for number, one in numbered(folder) if number == line.number)
    return Found(
        number=line.number,
        request=request,
        superseded=superseded(line, latest),
        replays=tuple(one for one in read_replays(folder / store.GATEWAY) if one.id == line.id),
    )


def _only(folder: Path, key: str, lines: list[Line]) -> Line:
    if not lines:
        hint = f"bench show {folder} --requests lists them"
        raise UsageError(f"no request has the sample {key!r}, or an id that begins so", hint=hint)
    if len(lines) > 1:
        length = _length(lines)
        several = ", ".join(f"{one.id[:length]} ({_place(one)})" for one in lines[:8])
        more = f" and {len(lines) - 8} more" if len(lines) > 8 else ""
        raise UsageError(
            f"{key!r} fits {len(lines)} requests: {several}{more}", hint="name one by its id"
        )
    return lines[0]


def _length(lines: list[Line]) -> int:
    """How much of these ids must be said to tell them apart; at least 8 characters."""
    length = 8
    while len({one.id[:length] for one in lines}) < len(lines) and length < 64:
        length += 2
    return length


def _place(one: Line) -> str:
    session = f", session {one.session}" if one.session > 1 else ""
    return f"{first_words(one.sample or '–', 40)} in {one.job}, {one.failure or 'ok'}{session}"


def found_row(folder: Path, found: Found) -> dict[str, Any]:
    images = _images(folder, {image.sha256 for image in found.request.images})
    row = _row(found.number, found.request, images, superseded=found.superseded)
    return row | {"replays": [one.model_dump() for one in found.replays]}


def rows(folder: Path, selection: Selection) -> Iterator[dict[str, Any]]:
    """In the selection's order."""
    lines = {line.number: line for line in selection.lines}
    images = _images(folder, {one.sha256 for line in selection.lines for one in line.images})
    made = (
        _row(number, one, images, superseded=selection.superseded(lines[number]))
        for number, one in numbered(folder)
        if number in lines
    )
    if list(lines) == sorted(lines):
        yield from made
    else:
        by_number = {row["number"]: row for row in made}
        yield from (by_number[number] for number in lines)


def _row(number: int, one: RecordedRequest, images: Images, *, superseded: bool) -> dict[str, Any]:
    return {
        "number": number,
        **one.model_dump(),
        "superseded": superseded,
        "identity": one.identity,
        "prompt_tokens": one.prompt_tokens,
        "completion_tokens": one.completion_tokens,
        "tpot_s": one.tpot_s,
        "images": [image.model_dump() | images.get(image.sha256, {}) for image in one.images],
    }


def _images(folder: Path, hashes: set[str]) -> Images:
    """What the stored files show, and where they lie."""
    gateway = folder / store.GATEWAY
    stored = stored_images(gateway)
    return {
        name: asdict(facts) | {"path": str(stored[name])}
        for name, facts in image_facts(gateway, hashes).items()
        if name in stored
    }
