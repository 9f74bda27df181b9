"""What HRET's PipelineRunner is given for a job, by name. Standard library only.

With the environment's Python, `python -P invocation.py > arguments.tsv` writes the table anew from
the installed HRET; an argument that is new there has the owner `?`: decide whose it is.
"""

import contextlib
import csv
import inspect
import sys

MODEL = "bench"  # our classes' names in HRET's registries
DATASET = "bench"
COUNTING = "bench_answers"  # the evaluator of document tasks: it scores nothing
# The evaluators that need neither log-probabilities nor a judge.
MATCHING = ("string_match", "partial_match")

_EXAMPLES = "adapter: 0; HRET takes the first subject's examples for every subject"
_PENALTY = "adapter: off; it guesses the language of the answer after lower-casing, without a seed"
OWNERS = {
    "dataset_name": "core: task",
    "subset": "core: task",
    "split": "core: task",
    "model_backend_name": "adapter: an ordered, bounded class; HRET's own pairs wrongly",
    "scaling_method_name": "adapter: one answer a sample",
    "evaluation_method_name": "free",
    "dataset_params": "core: task",
    "model_backend_params": "core: model",
    "scaling_params": "adapter: one answer a sample",
    "evaluator_params": "free",
    "language_penalize": _PENALTY,
    "target_lang": _PENALTY,
    "custom_cot_parser": "adapter: answers are kept as they are",
    "num_few_shot": _EXAMPLES,
    "few_shot_split": _EXAMPLES,
    "few_shot_instruction": _EXAMPLES,
    "few_shot_example_template": _EXAMPLES,
}


def arguments(spec, subset=None, split="test"):
    """The keyword arguments of PipelineRunner. `subset`: HRET's names of the subjects asked."""
    document = spec["task"]["kind"] == "document"
    free = dict(spec.get("harness_args") or {})
    return {
        "dataset_name": DATASET,
        "subset": subset,
        "split": split,
        "model_backend_name": MODEL,
        "model_backend_params": {},
        "dataset_params": {},
        "evaluation_method_name": COUNTING if document else MATCHING[0],
        "language_penalize": False,
        "num_few_shot": 0,
        **free,
    }


def refusal(spec):
    """Why these `harness_args` cannot be passed on; None where they can."""
    given = spec.get("harness_args") or {}
    for name in given:
        owner = OWNERS.get(name)
        if owner is None:
            return "harness_args: HRET's PipelineRunner has no argument %r" % name
        if owner != "free":
            return "harness_args: %r is not free (%s)" % (name, owner)
    if given and spec["task"]["kind"] == "document":
        return "harness_args: the core scores document tasks, HRET's evaluators do not"
    method = given.get("evaluation_method_name", MATCHING[0])
    if method not in MATCHING:
        return (
            "harness_args: evaluation_method_name is %r; an endpoint's texts are judged by %s"
            % (method, " or ".join(MATCHING))
        )
    if not isinstance(given.get("evaluator_params", {}), dict):
        return "harness_args: evaluator_params must be a mapping"
    return None


def rows(signature):
    """Those of arguments.tsv: name, type, default, owner."""
    for name, one in signature.parameters.items():
        if name == "self":
            continue
        kind = "" if one.annotation is one.empty else inspect.formatannotation(one.annotation)
        default = "required" if one.default is one.empty else repr(one.default)
        yield name, kind, default, OWNERS.get(name, "?")


def main():
    with contextlib.redirect_stdout(sys.stderr):  # HRET speaks as it is imported
        from llm_eval.runner import PipelineRunner

    table = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    table.writerow(("name", "type", "default", "owner"))
    table.writerows(rows(inspect.signature(PipelineRunner.__init__)))


if __name__ == "__main__":
    main()
