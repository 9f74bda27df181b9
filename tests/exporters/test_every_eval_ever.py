"""`bench export --to every-eval-ever`: held against the schemas of that project (MIT, 0.3.0)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.said import Cli, Said
from tests.exporters.run_of_ours import HARD, JOB, run_folder

SCHEMAS = Path(__file__).parent / "schemas"


def export(cli: Cli, run: Path, *options: str) -> Said:
    into = ["--into", str(run.parent / "out")]
    return cli("export", str(run), "--to", "every-eval-ever", *into, *options)


def checked(name: str, text: str) -> Any:
    """Against the project's own JSON Schema, as strictly as it is written."""
    value = json.loads(text)
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    jsonschema.Draft7Validator(schema).validate(value)
    return value


@pytest.fixture
def out(cli: Cli, tmp_path: Path) -> Path:
    run = run_folder(tmp_path / "run", served="maker/small-1")
    done = export(cli, run, "--organisation", "Ours", "--relationship", "third_party")
    assert done.code == 0, done.err
    return tmp_path / "out"


def aggregate(out: Path, task: str = "tiny-m", model: str = "maker/small-1") -> Any:
    (path,) = (out / "data" / task / model).glob("*[0-9a-f].json")
    return checked("every_eval_ever", path.read_text())


def test_numbers_of_all_levels_keep_value_interval_and_direction(out: Path) -> None:
    found = aggregate(out)
    assert found["model_info"]["id"] == "maker/small-1"
    assert found["source_metadata"]["source_organization_name"] == "Ours"
    cer, by_type, exact, judge = found["evaluation_results"]
    assert cer["score_details"]["score"] == 0.25
    assert cer["score_details"]["uncertainty"]["confidence_interval"]["lower"] == 0.1
    assert cer["score_details"]["details"]["failed"] == "2"
    assert cer["metric_config"]["lower_is_better"] is True
    assert (cer["metric_config"]["min_score"], cer["metric_config"]["max_score"]) == (0, "Infinity")
    assert by_type["metric_config"]["additional_details"]["group"] == "invoice [a|b]*"
    assert exact["metric_config"]["lower_is_better"] is False
    assert judge["metric_config"]["metric_id"] == "judge.faithfulness"


def test_a_harness_s_own_numbers_are_marked_as_native(out: Path) -> None:
    found = aggregate(out, "DocVQA", "unknown/m")
    native = found["evaluation_results"][0]["metric_config"]
    assert (native["metric_id"], native["max_score"]) == ("native.Overall", 100)
    assert "detailed_evaluation_results" not in found  # that job has no records


def test_samples_point_to_the_number_that_they_make(out: Path) -> None:
    found = aggregate(out)
    told = found["detailed_evaluation_results"]
    content = (out / told["file_path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == told["checksum"]
    rows = [checked("every_eval_ever_samples", line) for line in content.decode().split("\n")[:-1]]
    assert len(rows) == told["total_rows"] == 4
    ids = {one["evaluation_result_id"]: one for one in found["evaluation_results"]}
    assert {row["evaluation_id"] for row in rows} == {found["evaluation_id"]}
    first, failed, lone, field = rows
    assert first["output"]["raw"] == [HARD]
    assert first["input"]["raw"] == "What is the total?"
    assert (first["evaluation"]["score"], first["evaluation"]["is_correct"]) == (0.5, False)
    assert ids[first["evaluation_result_id"]]["metric_config"]["metric_id"] == "cer"
    assert (failed["output"]["raw"], failed["error"]) == ([], "http: HTTP 500")
    assert lone["output"]["raw"] == ["lone \\ud800"]
    assert (field["evaluation"]["is_correct"], field["metadata"]["part_of"]) == (True, "s1")


def test_the_same_run_gives_the_same_files(cli: Cli, out: Path, tmp_path: Path) -> None:
    def content() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in out.rglob("*") if path.is_file()}

    before = content()
    export(cli, tmp_path / "run", "--organisation", "Ours", "--relationship", "third_party")
    assert content() == before


def test_a_model_of_an_unknown_maker_is_said(cli: Cli, tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run")
    done = export(cli, run)
    assert f"nobody says who made the model of {JOB}: --model-id" in done.err
    assert aggregate(tmp_path / "out", model="unknown/m")["model_info"]["id"] == "unknown/m"
    named = export(cli, run, "--model-id", "maker/big")
    assert named.err == ""
    assert aggregate(tmp_path / "out", model="maker/big")["model_info"]["developer"] == "maker"


@pytest.mark.parametrize(
    ("given", "said"),
    [("big", "'big' is not DEVELOPER/NAME"), ("x=a/b", "the run has no model 'x'")],
    ids=["no-developer", "no-model"],
)
def test_a_wrong_model_id_is_refused(cli: Cli, tmp_path: Path, given: str, said: str) -> None:
    done = export(cli, run_folder(tmp_path / "run"), "--model-id", given)
    assert (done.code, said in done.err) == (2, True), done.err
