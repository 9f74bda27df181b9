"""What lmms-eval's entry is given for a job, by name. Standard library only.

`simple_evaluate` takes keyword arguments, so nothing passes through the grammar of --model_args,
which breaks texts at commas and turns "007" into 7.
"""

import csv
import os

TASK = "bench_documents"
NAME = "bench"  # of lmms-eval's own files, which would carry the second in which they were made


def model(spec):
    """What our model class is made of."""
    one = spec["model"]
    return {
        "served_id": one["served_id"],
        "base_url": one["base_url"],
        "system_prompt": one.get("system_prompt"),
        "parameters": dict(one.get("parameters") or {}),
        "timeout_s": one["timeout_s"],
        "concurrency": spec["concurrency"],
    }


def task_manager():
    """Without the 1900 tasks that it ships: reading them takes 3 s."""
    return {"include_path": "raw/task", "include_defaults": False}


def evaluation_tracker():
    return {"output_path": "raw/output"}


def arguments(spec):
    """The keyword arguments of simple_evaluate that are plain values; the objects come beside them.

    The free ones of `harness_args` are passed on as they are.
    """
    return {
        "tasks": [TASK],
        "limit": spec.get("limit"),
        "repeats": 1,
        "use_cache": None,  # it would give back failure texts as answers
        "cache_requests": False,
        "log_samples": True,
        "predict_only": False,
        "bootstrap_iters": 0,
        "process_docs_parallel": 1,
        "datetime_str": NAME,
        **(spec.get("harness_args") or {}),
    }


def whole(spec):
    """Everything of the above: written into the job's folder before the call."""
    return {
        "model": model(spec),
        "task_manager": task_manager(),
        "evaluation_tracker": evaluation_tracker(),
        "simple_evaluate": arguments(spec),
    }


def owners():
    """arguments.tsv: whose each argument is."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "arguments.tsv")
    with open(path, encoding="utf-8", newline="") as file:
        return {row["name"]: row["owner"] for row in csv.DictReader(file, delimiter="\t")}


def refusal(given, known):
    """Why these `harness_args` cannot be passed on; None where they can. `known` holds the names
    of the live signature.
    """
    whose = owners()
    for name in given:
        if name not in known:
            return "harness_args: lmms-eval has no argument %r" % name
        owner = whose.get(name, "adapter: it is not in arguments.tsv")
        if owner != "free":
            return "harness_args: %r is not free (%s)" % (name, owner)
    return None
