"""KMMLU through lm-eval and HRET by `bench` alone, in a namespace without network."""

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
from tests.adapters.kmmlu_isolated import GIVEN, LIMIT, SUBJECTS
from tests.runs import rows
from tests.tiny_models import tiny_model

pytestmark = [pytest.mark.harness, pytest.mark.timeout(900)]
ROOT = Path(__file__).resolve().parents[2]
ALONE = ("unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


@dataclass(frozen=True)
class Done:
    folder: Path
    alone: bool

    @property
    def said(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.folder / "said.json").read_text())
        return found

    def job(self, by: str) -> dict[str, Any]:
        (only,) = json.loads((self.folder / by / "report.json").read_text())["jobs"]
        found: dict[str, Any] = only
        return found

    def records(self, by: str) -> list[dict[str, Any]]:
        return rows(self.folder / by / "records.jsonl")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Both environments are built before; with a network where no namespace may be made."""
    build(find_adapter("harness", "hret"), "cpu", print)
    python = build(find_adapter("harness", "lm-eval"), "cpu", print, weights=True).python
    folder = tmp_path_factory.mktemp("kmmlu")
    tools = shutil.which("unshare") and shutil.which("ip")
    alone = bool(tools) and not subprocess.run([*ALONE, "true"], check=False).returncode
    argv = [*(ALONE if alone else ()), sys.executable, "-m", "tests.adapters.kmmlu_isolated"]
    path = os.pathsep.join([str(ROOT), str(ROOT / "adapters" / "_sdk")])
    environment = os.environ | {"PYTHONPATH": path}
    whole = [*argv, str(tiny_model(python, "llama")), str(folder)]
    subprocess.run(whole, cwd=ROOT, env=environment, check=True)
    return Done(folder, alone)


def test_every_command_ends_well_without_network(done: Done) -> None:
    if not done.alone:
        pytest.skip("no namespace can be made here (unshare -rn)")
    assert (done.folder / "reached.txt").read_text() == "Network is unreachable"
    assert [one["argv"][0] for one in done.said] == ["data", "eval", "export", "eval", "export"]
    # HRET's run has a request that failed: that is said by the code of `bench eval`.
    assert [one["code"] for one in done.said] == [0, 0, 0, 1, 0], done.said


def expected(record: dict[str, Any]) -> str:
    """Right answers go round: A, B, C, D."""
    return "ABCD"[int(record["id"].rpartition("/")[2]) % 4]


def test_lm_eval_has_an_accuracy_of_each_subject_and_of_all_questions(done: Done) -> None:
    records, job = done.records("by-lm-eval"), done.job("by-lm-eval")
    assert job["counts"]["expected"] == job["counts"]["answered"] == LIMIT * len(SUBJECTS)
    hits = {one["id"]: float(one["prediction"] == expected(one)) for one in records}
    native = {one["group"]: one for one in job["native"] if one["metric"] == "acc"}
    assert set(native) == {None, *SUBJECTS}
    for subject in SUBJECTS:
        own = [hits[one["id"]] for one in records if one["doc_type"] == subject]
        assert len(own) == native[subject]["n"] == LIMIT
        assert native[subject]["value"] == pytest.approx(sum(own) / LIMIT)
        assert native[subject]["interval"] is not None
    assert native[None]["value"] == pytest.approx(sum(hits.values()) / len(hits))


def test_hret_counts_the_failed_question_and_keeps_n(done: Done) -> None:
    job = done.job("by-hret")
    assert (job["counts"]["answered"], job["counts"]["failed"]) == (9, 1)
    native = {one["group"]: (one["value"], one["n"], one["failed_scored"]) for one in job["native"]}
    # Of five Korean History questions A is right in the first and the last.
    assert native == {None: (0.7, 10, 1), "accounting": (1.0, 5, 0), "korean_history": (0.4, 5, 1)}
    (failed,) = [one for one in done.records("by-hret") if one["status"] == "failed"]
    assert (failed["id"], failed["prediction"]) == ("Korean-History/1", None)


def test_both_pair_by_id_and_show_a_line_for_each_subject(done: Done) -> None:
    ids = [[one["id"] for one in done.records(by)] for by in ("by-lm-eval", "by-hret")]
    assert sorted(ids[0]) == sorted(ids[1])
    metrics = {"by-lm-eval": "acc", "by-hret": "accuracy"}
    shown = {by: (done.folder / by / "report.md").read_text() for by in metrics}
    terminal = {one["argv"][-1].rpartition("/")[2]: one["out"] for one in done.said}
    for by, metric in metrics.items():
        for one in done.job(by)["native"]:
            group = (one["group"] or "").replace("_", "\\_")
            assert f"| {metric} | {group} | {one['value']:.6g} | " in shown[by]
            assert (one["group"] or metric) in terminal[by]


def test_the_block_of_each_run_is_written_and_the_rest_is_left(done: Done) -> None:
    for by in ("by-lm-eval", "by-hret"):
        native = {one["group"]: one["value"] for one in done.job(by)["native"]}
        text = (done.folder / f"{by}.json").read_text()
        block = json.loads(text)["breakdown"]["benchmark"]
        assert block["kmmlu_accuracy"] == pytest.approx(native.pop(None))
        assert block["kmmlu_subject_accuracy"] == pytest.approx(native)
        assert text.startswith(GIVEN.partition("[1]")[0] + "[1], ")
        assert text.endswith("}}}")
