"""A job's records, each down to what pairing and summing need; the texts stay on the disk."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench import store
from bench.aggregate.places import Place
from bench.errors import RunError, UsageError

Key = tuple[str, str | None]  # sample, field


class Answer(NamedTuple):
    """`truth` stands for the references, the document and its kind: equal where they are equal.
    `line`: where the record begins in its file, in bytes.
    """

    line: int
    whole: bool
    doc_id: str
    place: Place
    truth: int
    failed: bool
    mistake: str | None
    scores: dict[str, tuple[float, float]]


Answers = dict[Key, Answer]


def answers(folder: Path, jobs: Collection[str]) -> dict[str, Answers]:
    """By job. RunError where a line is no record, or a record is there twice."""
    found: dict[str, Answers] = {job: {} for job in jobs}
    for line, row in _lines(folder):
        job = row.get("job")
        if job in found:
            key, answer = _answer(folder, row, line)
            if key in found[job]:
                raise RunError(f"{folder / store.RECORDS}: {key[0]} is there twice, job {job}")
            found[job][key] = answer
    return found


def full(folder: Path, some: Iterable[Answer]) -> Iterator[dict[str, Any]]:
    """Their records, as they are written."""
    with (folder / store.RECORDS).open("rb") as file:
        for one in some:
            file.seek(one.line)
            row: dict[str, Any] = json.loads(file.readline())
            yield row


def _lines(folder: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    path = folder / store.RECORDS
    if not path.is_file():
        raise UsageError(
            f"{folder} has no {store.RECORDS}", hint=f"bench score {folder} makes it anew"
        )
    try:
        with path.open("rb") as file:
            begins = 0
            for content in file:
                row = json.loads(content)
                if not isinstance(row, dict):
                    raise RunError(f"{path}: a line is no record", hint=f"bench score {folder}")
                yield begins, row
                begins += len(content)
    except ValueError as error:
        raise RunError(f"{path}: {error}", hint=f"bench score {folder} makes it anew") from None


def _answer(folder: Path, row: dict[str, Any], line: int) -> tuple[Key, Answer]:
    try:
        field, tags = row.get("field"), tuple(row.get("tags", ()))
        place = Place(row.get("doc_type"), field, row.get("language"), tags)
        truth = (tuple(row["references"]), row["doc_id"], row.get("answerable", True))
        answer = Answer(
            line=line,
            whole=row.get("part_of") is None,
            doc_id=row["doc_id"],
            place=place,
            truth=hash(truth),
            failed=row["status"] != "answered",
            mistake=row.get("mistake"),
            scores={
                label: (float(one["numerator"]), float(one["denominator"]))
                for label, one in row["scores"].items()
            },
        )
        return (str(row["id"]), field), answer
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunError(
            f"{folder / store.RECORDS}: the record {row.get('id')!r} lacks or breaks {error}",
            hint=f"bench score {folder} makes it anew",
        ) from None
