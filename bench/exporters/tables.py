"""A run as two tables, results and records, in CSV or Parquet.

results: one row a number, with its interval and what it is over. records: one row a record, with a
column for each metric. Column names are those of report.json and records.jsonl.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from bench import store
from bench.errors import UsageError
from bench.exporters.numbers import Number, numbers
from bench.exporters.whole import utf8, whole_file
from bench.schema import Record

Kind = Literal["text", "number", "count", "flag"]
Row = dict[str, Any]
RESULTS, RECORDS = "results", "records"
_OF_RESULTS: dict[str, Kind] = {
    **dict.fromkeys(("run", "job", "status"), "text"),
    **dict.fromkeys(("harness", "harness_version", "model", "task", "task_version"), "text"),
    **dict.fromkeys(("source", "metric", "level", "group"), "text"),
    **dict.fromkeys(("value", "value_answered"), "number"),
    **dict.fromkeys(("n", "answered", "failed"), "count"),
    **dict.fromkeys(("interval_low", "interval_high", "confidence"), "number"),
    "interval_method": "text",
    "clusters": "count",
    "higher_is_better": "flag",
    **dict.fromkeys(("range_low", "range_high"), "number"),
    **dict.fromkeys(("unit", "note"), "text"),
}
_OF_RECORDS: dict[str, Kind] = {
    **dict.fromkeys(("job", "id", "part_of", "variant_of", "doc_id", "doc_type"), "text"),
    **dict.fromkeys(("field", "language", "tags", "references"), "text"),
    **dict.fromkeys(("prediction", "value", "status", "mistake"), "text"),
    **dict.fromkeys(("error_kind", "error", "finish_reason"), "text"),
    "tokens": "count",
    "latency_s": "number",
}


def write_csv(run: Path, folder: Path) -> list[Path]:
    """results.csv and records.csv. References and tags are JSON lists. Null is an empty cell."""
    return [_csv(folder / f"{name}.csv", kinds, rows) for name, kinds, rows in _tables(run)]


def write_parquet(run: Path, folder: Path) -> list[Path]:
    """results.parquet and records.parquet, with types. UsageError where pyarrow is not there.

    Parquet holds UTF-8 only: a lone surrogate becomes the six characters of its escape.
    """
    try:
        import pyarrow as _  # noqa: F401, ICN001
    except ImportError:
        raise UsageError(
            "Parquet needs pyarrow, which is not installed",
            hint='pip install "vlmhyperbench[parquet]", or --to csv',
        ) from None
    return [_parquet(folder / f"{name}.parquet", kinds, rows) for name, kinds, rows in _tables(run)]


def _tables(run: Path) -> Iterator[tuple[str, dict[str, Kind], Iterator[Row]]]:
    report = store.read_report(run)
    yield RESULTS, _OF_RESULTS, (_result(report.run.id, one) for one in numbers(report))
    records = store.read_records(run)
    metrics = list(dict.fromkeys(name for record in records for name in record.scores))
    columns: dict[str, Kind] = {**_OF_RECORDS, **{_column(name): "number" for name in metrics}}
    yield RECORDS, columns, (_record(record, metrics) for record in records)


def _column(metric: str) -> str:
    """`score.anls`: a metric of a plug-in may be called `value`."""
    return f"score.{metric}"


def _result(run: str, one: Number) -> Row:
    job, bounds = one.job, one.interval
    return {
        "run": run,
        "job": job.id,
        "status": job.status,
        "harness": job.harness.name,
        "harness_version": job.harness.version,
        "model": job.model.name,
        "task": job.task.name,
        "task_version": job.task.version,
        "source": one.source,
        "metric": one.metric,
        "level": one.level,
        "group": one.group,
        "value": one.value,
        "value_answered": one.value_answered,
        "n": one.n,
        "answered": one.answered,
        "failed": one.failed,
        "interval_low": bounds.low if bounds else None,
        "interval_high": bounds.high if bounds else None,
        "confidence": bounds.confidence if bounds else None,
        "interval_method": bounds.method if bounds else None,
        "clusters": bounds.clusters if bounds else None,
        "higher_is_better": one.higher_is_better,
        "range_low": one.low_end,
        "range_high": one.high_end,
        "unit": one.unit,
        "note": one.note,
    }


def _record(record: Record, metrics: Sequence[str]) -> Row:
    plain = record.model_dump(exclude={"scores", "references", "tags", "answerable"})
    scores = {_column(name): score.value for name, score in record.scores.items()}
    listed = {"references": _json(record.references), "tags": _json(record.tags)}
    return {**plain, **listed, **dict.fromkeys(map(_column, metrics)), **scores}


def _json(values: Sequence[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def _csv(path: Path, kinds: dict[str, Kind], rows: Iterator[Row]) -> Path:
    def write(staging: Path) -> None:
        with staging.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            writer = csv.DictWriter(file, list(kinds), lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(rows)

    return whole_file(path, write)


def _parquet(path: Path, kinds: dict[str, Kind], rows: Iterator[Row]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types: dict[Kind, Any] = {
        "text": pa.string(),
        "number": pa.float64(),
        "count": pa.int64(),
        "flag": pa.bool_(),
    }
    columns: dict[str, list[Any]] = {name: [] for name in kinds}
    for row in rows:
        for name, values in columns.items():
            values.append(utf8(row[name]))
    schema = pa.schema([(name, types[kind]) for name, kind in kinds.items()])
    table = pa.table(columns, schema=schema)
    return whole_file(path, lambda staging: pq.write_table(table, staging))
