"""One benchmark, one local copy, the same answers: the numbers of three harnesses in one report.

They differ, and by nothing but their rules: each is what its rule gives on any job's answers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.benchmarks import benchmarks
from bench.metrics import METRICS, Policy
from tests.endpoint import Reply, endpoint
from tests.local_data.made import DOCVQA, docvqa_rows, write_made

pytestmark = [pytest.mark.harness, pytest.mark.timeout(900)]
HARNESSES = ("vlmevalkit", "lmms-eval", "evalscope")
ROOT = Path(__file__).parents[2]
# The right answers of a question, and what the model says to it.
ASKED = {
    "exactly half of it?": (["abcd"], "abXY"),
    "with more blanks?": (["Grand  total"], " grand total   "),
    "a letter of two?": (["Straße"], "STRASSE"),
    "in upper case?": (["Invoice"], "INVOICE"),
    "after a sentence?": (["42 EUR"], "The sum is stated.\nANSWER: 42 EUR"),
    "before a sentence?": (["7 May"], "7 May\nIt stands in the first line."),
    "a marked answer?": (["007", "7"], "Answer: **007**"),
    "a number?": (["12.50"], "12.50"),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one `bench eval` with three backends."""
    home = tmp_path_factory.mktemp("side-by-side")
    rows = docvqa_rows(len(ASKED))
    for row, (question, (references, _)) in zip(rows, ASKED.items(), strict=True):
        row |= {"question": question, "answers": references}
    write_made(home / "data/docvqa-val", "docvqa-val", DOCVQA, {("DocVQA", "validation"): rows})

    def script(prompt: str, _number: int) -> Reply:
        (said,) = (answer for question, (_, answer) in ASKED.items() if question in prompt)
        return Reply(said)

    with endpoint(script) as served:
        model = {"name": "scripted", "base_url": served.url}
        (home / "scripted.json").write_text(json.dumps(model))
        argv = [sys.executable, "-m", "bench", "eval", "--backend", ",".join(HARNESSES)]
        argv += ["--task", "docvqa-val", "--model", "scripted.json"]
        environment = os.environ | {"BENCH_DATA": str(home / "data"), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            argv, cwd=home, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(served.asked) == len(HARNESSES) * len(ASKED)
    (folder,) = (home / "runs").iterdir()
    return folder


def jobs(run: Path) -> dict[str, dict[str, Any]]:
    report = json.loads((run / "report.json").read_text("utf-8"))
    return {one["harness"]["name"]: one for one in report["jobs"]}


def headline(job: dict[str, Any]) -> dict[str, Any]:
    (found,) = (one for one in job["native"] if (one["metric"], one["group"]) == ("anls", None))
    assert isinstance(found, dict)
    return found


def answers(run: Path, harness: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """What was said to each sample and what is right, as the run's records hold them."""
    with (run / "records.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return {
        row["id"]: (row["prediction"], tuple(row["references"]))
        for row in rows
        if row["job"] == f"{harness}--scripted--docvqa-val"
    }


def by_rule(rule: str, said: dict[str, tuple[str, tuple[str, ...]]]) -> float:
    found = [METRICS[rule].measure(*one, Policy()).value for one in said.values()]
    assert len(found) == len(ASKED)
    return sum(one for one in found if one is not None) / len(found)


def test_the_same_answers_are_kept_of_each(run: Path) -> None:
    first, *others = (answers(run, name) for name in HARNESSES)
    assert sorted(first.values()) == sorted(
        (said, tuple(references)) for references, said in ASKED.values()
    )
    assert others == [first, first]


@pytest.mark.parametrize("harness", HARNESSES)
def test_a_harness_number_is_what_its_rule_gives(run: Path, harness: str) -> None:
    native = headline(jobs(run)[harness])
    home = benchmarks()["docvqa-val"].homes[harness]
    assert home.rule is not None
    assert (native["rule"], native["agrees"]) == (home.rule, True)
    assert native["by_rule"] == pytest.approx(native["value"], abs=1e-4 * native["scale"])
    assert native["n"] == len(ASKED)
    assert native["interval"] is not None
    # On any job's answers: the rule is all that differs.
    for other in HARNESSES:
        value = by_rule(home.rule, answers(run, other)) * native["scale"]
        assert value == pytest.approx(native["value"], abs=1e-4 * native["scale"])


def test_the_numbers_differ_where_the_rules_do(run: Path) -> None:
    found = {name: headline(one) for name, one in jobs(run).items()}
    values = {name: one["value"] / one["scale"] for name, one in found.items()}
    assert values["vlmevalkit"] == pytest.approx(values["lmms-eval"], abs=1e-4)
    # EvalScope reads what stands behind ANSWER:, the two others the whole answer: two questions.
    marked = [question for question, (_, said) in ASKED.items() if "answer:" in said.lower()]
    assert values["evalscope"] - values["vlmevalkit"] == pytest.approx(len(marked) / len(ASKED))
    # All three keep an answer that is exactly half right, which the published rule does not.
    published = by_rule("anls", answers(run, "vlmevalkit"))
    assert values["vlmevalkit"] - published == pytest.approx(0.5 / len(ASKED))


def test_the_report_shows_each_beside_its_rule(run: Path) -> None:
    text = (run / "report.md").read_text("utf-8").replace("\\", "")
    for one in map(headline, jobs(run).values()):
        assert f"{one['rule']} {one['by_rule']:.6g} =" in text


def test_one_table_explains_the_difference_by_the_rule(run: Path) -> None:
    """As docs/benchmarks.md shows it."""
    lines = (run / "report.md").read_text("utf-8").replace("\\", "").splitlines()
    first = lines.index("|  | vlmevalkit | lmms-eval | evalscope |")
    assert [line for line in lines[first + 2 : first + 12] if "95 %" not in line] == [
        "| its own anls | 52.6786 of 100 | 0.526786 | 0.776786 |",
        "| as a share | 0.5268 | 0.5268 | 0.7768 |",
        "| samples | 8 | 8 | 8 |",
        "| by anls | 0.4643 | 0.4643 | 0.4643 |",
        "| by anls_vlmevalkit | 0.5268 = | 0.5268 = | 0.5268 |",
        "| by anls_evalscope_answer | 0.7768 | 0.7768 | 0.7768 = |",
        "| above vlmevalkit |  | 0 | +0.2500 |",
        "| · by its rule |  | 0 | +0.2500 |",
        "| · by its answers |  | 0 | 0 |",
    ]
