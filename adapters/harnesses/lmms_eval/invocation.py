"""What each call of lmms-eval's entry is given for a job, by name. Standard library only.

`simple_evaluate` takes keyword arguments, so nothing passes through the grammar of --model_args,
which breaks texts at commas and turns "007" into 7.
"""

import csv
import os

TASK = "bench_documents"
NAME = "bench"  # of lmms-eval's own files, which would carry the second in which they were made
CLIENT = "openai"  # lmms-eval's own word for an endpoint: some tasks have a prompt for a model
# What its command line strips from answers to its own tasks before it scores them.
REASONING = '[["<think>", "</think>"], ["<analysis>", "</analysis>"]]'


def model(spec):
    """What our model class is made of, or lmms-eval's own where weights are loaded here."""
    one = spec["model"]
    if one.get("in_process"):
        return {
            "class": one["in_process"]["model"],
            "weights": one["in_process"].get("weights"),
            "arguments": dict(one["in_process"].get("arguments") or {}),
            "flavour": spec.get("flavour", "cpu"),
            "system_prompt": one.get("system_prompt"),
            "parameters": dict(one.get("parameters") or {}),
        }
    return {
        "served_id": one["served_id"],
        "base_url": one["base_url"],
        "system_prompt": one.get("system_prompt"),
        "parameters": dict(one.get("parameters") or {}),
        "timeout_s": one["timeout_s"],
        "concurrency": spec["concurrency"],
    }


def is_native(spec):
    return spec["task"]["kind"] == "benchmark"


def tasks(spec):
    """The names of tasks in lmms-eval."""
    if not is_native(spec):
        return [TASK]
    return sorted((spec["task"].get("parts") or {}).values()) or [spec["task"]["benchmark"]]


def model_name(spec):
    """What lmms-eval's tasks are told of the model: some have a prompt of its own for one."""
    if not is_native(spec):
        return None
    return (spec["model"].get("in_process") or {}).get("model", CLIENT)


def task_manager(spec):
    """Without the 1900 tasks that it ships, which take 3 s to read: native.py finds the folders of
    those that are asked for.
    """
    path = None if is_native(spec) else "raw/task"
    return {"include_path": path, "include_defaults": False, "model_name": model_name(spec)}


def evaluation_tracker():
    return {"output_path": "raw/output"}


def command_line(spec):
    """What lmms-eval's own tasks and scoring read of a command line; for those, its defaults."""
    if not is_native(spec):
        return None
    return {
        "output_path": "raw/output",
        "reasoning_tags": REASONING,
        "process_with_media": False,
        "agentic_trace_mode": "basic",
        "log_samples_suffix": "model_outputs",
    }


def arguments(spec):
    """The keyword arguments of simple_evaluate that are plain values; the objects come beside them.

    The free ones of `harness_args` are passed on as they are.
    """
    return {
        "tasks": tasks(spec),
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
        "task_manager": task_manager(spec),
        "evaluation_tracker": evaluation_tracker(),
        "simple_evaluate": arguments(spec),
        "cli_args": command_line(spec),
    }


def table(name):
    """The rows of a .tsv beside this file."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def owners():
    """arguments.tsv: whose each argument is."""
    return {row["name"]: row["owner"] for row in table("arguments.tsv")}


def listed(task):
    """What benchmarks.tsv says of a task of lmms-eval; nothing where it does not know it."""
    return next((row for row in table("benchmarks.tsv") if row["name"] == task), {})


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
