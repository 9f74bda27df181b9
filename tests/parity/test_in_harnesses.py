"""Every harness's own scorers in its environment: the rules that we know of them give each score.

The edge cases, and made ones: what a new version scores in another way shows up here.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import resources
from bench.metrics import METRICS, Policy
from bench.parity.calling import with_scorers
from bench.parity.cases import Case, edge_cases
from bench.parity.families import FAMILIES, families
from bench.parity.parity import Answers, parity
from bench.parity.rows import FamilyFound, Parity
from tests.cli.said import Cli
from tests.parity.fuzzed import choice_cases, text_cases
from tests.parity.made_pairs import fuzzed, numbers

pytestmark = pytest.mark.harness
HARNESSES = ("evalscope", "hret", "lm-eval", "lmms-eval", "vlmevalkit")
PAIRS = {"near": fuzzed(500), "number": numbers(500)}


def made() -> Iterator[Case]:
    """Near and far texts, and numbers."""
    for kind, pairs in PAIRS.items():
        for number, pair in enumerate(pairs):
            yield Case.model_validate({"id": f"{kind} {number}", **pair})


@pytest.fixture(scope="module")
def found() -> Parity:
    edges = edge_cases()
    text = (*edges["text"], *text_cases(300), *made())
    choice = (*edges["choice"], *choice_cases(300))
    return parity(Answers("all", {"text": text, "choice": choice}, families([])), HARNESSES, print)


def family(found: Parity, name: str) -> FamilyFound:
    return next(one for one in found.families if one.name == name)


def test_every_harness_answers(found: Parity) -> None:
    assert {one.name for one in found.harnesses} == set(HARNESSES) == set(with_scorers())
    assert all(one.version for one in found.harnesses)
    rows = [row for one in found.families for row in one.rows if row.unit == "harness"]
    assert [row.key for row in rows if row.problem] == []
    assert len(rows) == sum(len(one.theirs) for one in FAMILIES.values()) == 24


@pytest.mark.parametrize("name", FAMILIES)
def test_the_rules_give_every_score(found: Parity, name: str) -> None:
    one = family(found, name)
    assert one.answers > (1400 if FAMILIES[name].kind == "text" else 300)
    assert one.unexplained == ()
    assert one.fair


@pytest.mark.parametrize(
    ("name", "key", "metric"),
    [
        pytest.param("anls", "vlmevalkit:docvqa", "anls_vlmevalkit", id="anls-vlmevalkit"),
        pytest.param("anls", "evalscope:docvqa", "anls_evalscope_answer", id="anls-evalscope"),
        pytest.param(
            "relaxed", "vlmevalkit:chartqa", "relaxed_accuracy_vlmevalkit", id="relaxed-vlmevalkit"
        ),
        pytest.param("exact", "lm-eval:exact_match", "exact_match", id="exact-lm-eval"),
    ],
)
def test_a_metric_is_the_harness_s_own(found: Parity, name: str, key: str, metric: str) -> None:
    """To the last answer; and the answers tell the rule from its neighbours."""
    one = family(found, name)
    row = next(row for row in one.rows if row.key == key)
    assert (row.metric, row.equal, row.departed) == (metric, one.answers, 0)
    assert row.differs[f"bench:{metric}"] == 0
    neighbours = [n for other, n in row.differs.items() if other != f"bench:{metric}"]
    assert sum(n > 20 for n in neighbours) >= len(neighbours) - 1


def test_answers_as_lmms_eval_hands_them_on(found: Parity) -> None:
    """It strips an answer, which its metric, called alone, does not: so do we here."""
    row = next(row for row in family(found, "anls").rows if row.key == "lmms-eval:docvqa")
    assert set(row.departs) == {"thinking", "ends"}
    assert row.departed
    metric = METRICS["anls_vlmevalkit"]
    values = [
        metric.measure(str(pair["prediction"]).strip(), tuple(pair["references"]), Policy()).value  # type: ignore[arg-type]
        for pair in PAIRS["near"]
    ]
    assert sum(value == 0.5 for value in values) > 25


def test_the_battery_of_published_differences(found: Parity) -> None:
    """docs/parity.md has this table; each value was seen before in the projects' own functions."""
    wanted = {
        "same": (1, 1, 1),
        "half-wrong-short": (0.5, 0.5, 0.5),
        "marker-word": (11 / 19, 11 / 19, 1),
        "sentence": (0, 0, 0),
        "one-letter-wrong": (10 / 11, 10 / 11, 10 / 11),
        "nfd": (0.6, 0.6, 0.6),
        "yo": (6 / 7, 6 / 7, 6 / 7),
    }
    cases = {one.id: one for one in edge_cases()["text"]}
    one = FAMILIES["anls"]
    for name, scores in wanted.items():
        given = [one.measure(cases[name], theirs.setting).score for theirs in one.theirs]
        assert given == pytest.approx(scores), name
    assert family(found, "anls").unexplained == ()  # so the harnesses gave these scores as well


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("predictions=[prediction]", "predictions=[prediction.lower()]", id="lower"),
        pytest.param("return best(", "return 0.999999 * best(", id="a-hair"),
    ],
)
def test_a_changed_scorer_is_not_explained(
    before: str, after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    folder = tmp_path / "lm_eval"
    shutil.copytree(resources.folder("adapters") / "harnesses" / "lm_eval", folder)
    script = folder / "scorers.py"
    text = script.read_text(encoding="utf-8")
    assert before in text
    script.write_text(text.replace(before, after), encoding="utf-8")
    monkeypatch.setenv("BENCH_ADAPTERS", str(tmp_path))
    said = cli("parity", "--metric", "exact", "--harness", "lm-eval", "--json")
    assert said.code == 1
    (one,) = json.loads(said.out)["families"]
    left: list[dict[str, Any]] = one["unexplained"]
    assert "lm-eval:exact_match" in {row["scorer"] for row in left}
    monkeypatch.delenv("BENCH_ADAPTERS")
    assert cli("parity", "--metric", "exact", "--harness", "lm-eval", "--json").code == 0


def test_real_answers(shared_data: Path, tmp_path: Path, cli: Cli) -> None:
    source = shared_data / "predictions" / "docvqa_val_1000__qwen2-vl-2b-instruct.json"
    rows = json.loads(source.read_text(encoding="utf-8"))
    path = tmp_path / "pairs.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            pair = {
                "id": str(row["questionId"]),
                "prediction": row["predicted_answer"],
                "references": row["ground_truth"],
            }
            file.write(f"{json.dumps(pair)}\n")
    said = cli("parity", str(path), "--metric", "anls", "--harness", "evalscope", "--json")
    assert said.code == 0
    (one,) = json.loads(said.out)["families"]
    values = {row["key"]: row["value"] for row in one["rows"]}
    assert values["evalscope:docvqa"] == pytest.approx(0.6743, abs=5e-5)
    assert values["bench:anls"] == pytest.approx(0.6683, abs=5e-5)
    assert [[rule["name"] for rule in group["rules"]] for group in one["groups"]] == [
        ["half"],
        ["length"],
    ]
