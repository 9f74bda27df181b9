"""What a reader finds: one model on one benchmark, as the harness left it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import jsonl
from bench.errors import SourceError
from bench.protocol import Asked, NativeScore, Prediction
from bench.schema import NativeResult

MOST_SAMPLES = 500_000  # of a task; a file that counts more would fill the memory with lost ones


@dataclass(frozen=True)
class Found:
    """One job to be. `benchmark` is the harness's own name; `parts` are subjects under it.

    `version` is None where no file says it. `sources`: every file that was read, below `root`.
    `notes`: what a reader of the numbers must know. `error`: why the harness has no number.
    `protocol`: keys of `bench.published.Protocol` that the files say.
    """

    harness: str
    version: str | None
    model: str
    benchmark: str
    root: Path
    sources: tuple[Path, ...]
    asked: tuple[Asked, ...]
    predictions: tuple[Prediction, ...]
    native: tuple[NativeResult, ...]
    scores: tuple[NativeScore, ...] = ()
    notes: tuple[str, ...] = ()
    error: str | None = None
    python: str | None = None
    protocol: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """`looked_for` is said where a folder is not recognised."""

    name: str
    looked_for: str
    read: Callable[[Path], list[Found]]


def files(path: Path, pattern: str) -> list[Path]:
    """The files at or below `path` whose name fits; each once, whatever links lead to it.

    A file is looked at alone. The way through folders is preferred to the way through links.
    """
    if path.is_file():
        return [path] if path.match(pattern) else []
    found: dict[Path, Path] = {}
    for one in sorted(path.rglob(pattern), key=lambda each: (each.is_symlink(), str(each))):
        if one.is_file():
            found.setdefault(one.resolve(), one)
    return list(found.values())


def read_object(path: Path) -> dict[str, Any]:
    """A file of one JSON object; SourceError for any other."""
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise SourceError(path, f"is no whole JSON: {error}") from None
    if not isinstance(value, dict):
        raise SourceError(path, "is JSON, but no object")
    return value


def objects(path: Path, pattern: str, *keys: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The files whose object has all `keys`; others belong to somebody else.

    SourceError for one that has them and is cut.
    """
    for one in files(path, pattern):
        content = one.read_bytes()
        if all(f'"{key}"'.encode() in content for key in keys):
            value = read_object(one)
            if all(key in value for key in keys):
                yield one, value


@contextmanager
def shaped(path: Path, harness: str) -> Iterator[None]:
    """What is within reads `path`; SourceError where that is not as the harness writes it."""
    try:
        yield
    except OSError as error:  # a name in it is too long for a file's, or the file is locked
        raise SourceError(path, f"what it names cannot be read: {error.strerror}") from None
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        said = f"is not as {harness} writes it: {type(error).__name__}: {error}"
        raise SourceError(path, plain(said.splitlines()[0])) from None
    except RecursionError:
        said = f"is not as {harness} writes it: a group is below itself, or a value is too deep"
        raise SourceError(path, said) from None


def plain(text: str) -> str:
    """With a mark for what no UTF-8 holds: half a character, a file's name in another encoding."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def once(path: Path, samples: Iterable[tuple[int, str]], *, lines: bool = True) -> None:
    """SourceError where a sample is there twice: answers are paired by id. With each its line, or
    its row where a file has no lines.
    """
    first: dict[str, int] = {}
    for place, sample in samples:
        if sample in first:
            where = f"{'line' if lines else 'row'} {first[sample]}"
            said = f"the sample {plain(sample)!r} is there twice, first in {where}"
            if not lines:
                said = f"row {place}: {said}"
            raise SourceError(path, said, line=place if lines else None)
        first[sample] = place


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of a .jsonl; SourceError names a line that is cut or is no object."""
    for number, value in jsonl.read_human(path):
        if not isinstance(value, dict):
            raise SourceError(path, "is no JSON object", line=number)
        yield number, value


def asked_samples(path: Path, value: Any, task: str) -> int:
    """A harness's count of the samples it asked; SourceError where it is none, or beyond belief."""
    if isinstance(value, float) and value.is_integer() and value <= MOST_SAMPLES:
        return int(value)  # with --limit lmms-eval 0.3 writes `8.0`
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not 0 <= value <= MOST_SAMPLES:
        shown = plain(str(value))[:40] if isinstance(value, int | float) else "nothing"
        raise SourceError(
            path,
            f"does not say how many samples of {plain(task)} were asked: {shown} is no number of "
            f"samples up to {MOST_SAMPLES:,}",
        )
    return int(value)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(value: Any) -> float | None:
    """A finite number, also where it is written as text; None for anything else."""
    try:
        found = float(value) if isinstance(value, str) or is_number(value) else math.nan
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def prediction(sample: str, text: str | None, failures: tuple[str, ...]) -> Prediction:
    """An answer, or a failed request where the text is what the harness writes for one."""
    if text is None:
        said = "the harness wrote no answer"
        return Prediction(id=sample, status="failed", prediction=None, error=said)
    if any(failure in text for failure in failures):
        return Prediction(id=sample, status="failed", prediction=None, error=text[:200])
    return Prediction(id=sample, status="answered", prediction=text)


def stated(*values: Any) -> str | None:
    """The first that is a text with something in it: a version, as a file says it."""
    return next((one for one in values if isinstance(one, str) and one), None)


def failed_ids(predictions: tuple[Prediction, ...]) -> set[str]:
    return {one.id for one in predictions if one.status == "failed"}


def said_versions(folder: Path) -> dict[str, Any]:
    """What a run of bench noted beside a harness's output; {} in a folder made without bench."""
    for place in (folder, *list(folder.parents)[:3]):
        for name in ("versions.json", "evidence.json"):
            if (place / name).is_file():
                value = read_object(place / name)
                versions = value.get("versions", value)
                if isinstance(versions, dict) and "harness" in versions:
                    return versions
    return {}


def texts(value: Any) -> tuple[str, ...]:
    """Right answers as a harness writes them: a list, a list in Python's notation, or one text."""
    from bench.importers.vlmhyperbench.tables import literal_texts

    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return tuple(one if isinstance(one, str) else json.dumps(one) for one in value)
    text = value if isinstance(value, str) else json.dumps(value)
    listed = literal_texts(text) if text.startswith("[") else None
    return (text,) if listed is None else listed
