"""bench score and bench report: back into a run that is there."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from tests.cli.said import Cli
from tests.runs import bench, unruly


@pytest.fixture
def folder(cli: Cli, make_task: Callable[..., Path], tmp_path: Path) -> Path:
    task = make_task([{"references": ["a\rb"]}, {"references": ["1.10"]}])
    return unruly("answers", task=str(task), out=tmp_path / "run").folder


def test_the_table(cli: Cli, folder: Path) -> None:
    said = cli("report", str(folder))
    assert (said.code, said.err) == (0, "")
    assert "2 expected = 2 answered + 0 failed" in said.out


def test_json_is_the_report(cli: Cli, folder: Path) -> None:
    said = cli("report", str(folder), "--format", "json")
    assert json.loads(said.out) == json.loads((folder / "report.json").read_bytes())


def test_md_is_the_page(cli: Cli, folder: Path) -> None:
    assert cli("report", str(folder), "--format", "md").out == (folder / "report.md").read_text()


def test_csv_is_the_answers_byte_for_byte(folder: Path) -> None:
    with bench("report", str(folder), "--format", "csv", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        content = process.stdout.read()
    assert process.returncode == 0
    assert content == (folder / "answers.csv").read_bytes()
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    assert [row["prediction"] for row in rows] == ["a\rb", "1.10"]


def test_the_schema_fits_the_report(cli: Cli, folder: Path) -> None:
    schema = json.loads(cli("report", "--schema").out)
    jsonschema.validate(json.loads((folder / "report.json").read_bytes()), schema)


def test_scoring_makes_a_report_that_was_lost(cli: Cli, folder: Path) -> None:
    before = (folder / "report.json").read_bytes()
    (folder / "report.json").unlink()
    found = cli("report", str(folder))
    assert found.code == 2
    assert f"bench score {folder} makes it anew" in found.err
    assert cli("score", str(folder)).code == 0
    assert (folder / "report.json").read_bytes() == before


def test_scoring_reads_predictions_that_changed(cli: Cli, folder: Path) -> None:
    (file,) = folder.rglob("predictions.jsonl")
    lines = file.read_text().splitlines(keepends=True)
    file.write_text(lines[0])
    said = cli("score", str(folder), "--json")
    (job,) = json.loads(said.out)["jobs"]
    assert (said.code, job["status"], job["counts"]["failed"]) == (1, "failed", 1)
    assert "counts_open" in {error["kind"] for error in job["errors"]}
    assert json.loads((folder / "report.json").read_bytes())["jobs"] == [job]


@pytest.mark.parametrize("command", ["score", "report"])
def test_a_folder_that_is_no_run(cli: Cli, tmp_path: Path, command: str) -> None:
    found = cli(command, str(tmp_path))
    assert found.code == 2
    assert found.err.startswith(f"error: {tmp_path} ")


def test_a_report_of_nothing(cli: Cli) -> None:
    found = cli("report")
    assert found.code == 2
    assert "name the run's folder, or ask for --schema" in found.err


def test_records_that_are_gone_are_no_bug(cli: Cli, folder: Path) -> None:
    (folder / "records.jsonl").unlink()
    found = cli("report", str(folder), "--format", "csv")
    assert found.code == 2
    assert "has no records.jsonl" in found.err
