"""What bench_data writes, loaded by the harnesses' own packages and readers."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.local_data.adding import write_named
from tests.local_data.made import (
    DOCVQA,
    arc_copy,
    docvqa_copy,
    docvqa_rows,
    kmmlu_copy,
    kmmlu_rows,
    kmmlu_shape,
)

pytestmark = pytest.mark.harness

HERE = Path(__file__).resolve().parent
SDK = HERE.parents[1] / "adapters" / "_sdk"
ENVIRONMENTS = ("lm_eval", "lmms_eval", "evalscope", "vlmevalkit")
Asked = Callable[..., Any]


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    """Run a verb of loaded_data.py in an environment, in a folder, without a hub."""

    def ask(python: Path, *arguments: object, folder: Path = tmp_path) -> Any:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "HF_HUB_OFFLINE": "1",
            "HF_HOME": str(tmp_path / "hf"),
            "LMUData": str(tmp_path),
            "BENCH_SDK": str(SDK),
        }
        done = subprocess.run(
            [python, "-P", HERE / "loaded_data.py", *map(str, arguments)],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(base64.b64decode(done.stdout.splitlines()[-1]))

    return ask


@pytest.fixture(params=ENVIRONMENTS)
def python(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(f"{request.param}_python")
    return found


def test_a_hub_s_folder(python: Path, tmp_path: Path, asked: Asked) -> None:
    """The official features, the same texts, the same bytes of each image; written once."""
    copy = docvqa_copy(tmp_path / "copy")
    folder, again, kept = asked(python, "write", copy.folder, tmp_path / "hub", "hub")
    assert folder == again == str(tmp_path / "hub" / "lmms-lab" / "DocVQA")
    assert kept
    read = asked(python, "load", folder, "DocVQA")
    assert list(read) == ["validation"]
    assert read["validation"]["rows"] == [
        row | {"image": hashlib.sha256(row["image"]["bytes"]).hexdigest()} for row in docvqa_rows()
    ]
    features = read["validation"]["features"]
    assert features["image"] == "Image(mode=None, decode=True)"
    assert features["answers"] == "List(Value('string'))"
    assert features["docId"] == "Value('int64')"


def test_under_the_hub_s_name_and_another_config(
    lm_eval_python: Path, tmp_path: Path, asked: Asked
) -> None:
    copy = docvqa_copy(tmp_path / "copy")
    asked(lm_eval_python, "write", copy.folder, tmp_path / "hub", "hub", "renamed")
    read = asked(lm_eval_python, "load", "lmms-lab/DocVQA", "renamed", folder=tmp_path / "hub")
    assert [row["questionId"] for row in read["validation"]["rows"]] == [
        row["questionId"] for row in docvqa_rows()
    ]


def test_lm_eval_s_own_task_of_a_subject(
    lm_eval_python: Path, tmp_path: Path, asked: Asked
) -> None:
    copy = kmmlu_copy(tmp_path / "copy", ("Agricultural-Sciences", "Biology"))
    asked(lm_eval_python, "write", copy.folder, tmp_path / "hub", "hub")
    read = asked(lm_eval_python, "task", "kmmlu_agricultural_sciences", folder=tmp_path / "hub")
    assert read["rows"] == kmmlu_rows("Agricultural-Sciences")
    assert read["targets"] == [0, 1, 2, 3]


def test_records(lmms_eval_python: Path, shared_data: Path, tmp_path: Path, asked: Asked) -> None:
    source = shared_data / "text" / "arc_challenge_test.jsonl"
    copy = arc_copy(tmp_path / "copy", source, rows=20)
    folder, *_ = asked(lmms_eval_python, "write", copy.folder, tmp_path / "hub", "hub")
    read = asked(lmms_eval_python, "load", folder, "ARC-Challenge")["test"]
    with source.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for _, line in zip(range(20), lines, strict=False)]
    assert read["rows"] == [{key: row[key] for key in read["features"]} for row in rows]
    assert (
        read["features"]["choices"]
        == "{'text': List(Value('string')), 'label': List(Value('string'))}"
    )


def test_vlmevalkit_s_own_reader(vlmevalkit_python: Path, tmp_path: Path, asked: Asked) -> None:
    copy = docvqa_copy(tmp_path / "copy")
    asked(vlmevalkit_python, "write", copy.folder, tmp_path / "DocVQA_VAL.tsv", "tsv")
    read = asked(vlmevalkit_python, "vlmeval", "DocVQA_VAL")
    for found, row in zip(read, docvqa_rows(), strict=True):
        assert found["index"] == row["questionId"]
        assert found["question"] == row["question"]
        assert ast.literal_eval(found["answer"]) == row["answers"]
        assert found["images"] == [hashlib.sha256(row["image"]["bytes"]).hexdigest()]


@pytest.mark.parametrize("name", ["docvqa", "kmmlu"])
def test_what_datasets_saved_makes_the_same_copy(
    name: str,
    lmms_eval_python: Path,
    tmp_path: Path,
    asked: Asked,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "copies"))
    folder = tmp_path / "copy"
    copy = docvqa_copy(folder) if name == "docvqa" else kmmlu_copy(folder)
    shape = DOCVQA if name == "docvqa" else kmmlu_shape()
    asked(lmms_eval_python, "save", copy.folder, tmp_path / "saved")
    for source in (tmp_path / "saved", tmp_path / "saved-hub"):
        added = write_named(name, source, shape, replace=True)
        assert added.content_sha256 == copy.content_sha256
