"""Leaderboards: who is ranked with whom, what the intervals cannot tell, and what is left out."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import pytest

from bench.run_store import index
from bench.run_store.board import Board, boards, left_out
from bench.run_store.board_page import MOST_BYTES, render, write_page
from bench.run_store.board_terminal import spark, ties_note, title
from bench.run_store.choosing import Wanted
from bench.run_store.paired import PairedTests
from bench.schema import HarnessUsed, NativeResult
from tests.recorded import recorded_run
from tests.report import reports
from tests.report.html_pages import HOSTILE
from tests.run_store.made import made_run, made_runs


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def of(root: Path, *, every: bool = False) -> list[Board]:
    return boards(index.runs((root,)), Wanted(), every=every)


def ranks(board: Board) -> dict[str, int | None]:
    return {row.model: row.rank for row in board.rows}


def test_the_rank_is_one_more_than_those_that_are_better_beyond_doubt(root: Path) -> None:
    """Half of a difference's interval is the root of the sum of squares: .0707 of two of .05."""
    for model, value in {"a": 0.90, "b": 0.831, "c": 0.828, "d": 0.60}.items():
        made_run(root / model, value, half=0.05, model=model)
    (board,) = of(root)
    assert ranks(board) == {"a": 1, "b": 1, "c": 2, "d": 4}
    assert [row.tied for row in board.rows] == [True, True, False, False]
    assert "the 2 on rank 1 cannot be told apart" in str(ties_note(board))


def test_where_less_is_better_the_order_turns(root: Path) -> None:
    for model, value in {"a": 0.9, "b": 0.1}.items():
        result = reports.result("cer", value=value, interval=None)
        made_run(root / model, value, model=model, results=(result,))
    (board,) = of(root)
    assert [row.model for row in board.rows] == ["b", "a"]
    assert ranks(board) == {"b": 1, "a": 1}, "without an interval nothing is told apart"
    assert title(board.key).startswith("tiny:m · cer ↓ · 8 samples")


def test_skewed_intervals_count_on_the_side_that_faces_the_other(root: Path) -> None:
    """.90 has .01 below it and .82 .01 above it, however far the other ends are."""
    wide = {"a": (0.90, 0.89, 0.99), "b": (0.82, 0.60, 0.83)}
    for model, (value, low, high) in wide.items():
        bounds = reports.result().interval
        assert bounds is not None
        bounds = bounds.model_copy(update={"low": low, "high": high})
        keys: dict[str, Any] = {"value": value, "interval": bounds, "higher_is_better": True}
        made_run(root / model, value, model=model, results=(reports.result("anls", **keys),))
    (board,) = of(root)
    assert ranks(board) == {"a": 1, "b": 2}


def test_only_like_is_ranked_with_like(root: Path) -> None:
    made_run(root / "whole", 0.5)
    made_run(root / "limited", 0.9, limit=8)
    task = {"name": "tiny:m", "kind": "document", "version": "2", "content_sha256": "d" * 64}
    report = reports.job().task.model_copy(update=task)
    made_run(root / "changed", 0.9, task="tiny:m")
    (root / "changed" / "report.json").write_text(
        (root / "changed" / "report.json").read_text().replace("c" * 64, str(report.content_sha256))
    )
    found = of(root)
    assert sorted(row.run for board in found for row in board.rows) == [
        "changed",
        "limited",
        "whole",
    ]
    assert len(found) == 3
    assert any("the first 8 only" in title(board.key) for board in found)


def test_a_harness_s_own_numbers_are_held_against_no_other_harness(root: Path) -> None:
    native = NativeResult(metric="acc", value=61.0, scale=100, higher_is_better=True, source="x")
    for name in ("kit", "eval"):
        harness = HarnessUsed(name=name, version="1")
        made_run(root / name, 0.5, harness=harness, results=(), native=(native,))
    first, second = of(root)
    assert {first.key.harness, second.key.harness} == {"kit", "eval"}
    assert len(first.rows) == len(second.rows) == 1
    assert "eval's own acc ↑" in title(first.key)


def test_the_newest_counts_and_the_older_ones_are_its_trend(root: Path) -> None:
    for day, value in enumerate((0.2, 0.6, 0.4)):
        made_run(root / f"r{day}", value, day=day)
    (board,) = of(root)
    (row,) = board.rows
    assert (row.run, row.value) == ("r2", 0.4)
    assert [point.value for point in row.trend] == [0.2, 0.6, 0.4]
    assert spark(row.trend) == "▁█▅"
    (every,) = of(root, every=True)
    assert [row.run for row in every.rows] == ["r1", "r2", "r0"]


def test_a_job_that_is_not_ok_is_shown_and_not_ranked(root: Path) -> None:
    made_run(root / "good", 0.5, model="good")
    made_run(root / "bad", 0.9, model="bad", status="crashed", day=1)
    (board,) = of(root)
    assert ranks(board) == {"good": 1, "bad": None}
    assert [row.why for row in board.rows] == [None, "its job is crashed"]


def test_levels_filters_and_metrics(root: Path) -> None:
    made_run(root / "a", 0.5, model="a", groups=("invoice", "receipt"))
    made_run(root / "b", 0.6, model="b", task="other")
    runs = index.runs((root,))
    found = boards(runs, Wanted(task="tiny:*"), levels=("global", "doc_type"))
    assert [(board.key.level, board.key.group) for board in found] == [
        ("global", "all"),
        ("doc_type", "invoice"),
        ("doc_type", "receipt"),
    ]
    assert boards(runs, Wanted(model="b"), metric="cer") == []
    assert len(boards(runs, Wanted(model="b"), metric="exact_match")) == 1


def test_names_on_the_page_do_nothing(root: Path) -> None:
    for number, text in enumerate(HOSTILE):
        path = made_run(root / f"r{number}", 0.5) / "report.json"
        report = json.loads(path.read_text())
        report["jobs"][0]["model"]["name"] = report["jobs"][0]["task"]["name"] = text
        path.write_text(json.dumps(report))
    found = of(root)
    assert {board.key.task for board in found} == set(HOSTILE)
    page = render(found, "now")
    page.encode()
    (_, bare) = page.split("</head>")
    assert (page.count("<script"), bare.count("</script>")) == (1, 1)
    assert not [mark for mark in ("<img", "<svg onload", "<!--") if mark in bare]
    assert not [sign for sign in "\u202e\u2066\x07\x1b\0\u2028" if sign in page]


def test_what_has_no_row_is_counted(root: Path) -> None:
    made_run(root / "good", 0.5)
    made_run(root / "never asked", 0.5, model="x", results=(), status="failed")
    recorded_run(root / "begun", ())
    runs = index.runs((root,))
    said = left_out(runs, Wanted(), boards(runs, Wanted()))
    assert said == "left out: 1 run without a score, 1 job without such a number"
    assert left_out(runs, Wanted(model="m"), boards(runs, Wanted(model="m"))) is None


@pytest.mark.slow
def test_a_thousand_runs_take_five_seconds_and_five_megabytes(root: Path, tmp_path: Path) -> None:
    made_runs(root, 1000)
    before = resource.getrusage(resource.RUSAGE_SELF)
    found = boards(index.runs((root,)), Wanted(), every=True, tests=PairedTests())
    write_page(tmp_path / "board.html", found)
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 5.0
    assert (tmp_path / "board.html").stat().st_size < MOST_BYTES
