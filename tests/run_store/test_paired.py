"""The first rank by pairs of answers: fewer ties than the intervals leave, kept between calls."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from bench.run_store import index
from bench.run_store.board import Board, boards
from bench.run_store.board_terminal import ties_note
from bench.run_store.choosing import Wanted
from bench.run_store.paired import TOP, PairedTests
from bench.schema import ModelUsed, TaskUsed
from tests.cli.said import Cli
from tests.comparison.made import graded, write_run

HASH = "c" * 64


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "root"


def asked(root: Path, shifts: dict[str, float], *, count: int = 60) -> None:
    """Models on the same samples; without intervals, so that these tell nobody apart."""
    for number, (name, shift) in enumerate(shifts.items()):
        ease, noise = random.Random(1), random.Random(number)
        values = [0.3 + 0.5 * ease.random() + 0.1 * noise.random() + shift for _ in range(count)]
        write_run(
            root / name,
            graded(values),
            model=ModelUsed(name=name, engine=None, served_id=name),
            task=TaskUsed(name="tiny:m", kind="document", version="1", content_sha256=HASH),
        )


def of(root: Path, tests: PairedTests | None = None, level: str = "global") -> Board:
    found = boards(index.runs((root,)), Wanted(), levels=(level,), tests=tests)
    return found[0]


def ranks(board: Board) -> dict[str, int | None]:
    return {row.model: row.rank for row in board.rows}


def test_pairs_tell_apart_what_intervals_do_not(root: Path) -> None:
    asked(root, {"top": 0.0, "same": -0.001, "low": -0.05})
    by_intervals, by_pairs = of(root), of(root, PairedTests())
    assert set(ranks(by_intervals).values()) == {1}
    assert "by their intervals; `bench compare`" in str(ties_note(by_intervals))
    assert ranks(by_pairs) == {"top": 1, "same": 1, "low": 2}
    assert by_pairs.by_pairs
    assert ties_note(by_pairs) == "the 2 on rank 1 cannot be told apart by pairs of their answers"
    assert [row.tied for row in by_pairs.rows] == [True, True, False]


def test_a_lone_best_says_by_what(root: Path) -> None:
    asked(root, {"top": 0.0, "low": -0.05})
    board = of(root, PairedTests())
    assert ranks(board) == {"top": 1, "low": 2}
    assert ties_note(board) == "rank 1 is told from the next by pairs of answers"


def test_where_too_many_share_the_rank_nobody_is_tested(root: Path) -> None:
    """Else one that was not tested would stand above a better one that was."""
    asked(root, {f"m{n:02}": -0.02 * n for n in range(TOP + 2)}, count=20)
    board = of(root, PairedTests())
    assert (set(ranks(board).values()), board.by_pairs) == ({1}, False)
    assert "by their intervals" in str(ties_note(board))
    few = boards(index.runs((root,)), Wanted(model="m0*"), tests=PairedTests())[0]
    assert (few.by_pairs, ranks(few)["m00"], ranks(few)["m09"]) == (True, 1, 2)


def test_groups_and_jobs_without_records_stay_by_intervals(root: Path) -> None:
    asked(root, {"top": 0.0, "low": -0.05})
    assert set(ranks(of(root, PairedTests(), "doc_type")).values()) == {1}
    (root / "low" / "records.jsonl").unlink()
    board = of(root, PairedTests())
    assert (set(ranks(board).values()), board.by_pairs) == ({1}, False)


def test_what_was_found_is_kept_until_a_file_changes(root: Path, tmp_path: Path) -> None:
    asked(root, {"top": 0.0, "low": -0.05})
    tests = PairedTests()
    of(root, tests)
    tests.close()
    path = tmp_path / "home" / "run-index" / "pairs.json"
    kept = json.loads(path.read_text())
    (key,) = kept["pairs"]
    assert kept["pairs"][key][0] < 0.05
    kept["pairs"][key] = [0.9, False]
    path.write_text(json.dumps(kept))
    assert ranks(of(root, PairedTests())) == {"top": 1, "low": 1}, "what is kept is believed"
    records = root / "low" / "records.jsonl"
    seen = records.stat()
    os.utime(records, ns=(seen.st_atime_ns, seen.st_mtime_ns + 1))
    assert ranks(of(root, PairedTests())) == {"top": 1, "low": 2}
    path.write_text("[")
    assert ranks(of(root, PairedTests())) == {"top": 1, "low": 2}, "a cut cache is made anew"


def test_the_command_decides_by_pairs(root: Path, cli: Cli) -> None:
    asked(root, {"top": 0.0, "low": -0.05})
    (board,) = json.loads(cli("leaderboard", str(root), "--json").out)
    assert [(row["model"], row["rank"]) for row in board["rows"]] == [("top", 1), ("low", 2)]
    assert board["by_pairs"] is True
