"""The registry of rules: our metrics are the settings they are given, and no rule is idle."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from bench.benchmarks.catalogue import benchmarks
from bench.metrics import METRICS
from bench.parity.cases import Case, edge_cases
from bench.parity.choice import STEPS, found_by
from bench.parity.families import FAMILIES, families, of_metrics
from bench.parity.rules import Family, Ours, explanation, same
from tests.conftest import REPOSITORY
from tests.parity.fuzzed import choice_cases, text_cases

EDGES = edge_cases()
ANSWERED = {
    kind: [one for one in some if one.prediction is not None] for kind, some in EDGES.items()
}
TEXT = [one for one in FAMILIES.values() if one.kind == "text"]
MADE = {"text": text_cases(150), "choice": choice_cases(150)}
OURS = [
    pytest.param(family, one, id=f"{family.name}-{one.name}")
    for family in FAMILIES.values()
    for one in family.ours
]


@pytest.mark.parametrize(("family", "metric"), OURS)
def test_a_metric_of_ours_is_its_setting(family: Family, metric: Ours) -> None:
    cases = [*ANSWERED[family.kind], *MADE[family.kind]]
    wrong = [
        one
        for one in cases
        if not same(metric.score(one), family.measure(one, metric.setting).score)
    ]
    assert wrong == []
    assert len({metric.score(one) for one in cases}) > 1


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_a_setting_names_each_switch_and_a_value_of_it(family: Family) -> None:
    switches = {one.name: set(one.values) for one in family.switches}
    for scorer in family.scorers:
        assert list(scorer.setting) == list(switches)
        if family.kind == "text":
            assert all(value in switches[name] for name, value in scorer.setting.items())
    if family.kind == "text":
        used = {(n, v) for one in family.scorers for n, v in one.setting.items()}
        assert used == {(name, value) for name, values in switches.items() for value in values}


@pytest.mark.parametrize("family", TEXT, ids=[one.name for one in TEXT])
def test_each_switch_decides_an_edge_case(family: Family) -> None:
    """Else nobody would see that a harness does it in another way from now on."""
    deciding = Counter[str]()
    for case in ANSWERED["text"]:
        for one, other in combinations(family.scorers, 2):
            found = explanation(family, case, one.setting, other.setting)
            assert found is not None
            deciding.update(found)
    assert set(deciding) == {one.name for one in family.switches}


def test_each_step_reads_a_letter_of_an_edge_case() -> None:
    family = FAMILIES["choice"]
    steps = {
        found_by(case, one.setting).step for case in ANSWERED["choice"] for one in family.scorers
    }
    assert steps == set(STEPS)


def test_the_explanation_is_the_smallest_set() -> None:
    family = FAMILIES["anls"]
    settings = {one.key: one.setting for one in family.scorers}

    def why(a: str, b: str, said: str, *right: str) -> tuple[str, ...] | None:
        case = Case(id="x", references=right, prediction=said)
        return explanation(family, case, settings[a], settings[b])

    assert why("bench:anls", "evalscope:docvqa", "aabb", "aaaa") == ("half",)
    assert why("bench:anls", "evalscope:docvqa", "ANSWER: x", "x") == ("marker",)
    assert why("bench:anls", "evalscope:docvqa", "ANSWER: aabb", "aaaa") == ("half", "marker")
    assert why("bench:anls", "vlmevalkit:docvqa", "ßßcd", "ßßab") == ("length",)
    assert why("vlmevalkit:docvqa", "bench:anls", "ßßcd", "ßßab") == ("length",)
    assert why("bench:anls", "vlmevalkit:docvqa", "total", "total") == ()


def test_claims_are_those_of_the_benchmarks() -> None:
    """What configs/benchmarks.yaml calls the rule of a harness's number is the claim here."""
    said = {
        (harness, home.rule)
        for benchmark in benchmarks().values()
        for harness, home in benchmark.homes.items()
        if home.rule
    }
    claims = {(one.harness, one.claimed_by) for fam in FAMILIES.values() for one in fam.theirs}
    assert said <= claims
    known = {one for _, one in claims if one}
    assert known <= set(METRICS)


def test_families_by_their_names_and_by_metrics() -> None:
    assert [one.name for one in families(["anls", "anls_evalscope", "exact_match"])] == [
        "anls",
        "exact",
    ]
    assert [one.name for one in of_metrics(["cer", "relaxed_accuracy"])] == ["relaxed"]
    assert len(families([])) == len(FAMILIES) == 6


def test_the_page_has_every_rule() -> None:
    page = (REPOSITORY / "docs" / "parity.md").read_text(encoding="utf-8").replace("`", "")
    for family in FAMILIES.values():
        assert f"### {family.title}: {family.name}" in page
        for switch in family.switches if family.kind == "text" else ():
            assert f"| {switch.name}: {switch.about} |" in page
            assert all(f"| {words} |" in page for words in switch.values.values())
        for scorer in family.theirs:
            assert f"| {scorer.key} |" in page
    assert all(f"| {name} | {words} |" in page for name, words in STEPS.items())
