"""What EvalScope has, from its own registry of benchmarks: `python -P catalogue.py FOLDER`.

A benchmark whose module asks for a package that the environment leaves out is described by the file
that EvalScope ships of it, which does not say how it is scored.
"""

import importlib
import json
import logging
import os

from bench_catalogue import target, write_benchmarks, write_models

KINDS = (("Audio", "audio"), ("SpeechRecognition", "audio"), ("Video", "video"))


def modality_of(tags):
    for tag, modality in KINDS:
        if tag in tags:
            return modality
    return "image" if "MultiModal" in tags else "text"


def metrics_of(listed):
    """Each is a name, or a mapping of one name to its settings."""
    return [next(iter(one)) if isinstance(one, dict) else one for one in listed]


def judge_of(adapter):
    """Whether a judge scores by default, as the benchmark's own class says."""
    policy = getattr(adapter, "scoring_policy", None)
    return "" if policy is None else "yes" if policy.judge_by_default else "no"


def hub_id(text):
    return "" if not text or "://" in text else text


def row(name, meta, dataset, metrics, judge):
    """`meta` as EvalScope writes it down: a mapping."""
    return {
        "name": name,
        "modality": modality_of(meta["tags"]),
        "kind": "dataset",
        "dataset": hub_id(dataset),
        "config": meta["subset_list"],
        "split": meta["eval_split"],
        "metric": metrics,
        "judge": judge,
        "few_shot": meta["few_shot_num"],
        "tags": meta["tags"],
    }


def described(folder, name):
    """By the file that EvalScope ships of it; only the name where there is none."""
    path = os.path.join(folder, "_meta", name + ".json")
    if not os.path.isfile(path):
        return {"name": name, "kind": "dataset"}
    with open(path, encoding="utf-8") as file:
        meta = json.load(file)["meta"]
    return row(name, meta, meta["dataset_id"], metrics_of(meta["metrics"]), "")


def rows():
    logging.disable(logging.CRITICAL)
    import evalscope.benchmarks as package
    from evalscope.api.registry import BENCHMARK_REGISTRY

    folder = os.path.dirname(package.__file__)
    with open(os.path.join(folder, "_index.json"), encoding="utf-8") as file:
        index = json.load(file)
    for name in sorted(index):
        try:
            importlib.import_module(index[name])
            meta = BENCHMARK_REGISTRY.get(name)
        except ImportError:
            yield described(folder, name)
            continue
        dataset = getattr(meta, "hf_dataset_id", None) or meta.dataset_id
        yield row(
            name, vars(meta), dataset, metrics_of(meta.metric_list), judge_of(meta.data_adapter)
        )


def models():
    """The ways in which EvalScope asks a model; it has no list of models by name."""
    import evalscope.models.model_apis as known
    from evalscope.api.registry import MODEL_APIS

    for name, made in MODEL_APIS.items():
        yield {"name": name, "class": "%s.%s" % (known.__name__, getattr(made, "__name__", ""))}


if __name__ == "__main__":
    folder = target()
    write_benchmarks(folder, rows(), ("few_shot", "tags"))
    write_models(folder, models())
