"""Drives HRET's PipelineRunner with a model of ours, on our documents or on its own benchmarks."""

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
    spec = importlib.util.spec_from_file_location("hret_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


collect, invocation, subjects = sibling("collect"), sibling("invocation"), sibling("subjects")
DISTRIBUTION = "haerae-evaluation-toolkit"


def versions():
    return {
        "harness": importlib.metadata.version(DISTRIBUTION),
        "distribution": DISTRIBUTION,
        "python": platform.python_version(),
        "datasets": importlib.metadata.version("datasets"),
    }


def describe():
    capabilities = {"tasks": "both", "modalities": ["IMAGE", "TEXT"]}
    return {"versions": versions(), "capabilities": capabilities}


def refuse_unsupported(spec):
    """Before fifteen seconds of imports."""
    model, task = spec.get("model"), spec["task"]
    if not model:
        raise Unsupported("HRET needs a model")
    if model.get("in_process"):
        raise Unsupported("HRET loads no weights here: let an engine serve them, it asks the same")
    if model.get("api", "chat") != "chat":
        raise Unsupported("HRET asks chats here; this model has no chat endpoint")
    reason = invocation.refusal(spec)
    if reason:
        raise Unsupported(reason)
    if task["kind"] == "document":
        return
    if task["benchmark"] not in subjects.DRIVEN:
        raise Unsupported(
            "of HRET's benchmarks %s is driven, not %s"
            % (", ".join(subjects.DRIVEN), task["benchmark"])
        )
    if not task.get("data"):
        raise Unsupported(
            "HRET's %s needs a local copy of its data: bench data add %s --from PATH"
            % (task["benchmark"], task["name"])
        )


def evaluate(job):
    spec = job.spec
    refuse_unsupported(spec)
    for name in ("raw", "cache"):
        shutil.rmtree(job.path(name), ignore_errors=True)
        os.makedirs(job.path(name))
    job.restart("predictions.jsonl", "asked.jsonl", "native_scores.jsonl")
    document = spec["task"]["kind"] == "document"
    chosen = None if document else subjects.Subjects(spec["task"], spec.get("limit"))
    sibling("surroundings").environment(job.path("cache"))
    refused = close_network()
    os.chdir(job.folder)
    job.stage("loading HRET")
    from llm_eval.runner import PipelineRunner

    classes = sibling("classes")
    tally, asking = classes.Tally(job), {}
    if document:
        items = job.items()[: spec.get("limit")]
        asking.update({item["id"]: (item["prompt"], item["images"]) for item in items})
        dataset, given = classes.documents_class(items), invocation.arguments(spec)
    else:
        name = spec["task"]["benchmark"]
        folder = chosen.folder(job.path("cache", "hub"))
        dataset = classes.benchmark_class(job, name, chosen, folder, asking)
        given = invocation.arguments(spec, list(chosen.tables), chosen.split)
    classes.register(invocation, classes.model_class(job, asking, tally, collect.shown), dataset)
    write_json(job.path("raw", "invocation.json"), given)
    job.stage("preparing %s" % spec["task"]["name"])
    try:
        found = PipelineRunner(**given).run()
    finally:
        warn_of(job, refused)
    evidence = {"versions": versions(), "asked": list(asking)}
    write_json(job.path("raw", "evidence.json"), evidence)
    found.save_json(job.path("raw", collect.FILE))
    if tally.altered:
        job.warn(
            "%d answers are no valid Unicode: HRET's own file has a question mark "
            "in place of each lone surrogate" % tally.altered
        )
    # The copy of the copy that `datasets` made, and its own cache of it.
    shutil.rmtree(job.path("cache"), ignore_errors=True)
    return results(job)


def results(job):
    """Read what HRET wrote, and believe it only when every count closes."""
    evidence = read_json(job.path("raw", "evidence.json"))
    found = collect.read(job.folder)
    predictions = []
    if os.path.exists(job.path("predictions.jsonl")):
        predictions = list(read_jsonl(job.path("predictions.jsonl")))
    collect.check(found["samples"], predictions, evidence["asked"])
    rows, scores = [], []
    if job.spec["task"]["kind"] == "benchmark":
        rows, scores = collect.native(found)
    job.restart("native_scores.jsonl")
    for sample, metric, value in scores:
        job.scored(sample, metric, value)
    return {"versions": evidence["versions"], "native": rows}


if __name__ == "__main__":
    main(describe=describe, evaluate=evaluate, collect=results)
