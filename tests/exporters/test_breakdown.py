"""`bench export --to breakdown`: KMMLU of a run, into a JSON file that others have made."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bench import jsonl, store
from bench.cli import bench
from bench.errors import RunError, SourceError, UsageError
from bench.exporters.breakdown import kmmlu_accuracy, write_breakdown
from bench.schema import HarnessUsed, JobReport, Record, TaskUsed
from tests.report import reports

HRET, LM = "hret--m--kmmlu", "lm-eval--m--kmmlu"
METRIC = {HRET: "accuracy", LM: "acc"}
# Subject, the harness's own score; None: the request failed.
ASKED = (("law", 1.0), ("law", 0.0), ("law", None), ("biology", 1.0))
BLOCK = {
    "kmmlu_accuracy": 0.5,
    "kmmlu_subject_accuracy": {"biology": 1.0, "law": 1 / 3},
}


def job(name: str, **keys: Any) -> JobReport:
    harness = HarnessUsed(name=name.partition("--")[0], version="1")
    task = TaskUsed(name="kmmlu", kind="benchmark", version=None)
    return reports.job(**{"id": name, "harness": harness, "task": task} | keys)


def records(name: str) -> list[Record]:
    return [
        reports.record(f"{group}/{n}", None if score is None else "(A)", job=name, doc_type=group)
        for n, (group, score) in enumerate(ASKED)
    ]


def run(folder: Path, *jobs: JobReport) -> Path:
    for one in jobs:
        place = store.job_folder(folder, one.id)
        place.mkdir(parents=True)
        scores = [
            {"id": f"{group}/{n}", "metric": metric, "value": value}
            for n, (group, score) in enumerate(ASKED)
            # A harness has a score for a failed request too; it is not believed.
            for metric, value in ((METRIC.get(one.id, "other"), 1.0 if score is None else score),)
        ]
        scores += [{"id": one["id"], "metric": "acc_norm", "value": 1.0} for one in scores]
        jsonl.write(place / "native_scores.jsonl", scores)
    kept = [record for one in jobs for record in records(one.id)]
    store.write_report(folder, reports.report(*jobs), kept)
    return folder


@pytest.mark.parametrize("name", [HRET, LM], ids=["hret", "lm-eval"])
def test_the_block_goes_into_a_new_file(tmp_path: Path, name: str) -> None:
    folder = run(tmp_path / "run", reports.job(), job(name))
    into = tmp_path / "new.json"
    done = CliRunner().invoke(
        bench, ["export", str(folder), "--to", "breakdown", "--into", str(into)]
    )
    assert done.exit_code == 0, done.output
    assert json.loads(into.read_text()) == {"breakdown": {"benchmark": BLOCK}}
    assert f"kmmlu_accuracy 0.5000 over 4 questions in 2 subjects, job {name}" in done.stdout
    assert "1 failed requests count as wrong" in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["new.json"]


def test_every_other_key_stays_where_it_is(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", job(HRET))
    into = tmp_path / "summary.json"
    benchmark = {"docvqa": 1, "kmmlu_subject_accuracy": {"old": 1}, "z": None}
    before = {"b": 1, "breakdown": {"speed": {"x": 1}, "benchmark": benchmark}, "a": "\u00e9"}
    into.write_bytes(b"\xef\xbb\xbf" + json.dumps(before, indent=4).encode())
    into.chmod(0o640)
    write_breakdown(kmmlu_accuracy(folder), into)
    benchmark |= {
        "kmmlu_subject_accuracy": BLOCK["kmmlu_subject_accuracy"],
        "kmmlu_accuracy": 0.5,
    }
    wanted = {"b": 1, "breakdown": {"speed": {"x": 1}, "benchmark": benchmark}, "a": "\u00e9"}
    assert into.read_bytes() == b"\xef\xbb\xbf" + json.dumps(wanted, indent=4).encode()
    assert stat.S_IMODE(into.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", job(HRET))
    target = tmp_path / "target.json"
    target.write_text('{"a": 1}')
    link = tmp_path / "link.json"
    link.symlink_to(target)
    write_breakdown(kmmlu_accuracy(folder), link)
    assert link.is_symlink()
    assert json.loads(target.read_text()) == {"a": 1, "breakdown": {"benchmark": BLOCK}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[]", "summary.json:1:1: is no JSON object"),
        (b'{"a": 1,\n}', "summary.json:2:1: is no JSON"),
        (b'{"a":\n "\xff"}', "summary.json:2:3: is not UTF-8"),
        (b'{"breakdown": "x"}', "summary.json:1:15: 'breakdown' holds no object"),
    ],
    ids=["list", "broken", "no utf-8", "a text"],
)
def test_a_file_that_cannot_take_it_is_left_as_it_is(
    tmp_path: Path, content: bytes, said: str
) -> None:
    folder = run(tmp_path / "run", job(HRET))
    into = tmp_path / "summary.json"
    into.write_bytes(content)
    with pytest.raises(SourceError) as error:
        write_breakdown(kmmlu_accuracy(folder), into)
    assert said in error.value.message
    assert into.read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "summary.json"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", job(HRET))
    with pytest.raises(SourceError, match="cannot be written: No such file"):
        write_breakdown(kmmlu_accuracy(folder), tmp_path / "none" / "summary.json")
    with pytest.raises(SourceError, match="cannot be read: Is a directory"):
        write_breakdown(kmmlu_accuracy(folder), tmp_path)


def test_of_several_jobs_one_is_named(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", job(HRET), job(LM))
    with pytest.raises(UsageError, match="2 jobs of KMMLU") as error:
        kmmlu_accuracy(folder)
    assert error.value.hint == f"--job one of: {HRET}, {LM}"
    assert kmmlu_accuracy(folder, LM).job == LM
    with pytest.raises(UsageError, match="no job 'x' of KMMLU"):
        kmmlu_accuracy(folder, "x")


def test_a_run_without_kmmlu_says_so(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", reports.job(), reports.benchmark())
    with pytest.raises(UsageError, match="has no job of KMMLU") as error:
        kmmlu_accuracy(folder)
    assert error.value.exit_code == 2
    with pytest.raises(UsageError, match=r"has no report\.json"):
        kmmlu_accuracy(tmp_path)


def test_a_part_of_kmmlu_is_kmmlu(tmp_path: Path) -> None:
    task = TaskUsed(name="kmmlu:law", kind="benchmark", version=None)
    assert kmmlu_accuracy(run(tmp_path / "run", job(LM, task=task))).value == 0.5


def test_a_job_that_did_not_end_gives_no_number(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", job(HRET, status="crashed"))
    with pytest.raises(RunError, match="is crashed"):
        kmmlu_accuracy(folder)


@pytest.mark.parametrize("value", [None, "NaN"], ids=["none", "not finite"])
def test_an_answer_without_a_judgement_gives_no_number(tmp_path: Path, value: Any) -> None:
    folder = run(tmp_path / "run", job(HRET))
    path = store.job_folder(folder, HRET) / "native_scores.jsonl"
    rows = [one for one in jsonl.read(path) if one["id"] != "law/1"]
    if value:
        rows.append({"id": "law/1", "metric": "accuracy", "value": float(value)})
    jsonl.write(path, rows)
    with pytest.raises(RunError, match="hret gives no accuracy of 1 answers: law/1"):
        kmmlu_accuracy(folder)


def test_the_export_of_one_run_is_the_same_twice(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", job(HRET))
    into = tmp_path / "summary.json"
    write_breakdown(kmmlu_accuracy(folder), into)
    first = into.read_bytes()
    write_breakdown(kmmlu_accuracy(folder), into)
    assert into.read_bytes() == first
    assert stat.S_IMODE(into.stat().st_mode) == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
