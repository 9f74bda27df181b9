"""What cannot give a number, told before the twenty seconds of VLMEvalKit's imports."""

import importlib.util
import os

from bench_protocol import Unsupported

HERE = os.path.dirname(os.path.abspath(__file__))
# Those that VLMEvalKit's run entry only infers.
WITHOUT_TRUTH = (
    "DocVQA_TEST",
    "InfoVQA_TEST",
    "Q-Bench1_TEST",
    "A-Bench_TEST",
    "AesBench_TEST",
    "MLLMGuard_DS",
    "MMMU_TEST",
    "MMT-Bench_ALL",
    "MMT-Bench_ALL_MI",
)


def refuse_unsupported(spec, siblings):
    """Raise Unsupported for what cannot be done; `siblings`: collect, invocation, needs."""
    task, checkout = spec["task"], spec["options"].get("checkout")
    if not spec.get("model"):
        raise Unsupported("VLMEvalKit needs a model")
    if checkout and not any(entry_points(checkout)):
        raise Unsupported("%s has no run.py and no vlmeval/run.py" % checkout)
    reason = siblings.invocation.taken(spec.get("harness_args") or {}, checkout)
    if reason:
        raise Unsupported(reason)
    refuse_prompt(spec)
    if task["kind"] != "document":
        refuse_benchmark(task, checkout, siblings.collect.table_rows)
    if spec["model"].get("in_process"):
        refuse_model(spec["model"]["in_process"], checkout, siblings)


def refuse_prompt(spec):
    chosen = spec["options"].get("prompt")
    if chosen not in (None, "model", "dataset"):
        raise Unsupported("option prompt is model or dataset, not %r" % chosen)
    if chosen == "model" and not spec["model"].get("in_process"):
        raise Unsupported("option prompt=model: an endpoint has no prompt of its own")
    if chosen == "model" and spec["task"]["kind"] == "document":
        raise Unsupported("option prompt=model: the prompt of a document task is the task's own")


def refuse_benchmark(task, checkout, table_rows):
    name = task["benchmark"]
    rows = table_rows(os.path.join(HERE, "benchmarks.tsv"))
    row = {one["name"]: one for one in rows}.get(name)
    if row is None and not checkout:
        raise Unsupported("VLMEvalKit has no benchmark %r" % name)
    if name in WITHOUT_TRUTH:
        raise Unsupported("%s has no public answers: VLMEvalKit cannot score it" % name)
    if row and row["modality"].upper() != "IMAGE":
        raise Unsupported("%s is a %s benchmark" % (name, row["modality"]))
    if row and row["class"] == "ConcatDataset":
        raise Unsupported("%s is made of several tables; name one of its parts" % name)
    if row and row["type"] == "MT":
        raise Unsupported("%s is a dialogue of several turns" % name)
    if not (task.get("file") or task.get("data")):
        raise Unsupported("%s needs its data: a local copy, or the .tsv file" % name)


def refuse_model(asked, checkout, siblings):
    """By name, before anything is loaded."""
    if checkout:
        package = os.path.join(checkout, "vlmeval")
    else:
        package = os.path.dirname(importlib.util.find_spec("vlmeval").origin)
    rows = siblings.collect.table_rows(os.path.join(HERE, "models.tsv"))
    classes = {row["name"]: row["class"] for row in rows}
    reason = siblings.needs.refusal(asked["model"], package, classes)
    if reason:
        raise Unsupported(reason)


def entry_points(checkout):
    """The run.py of a checkout: at its top, or inside the package; None for each that is absent."""
    for parts in (("run.py",), ("vlmeval", "run.py")):
        path = os.path.join(checkout, *parts)
        yield path if os.path.isfile(path) else None
