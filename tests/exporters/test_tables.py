"""`bench export --to csv|parquet|markdown`."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest

from tests.cli.said import Cli
from tests.exporters.run_of_ours import HARD, JOB, run_folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_results_have_every_number_with_what_it_is_over(cli: Cli, tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run")
    done = cli("export", str(run), "--to", "csv", "--into", str(tmp_path / "out"))
    assert done.code == 0, done.err
    found = rows(tmp_path / "out" / "results.csv")
    said = [(one["source"], one["metric"], one["level"], one["group"]) for one in found]
    assert said == [
        ("bench", "cer", "global", "all"),
        ("bench", "cer", "doc_type", "invoice [a|b]*"),
        ("bench", "exact_match", "global", "all"),
        ("judge", "faithfulness", "global", "all"),
        ("native", "Overall", "global", "all"),
        ("native", "Split", "group", "val"),
    ]
    cer = found[0]
    assert (cer["value"], cer["value_answered"], cer["failed"]) == ("0.25", "0.125", "2")
    assert (cer["interval_low"], cer["clusters"], cer["range_high"]) == ("0.1", "4", "")
    assert found[1]["interval_low"] == ""
    assert (found[4]["value"], found[4]["range_high"]) == ("61.5", "100.0")


def test_records_keep_each_answer_as_it_came(cli: Cli, tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run")
    cli("export", str(run), "--to", "csv", "--into", str(tmp_path))
    first, failed, lone, field = rows(tmp_path / "records.csv")
    assert first["prediction"] == HARD
    assert (failed["status"], failed["error_kind"], failed["prediction"]) == ("failed", "http", "")
    assert json.loads(failed["tags"]) == ["a", "b"]
    assert lone["prediction"] == "lone \\ud800"
    assert json.loads(lone["references"]) == ["한", "é"]
    assert (field["part_of"], field["score.exact_match"], field["score.cer"]) == ("s1", "1.0", "")


def test_parquet_holds_the_same_with_types(cli: Cli, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    run = run_folder(tmp_path / "run")
    assert cli("export", str(run), "--to", "parquet", "--into", str(tmp_path)).code == 0
    table = pq.read_table(tmp_path / "records.parquet")
    found = table.to_pylist()
    assert [one["id"] for one in found] == ["s1", "s2", "s3", "s1.total"]
    assert found[0]["prediction"] == HARD
    assert (found[0]["tokens"], found[0]["latency_s"], found[0]["score.cer"]) == (7, 0.5, 0.5)
    assert found[1]["prediction"] is None
    assert str(table.schema.field("tokens").type) == "int64"
    results = pq.read_table(tmp_path / "results.parquet").to_pylist()
    assert [one["value"] for one in results] == [0.25, 0.25, 0.5, 0.75, 61.5, 0.5]
    assert results[0]["higher_is_better"] is False


def test_parquet_without_pyarrow_says_what_to_do(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_folder(tmp_path / "run")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = cli("export", str(run), "--to", "parquet", "--into", str(tmp_path))
    assert done.code == 2
    assert "pip install" in done.err
    assert not list(tmp_path.glob("*.parquet*"))


def test_markdown_is_the_report_in_a_file(cli: Cli, tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run")
    done = cli("export", str(run), "--to", "markdown", "--into", str(tmp_path / "new" / "r.md"))
    assert done.code == 0, done.err
    text = (tmp_path / "new" / "r.md").read_text()
    assert text.startswith("# Run 20260101-000000-tiny")
    assert JOB.split("--", maxsplit=1)[0] in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--to", "csv", "--images"], "--images is for --to inspect, not for csv"),
        (["--to", "inspect", "--job", "x"], "--job is for --to breakdown, not for inspect"),
        (["--to", "csv", "--model-id", "a/b"], "--model-id is for --to every-eval-ever"),
    ],
    ids=["images", "job", "model-id"],
)
def test_an_option_of_another_form_is_refused(
    cli: Cli, tmp_path: Path, options: list[str], said: str
) -> None:
    run = run_folder(tmp_path / "run")
    done = cli("export", str(run), "--into", str(tmp_path / "out"), *options)
    assert (done.code, said in done.err) == (2, True), done.err
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_made_is_named(cli: Cli, tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run")
    (tmp_path / "file").write_text("mine")
    done = cli("export", str(run), "--to", "csv", "--into", str(tmp_path / "file"))
    assert done.code == 2
    assert "file/results.csv: cannot be written: " in done.err
    assert (tmp_path / "file").read_text() == "mine"
