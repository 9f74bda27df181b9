"""What lmms-eval has, from the YAML files of its tasks: `python -P catalogue.py FOLDER`.

Each YAML is read with its includes, and without importing the functions that it names. A file that
cannot be read gives no row, as in the harness's own index; a cell is empty where a file says
nothing.
"""

import os

from bench_catalogue import target, write_benchmarks, write_models

JUDGED = ("gpt_eval", "llm_as_judge", "llm_judge", "gpt_score", "judge")
LOADERS = ("json", "csv", "parquet", "arrow", "text", "imagefolder", "videofolder", "webdataset")


def loader():
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        """A function stands as `!function utils.name`: its name is kept, it is not imported."""

    Loader.add_constructor("!function", lambda _loader, node: {"function": node.value})
    return Loader


def read(path, kind, depth=0):
    import yaml

    with open(path, "rb") as file:
        config = yaml.load(file, Loader=kind)  # noqa: S506  (a safe loader and one constructor)
    if not isinstance(config, dict):
        return {}
    listed = config.pop("include", [])
    merged = {}
    for one in reversed([listed] if isinstance(listed, str) else listed):
        near = one if os.path.isfile(one) else os.path.join(os.path.dirname(path), one)
        if depth < 8:
            merged.update(read(near, kind, depth + 1))
    merged.update(config)
    return merged


def metrics_of(config):
    listed = config.get("metric_list")
    named = [one.get("metric") for one in listed if isinstance(one, dict)] if listed else []
    return [name for name in named if isinstance(name, str)]


def judge_of(config):
    """yes where a metric is named for a judge; no where all are computed by lmms-eval itself."""
    names = metrics_of(config)
    if any(mark in name.lower() for name in names for mark in JUDGED):
        return "yes"
    return "no" if names and not config.get("process_results") else ""


def hub_id(path):
    text = path if isinstance(path, str) else ""
    return "" if text in LOADERS or os.path.isabs(text) or text.startswith(".") else text


def modality_of(config):
    """What is shown is pictures, where nothing names films or sounds; empty where the names of the
    data do and the functions do not: the data alone tell. A task that shows nothing asks in text.
    """
    functions = [config.get(key) for key in ("doc_to_visual", "doc_to_messages")]
    if not any(functions):
        return "text" if config.get("doc_to_text") else ""
    shown, extra = str(functions).lower(), config.get("dataset_kwargs") or {}
    if "audio" in shown:
        return "audio"
    if "video" in shown or (isinstance(extra, dict) and extra.get("video")):
        return "video"
    named = str([config.get("dataset_path"), config.get("task")]).lower()
    return "" if any(mark in named for mark in ("video", "audio", "speech")) else "image"


def task_row(name, config):
    return {
        "name": name,
        "modality": modality_of(config),
        "kind": "task",
        "dataset": hub_id(config.get("dataset_path")),
        "config": config.get("dataset_name"),
        "split": config.get("test_split") or config.get("validation_split"),
        "metric": metrics_of(config),
        "judge": judge_of(config),
        "output": config.get("output_type"),
    }


def files(folder):
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if one != "__pycache__")
        for name in sorted(names):
            if name.endswith(".yaml"):
                yield os.path.join(root, name)


def rows():
    """As lmms-eval's index has them: the last file of a name counts, a tag is of its tasks."""
    import importlib.util

    import yaml

    package = os.path.dirname(importlib.util.find_spec("lmms_eval").origin)
    kind, found = loader(), {}
    for path in files(os.path.join(package, "tasks")):
        try:
            config = read(path, kind)
        except (OSError, ValueError, yaml.YAMLError):
            continue
        name, group = config.get("task"), config.get("group")
        if isinstance(name, str):
            row = task_row(name, config) if "class" not in config else {"kind": "task"}
            found[name] = {**row, "name": name}
            for tag in tags(config):
                found.setdefault(tag, {"name": tag, "kind": "tag"})
        elif isinstance(group, str) and isinstance(name, list):
            found[group] = {"name": group, "kind": "group"}
    return found.values()


def tags(config):
    for key in ("tag", "group"):
        listed = config.get(key) or []
        for one in [listed] if isinstance(listed, str) else listed:
            if isinstance(one, str):
                yield one


def models():
    from lmms_eval import models as known

    for name in known.list_available_models():
        manifest = known.get_model_manifest(name)
        where = manifest.chat_class_path or manifest.simple_class_path
        yield {"name": name, "class": where}


if __name__ == "__main__":
    folder = target()
    write_benchmarks(folder, rows(), ("output",))
    write_models(folder, models())
