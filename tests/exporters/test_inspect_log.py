"""`bench export --to inspect`: the log, and what Inspect itself reads from it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bench import uv
from bench.cli import bench
from tests.exporters.run_of_ours import HARD, run_folder

INSPECT = "inspect-ai==0.3.285"
READ = """
import json, sys
from inspect_ai.log import list_eval_logs, read_eval_log
(found,) = list_eval_logs(sys.argv[1])
log = read_eval_log(found)
first, failed, lone = log.samples
(score, *_) = log.results.scores
print(json.dumps({
    "status": log.status, "task": log.eval.task, "model": log.eval.model,
    "metrics": {name: one.value for name, one in score.metrics.items()},
    "ids": [one.id for one in log.samples],
    "answer": first.output.completion, "stop": first.output.stop_reason,
    "question": [part.type for part in first.input[0].content], "target": first.target,
    "scores": {name: one.value for name, one in first.scores.items()},
    "error": failed.error.message, "none": failed.output.completion,
}))
"""


def log_of(folder: Path, *options: str) -> Any:
    run = run_folder(folder / "run")
    into = folder / "logs"
    done = CliRunner().invoke(
        bench, ["export", str(run), "--to", "inspect", "--into", str(into), *options]
    )
    assert done.exit_code == 0, done.output
    (path,) = into.iterdir()
    return json.loads(path.read_bytes())


def test_answers_and_numbers_are_in_the_log(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    first, failed, lone = log["samples"]
    assert first["output"]["choices"][0]["message"]["content"] == HARD
    assert first["output"]["choices"][0]["stop_reason"] == "max_tokens"
    assert first["input"][0]["content"] == "[image page 1.png]\nWhat is the total?"
    assert first["scores"]["exact_match · total"]["value"] == 1.0
    assert (failed["output"]["choices"], failed["error"]["message"]) == ([], "http: HTTP 500")
    assert lone["output"]["choices"][0]["message"]["content"] == "lone \\ud800"
    names = {one["name"]: one["metrics"] for one in log["results"]["scores"]}
    assert names["cer"]["value"]["value"] == 0.25
    assert names["cer"]["value, low"]["value"] == 0.1
    assert names["cer"]["doc_type: invoice [a|b]*"]["metadata"]["n"] == 5
    assert "judge faithfulness" in names
    assert (log["results"]["total_samples"], log["results"]["completed_samples"]) == (3, 2)


def test_pages_are_put_in_where_they_are_asked_for(tmp_path: Path) -> None:
    first, failed, _ = log_of(tmp_path, "--images")["samples"]
    image, text = first["input"][0]["content"]
    assert base64.b64decode(image["image"].partition("base64,")[2]) == b"\x89PNG of s1"
    assert text["text"] == "What is the total?"
    assert [part["type"] for part in failed["input"][0]["content"]] == ["text"]  # the page is gone


@pytest.mark.harness
def test_inspect_reads_what_was_written(tmp_path: Path) -> None:
    log_of(tmp_path, "--images")
    python = tmp_path / "venv" / "bin" / "python"
    uv.create(Path(sys.executable), tmp_path / "venv", log=tmp_path / "uv.log", say=lambda _: None)
    command = [uv.program(), "pip", "install", "--quiet", "--python", str(python), INSPECT]
    subprocess.run(command, check=True, env=uv.variables(os.environ), timeout=600)
    read = subprocess.run(
        [python, "-c", READ, tmp_path / "logs"], check=True, capture_output=True, text=True
    )
    said = json.loads(read.stdout)
    assert said["metrics"]["value"] == 0.25
    assert said["ids"] == ["s1", "s2", "s3"]
    assert (said["answer"], said["stop"]) == (HARD, "max_tokens")
    assert said["question"] == ["image", "text"]
    assert said["scores"] == {"cer": 0.5, "exact_match · total": 1.0}
    assert (said["error"], said["none"]) == ("http: HTTP 500", "")
    assert (said["status"], said["task"], said["model"]) == ("success", "tiny:m", "toy/m")
