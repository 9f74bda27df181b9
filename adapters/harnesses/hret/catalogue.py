"""What HRET has, from its own registries: `python -P catalogue.py FOLDER`.

Metric and judge are those of HRET's default evaluator, string_match, where the data set allows it;
else of the one evaluator that it allows.
"""

import inspect

from bench_catalogue import target, write_benchmarks, write_models

DEFAULT = "string_match"


def evaluators(made):
    """Those that the data set allows, none where it allows any."""
    return made.info().get("evaluation_only") or ()


def default(made, name):
    """The default of an argument of the data set's class, where it is a text."""
    one = inspect.signature(made.__init__).parameters.get(name)
    return one.default if one and isinstance(one.default, str) else ""


def rows():
    from llm_eval.datasets import DATASET_REGISTRY

    for name, made in DATASET_REGISTRY.items():
        if name == "generic_file":  # a file of one's own
            continue
        split = default(made, "split")
        only = evaluators(made(dataset_name="", split=split))
        hub = default(made, "dataset_name")
        yield {
            "name": name,
            "modality": "text",
            "kind": "dataset",
            "dataset": hub if "/" in hub else "",
            "split": split,
            "metric": "" if only and DEFAULT not in only else "accuracy",
            "judge": "yes" if "llm_judge" in only else "no",
            "evaluators": only,
        }


def models():
    """HRET's own ways to ask a model; none of them is used here."""
    from llm_eval.models import MODEL_REGISTRY

    for name, made in MODEL_REGISTRY.items():
        yield {
            "name": name,
            "class": "%s.%s" % (made.__module__, made.__name__),
            "modality": "text",
        }


if __name__ == "__main__":
    folder = target()
    write_benchmarks(folder, rows(), ("evaluators",))
    write_models(folder, models())
