"""The aggregate: who, with what, and one evaluation result for each number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.benchmarks import find_benchmark
from bench.exporters.every_eval_ever.texts import UNKNOWN, texts
from bench.exporters.numbers import Number
from bench.fingerprint_rows import VARIES
from bench.schema import JobReport, Report, RunUsed


@dataclass(frozen=True)
class Publisher:
    """Who publishes: their name, and what they have to do with the model."""

    organisation: str = UNKNOWN
    relationship: str = "other"


def source(run: RunUsed, publisher: Publisher) -> dict[str, Any]:
    return {
        "source_name": "vlmhyperbench",
        "source_type": "evaluation_run",
        "source_organization_name": publisher.organisation,
        "evaluator_relationship": publisher.relationship,
        "additional_details": texts(run_id=run.id, config_sha256=run.config_sha256),
    }


def library(report: Report, job: JobReport) -> dict[str, Any]:
    """The harness asked the model; bench made the numbers that are not native."""
    return {
        "name": job.harness.name,
        "version": job.harness.version or UNKNOWN,
        "additional_details": texts(
            meta_framework=f"vlmhyperbench {report.run.bench_version}",
            environment=job.environment.key,
            isolation=job.environment.isolation,
        ),
    }


def result(one: Number, run: RunUsed) -> dict[str, Any]:
    if one.value is None:
        raise AssertionError(one.id)
    bounded = one.low_end is not None or one.high_end is not None
    metric: dict[str, Any] = {
        "metric_id": one.metric if one.source == "bench" else f"{one.source}.{one.metric}",
        "metric_name": one.metric,
        "lower_is_better": one.higher_is_better is False,
        "additional_details": texts(
            level=one.level, group=one.group, given_by=one.source, note=one.note
        ),
    }
    if one.unit:
        metric["metric_unit"] = one.unit
    if bounded:
        metric["score_type"] = "continuous"
        metric["min_score"] = "-Infinity" if one.low_end is None else one.low_end
        metric["max_score"] = "Infinity" if one.high_end is None else one.high_end
    score: dict[str, Any] = {
        "score": one.value,
        "details": texts(
            value_answered=one.value_answered, n=one.n, answered=one.answered, failed=one.failed
        ),
    }
    if one.interval:
        score["uncertainty"] = {
            "confidence_interval": {
                "lower": one.interval.low,
                "upper": one.interval.high,
                "confidence_level": one.interval.confidence,
                "method": one.interval.method,
            },
        }
        if one.n is not None:
            score["uncertainty"]["num_samples"] = one.n
    found: dict[str, Any] = {
        "evaluation_result_id": one.id,
        "evaluation_name": one.job.task.name,
        "evaluation_timestamp": run.started_at,
        "source_data": _data(one.job),
        "metric_config": metric,
        "score_details": score,
    }
    if arguments := _arguments(one.job):
        found["generation_config"] = {"generation_args": arguments}
    return found


def _data(job: JobReport) -> dict[str, Any]:
    task = job.task
    known = find_benchmark(task.name.partition(":")[0]) if task.kind == "benchmark" else None
    details = texts(version=task.version, content_sha256=task.content_sha256)
    if known is None or known.data is None:
        said = {"dataset_name": task.name, "source_type": "other"}
    else:
        said = {
            "dataset_name": known.title,
            "source_type": "hf_dataset",
            "hf_repo": known.data.hub,
            "hf_split": known.split or known.data.tables[0].split,
        }
    return said | ({"additional_details": details} if details else {})


def _arguments(job: JobReport) -> dict[str, Any]:
    """Those that every request agreed on, by the gateway's record."""
    said = (job.fingerprint.parameters if job.fingerprint else None) or {}
    same = {key: one for key, one in said.items() if not (isinstance(one, dict) and VARIES in one)}
    numbers_ = {
        key: same[key]
        for key in ("temperature", "top_p", "top_k")
        if isinstance(same.get(key), int | float)
    }
    limit = same.get("max_tokens", same.get("max_completion_tokens"))
    return numbers_ | ({"max_tokens": limit} if isinstance(limit, int) and limit > 0 else {})
