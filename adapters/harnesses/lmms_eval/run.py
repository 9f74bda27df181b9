"""Drives lmms-eval through `simple_evaluate`: with a task from the job's folder or one of its own
over the local copy, and with a model of ours or one of its own classes.
"""

import importlib.metadata
import importlib.util
import os
import platform
import shutil

from bench_closed import close_network, warn_of
from bench_protocol import Unsupported, main, read_json, read_jsonl, write_json

HERE = os.path.dirname(os.path.abspath(__file__))
DISTRIBUTION = "lmms-eval"


def sibling(name):
    """PYTHONSAFEPATH hides the files beside this one; the folder's name is the harness's own."""
    spec = importlib.util.spec_from_file_location("bench_" + name, os.path.join(HERE, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


collect, invocation = sibling("collect"), sibling("invocation")


def versions():
    """lmms-eval's own word for its version is "unknown@unknown" where it was installed."""
    return {
        "harness": importlib.metadata.version(DISTRIBUTION),
        "distribution": DISTRIBUTION,
        "python": platform.python_version(),
        "torch": importlib.metadata.version("torch"),
    }


def describe():
    return {"versions": versions(), "capabilities": {"tasks": "both", "modalities": ["IMAGE"]}}


def refuse_unsupported(spec):
    """Before ten seconds of imports."""
    task, model = spec["task"], spec.get("model")
    if not model:
        raise Unsupported("lmms-eval needs a model")
    if model.get("api", "chat") != "chat" and not model.get("in_process"):
        raise Unsupported("lmms-eval asks chat endpoints; this one has the completions API")
    if not invocation.is_native(spec):
        return
    if not task.get("data"):
        raise Unsupported(
            "lmms-eval would fetch %s from a hub: add a local copy with `bench data add %s "
            "--from PATH`" % (task["benchmark"], task["name"])
        )
    for name in invocation.tasks(spec):
        known = invocation.listed(name)
        if known.get("judge") == "yes":
            raise Unsupported("the scoring of %s asks a judge, and none is asked here" % name)
        if known.get("modality") in ("audio", "video"):
            said = "%s asks about %s; a local copy holds texts and images"
            raise Unsupported(said % (name, known["modality"]))


def evaluate(job):
    refuse_unsupported(job.spec)
    for name in ("raw", "cache"):
        shutil.rmtree(job.path(name), ignore_errors=True)
        os.makedirs(job.path(name))
    job.restart("predictions.jsonl", "asked.jsonl", "native_scores.jsonl")
    here = bool(job.spec["model"].get("in_process"))
    gpu = here and job.spec.get("flavour") == "cuda"
    sibling("surroundings").environment(job.path("cache"), gpu=gpu)
    refused = close_network()
    os.chdir(job.folder)
    job.stage("loading lmms-eval")
    prepared = sibling("loading").load(job, sibling)
    write_json(job.path("raw", "invocation.json"), invocation.whole(job.spec))
    write_json(job.path("raw", "versions.json"), versions())
    job.stage("preparing %s" % job.spec["task"]["name"])
    try:
        drive(job, prepared)
    finally:
        warn_of(job, refused)
        if prepared.tally.altered:
            job.warn(
                "%d answers are no valid Unicode: lmms-eval's own files have a question mark "
                "in place of each lone surrogate" % prepared.tally.altered
            )
    return results(job)


def in_order(job, ids):
    """asked.jsonl in the order of the data: several threads wrote it."""
    rows = {row["id"]: row for row in written(job, "asked.jsonl")}
    job.restart("asked.jsonl")
    for sample in ids:
        if sample in rows:
            job.asked(rows[sample].pop("id"), **rows[sample])


def drive(job, prepared):
    """lmms-eval's loop, and its own files of it."""
    # Its command line ends with 0 after nearly every error: from here, errors are raised.
    found = prepared.simple_evaluate(**invocation.arguments(job.spec), **prepared.objects)
    if invocation.is_native(job.spec):
        in_order(job, prepared.samples.ids.values())
    samples = found.pop("samples")
    tracker = prepared.objects["evaluation_tracker"]
    tracker.save_results_aggregated(found, samples, invocation.NAME)
    for task, rows in samples.items():
        for row in rows if invocation.is_native(job.spec) else []:
            row["sample"] = prepared.samples.ids[task, row["doc_id"]]
        tracker.save_results_samples(task, rows)


def written(job, name):
    """The rows of a .jsonl of this job; none where nothing was written."""
    return list(read_jsonl(job.path(name))) if os.path.exists(job.path(name)) else []


def results(job):
    """Read what lmms-eval wrote, and believe it only when every count closes."""
    predictions, name = written(job, "predictions.jsonl"), invocation.NAME
    known = read_json(job.path("raw", "versions.json"))
    if not invocation.is_native(job.spec):
        items = job.items()[: job.spec.get("limit")]
        collect.check(job.folder, invocation.TASK, name, items, predictions)
        return {"versions": known, "native": []}
    asked = [row["id"] for row in written(job, "asked.jsonl")]
    found, logs = collect.check_native(job.folder, name, asked, predictions)
    scores = sibling("scores")
    job.restart("native_scores.jsonl")
    for score in scores.of_samples(found, logs):
        job.scored(*score)
    failed = {one["id"] for one in predictions if one["status"] == "failed"}
    parts = {own: ours for ours, own in (job.spec["task"].get("parts") or {}).items()}
    source = os.path.relpath(collect.only(job.folder, name + "_results.json"), job.folder)
    return {"versions": known, "native": scores.native(found, logs, failed, parts, source)}


if __name__ == "__main__":
    main(describe=describe, evaluate=evaluate, collect=results)
