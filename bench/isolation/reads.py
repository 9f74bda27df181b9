"""What of this machine a job and an engine may read: the rest is not there inside a container."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.isolation.confined import folders_of
from bench.model import Model, is_folder
from bench.plan import Job
from bench.weights import folder_of


def job_reads(job: Job) -> tuple[Path, ...]:
    """Images, benchmark, weights and tokenizer, and the paths among the harness's own arguments."""
    images = folders_of(Path(image) for sample in job.task.samples for image in sample.images)
    named = [job.task.file, job.task.data]
    if job.weights:
        named.append(folder_of(job.weights))
    if job.model and job.model.tokenizer and is_folder(job.model.tokenizer):
        named.append(Path(job.model.tokenizer))
    said = [job.options, job.harness_args, job.in_process.arguments if job.in_process else {}]
    return (*images, *(path for path in named if path), *paths_in(said))


def engine_reads(model: Model, weights: Path | None) -> tuple[Path, ...]:
    return (*([weights] if weights else ()), *paths_in(model.arguments))


def paths_in(value: Any) -> Iterator[Path]:
    """Absolute paths that exist, at any depth; never `/` itself."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from paths_in(one)
    elif isinstance(value, str) and value.startswith("/") and value.strip("/"):
        path = Path(value)
        with suppress(OSError, ValueError):  # no path: too long, or with a NUL
            if path.exists():
                yield path
