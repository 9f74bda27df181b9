"""bench parity from end to end: a made harness under a known name, in an environment of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.said import Cli

ADAPTER = """protocol = 1
name = "lm-eval"
kind = "harness"
summary = "Stands in for lm-eval."
python = "3.11"
flavours = ["cpu"]
"""
SCORERS = """from bench_scoring import Scorer, best, serve


def exact_match():
    def score(references, prediction, _case):
        if prediction == "bang":
            raise ValueError("it broke")
        return best(lambda one: float({test}), references)

    return score


def gone():
    import a_module_that_no_version_has


SCORERS = [
    Scorer("exact_match", "exact", "made.exact_match", exact_match),
    Scorer("gsm8k", "exact", "made.gsm8k", {second}),
]
serve(SCORERS, lambda: {{"harness": "9.9"}})
"""
ROWS: list[dict[str, Any]] = [
    {"id": "1", "prediction": "ITC", "references": ["ITC", "ITC Limited"]},
    {"id": "<b>2</b>", "prediction": "12 of them", "references": "12"},
    {"id": "3", "prediction": None, "references": "x"},
]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the made harness; its scorers.py is written by the test."""
    folder = tmp_path / "adapters" / "lm_eval"
    folder.mkdir(parents=True)
    (folder / "adapter.toml").write_text(ADAPTER)
    (folder / "requirements.lock").write_text("# nothing\n")
    (folder / "run.py").write_text("# no job is run\n")
    monkeypatch.setenv("BENCH_ADAPTERS", str(folder.parent))
    return folder


def pairs(tmp_path: Path, rows: list[dict[str, Any]]) -> str:
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return str(path)


def scorers(folder: Path, test: str = "prediction == one", second: str = "exact_match") -> None:
    (folder / "scorers.py").write_text(SCORERS.format(test=test, second=second))


def exact(cli: Cli, source: str, *more: str) -> dict[str, Any]:
    said = cli("parity", source, "--metric", "exact", "--harness", "lm-eval", "--json", *more)
    found: dict[str, Any] = json.loads(said.out)
    assert said.code == int(not found["ok"])
    return found


def by_key(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in found["families"][0]["rows"]}


def test_a_scorer_that_follows_its_rules(made: Path, tmp_path: Path, cli: Cli) -> None:
    scorers(made)
    page = tmp_path / "page.html"
    found = exact(cli, pairs(tmp_path, ROWS), "--html", str(page))
    assert found["harnesses"][0]["version"] == "9.9"
    (family,) = found["families"]
    assert (family["answers"], family["failed"]) == (2, 1)
    row = by_key(found)["lm-eval:exact_match"]
    assert (row["value"], row["metric"], row["equal"]) == (0.5, "exact_match", 2)
    assert family["none"]["vlmevalkit"] == "left out by --harness"
    text = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;2&lt;/b&gt;" in text
    assert "<b>2" not in text
    assert "https:" not in text
    # gsm8k reads the last number, which the stand-in does not.
    assert {one["scorer"] for one in family["unexplained"]} == {"lm-eval:gsm8k"}


def test_a_changed_scorer_is_found(made: Path, tmp_path: Path, cli: Cli) -> None:
    scorers(made, test="prediction.lower() == one.lower()")
    found = exact(
        cli, pairs(tmp_path, [*ROWS, {"id": "4", "prediction": "itc", "references": "ITC"}])
    )
    left = [one for one in found["families"][0]["unexplained"] if one["scorer"].endswith("match")]
    assert [(one["id"], one["expected"], one["found"]) for one in left] == [("4", 0, 1)]
    assert not found["ok"]


def test_what_a_scorer_raises_is_its_case_s_error(made: Path, tmp_path: Path, cli: Cli) -> None:
    scorers(made)
    bang = {"id": "4", "prediction": "bang", "references": "x"}
    found = exact(cli, pairs(tmp_path, [*ROWS, bang]))
    row = by_key(found)["lm-eval:exact_match"]
    assert (row["scored"], row["raised"], row["value"]) == (2, 1, None)
    errors = {one["error"] for one in found["families"][0]["unexplained"] if one["id"] == "4"}
    assert errors == {"ValueError: it broke"}


def test_a_scorer_that_is_gone_is_a_problem_of_its_own(
    made: Path, tmp_path: Path, cli: Cli
) -> None:
    scorers(made, second="gone")
    found = exact(cli, pairs(tmp_path, ROWS))
    rows = by_key(found)
    assert "a_module_that_no_version_has" in rows["lm-eval:gsm8k"]["problem"]
    assert rows["lm-eval:exact_match"]["value"] == 0.5
    assert not found["ok"]


def test_a_scorers_py_that_cannot_run_is_said(made: Path, tmp_path: Path, cli: Cli) -> None:
    (made / "scorers.py").write_text("raise SystemExit('no such harness')\n")
    source = pairs(tmp_path, ROWS)
    said = cli("parity", source, "--metric", "exact", "--harness", "lm-eval")
    assert said.code == 1
    assert "no such harness" in said.out
    assert "not all scorers could be called: lm-eval:exact_match, lm-eval:gsm8k" in said.out


def test_the_terminal_says_the_rules(made: Path, tmp_path: Path, cli: Cli) -> None:
    scorers(made)
    said = cli("parity", pairs(tmp_path, ROWS), "--metric", "exact", "--harness", "lm-eval")
    assert "Exact match: 2 answers, and 1 where no answer came" in said.out
    assert "exact_match is equal on 2 of 2" in said.out
    assert "hret: left out by --harness" in said.out
    assert "where no answer came (part of no value)" in said.out
    assert "not explained" in said.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["nowhere"], "nowhere: no such file or folder", id="no answers"),
        pytest.param(["--metric", "anl"], "did you mean 'anls'?", id="no family"),
        pytest.param(["--harness", "echo"], "no harness 'echo' has a scorers.py", id="no scorers"),
    ],
)
def test_what_is_wrong_is_one_error(cli: Cli, arguments: list[str], said: str) -> None:
    found = cli("parity", *arguments)
    assert found.code == 2
    assert said in found.err
    assert "Traceback" not in found.err
