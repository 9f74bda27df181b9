"""`bench task import NAME` at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from bench.cli import task_import
from bench.importers import BENCHMARKS
from tests.cli.said import Cli
from tests.importers import published


def test_every_benchmark_has_its_command() -> None:
    commands = task_import.import_command.commands
    assert set(BENCHMARKS) <= set(commands)
    assert {name: splits for name, (_, splits) in task_import.BENCHMARKS.items()} == {
        name: one.splits for name, one in BENCHMARKS.items()
    }


def test_an_import_says_what_it_made_and_how_to_run_it(cli: Cli, tmp_path: Path) -> None:
    source, out = published.ocrbench(tmp_path / "source"), tmp_path / "task"
    said = cli("task", "import", "ocrbench", "--from", str(source), "--out", str(out))
    assert said.code == 0
    assert f"ocrbench:text: 3 samples in {out}" in said.out
    assert f"ocrbench:formulas: 1 sample in {out}" in said.out
    assert f"--task {out}:formulas" in said.out
    assert cli("task", "validate", str(out)).code == 0


def test_many_rows_are_counted_on_standard_error(cli: Cli, tmp_path: Path) -> None:
    rows = [
        {"imgname": "7.png", "query": f"Question {number}?", "label": "1"} for number in range(1500)
    ]
    source = published.chartqa(tmp_path / "source")
    (source / "ChartQA Dataset/test/test_human.json").write_text(json.dumps(rows))
    said = cli("task", "import", "chartqa", "--from", str(source), "--out", str(tmp_path / "task"))
    assert said.code == 0
    assert said.err.splitlines() == ["  1000 of 1501", "  1501 of 1501"]
    assert len(list((tmp_path / "task" / "images").iterdir())) == 1


def test_an_error_is_two_lines_without_a_traceback(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    out = tmp_path / "task"
    said = cli("task", "import", "funsd", "--from", str(tmp_path / "empty"), "--out", str(out))
    assert said.code == 2
    assert "holds no test split of FUNSD: it holds nothing" in said.err
    assert "Traceback" not in said.err
    assert len(said.err.strip().splitlines()) == 2


def test_a_split_of_another_benchmark_is_refused(cli: Cli, tmp_path: Path) -> None:
    said = cli("task", "import", "funsd", "--from", ".", "--out", "x", "--split", "val")
    assert said.code == 2
    assert "'val' is not one of 'test', 'train'" in said.err
