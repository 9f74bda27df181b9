"""bench diff with terms: what a person and a machine are told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.report.gaps import points
from tests.cli.said import Cli
from tests.gap.folders import Folder, Row, rows

RIGHT = Row("yes", "yes", doc_type="bill")
TEN = Folder(rows([RIGHT] * 10))
OTHER = TEN.changed(
    s0=replace(RIGHT, says="no", prompt="Read it. [red]Now."),
    s1=replace(RIGHT, says="no"),
    s2=replace(RIGHT, prompt="Read it. [red]Now."),
    s3=replace(RIGHT, parameters={"top_p": 0.5}),
)


@pytest.fixture
def sides(tmp_path: Path) -> tuple[str, str]:
    return str(TEN.write(tmp_path / "a")), str(OTHER.write(tmp_path / "b"))


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


def test_the_terms_their_sum_and_the_rest_are_told(cli: Cli, sides: tuple[str, str]) -> None:
    said = cli("diff", *sides)
    assert (said.code, said.err) == (1, "")
    lines = [line.split("  ") for line in said.out.splitlines()]
    told = {words[0].strip(): " ".join(words[1:]) for words in lines}
    assert "exact_match ↑  1.0000 → 0.8000  -20.00 points  (95 % " in said.out
    assert "-10.00" in told["prompt"]
    assert "1 of 2" in told["prompt"]
    assert "-10.00" in told["rest"]
    assert "the same request, another answer: chance, or what no request shows" in told["rest"]
    assert told["sum"].strip() == "-20.00"
    assert "no part of it: scorer, data, failures, answer extraction, image, model" in said.out
    assert "10 samples: 3 asked otherwise in one way, 7 asked the same" in said.out
    assert "prompt: text added at the end: “ [red]Now.”" in told["prompt"]
    assert "differs, and moved nothing: parameters" in said.out


def test_by_group(cli: Cli, sides: tuple[str, str]) -> None:
    said = cli("diff", *sides, "--level", "doc_type")
    (line,) = (line for line in said.out.splitlines() if line.startswith(" bill"))
    assert line.split() == ["bill", "1.0000", "0.8000", "-20.00", "-10.00", "-10.00"]


def test_json_has_a_gap_beside_each_job(cli: Cli, sides: tuple[str, str]) -> None:
    (job,) = json.loads(cli("diff", *sides, "--json").out)["jobs"]
    found = job["gap"]
    parts = [one["value"] for one in (*found["terms"], *found["rest"])]
    assert sum(parts) == pytest.approx(found["value"], abs=1e-9)
    assert found["value"] == pytest.approx(-0.2)
    assert [one["kind"] for one in found["rest"]] == ["same request"]
    (bare,) = json.loads(cli("diff", *sides, "--json", "--fingerprint").out)["jobs"]
    assert "gap" not in bare


def test_without_terms_the_numbers_are_told(cli: Cli, sides: tuple[str, str]) -> None:
    bare = cli("diff", *sides, "--fingerprint").out
    assert "exact_match ↑  1.0000 → 0.8000  (-0.2000)" in bare
    assert "points" not in bare
    reports = [f"{side}/report.json" for side in sides]
    alone = cli("diff", *reports)
    assert "exact_match ↑  1.0000 → 0.8000  (-0.2000)" in alone.out
    assert "no terms of a gap: terms are made from the answers in a run's folder" in alone.out
    assert alone.code == 1


def test_one_job_of_a_run(cli: Cli, sides: tuple[str, str]) -> None:
    a, b = (f"{side}:job" for side in sides)
    assert "no gap" in cli("diff", a, sides[0]).out
    assert f"B  {b}" in cli("diff", a, b).out
    said = cli("diff", a, f"{sides[1]}:jab")
    assert (said.code, said.out) == (2, "")
    assert "no job 'jab' in" in said.err
    assert "did you mean 'job'?" in said.err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--level", "fields"), "unknown level 'fields'"),
        (("--metric", "exact"), "unknown metric 'exact'"),
        (("--native", "--level", "field"), "--native has no --level"),
        (("--fingerprint", "--metric", "cer"), "--fingerprint makes no terms"),
        (("--native", "--metric", "x"), "neither harness gives a number 'x'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_is_told(
    cli: Cli, sides: tuple[str, str], flags: tuple[str, ...], message: str
) -> None:
    said = cli("diff", *sides, *flags)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


@pytest.mark.parametrize(
    ("value", "said"), [(-0.00001, "+0.00"), (0.12345, "+12.35"), (-1.0, "-100.00"), (0.0, "+0.00")]
)
def test_points(value: float, said: str) -> None:
    assert points(value) == said
