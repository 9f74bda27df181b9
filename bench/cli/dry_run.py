"""The plan in words: jobs, environments, and the exact invocation of each. Nothing is built."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import click

from bench import resources
from bench.adapter import Adapter
from bench.config import RunConfig
from bench.environment import health, plan_environment
from bench.errors import BenchError
from bench.isolation.doors import Places
from bench.isolation.image import unbuilt
from bench.isolation.launch import Work, launched, to_gateway
from bench.isolation.reads import job_reads
from bench.plan import Job, Plan
from bench.weights import folder_of


def show_plan(plan: Plan, *, as_json: bool) -> None:
    jobs = [_job(job, plan.config) for job in plan.jobs]
    if as_json:
        click.echo(json.dumps({"jobs": jobs}, indent=1))
        return
    for job in jobs:
        click.echo(click.style(job["id"], bold=True))
        for key, value in job.items():
            if key != "id" and value not in (None, {}):
                shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                click.echo(f"  {key:12} {shown}")
    click.echo(f"{len(jobs)} job{'s' * (len(jobs) != 1)}; nothing was built or run")


def _job(job: Job, config: RunConfig) -> dict[str, Any]:
    harness, python = _environment(job, job.harness, **job.built)
    engine = _environment(job, job.engine)[0] if job.engine else None
    sdk = resources.folder("adapters") / "_sdk"
    words = [str(python), str(job.harness.script), "evaluate", f"RUN/jobs/{job.id}"]
    invocation = f"PYTHONPATH={sdk} PYTHONSAFEPATH=1 PYTHONNOUSERSITE=1 " + " ".join(words)
    if config.isolation != "venv":
        harness, engine = f"an image of {harness}", engine and f"an image of {engine}"
        invocation = _contained(job, config)
    return {
        "id": job.id,
        "refused": job.refused,
        "harness": f"{job.harness.name} {job.harness.version or ''}".strip(),
        "model": _model(job),
        "task": job.task.name,
        "samples": len(job.task.samples) or None,
        "benchmark": job.home.name if job.home else None,
        "parts": list(job.home.parts.values()) if job.home and job.home.parts else None,
        "data": str(job.task.data) if job.task.data else None,
        "file": str(job.task.file) if job.task.file else None,
        "weights": str(folder_of(job.weights)) if job.weights else None,
        "limit": job.limit,
        "parameters": job.parameters if job.model else None,
        "requests": job.requests.model_dump() if job.model else None,
        "options": job.options,
        "harness_args": job.harness_args,
        "isolation": config.isolation,
        "environment": harness,
        "engine": engine,
        "invocation": invocation,
    }


def _contained(job: Job, config: RunConfig) -> str:
    """IMAGE, RUN, SOCKETS and PORT stand for what is known when it begins."""
    places = Places(Path("SOCKETS"))
    launch = launched(
        unbuilt(job.harness, config.isolation),
        Work(
            job.harness,
            "evaluate",
            Path(f"RUN/jobs/{job.id}"),
            reads=job_reads(job),
            gpu=job.flavour == "cuda",
        ),
        {},
        container=config.container,
        doors=places,
        way=to_gateway(places, "PORT") if job.asks_endpoint else None,
    )
    return shlex.join(launch.argv)


def _model(job: Job) -> str | None:
    if job.model is None:
        return None
    if job.in_process:
        return f"{job.model.name} ({job.in_process.model} in {job.harness.name} itself)"
    where = f"engine {job.engine.name}" if job.engine else job.model.base_url
    return f"{job.model.name} ({job.model.endpoint_id} by {where})"


def _environment(job: Job, adapter: Adapter, **which: Any) -> tuple[str, str]:
    """What would be built, and its Python."""
    flavour = job.flavour if job.flavour in adapter.flavours else adapter.flavours[0]
    try:
        planned = plan_environment(adapter, flavour, **which)
    except BenchError as error:
        return f"{adapter.name} {flavour}: {error.message}", "PYTHON"
    state = health(planned) or "ready"
    if planned.otherwise:  # the index is asked when it is built
        state += f"; where CPU torch is not offered: {planned.otherwise.folder.name}"
    return f"{planned.folder.name} ({state})", str(planned.python)
