"""KMMLU from a local copy through the real HRET, in a namespace without network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.adapter import find_adapter
from bench.environment import build
from tests.adapters.hret_isolated import ANSWERS, RIGHT
from tests.adapters.hret_process import ADAPTER, ROOT, job, kmmlu, run
from tests.adapters.vlmevalkit_stub.process import Finished
from tests.local_data.made import kmmlu_copy

pytestmark = [pytest.mark.harness, pytest.mark.timeout(300)]
ALONE = ("unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


@pytest.fixture(scope="module")
def python() -> Path:
    return build(find_adapter("harness", "hret"), "cpu", print).python


@dataclass(frozen=True)
class Done:
    finished: Finished
    folder: Path
    alone: bool

    @property
    def seen(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "seen.json").read_text())
        return found


@pytest.fixture(scope="module")
def done(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """One job; with a network where no namespace may be made."""
    folder = tmp_path_factory.mktemp("kmmlu")
    tools = shutil.which("unshare") and shutil.which("ip")
    alone = bool(tools) and not subprocess.run([*ALONE, "true"], check=False).returncode
    argv = [*(ALONE if alone else ()), sys.executable, "-m", "tests.adapters.hret_isolated"]
    path = os.pathsep.join([str(ROOT), str(ROOT / "adapters" / "_sdk")])
    environment = os.environ | {"PYTHONPATH": path}
    subprocess.run([*argv, str(python), str(folder)], cwd=ROOT, env=environment, check=True)
    return Done(Finished(folder / "job"), folder, alone)


def test_it_runs_in_a_namespace_without_network(done: Done) -> None:
    if not done.alone:
        pytest.skip("no namespace can be made here (unshare -rn)")
    assert done.finished.result["status"] == "ok", done.finished.log
    assert "Network is unreachable" in (done.folder / "reached.txt").read_text()
    # The adapter tried nothing either: what it refuses is a warning.
    assert "was refused" not in done.finished.warnings()


def test_every_answer_is_kept_to_the_byte_under_its_own_id(done: Done) -> None:
    predictions = done.finished.predictions
    assert set(predictions) == set(ANSWERS) == set(done.seen)
    for sample, answer in ANSWERS.items():
        row = predictions[sample]
        if isinstance(answer, str):
            assert (row["status"], row["prediction"]) == ("answered", answer)
        else:
            assert (row["status"], row["prediction"]) == ("failed", None)
            assert "HTTP 500" in row["error"]
    assert "1 answers are no valid Unicode" in done.finished.warnings()


def test_it_asks_as_hret_asks_and_nothing_more(done: Done) -> None:
    for sample, row in done.finished.asked.items():
        subject, number = sample.split("/")
        sent = done.seen[sample]
        ((text,),) = [message["content"] for message in sent["messages"]]
        assert text == {"type": "text", "text": row["question"]}
        assert row["question"].startswith("다음은 객관식 문제입니다.")
        asked = int(number) + 1
        assert f"질문: {subject} 문제: {asked}와 같은 수는 무엇인가?\nA. " in row["question"]
        assert row["references"] == [f"({'ABCD'[int(number)]})"]
        assert row["group"] == subject.lower().replace("-", "_")
        assert row["doc_id"] == sample
        assert set(sent) == {"headers", "messages", "model", "temperature", "max_tokens"}
    assert set(done.finished.asked) == set(ANSWERS)


def test_hrets_accuracy_is_passed_on_with_its_n_and_its_subjects(done: Done) -> None:
    finished = done.finished
    whole = finished.value("accuracy")
    assert (whole["value"], whole["n"], whole["failed_scored"]) == (5 / 12, 12, 1)
    assert (whole["scale"], whole["higher_is_better"]) == (1.0, True)
    subjects = {one["group"]: one["value"] for one in finished.result["native"] if one["group"]}
    assert subjects == {"accounting": 0.5, "biology": 0.25, "real_estate": 0.5}
    scores = finished.rows("native_scores.jsonl")
    assert {one["id"] for one in scores if one["value"] == 1.0} == RIGHT
    assert {one["id"] for one in scores} == set(ANSWERS)
    assert {one["metric"] for one in scores} == {"accuracy"}


def test_no_key_no_pickle_and_nothing_outside_the_folder(done: Done) -> None:
    for path in (done.folder / "job").rglob("*"):
        assert path.suffix not in {".pkl", ".pickle"}
        assert not path.is_file() or b"not-ours" not in path.read_bytes(), path
    assert not (done.folder / "job" / "cache").exists()
    assert "Authorization" not in done.seen["Biology/0"]["headers"]


def test_collect_gives_the_same_again(done: Done, python: Path) -> None:
    before = done.finished
    spec = json.loads((before.folder / "job.json").read_text())
    again = run(python, before.folder, spec, "collect")
    assert again.result["native"] == before.result["native"]
    assert again.rows("native_scores.jsonl") == before.rows("native_scores.jsonl")


def test_a_limit_is_of_each_subject_and_the_arguments_are_hrets(
    python: Path, tmp_path: Path
) -> None:
    """Partial match takes what only holds the right letter; no endpoint is needed to see n."""
    copy = kmmlu_copy(tmp_path / "copy")
    free = {"evaluation_method_name": "partial_match", "evaluator_params": {"mcqa": False}}
    place = tmp_path / "job"
    place.mkdir()
    spec = job("http://127.0.0.1:9/v1", task=kmmlu(copy.folder), limit=2, harness_args=free)
    done = run(python, place, spec)
    assert done.result["status"] == "ok", done.log
    assert set(done.predictions) == {f"{name}/{n}" for name in copy_subjects() for n in (0, 1)}
    assert {row["status"] for row in done.predictions.values()} == {"failed"}
    whole = done.value("accuracy")
    assert (whole["value"], whole["n"], whole["failed_scored"]) == (0.0, 4, 4)
    said = json.loads((place / "raw" / "result.json").read_text())["info"]
    assert said["evaluation_method_name"] == "partial_match"
    assert said["language_penalize_enabled"] is False


def copy_subjects() -> tuple[str, ...]:
    return ("Accounting", "Biology")


def test_arguments_are_those_of_the_pinned_hret(python: Path) -> None:
    argv = [str(python), "-P", str(ADAPTER / "invocation.py")]
    live = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert live == (ADAPTER / "arguments.tsv").read_text("utf-8")
