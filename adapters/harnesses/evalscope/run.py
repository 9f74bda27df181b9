"""Drives EvalScope's native evaluator through `run_task`, with a benchmark and a model of ours."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil

from bench_closed import close_network, warn_of
from bench_protocol import Unsupported, main, read_json, read_jsonl, write_json


def sibling(name):
    """PYTHONSAFEPATH hides the files beside this one."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location("evalscope_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


collect, invocation = sibling("collect"), sibling("invocation")
DISTRIBUTION = "evalscope"


def versions():
    return {
        "harness": importlib.metadata.version(DISTRIBUTION),
        "distribution": DISTRIBUTION,
        "python": platform.python_version(),
    }


def describe():
    return {"versions": versions(), "capabilities": {"tasks": "document", "modalities": ["IMAGE"]}}


def refuse_unsupported(spec):
    """Before five seconds of imports."""
    if not spec.get("model"):
        raise Unsupported("EvalScope needs a model")
    if spec["task"]["kind"] != "document":
        raise Unsupported("this adapter runs document tasks, no benchmarks of EvalScope")


def evaluate(job):
    refuse_unsupported(job.spec)
    for name in ("raw", "cache"):
        shutil.rmtree(job.path(name), ignore_errors=True)
        os.makedirs(job.path(name))
    job.restart("predictions.jsonl", "asked.jsonl")
    sibling("surroundings").environment(job.path("cache"))
    refused = close_network()
    os.chdir(job.folder)
    job.stage("loading EvalScope")
    run_task, config = load_harness(job.spec)
    classes = sibling("classes")
    tally = classes.Tally(job)
    classes.register(job, tally, invocation, collect.shown)
    write_json(job.path("raw", "invocation.json"), invocation.arguments(job.spec))
    write_json(job.path("raw", "versions.json"), versions())
    job.stage("preparing %s" % job.spec["task"]["name"])
    try:
        run_task(config)
    finally:
        warn_of(job, refused)
        if tally.altered:
            job.warn(
                "%d answers are no valid Unicode: EvalScope's own files have a question mark "
                "in place of each lone surrogate" % tally.altered
            )
    return results(job)


def load_harness(spec):
    """EvalScope's `run_task` and the job's TaskConfig; Unsupported where it refuses an argument."""
    import evalscope.report
    from evalscope import TaskConfig, run_task
    from pydantic import ValidationError

    # It needs plotly (39 MB) and reads every review again; the core writes the report.
    evalscope.report.gen_html_report_file = lambda *_args, **_named: None
    free = spec.get("harness_args") or {}
    reason = invocation.refusal(free, TaskConfig.model_fields)
    if reason:
        raise Unsupported(reason)
    try:
        return run_task, TaskConfig(**invocation.arguments(spec))
    except ValidationError as error:
        for one in error.errors():
            if one["loc"] and one["loc"][0] in free:
                raise Unsupported("harness_args: %r: %s" % (one["loc"][0], one["msg"])) from None
        raise


def results(job):
    """Read what EvalScope wrote, and believe it only when every count closes."""
    predictions = []
    if os.path.exists(job.path("predictions.jsonl")):
        predictions = list(read_jsonl(job.path("predictions.jsonl")))
    collect.check(
        job.folder,
        invocation.label(job.spec["model"]["name"]),
        invocation.BENCHMARK,
        invocation.SUBSET,
        [item["id"] for item in job.items()[: job.spec.get("limit")]],
        predictions,
    )
    return {"versions": read_json(job.path("raw", "versions.json")), "native": []}


if __name__ == "__main__":
    main(describe=describe, evaluate=evaluate, collect=results)
