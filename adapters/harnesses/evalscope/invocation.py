"""What EvalScope's TaskConfig is given for a job, by name. Standard library only.

Nothing of a job reaches EvalScope in another way: model, prompt, parameters and limit all travel
through its own configuration, and the requests are made from what it hands on.
"""

import csv
import os
import re

BENCHMARK = "documents"  # our tasks' name in EvalScope
SUBSET = "default"
MODEL_API = "bench"  # our model class's name in EvalScope


def label(name):
    """A model's name as EvalScope may have it: it becomes the name of folders."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name) or "model"


def benchmark(task):
    """The name of what is asked, in EvalScope."""
    return BENCHMARK if task["kind"] == "document" else task["benchmark"]


def arguments(spec, asks=None):
    """The keyword arguments of TaskConfig, with the free ones of `harness_args` as they are.

    `asks` is the benchmark's own system prompt: the model's stands before it.
    """
    model = spec["model"]
    free = dict(spec.get("harness_args") or {})
    name, own = benchmark(spec["task"]), {}
    if model.get("system_prompt"):
        own["system_prompt"] = "\n".join(one for one in (model["system_prompt"], asks) if one)
    if spec["task"]["kind"] != "document":
        own["local_path"] = spec["task"]["data"]
        free["judge"] = {"strategy": "rule"}
        own.update(free.pop("dataset_args", {}))
    return {
        "model": model["served_id"],
        "model_id": label(model["name"]),
        "api_url": model["base_url"],
        "eval_type": MODEL_API,
        "datasets": [name],
        "dataset_args": {name: own},
        "dataset_dir": "cache/datasets",
        "dataset_hub": "local",
        # As extra_body the parameters stay what they are: GenerateConfig's own fields turn 0 into
        # 0.0, know `stop` by another name, and an `n` above 1 would set `repeats`.
        "generation_config": {
            "retries": 1,
            "retry_interval": 0,
            "timeout": model["timeout_s"],
            "extra_body": dict(model.get("parameters") or {}),
        },
        "limit": None if "local_path" in own else spec.get("limit"),  # there it counts each subset
        "eval_batch_size": spec["concurrency"],
        "work_dir": "raw",
        "no_timestamp": True,
        # Without it the first failed sample ends the process. With it n shrinks: collect.py counts.
        "ignore_errors": True,
        "collect_perf": False,
        **free,
    }


def owners():
    """arguments.tsv: whose each argument is."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "arguments.tsv")
    with open(path, encoding="utf-8", newline="") as file:
        return {row["name"]: row["owner"] for row in csv.DictReader(file, delimiter="\t")}


# What `harness_args: {dataset_args: {...}}` may set of a benchmark.
OF_BENCHMARKS = (
    "extra_params",
    "few_shot_num",
    "few_shot_prompt_template",
    "few_shot_random",
    "prompt_template",
    "shuffle_choices",
)


def refusal(given, known, document=True):  # noqa: FBT002  (as bench calls it)
    """Why these `harness_args` cannot be passed on; None where they can. `known` is the live
    signature's names.
    """
    whose = owners()
    for name in given:
        if name not in known:
            return "harness_args: EvalScope has no argument %r" % name
        owner = whose.get(name, "adapter: it is not in arguments.tsv")
        if owner != "free":
            return "harness_args: %r is not free (%s)" % (name, owner)
    return _of_a_benchmark(given["dataset_args"], document) if "dataset_args" in given else None


def _of_a_benchmark(given, document):
    if document:
        return (
            "harness_args: 'dataset_args' is of EvalScope's benchmarks: a task has its own prompt"
        )
    if not isinstance(given, dict):
        return "harness_args: 'dataset_args' must be a table of a benchmark's arguments"
    for name in given:
        if name not in OF_BENCHMARKS:
            return "harness_args: dataset_args: %r is not one of %s" % (
                name,
                ", ".join(OF_BENCHMARKS),
            )
    return None
