"""What lm-eval has, from the index of its own TaskManager: `python -P catalogue.py FOLDER`.

Tasks are described by their YAML with its includes; no data set is opened and no function of a task
is imported, so that the index works without the libraries that single tasks ask for.
"""

import logging
import os

from bench_catalogue import target, write_benchmarks, write_models

LIKELIHOOD = ("multiple_choice", "loglikelihood", "loglikelihood_rolling")
LOADERS = ("json", "csv", "parquet", "arrow", "text", "imagefolder", "pandas", "webdataset")


def hub_id(path):
    """The name on the hub; a loader of `datasets` or a path of a file is none."""
    text = path if isinstance(path, str) else ""
    return "" if text in LOADERS or os.path.isabs(text) or text.startswith(".") else text


def metrics_of(listed):
    """Their names as results have them; a function stands as the path of its file and its name."""
    several = listed if isinstance(listed, list) else [listed]
    named = [one.get("metric") for one in several if isinstance(one, dict)]
    return [one.rpartition(".")[2] if os.path.isabs(one) else one for one in filter(is_text, named)]


def is_text(value):
    return isinstance(value, str) and bool(value)


def modality_of(config):
    if config.get("doc_to_image"):
        return "image"
    return "audio" if config.get("doc_to_audio") else "text"


def split_of(config):
    """lm-eval asks the test split, and the validation split where there is none."""
    return config.get("test_split") or config.get("validation_split")


def judge_of(config):
    """Log-likelihoods and metrics by name need no judge; what a function does is not told."""
    if config.get("output_type") in LIKELIHOOD:
        return "no"
    return (
        "" if config.get("process_results") or not metrics_of(config.get("metric_list")) else "no"
    )


def task_row(name, config):
    return {
        "name": name,
        "modality": modality_of(config),
        "kind": "task",
        "dataset": hub_id(config.get("dataset_path")),
        "config": config.get("dataset_name"),
        "split": split_of(config),
        "metric": metrics_of(config.get("metric_list")),
        "judge": judge_of(config),
        "output": config.get("output_type") or "generate_until",
        "few_shot": config.get("num_fewshot"),
    }


def group_row(name, config):
    metrics = metrics_of(config.get("aggregate_metric_list"))
    return {"name": name, "kind": "group", "metric": metrics}


def rows():
    logging.disable(logging.CRITICAL)
    from lm_eval.tasks import TaskManager

    for name, entry in TaskManager().task_index.items():
        kind, config = entry.kind.name, entry.cfg or {}
        if kind == "TASK":
            yield task_row(name, config)
        elif kind == "GROUP":
            yield group_row(name, config)
        else:  # a tag, or a task that is written in Python and says nothing in its YAML
            yield {"name": name, "kind": "tag" if kind == "TAG" else "task"}


def models():
    from lm_eval.models import MODEL_MAPPING

    for name, where in MODEL_MAPPING.items():
        image = any(mark in where for mark in ("vlms:", "vllm_vlms:"))
        audio = "audiolm:" in where
        modality = "text-image" if image else "text-audio" if audio else "text"
        yield {"name": name, "class": where.replace(":", "."), "modality": modality}


if __name__ == "__main__":
    folder = target()
    write_benchmarks(folder, rows(), ("output", "few_shot"))
    write_models(folder, models())
