"""`bench export --to every-eval-ever`: held against the schemas of that project (MIT, 0.3.0)."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bench import uv
from tests.cli.said import Cli, Said
from tests.exporters.run_of_ours import HARD, JOB, run_folder

WHEEL = "every-eval-ever==0.3.0"
NEEDED = ("pydantic==2.12.5", "rich==14.3.3", "jsonschema==4.26.0", "requests==2.32.5")
VALIDATE = "import sys; from every_eval_ever.validator.validate import main; sys.exit(main())"
CLEAN, WRONG, WARNED = range(3)  # its exit codes
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
    found = aggregate(out, "DocVQA")
    native = found["evaluation_results"][0]["metric_config"]
    assert (native["metric_id"], native["max_score"]) == ("native.Overall", 100)
    assert "detailed_evaluation_results" not in found  # that job has no records


def test_samples_point_to_the_number_that_they_make(out: Path) -> None:
    found = aggregate(out)
    told = found["detailed_evaluation_results"]
    content = (out / told["file_path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == told["checksum"]
    rows = [checked("every_eval_ever_samples", line) for line in content.decode().splitlines()]
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


def test_a_model_of_an_unknown_maker_is_asked_for(cli: Cli, tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run")
    done = export(cli, run)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: nobody says who made m\n")
    assert "--model-id m=DEVELOPER/NAME; unknown/NAME where it is to stay unknown" in done.err
    assert not (tmp_path / "out").exists()
    left = export(cli, run, "--model-id", "unknown/m")
    assert left.code == 0
    assert f"the maker of {JOB}'s model is unknown" in left.err
    assert aggregate(tmp_path / "out", model="unknown/m")["model_info"]["id"] == "unknown/m"
    named = export(cli, run, "--model-id", "m=maker/big")
    assert (named.code, named.err) == (0, "")
    assert aggregate(tmp_path / "out", model="maker/big")["model_info"]["developer"] == "maker"


@pytest.mark.parametrize(
    ("given", "said"),
    [("big", "'big' is not DEVELOPER/NAME"), ("x=a/b", "the run has no model 'x'")],
    ids=["no-developer", "no-model"],
)
def test_a_wrong_model_id_is_refused(cli: Cli, tmp_path: Path, given: str, said: str) -> None:
    done = export(cli, run_folder(tmp_path / "run"), "--model-id", given)
    assert (done.code, said in done.err) == (2, True), done.err


@pytest.mark.harness
def test_the_project_s_own_validator_has_no_error_and_no_warning(
    cli: Cli, out: Path, tmp_path: Path
) -> None:
    """Its package asks for Python 3.12, its validator does not: the wheel is put beside the four
    packages that the validator imports. A maker who stays unknown is the one warning.
    """
    python = tmp_path / "venv" / "bin" / "python"
    uv.create(Path(sys.executable), tmp_path / "venv", log=tmp_path / "uv.log", say=lambda _: None)
    install = [uv.program(), "pip", "install", "--quiet", "--python", str(python)]
    environ = uv.variables(os.environ)
    for what in (NEEDED, ("--no-deps", "--python-version", "3.12", WHEEL)):
        subprocess.run([*install, *what], check=True, env=environ, timeout=600)

    def validated(code: int, *paths: Path) -> list[Any]:
        command = [str(python), "-c", VALIDATE, "--format", "json", *map(str, paths)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=out)
        assert done.returncode == code, done.stderr
        found: list[Any] = json.loads(done.stdout)
        return found

    files = [path.relative_to(out) for path in out.rglob("*.json*")]
    found = validated(CLEAN, *files)
    assert len(found) == len(files) == 3
    assert [one for one in found if one["errors"] or one["warnings"] or not one["valid"]] == []
    export(cli, tmp_path / "run", "--model-id", "unknown/m")
    left = [path.relative_to(out) for path in out.glob("data/*/unknown/*/*.json")]
    unknown = validated(WARNED, *left)
    assert [one["valid"] for one in unknown] == [True, True]
    assert all("developer must be known" in one["warnings"][0]["msg"] for one in unknown)
    spoiled = out / files[0].with_suffix(".json")
    spoiled.write_text(spoiled.read_text().replace('"model_info"', '"model"', 1))
    assert [one["valid"] for one in validated(WRONG, spoiled.relative_to(out))] == [False]
