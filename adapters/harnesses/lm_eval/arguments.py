"""The arguments of lm-eval's entry, simple_evaluate, and who sets each of them.

`python arguments.py > arguments.tsv`, in lm-eval's environment, writes the table anew.
"""

import csv
import inspect
import sys

from bench_protocol import Unsupported

# What is not named here may be given in `harness_args`.
OWNERS = {
    "model": "core: model",
    "model_args": "core: model",
    "tasks": "core: task",
    "use_cache": "adapter: off, its key names neither model nor endpoint",
    "cache_requests": "adapter: off, it writes into the installed package",
    "rewrite_requests_cache": "adapter: off, as cache_requests",
    "delete_requests_cache": "adapter: off, as cache_requests",
    "limit": "core: limit",
    "samples": "adapter: would shrink n unseen; limit does it openly",
    "bootstrap_iters": "adapter: 0, the core computes the intervals",
    "check_integrity": "adapter: off, it runs pytest on a checkout",
    "log_samples": "adapter: on, they are read back and checked",
    "evaluation_tracker": "adapter: writes below the job's folder",
    "system_instruction": "core: system_prompt",
    "gen_kwargs": "core: parameters",
    "task_manager": "adapter: with the index of shipped tasks only where a group needs it",
    "verbosity": "adapter: lm-eval sets it after the run",
    "predict_only": "adapter: on for document tasks, which the core scores; else off",
    "confirm_run_unsafe_code": "adapter: off, there is no sandbox around an answer's code",
    "metadata": "adapter: lm-eval reads it only where it makes the task manager itself",
}
# Free for lm-eval's own benchmarks; for a document task there is a reason why not.
BENCHMARKS_ONLY = {
    "num_fewshot": "a document's prompt is whole, no examples stand before it",
    "batch_size": "one request a sample",
    "max_batch_size": "one request a sample",
    "device": "the model is behind an endpoint",
    "apply_chat_template": "on, else the system prompt becomes a part of the prompt",
    "fewshot_as_multiturn": "on, as apply_chat_template",
    "torch_random_seed": "there is no torch",
}
_ALWAYS = {
    "use_cache": None,
    "cache_requests": False,
    "rewrite_requests_cache": False,
    "delete_requests_cache": False,
    "samples": None,
    "bootstrap_iters": 0,
    "check_integrity": False,
    "log_samples": True,
    "verbosity": None,
    "confirm_run_unsafe_code": False,
    "metadata": None,
}
FIXED = {
    **_ALWAYS,
    "predict_only": True,
    "num_fewshot": None,
    "batch_size": None,
    "max_batch_size": None,
    "device": None,
    "apply_chat_template": True,
    "fewshot_as_multiturn": True,
    "torch_random_seed": None,
}
FIXED_BENCHMARK = {**_ALWAYS, "predict_only": False}


def refuse(given, document):
    """Raise Unsupported for what is set by us."""
    for name in given:
        if name in OWNERS:
            raise Unsupported("harness_args: %r is not free (%s)" % (name, OWNERS[name]))
        if document and name in BENCHMARKS_ONLY:
            said = (name, BENCHMARKS_ONLY[name])
            raise Unsupported("harness_args: %r is not free for a document task: %s" % said)


def check_signature(given, signature):
    """Raise Unsupported for what the installed lm-eval does not take."""
    for name in (*given, *OWNERS):
        if name not in signature.parameters:
            raise Unsupported("this lm-eval's simple_evaluate has no argument %r" % name)


def rows(signature):
    """Those of arguments.tsv: name, type, default, owner."""
    for name, one in signature.parameters.items():
        kind = "" if one.annotation is one.empty else inspect.formatannotation(one.annotation)
        default = "required" if one.default is one.empty else repr(one.default)
        yield name, kind.strip("'"), default, OWNERS.get(name, "free")


if __name__ == "__main__":
    from lm_eval import simple_evaluate

    table = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    table.writerow(("name", "type", "default", "owner"))
    table.writerows(rows(inspect.signature(simple_evaluate)))
