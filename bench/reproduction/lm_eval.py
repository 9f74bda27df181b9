"""What lm-eval's own results file says of how a number was made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench import jsonl

CHOICES = "log-likelihood of each choice"
VARIANTS = {"acc": "log-likelihood", "acc_norm": "log-likelihood over length in characters"}


def protocol(job: Path) -> dict[str, Any]:
    """Keys of a Protocol; none where the file is not there, or is of several tasks."""
    paths = sorted((job / "raw" / "lm_eval").glob("results_*.json"))
    if len(paths) != 1:
        return {}
    try:
        said = json.loads(paths[0].read_bytes())
        (name,) = said["results"]
        task = said["configs"][name]
        found = {
            "split": task.get("test_split") or task.get("validation_split"),
            "shots": said["n-shot"][name],
            "prompt": task["doc_to_text"],
            "chat_template": said.get("chat_template") is not None,
            "decoding": _decoding(task),
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    if task.get("description"):
        found["prompt"] = f"{task['description']}{found['prompt']}"
    if not _asked_pictures(job):
        found["resolution"] = "none"
    found["judge"] = "none"  # lm-eval asks none
    return {key: value for key, value in found.items() if isinstance(value, str | int)}


def _decoding(task: dict[str, Any]) -> str | None:
    if task["output_type"] == "multiple_choice":
        return CHOICES
    if task["output_type"] != "generate_until":
        return None
    how = task.get("generation_kwargs") or {}
    return "greedy" if not how.get("do_sample") and not how.get("temperature") else "sampled"


def _asked_pictures(job: Path) -> bool:
    """Taken for granted where the run kept no record of what was asked."""
    path = job / "asked.jsonl"
    if not path.is_file():
        return True
    return any(row.get("images") for row in jsonl.read(path))
