"""Every benchmark of VLMEvalKit's whose published columns bench knows, from a local copy."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.benchmarks import benchmarks
from tests.adapters.vlmevalkit_copies import CASES, page
from tests.adapters.vlmevalkit_stub.process import ROOT, benchmark, part, run, serving

QUICK = ("hallusionbench", "mmmu-val")


@pytest.fixture
def official(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "adapters" / "_sdk"))
    yield part("official")
    sys.modules.pop("bench_data", None)


def written(official: Any, folder: Path, name: str, kind: str) -> tuple[list[dict[str, str]], Any]:
    copy = CASES[name].copy(folder / "copy", name)
    home = benchmarks()[name].homes["vlmevalkit"].name
    names, left_out = official.write_table(str(copy.folder), str(folder / "t.tsv"), home, kind)
    with (folder / "t.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t")), (names, left_out)


def test_all_benchmarks_of_this_harness_with_known_columns_are_tried() -> None:
    known = {name for name, one in benchmarks().items() if one.data and "vlmevalkit" in one.homes}
    assert known - {"docvqa-val"} == set(CASES)


def test_options_and_right_answers_become_letters(official: Any, tmp_path: Path) -> None:
    rows, _ = written(official, tmp_path, "ai2d", "MCQ")
    assert [(one["A"], one["B"], one["C"]) for one in rows] == [("1.10", "N/A", "third")] * 3
    assert [one["answer"] for one in rows] == ["A", "B", "C"]
    assert "options" not in rows[0]


def test_several_images_stay_in_their_order(official: Any, tmp_path: Path) -> None:
    rows, _ = written(official, tmp_path, "mmmu-val", "MCQ")
    first, second = (one["image_path"] for one in rows)
    paths = part("literals").literal(first)
    assert [Path(one).read_bytes() for one in paths] == [page(1)["bytes"], page(2)["bytes"]]
    assert Path(second).read_bytes() == page(3)["bytes"]
    assert (rows[0]["answer"], rows[1]["answer"]) == ("B", "7")


def test_yes_and_no_are_written_as_vlmevalkit_compares_them(official: Any, tmp_path: Path) -> None:
    rows, (names, _) = written(official, tmp_path, "hallusionbench", "Y/N")
    assert [one["answer"] for one in rows] == ["Yes", "No", "No"]
    assert [one["index"].split("_")[3:] for one in rows] == [
        ["0", "1", "0"],
        ["0", "1", "1"],
        ["0", "2", "0"],
    ]
    assert list(names.values()) == ["0", "1", "2"]


def test_a_question_on_a_video_is_left_out_and_counted(official: Any, tmp_path: Path) -> None:
    rows, (names, left_out) = written(official, tmp_path, "seedbench", "MCQ")
    assert [one["index"] for one in rows] == list(names) == ["0", "2"]
    assert left_out == 1


def test_only_what_is_read_is_written(official: Any, tmp_path: Path) -> None:
    rows, _ = written(official, tmp_path, "infovqa-val", "VQA")
    assert set(rows[0]) == {"index", "question", "answer", "image_path"}


def test_two_rows_with_one_index_are_named(official: Any, tmp_path: Path) -> None:
    case = CASES["hallusionbench"]
    twice = type(case)([*case.rows, case.rows[0]], case.answers, {}, None)
    copy = twice.copy(tmp_path / "copy", "hallusionbench")
    with pytest.raises(ValueError, match="rows 0 and 3 get one index"):
        official.write_table(str(copy.folder), str(tmp_path / "t.tsv"), "HallusionBench", "Y/N")


@pytest.mark.parametrize("cell", ["none", "[1", "7", "__import__('os')"])
def test_options_that_are_no_list_are_named(official: Any, cell: str) -> None:
    with pytest.raises(ValueError, match="row 5: the options are no list"):
        official.finished({"index": "5", "options": cell, "answer": "A"}, "AI2D_TEST", "MCQ")


@pytest.mark.harness
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=() if one in QUICK else pytest.mark.slow, id=one) for one in CASES],
)
def test_vlmevalkit_scores_the_copy(vlmevalkit_python: Path, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    copy = case.copy(tmp_path / "copy", name)
    with (copy.folder / copy.tables[0].file).open(encoding="utf-8") as file:
        assert len(list(file)) == len(case.rows) == len(case.answers)
    home = benchmarks()[name].homes["vlmevalkit"]
    with serving() as endpoint:
        endpoint.answers = dict(zip(case.ids, case.answers, strict=True))
        task = benchmark(home.name, None, copy.folder)
        done = run(vlmevalkit_python, tmp_path / "job", endpoint, task)

    assert done.result["status"] == "ok", done.result["error"]
    for (metric, group), value in case.native.items():
        assert done.value(metric, group)["value"] == pytest.approx(value, abs=1e-9)
    headline = done.value(home.metric)
    assert headline["higher_is_better"] is home.higher_is_better
    assert set(done.asked) == set(endpoint.seen)
    if case.by_sample is None:
        assert not done.scores
        return
    metrics = {metric for _, metric in done.scores}
    (metric,) = metrics
    assert list(done.scores.values()) == pytest.approx(case.by_sample)
    mean = sum(case.by_sample) / len(case.by_sample)
    of_all = done.value(metric)
    assert mean * of_all["scale"] == pytest.approx(of_all["value"])
    assert done.result["data"]["content_sha256"] == copy.content_sha256
