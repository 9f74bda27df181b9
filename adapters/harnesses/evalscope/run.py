"""Drives EvalScope's native evaluator through `run_task`, with a benchmark and a model of ours."""

import csv
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


collect, invocation, native = sibling("collect"), sibling("invocation"), sibling("native")
DISTRIBUTION = "evalscope"


def versions():
    return {
        "harness": importlib.metadata.version(DISTRIBUTION),
        "distribution": DISTRIBUTION,
        "python": platform.python_version(),
    }


def describe():
    return {
        "versions": versions(),
        "capabilities": {"tasks": "both", "modalities": ["IMAGE", "TEXT"]},
    }


def known_benchmarks():
    """The names of benchmarks.tsv."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "benchmarks.tsv")
    with open(path, encoding="utf-8", newline="") as file:
        return {row["name"] for row in csv.DictReader(file, delimiter="\t")}


def refuse_unsupported(spec):
    """Before five seconds of imports."""
    if not spec.get("model"):
        raise Unsupported("EvalScope needs a model")
    model, task = spec["model"], spec["task"]
    if model.get("in_process"):
        raise Unsupported(
            "EvalScope loads no weights here: let an engine serve them, it asks the same"
        )
    if model.get("api", "chat") != "chat":
        raise Unsupported("EvalScope asks chats; this model has no chat endpoint")
    if task["kind"] == "document":
        return
    if task["benchmark"] not in known_benchmarks():
        raise Unsupported("EvalScope has no benchmark %r" % task["benchmark"])
    if not task.get("data"):
        raise Unsupported(
            "EvalScope's %s needs a local copy of its data: bench data add %s --from PATH"
            % (task["benchmark"], task["name"])
        )


def evaluate(job):
    refuse_unsupported(job.spec)
    for name in ("raw", "cache"):
        shutil.rmtree(job.path(name), ignore_errors=True)
        os.makedirs(job.path(name))
    job.restart("predictions.jsonl", "asked.jsonl", "native_scores.jsonl")
    sibling("surroundings").environment(job.path("cache"))
    refused = close_network()
    os.chdir(job.folder)
    job.stage("loading EvalScope")
    classes = sibling("classes")
    tally = classes.Tally(job)
    document = job.spec["task"]["kind"] == "document"
    rows, asks = (None, None) if document else prepare(job, tally, classes)
    arguments = invocation.arguments(job.spec, asks)
    run_task, config = load_harness(job.spec, arguments)
    if document:
        classes.register(job, tally, invocation, collect.shown)
    write_json(job.path("raw", "invocation.json"), arguments)
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
    if not document:
        write_json(job.path("raw", "evidence.json"), sibling("benchmarks").evidence(job, rows))
    # The copy of the copy that `datasets` made, and its own cache of it.
    shutil.rmtree(job.path("cache"), ignore_errors=True)
    found = results(job)
    if not document and tally.failed:
        job.warn(
            "EvalScope's own numbers are over the answered samples alone: they leave out %d of %d"
            % (tally.failed, tally.total)
        )
    return found


def prepare(job, tally, classes):
    """Our rows and our model where EvalScope looks for them; the benchmark's system prompt."""
    benchmarks = sibling("benchmarks")
    name = job.spec["task"]["benchmark"]
    meta = benchmarks.owner_of(name)
    rows = sibling("rows").Rows(job, name, sibling("tables"), sibling("columns"))
    if meta.data_adapter.scoring_policy.judge_by_default:
        job.warn("EvalScope scores %s by a judge model unless told otherwise; here by rule" % name)
    benchmarks.register(job, tally, meta, rows)
    classes.register_model(job, tally, invocation.MODEL_API, collect.shown, whole=False)
    return rows, meta.system_prompt


def load_harness(spec, arguments):
    """EvalScope's `run_task` and the job's TaskConfig; Unsupported where it refuses an argument."""
    import evalscope.report
    from evalscope import TaskConfig, run_task
    from pydantic import ValidationError

    # It needs plotly (39 MB) and reads every review again; the core writes the report.
    evalscope.report.gen_html_report_file = lambda *_args, **_named: None
    free = spec.get("harness_args") or {}
    document = spec["task"]["kind"] == "document"
    reason = invocation.refusal(free, TaskConfig.model_fields, document)
    if reason:
        raise Unsupported(reason)
    try:
        return run_task, TaskConfig(**arguments)
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
    model = invocation.label(job.spec["model"]["name"])
    found = {"versions": read_json(job.path("raw", "versions.json")), "native": []}
    if job.spec["task"]["kind"] == "document":
        asked = [item["id"] for item in job.items()[: job.spec.get("limit")]]
        collect.check(
            job.folder, model, invocation.BENCHMARK, invocation.SUBSET, asked, predictions
        )
        return found
    job.restart("native_scores.jsonl")
    evidence, name = read_json(job.path("raw", "evidence.json")), job.spec["task"]["benchmark"]
    found["native"], scores = native.results(
        job.folder, model, name, evidence, predictions, collect
    )
    for sample, metric, value in scores:
        job.scored(sample, metric, value)
    return found


if __name__ == "__main__":
    main(describe=describe, evaluate=evaluate, collect=results)
