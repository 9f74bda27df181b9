"""user_config.csv -> a folder of our own files: a task, a model and a config for each row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import jsonl
from bench.errors import BenchError, SourceError
from bench.importers.vlmhyperbench.dataset import answers, samples
from bench.importers.vlmhyperbench.models import row_model, slug, write_model
from bench.importers.vlmhyperbench.places import Places
from bench.importers.vlmhyperbench.user_config import EvaluationRun, read_user_config
from bench.importers.writing import write_yaml

DIRECT = "echo"  # VLMHyperBench asks its models with no harness between
ANSWERS = "answers"


@dataclass(frozen=True)
class Converted:
    """One row. `config` is None where `error` says what is wrong with it."""

    number: int
    name: str
    config: Path | None = None
    error: BenchError | None = None
    notes: tuple[str, ...] = ()
    aggregators: tuple[str, ...] = ()


def convert(
    source: Path,
    out: Path,
    *,
    backend: tuple[str, ...] = (),
    data: Path | None = None,
    stands: Path | None = None,
) -> list[Converted]:
    """Write `out`/row-N.yaml and what it names, for each row that can be carried out.

    `stands` is where `out` will be at last, if it is still to be moved there. SourceError where
    the file is no table at all; a row's error stands in its Converted.
    """
    rows = read_user_config(source)
    places = Places.beside(source, data)
    return list(_each(rows, places, out, stands or out, backend))


def _each(
    rows: list[EvaluationRun | SourceError],
    places: Places,
    out: Path,
    stands: Path,
    backend: tuple[str, ...],
) -> Iterator[Converted]:
    for row in rows:
        if isinstance(row, SourceError):
            yield Converted(row.line or 0, f"line {row.line}", error=row)
            continue
        name = f"{row.dataset} · {row.model_name}"
        try:
            config = _row(row, places, out, stands, backend)
        except BenchError as error:
            yield Converted(row.number, name, error=error)
            continue
        left = f"{', '.join(row.left_out)} is not computed: it says nothing of a document's fields"
        notes = (left,) if row.left_out else ()
        yield Converted(row.number, name, config, notes=notes, aggregators=row.aggregators)


def _row(
    row: EvaluationRun, places: Places, out: Path, stands: Path, backend: tuple[str, ...]
) -> Path:
    folder = out / "tasks" / f"row-{row.number}-{slug(row.dataset)}"
    asked = samples(row, places, folder)
    model = None if row.only_evaluate else row_model(row, places)
    given = answers(row, places, [one["id"] for one in asked]) if row.only_evaluate else []
    folder.mkdir(parents=True)
    jsonl.write(folder / "samples.jsonl", asked)
    write_yaml(folder / "task.yaml", _described(row))
    config: dict[str, Any] = {"task": f"tasks/{folder.name}"}
    if model is None:
        jsonl.write(folder / "answers.jsonl", given)
        file = stands.resolve() / folder.relative_to(out) / "answers.jsonl"
        options = {"file": str(file), "model": row.model_name}
        config |= {"backend": ANSWERS, "options": {ANSWERS: options}}
    else:
        path = write_model(model, out / "models", row.number)
        config |= {"backend": list(backend or (DIRECT,)), "model": f"models/{path.name}"}
    path = out / f"row-{row.number}.yaml"
    write_yaml(path, config)
    return path


def _described(row: EvaluationRun) -> dict[str, Any]:
    return {
        "name": slug(row.dataset),
        "version": "1",
        "summary": f"{row.dataset} of VLMHyperBench",
        "licence": "not stated: write here who may use these documents",
        "source": f"user_config, line {row.number}",
        "members": {
            "vqa": {
                "summary": "one question a field",
                "prompt": "{question}",
                "metrics": [dict(one) for one in row.metrics],
                "levels": row.levels,
            }
        },
    }
