"""Run in a harness's environment: VERB ARGUMENT... -> JSON in base64, the last line it prints.

load FOLDER CONFIG       what datasets.load_dataset reads of a folder, or of a name below the
                         working folder
write COPY TARGET ...    what bench_data writes: hub [NEW NAME OF CONFIG] | tsv
save COPY TARGET         the same rows, saved to disk by datasets
vlmeval NAME             the rows of VLMEvalKit's own reader
task NAME                the documents of lm-eval's own task
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, os.environ["BENCH_SDK"])

from bench_data import LocalCopy, hub_folder, write_tsv


def load(path: str, config: str) -> Any:
    datasets = importlib.import_module("datasets")
    read = datasets.load_dataset(path, config)
    return {
        split: {
            "features": {key: repr(kind) for key, kind in table.features.items()},
            "rows": [_plain(row) for row in _undecoded(table)],
        }
        for split, table in read.items()
    }


def write(copy: str, target: str, form: str, *names: str) -> Any:
    read = LocalCopy(copy)
    if form == "tsv":
        return write_tsv(read, target)
    renamed = {read.tables[0].config: names[0]} if names else None
    folder = hub_folder(read, target, configs=renamed)
    stamp = Path(folder, "README.md").stat().st_mtime_ns
    again = hub_folder(read, target, configs=renamed)
    return [folder, again, Path(again, "README.md").stat().st_mtime_ns == stamp]


def save(copy: str, target: str) -> Any:
    datasets = importlib.import_module("datasets")
    folder = hub_folder(LocalCopy(copy), target + "-hub")
    found = datasets.get_dataset_config_names(folder)
    for config in found:
        place = Path(target, config.lower()) if len(found) > 1 else Path(target)
        datasets.load_dataset(folder, config).save_to_disk(str(place))
    return found


def vlmeval(name: str) -> Any:
    ImageVQADataset = importlib.import_module("vlmeval.dataset").ImageVQADataset  # noqa: N806
    ImageVQADataset.DATASET_MD5 = {}
    dataset = ImageVQADataset(name)
    rows = []
    for number in range(len(dataset)):
        line = dataset.data.iloc[number]
        images = [one["value"] for one in dataset.build_prompt(line) if one["type"] == "image"]
        rows.append(
            {
                "index": str(line["index"]),
                "question": line["question"],
                "answer": line["answer"],
                "images": [_digest(Path(one).read_bytes()) for one in images],
            }
        )
    return rows


def task(name: str) -> Any:
    tasks = importlib.import_module("lm_eval.tasks")
    found = tasks.get_task_dict([name], tasks.TaskManager())[name]
    return {
        "rows": [_plain(row) for row in found.test_docs()],
        "targets": [found.doc_to_target(row) for row in found.test_docs()],
    }


def _undecoded(table: Any) -> Any:
    """Images as they are stored, where there are any: decoding them needs another package."""
    datasets = importlib.import_module("datasets")
    for key, kind in table.features.items():
        if isinstance(kind, datasets.Image):
            table = table.cast_column(key, datasets.Image(decode=False))
    return table


def _plain(row: Any) -> Any:
    return {
        key: _digest(one["bytes"]) if isinstance(one, dict) and "bytes" in one else one
        for key, one in row.items()
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    result = globals()[sys.argv[1]](*sys.argv[2:])
    encoded = base64.b64encode(json.dumps(result).encode()).decode()
    print("\n" + encoded)  # a harness prints whatever it likes before it
