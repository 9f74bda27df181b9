"""Drives lmms-eval through `simple_evaluate`, with a task from the job's folder and a model of
ours.
"""

import importlib.metadata
import importlib.util
import inspect
import json
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
    return {"versions": versions(), "capabilities": {"tasks": "document", "modalities": ["IMAGE"]}}


def refuse_unsupported(spec):
    """Before ten seconds of imports."""
    if not spec.get("model"):
        raise Unsupported("lmms-eval needs a model")
    if spec["task"]["kind"] != "document":
        raise Unsupported("this adapter runs document tasks, no tasks of lmms-eval")


def evaluate(job):
    refuse_unsupported(job.spec)
    for name in ("raw", "cache"):
        shutil.rmtree(job.path(name), ignore_errors=True)
        os.makedirs(job.path(name))
    job.restart("predictions.jsonl", "asked.jsonl")
    sibling("surroundings").environment(job.path("cache"))
    refused = close_network()
    os.chdir(job.folder)
    job.stage("loading lmms-eval")
    simple_evaluate, objects, tally = load_harness(job)
    write_json(job.path("raw", "invocation.json"), invocation.whole(job.spec))
    write_json(job.path("raw", "versions.json"), versions())
    job.stage("preparing %s" % job.spec["task"]["name"])
    try:
        # Its command line ends with 0 after nearly every error: from here, errors are raised.
        found = simple_evaluate(**invocation.arguments(job.spec), **objects)
        samples = found.pop("samples")
        tracker = objects["evaluation_tracker"]
        tracker.save_results_aggregated(found, samples, invocation.NAME)
        for task, rows in samples.items():
            tracker.save_results_samples(task, rows)
    finally:
        warn_of(job, refused)
        if tally.altered:
            job.warn(
                "%d answers are no valid Unicode: lmms-eval's own files have a question mark "
                "in place of each lone surrogate" % tally.altered
            )
    return results(job)


def load_harness(job):
    """simple_evaluate, the objects that it is given, and the tally of what comes back.

    Raises Unsupported for an argument that lmms-eval does not have.
    """
    from lmms_eval.api.model import lmms
    from lmms_eval.evaluator import simple_evaluate
    from lmms_eval.loggers.evaluation_tracker import EvaluationTracker
    from lmms_eval.tasks import TaskManager

    free = job.spec.get("harness_args") or {}
    reason = invocation.refusal(free, inspect.signature(simple_evaluate).parameters)
    if reason:
        raise Unsupported(reason)
    write_task(job)
    classes = sibling("classes")
    tally = classes.Tally(job)
    model = classes.model_class(lmms, job, tally, collect.shown)
    objects = {
        "model": model(**invocation.model(job.spec)),
        "task_manager": TaskManager(**invocation.task_manager()),
        "evaluation_tracker": EvaluationTracker(**invocation.evaluation_tracker()),
    }
    return simple_evaluate, objects, tally


def write_task(job):
    """The job's samples as a task of lmms-eval that stands for itself, in raw/task."""
    shutil.copytree(os.path.join(HERE, "task"), job.path("raw", "task"))
    with open(job.path("raw", "task", "documents.jsonl"), "w", encoding="ascii") as file:
        file.writelines(json.dumps({"item": json.dumps(item)}) + "\n" for item in job.items())


def results(job):
    """Read what lmms-eval wrote, and believe it only when every count closes."""
    predictions = []
    if os.path.exists(job.path("predictions.jsonl")):
        predictions = list(read_jsonl(job.path("predictions.jsonl")))
    collect.check(
        job.folder,
        invocation.TASK,
        invocation.NAME,
        job.items()[: job.spec.get("limit")],
        predictions,
    )
    return {"versions": read_json(job.path("raw", "versions.json")), "native": []}


if __name__ == "__main__":
    main(describe=describe, evaluate=evaluate, collect=results)
