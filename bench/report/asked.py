"""What each sample was asked, and on which page images, as the run's folder has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import jsonl, store
from bench.gateway.record import IMAGES_NAME, RECORD_NAME, read_requests

Key = tuple[str, str]  # job, sample


@dataclass(frozen=True)
class Question:
    prompt: str | None
    images: tuple[Path, ...]


def questions(folder: Path, jobs: Iterable[str]) -> dict[Key, Question]:
    """By job and sample. An image that is gone is taken from the gateway's record, if it has it."""
    found: dict[Key, Question] = {}
    for job in jobs:
        place = store.job_folder(folder, job)
        for name, prompt in (("items.jsonl", "prompt"), ("asked.jsonl", "question")):
            for row in _rows(place / name):
                if isinstance(row, dict) and isinstance(row.get("id"), str):
                    found[job, row["id"]] = Question(_text(row.get(prompt)), _paths(place, row))
    lost = {key for key, one in found.items() if not all(map(_is_file, one.images))}
    if lost:
        for key, images in _recorded(folder / store.GATEWAY, lost):
            found[key] = Question(found[key].prompt, images)
    return found


def _rows(path: Path) -> Iterator[Any]:
    """A file that an adapter broke costs the page its images, not the report."""
    try:
        yield from jsonl.read(path)
    except (OSError, ValueError):
        return


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _paths(place: Path, row: dict[str, Any]) -> tuple[Path, ...]:
    """What has no root lies in the job's folder."""
    images = row.get("images")
    names = images if isinstance(images, list) else []
    return tuple(place / name for name in names if isinstance(name, str))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, a NUL in it
        return False


def _recorded(gateway: Path, wanted: set[Key]) -> Iterator[tuple[Key, tuple[Path, ...]]]:
    if not (gateway / RECORD_NAME).is_file():
        return
    stored = {path.stem: path for path in (gateway / IMAGES_NAME).glob("*")}
    for request in read_requests(gateway):
        key = (request.job, request.sample or "")
        if key in wanted:
            images = tuple(stored[name] for name in _hashes(request.messages) if name in stored)
            if images:
                yield key, images


def _hashes(value: Any) -> Iterator[str]:
    """The sha256 of every image in `messages`, in their order."""
    if isinstance(value, list):
        for one in value:
            yield from _hashes(one)
    elif isinstance(value, dict):
        named = value.get("image_url")
        if isinstance(named, dict) and isinstance(named.get("sha256"), str):
            yield named["sha256"]
        else:
            yield from _hashes(value.get("content"))
