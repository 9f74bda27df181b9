"""bench eval user_config.csv and bench convert, as a user of VLMHyperBench types them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.endpoint import Endpoint
from tests.test_vlmhyperbench import config, model, papers, row, served
from tests.vlmhyperbench_layout import Row

__all__ = ["papers", "served"]  # fixtures


def bench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)


def test_the_first_row_runs_and_the_second_is_one_error(
    tmp_path: Path, papers: list[Row], served: Endpoint
) -> None:
    model(tmp_path, served)
    config(tmp_path, row(metrics="['BLEU', 'CER']"), row(model_name="unknown-one"))
    done = bench(tmp_path, "eval", "user_config.csv")
    assert done.returncode == 2, done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "row-2" / "report.html").is_file()
    assert sorted(path.name for path in (folder / "row-2").glob("*.csv")) == [
        "answers.csv",
        "by_doc_question.csv",
        "by_doc_type.csv",
        "by_id.csv",
        "general.csv",
    ]
    general = (folder / "row-2" / "general.csv").read_text("utf-8-sig").splitlines()
    assert general[0] == "cer_error;n;failed"
    assert general[1].endswith(";16;0")
    errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert errors == ["error: user_config.csv:3: model_name: unknown model 'unknown-one'"]
    assert "note: BLEU is not computed" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "row-3").exists()


@pytest.mark.thorough
def test_rows_take_the_options_of_a_run_but_no_model_or_task(
    tmp_path: Path, papers: list[Row], served: Endpoint
) -> None:
    model(tmp_path, served)
    config(tmp_path, row())
    done = bench(tmp_path, "eval", "user_config.csv", "--limit", "2", "--out", "mine")
    assert done.returncode == 0, done.stderr
    assert len(served.asked) == 2
    assert (tmp_path / "mine" / "row-2" / "report.json").is_file()
    for option in ("--model", "--task"):
        done = bench(tmp_path, "eval", "user_config.csv", option, "x")
        assert done.returncode == 2
        assert f"leave {option} out" in done.stderr


@pytest.mark.thorough
def test_convert_writes_configs_that_run(
    tmp_path: Path, papers: list[Row], served: Endpoint
) -> None:
    model(tmp_path, served)
    config(tmp_path, row(), row(dataset="other"))
    done = bench(tmp_path, "convert", "user_config.csv", "--out", "converted")
    assert done.returncode == 2
    assert done.stdout == "converted/row-2.yaml: papers · served\n"
    assert done.stderr.startswith("error: user_config.csv:3: dataset: no data set 'other'")
    done = bench(tmp_path, "eval", "converted/row-2.yaml", "--limit", "1", "--out", "run")
    assert done.returncode == 0, done.stderr
    again = bench(tmp_path, "convert", "user_config.csv", "--out", "converted")
    assert again.returncode == 2
    assert "is there already and is not empty" in again.stderr


@pytest.mark.parametrize("how", ["convert", "eval"])
def test_nothing_is_left_where_no_row_is_right(tmp_path: Path, papers: list[Row], how: str) -> None:
    config(tmp_path, row())
    options = ["--out", "converted"] if how == "convert" else []
    done = bench(tmp_path, how, "user_config.csv", *options)
    assert done.returncode == 2
    assert "user_config.csv:2: model_name: unknown model 'served'" in done.stderr
    assert not (tmp_path / "converted").exists()
