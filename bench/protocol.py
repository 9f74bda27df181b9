"""The core's side of the adapter protocol: what is written into a job's folder, and read from it.

The adapter's side, and the contract itself, is adapters/_sdk/bench_protocol.py.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bench import jsonl
from bench.errors import RunError
from bench.schema import AnyText, NativeResult

PROTOCOL = 1
M = TypeVar("M", bound="Machine")


class Machine(BaseModel):
    """A machine file's row: keys that we do not know are from a newer adapter, and are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Item(Machine):
    """One question of a job: image paths are absolute, the prompt is as the model gets it.

    `answerable` is written only where the right answer is that there is none.
    """

    id: str
    images: tuple[str, ...]
    prompt: str
    references: tuple[AnyText, ...]
    answerable: bool = True


class InProcessSpec(Machine):
    """A model that the harness loads itself: `model` is the harness's own word for its class."""

    model: str
    arguments: dict[str, Any] = {}
    weights: str | None = None


class ModelSpec(Machine):
    """How a harness reaches the model: through the gateway, so never with a secret; or, with
    `in_process`, by its own code, and then `base_url` is "". `tokenizer` is a folder.
    """

    name: str
    served_id: str
    base_url: str
    api: Literal["chat", "completions"] = "chat"
    system_prompt: str | None = None
    parameters: dict[str, Any] = {}
    timeout_s: float
    tokenizer: str | None = None
    in_process: InProcessSpec | None = None


class TaskSpec(Machine):
    """`benchmark` and `metric` are the harness's own names. `data` is the folder of the local
    copy, `file` a table that the harness reads as it is. `parts`: its names by ours; {} = whole.
    """

    name: str
    kind: Literal["document", "benchmark"]
    benchmark: str | None = None
    metric: str | None = None
    file: str | None = None
    data: str | None = None
    parts: dict[str, str] = {}


class JobSpec(Machine):
    protocol: int = PROTOCOL
    job: str
    harness: str
    task: TaskSpec
    model: ModelSpec | None
    limit: int | None
    concurrency: int
    flavour: Literal["cpu", "cuda"] = "cpu"
    options: dict[str, Any] = {}
    harness_args: dict[str, Any] = {}


class EngineSpec(Machine):
    protocol: int = PROTOCOL
    engine: str
    served_id: str
    host: str = "127.0.0.1"
    weights: str | None = None
    arguments: dict[str, Any] = {}


class EngineReady(Machine):
    protocol: int
    port: int
    versions: dict[str, Any] = {}


class JobEvent(Machine):
    event: str
    done: int = 0
    total: int = 0
    stage: AnyText = ""
    text: AnyText = ""


class Prediction(Machine):
    """`finish_reason`, `tokens` and `latency_s`: as the harness says them. They are read only where
    no request went through the gateway, which is otherwise asked.
    """

    id: str
    status: Literal["answered", "failed"]
    prediction: AnyText | None
    error: AnyText | None = None
    finish_reason: AnyText | None = None
    tokens: int | None = None
    latency_s: float | None = None


class Asked(Machine):
    """A row of a benchmark that the harness owns, as it was asked."""

    id: str
    references: tuple[AnyText, ...] = ()
    group: str | None = None
    doc_id: str | None = None


class NativeScore(Machine):
    """The harness's own score of one sample; it may be no finite number."""

    id: str
    metric: str
    value: float


class JobError(Machine):
    type: str
    message: AnyText
    traceback: AnyText = ""


class JobResult(Machine):
    protocol: int
    status: Literal["ok", "failed", "unsupported"]
    error: JobError | None = None
    versions: dict[str, Any] = {}
    capabilities: dict[str, Any] = {}
    data: dict[str, Any] = {}
    native: tuple[NativeResult, ...] = ()


def write_job(folder: Path, spec: JobSpec, items: Iterable[Item]) -> None:
    """A fresh folder: nothing stale can be picked up (FileExistsError if it is there)."""
    folder.mkdir(parents=True)
    jsonl.write(folder / "items.jsonl", map(_item_row, items))
    (folder / "job.json").write_text(spec.model_dump_json(indent=1), encoding="utf-8")


def _item_row(item: Item) -> dict[str, Any]:
    row = item.model_dump()
    if item.answerable:
        del row["answerable"]
    return row


def read_job(folder: Path) -> JobSpec:
    return JobSpec.model_validate_json((folder / "job.json").read_bytes())


def read_items(folder: Path) -> tuple[Item, ...]:
    return tuple(Item.model_construct(**row) for row in _rows(folder / "items.jsonl"))


def read_predictions(folder: Path) -> tuple[Prediction, ...]:
    return tuple(_valid(Prediction, folder / "predictions.jsonl"))


def read_asked(folder: Path) -> tuple[Asked, ...]:
    return tuple(_valid(Asked, folder / "asked.jsonl"))


def read_native_scores(folder: Path) -> tuple[NativeScore, ...]:
    return tuple(_valid(NativeScore, folder / "native_scores.jsonl"))


def read_result(folder: Path) -> JobResult | None:
    """None where the job wrote none: then it did not end, whatever its exit code."""
    path = folder / "result.json"
    if not path.exists():
        return None
    result = read_one(JobResult, path)
    check_version(path, result.protocol)
    return result


def read_one(model: type[M], path: Path) -> M:
    """A file of one JSON object. RunError says what is wrong with it."""
    try:
        # Python's own parser: pydantic's refuses a lone surrogate, which an error may quote.
        return model.model_validate(json.loads(path.read_bytes()))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(f"{path}: {where}: {first['msg']}") from None
    except ValueError as error:
        raise RunError(f"{path}: is no JSON: {error}") from None


def check_version(path: Path, protocol: int) -> None:
    if protocol > PROTOCOL:
        raise RunError(
            f"{path} speaks protocol {protocol}; this bench knows {PROTOCOL}",
            hint="update vlmhyperbench to use this adapter",
        )
    if protocol < PROTOCOL:
        raise RunError(
            f"{path} speaks the older protocol {protocol}; this bench needs {PROTOCOL}",
            hint="update the adapter (see adapters/README.md)",
        )


class Follower(Generic[M]):
    """Follows a file of JSON lines while a process appends to it. A line that is no `model` is
    skipped.
    """

    def __init__(self, path: Path, model: type[M]) -> None:
        self._path, self._model = path, model
        self._offset = 0

    def new(self) -> Iterator[M]:
        """The whole lines since the last call."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            content = file.read()
        whole = content.rfind(b"\n") + 1
        self._offset += whole
        for line in content[:whole].split(b"\n"):
            with contextlib.suppress(ValueError):  # pydantic's ValidationError is one
                yield self._model.model_validate(json.loads(line))


class EventReader(Follower[JobEvent]):
    """A job's events. What is none is shown, never counted."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "events.jsonl", JobEvent)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return jsonl.read(path) if path.exists() else iter(())


def _valid(model: type[M], path: Path) -> Iterator[M]:
    try:
        for row in _rows(path):
            yield model.model_validate(row)
    except ValueError as error:  # of JSON, of UTF-8, of pydantic
        raise RunError(
            f"{path}: not what the protocol says: {str(error).splitlines()[0]}"
        ) from None
