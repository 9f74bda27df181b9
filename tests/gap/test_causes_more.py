"""Older scorers, other engines and harnesses, groups, imported runs: the same experiments."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench import api
from bench.gap import Gap, split
from bench.gap import Wanted as Sought
from bench.importing import Wanted
from bench.task import MetricUse
from tests.gap.causes import (
    COARSE,
    FIRST,
    FOLDED,
    GUESSER,
    PAIRS,
    PROMPT,
    REFUSED,
    SECOND,
    STRIPS,
    USUAL,
)
from tests.gap.causes_checks import NEAR, Runs, by_an_older_bench, counts, same
from tests.gap.causes_model import SAMPLES, Temper, answer, truth
from tests.gap.causes_runs import Way, job
from tests.gap.causes_sums import Step, Worth, parts, together, value, worths
from tests.importing.made import imported


@pytest.fixture(scope="module")
def runs(bench_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCH_HOME", str(bench_home))
        yield Runs(tmp_path_factory.mktemp("causes"))


def copy(run: Path, to: Path) -> Path:
    return Path(shutil.copytree(run, to))


@pytest.mark.thorough
def test_a_scorer_of_another_version_in_b(runs: Runs, tmp_path: Path) -> None:
    gap = split(job(runs.of(USUAL)), job(by_an_older_bench(runs.of(USUAL), tmp_path)))
    assert gap.b == pytest.approx(value(FOLDED), abs=NEAR)
    same(gap, parts(USUAL, [Step("scorer", FOLDED)]))


@pytest.mark.thorough
def test_a_scorer_of_another_version_beside_another_image(runs: Runs, tmp_path: Path) -> None:
    gap = split(job(by_an_older_bench(runs.of(USUAL), tmp_path)), job(runs.of(COARSE)))
    same(gap, parts(FOLDED, [Step("scorer", USUAL), Step("image", COARSE)]))


@pytest.mark.thorough
def test_an_engine_of_another_version(runs: Runs, tmp_path: Path) -> None:
    """As two runs with an engine leave them: all answers may differ, no request does."""
    other = Way(temper=Temper(luck=7))
    folders = []
    for version, way in (("1.0", USUAL), ("1.1", other)):
        folder = copy(runs.of(way), tmp_path / version)
        (path,) = folder.glob("jobs/*/described.json")
        said = json.loads(path.read_text())
        said["model"] |= {"engine": "toy", "engine_versions": {"engine": version}}
        path.write_text(json.dumps(said))
        api.rescore(folder)
        folders.append(folder)
    a, b = map(job, folders)
    gap = split(a, b)
    same(gap, parts(USUAL, [Step("model", other)]))
    assert {one.kind for one in gap.terms if one.differences} == {"model"}


@pytest.mark.thorough
def test_a_model_of_another_name(runs: Runs) -> None:
    """The address answers to any name: what stands behind it is the model's doing."""
    other = Way(name="m2", temper=Temper(luck=8))
    same(runs.gap(USUAL, other), parts(USUAL, [Step("model", other)]))


@pytest.mark.thorough
def test_failed_on_both_sides_is_no_part(runs: Runs) -> None:
    other = replace(PROMPT, temper=REFUSED.temper)
    gap = runs.gap(REFUSED, other)
    same(gap, parts(REFUSED, [Step("prompt", other)]))
    refused = len(REFUSED.temper.refused)
    assert counts(gap) == {"all": SAMPLES, "failed_twice": refused, "one_cause": SAMPLES - refused}


@pytest.mark.thorough
@pytest.mark.parametrize("metric", ["anls", "anls_vlmevalkit", "exact_match"])
def test_one_metric_on_both_sides(runs: Runs, metric: str) -> None:
    """The runs name other metrics first; the numbers compared are of the one that is asked for."""
    other = replace(PROMPT, metrics=("anls_vlmevalkit", "cer"))
    gap = runs.gap(USUAL, other, metric)
    assert (gap.a, gap.b) == pytest.approx((value(USUAL, metric), value(PROMPT, metric)), abs=NEAR)
    same(gap, parts(USUAL, [Step("prompt", PROMPT)], metric))


@pytest.mark.thorough
def test_the_order_of_the_samples_is_no_cause(runs: Runs) -> None:
    backwards = Way(order=tuple(reversed(range(SAMPLES))), concurrency=1)
    gap = runs.gap(USUAL, backwards)
    same(gap, {})
    assert gap.value == 0


BARE_GUESSER = replace(STRIPS, served="guesser")
SMALL_LETTERS = replace(USUAL, harness="small")
GUESSED = frozenset(
    one for one in range(SAMPLES) if answer(one, GUESSER.seen(one)) != answer(one, USUAL.seen(one))
)
OTHERS = frozenset(range(SAMPLES)) - GUESSED
BY_CHANCE = replace(USUAL, temper=Temper(luck=9))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("a", "steps"),
    [
        pytest.param(STRIPS, [Step("model", BARE_GUESSER)], id="the same on both sides"),
        pytest.param(
            STRIPS,
            [Step("parameters", replace(STRIPS, max_tokens=5))],
            id="the same on both sides, and no answer said twice",
        ),
        pytest.param(
            USUAL,
            [Step("rest: same request", replace(BY_CHANCE, harness="2"))],
            id="another that alters nothing, and chance",
        ),
        pytest.param(STRIPS, [Step("extraction", SMALL_LETTERS)], id="two that alter differently"),
        pytest.param(
            STRIPS,
            [
                Step("extraction", replace(SMALL_LETTERS, served="guesser"), OTHERS),
                Step(
                    together("extraction", "model"),
                    replace(SMALL_LETTERS, served="guesser"),
                    GUESSED,
                ),
            ],
            id="two that alter differently, and another model",
        ),
    ],
)
def test_what_a_harness_does_to_answers(runs: Runs, a: Way, steps: list[Step]) -> None:
    """Only where its way is known, or the model said the same, it is told from the model's part."""
    same(runs.gap(a, steps[-1].way), parts(a, steps))


ASKS_AGAIN = replace(USUAL, harness="asks again")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("part", "other"),
    [
        pytest.param(
            "rest: same request", replace(ASKS_AGAIN, temper=Temper(luck=10)), id="chance"
        ),
        pytest.param("image", replace(ASKS_AGAIN, pictures=COARSE.pictures), id="image"),
    ],
)
def test_what_the_model_said_before_is_no_prompt(runs: Runs, part: str, other: Way) -> None:
    """In a conversation another answer stands in the next request: no cause, but what follows."""
    same(runs.gap(ASKS_AGAIN, other), parts(ASKS_AGAIN, [Step(part, other)]))


@pytest.mark.thorough
def test_references_that_are_not_known_are_data(runs: Runs) -> None:
    """Scores that are not there on one side are no failures and no answers of zero."""
    unknown = replace(PROMPT, unknown=frozenset({0, 3, 8, 21}))
    before = replace(USUAL, unknown=unknown.unknown)
    gap = runs.gap(USUAL, unknown)
    same(gap, parts(USUAL, [Step("data", before), Step("prompt", unknown)]))


@pytest.mark.thorough
def test_no_sample_in_common_is_all_data(runs: Runs) -> None:
    a = replace(USUAL, limit=SAMPLES // 2)
    b = replace(PROMPT, limit=SAMPLES // 2, order=tuple(reversed(range(SAMPLES))))
    gap = runs.gap(a, b)
    same(gap, {"data": Worth(value(b) - value(a), SAMPLES)})


@pytest.mark.thorough
def test_groups_are_split_each_by_itself(runs: Runs) -> None:
    """The prompt differs in the first half alone, the image in the second."""
    both = next(case for case in PAIRS if case.name == "prompt and image on different samples")
    a, b = job(runs.of(USUAL)), job(runs.of(both.end))
    groups = split(a, b, wanted=Sought(level="doc_type")).groups
    assert [one.group for one in groups] == ["half0", "half1"]
    for group, cause, samples in zip(groups, ("prompt", "image"), (FIRST, SECOND), strict=True):
        begin = dict.fromkeys(samples, USUAL)
        asked = worths(begin, [(cause, dict.fromkeys(samples, both.end))])
        same(group, asked)


def answers_of(way: Way, folder: Path) -> Path:
    """A file of answers, as VLMHyperBench leaves it."""
    folder.mkdir()
    lines = ["id;answer;model_answer"]
    lines += [f"s{one};{truth(one)};{answer(one, way.seen(one))}" for one in way.samples]
    (folder / "pages_echo_m_vqa_answers_20260101.csv").write_text("\n".join(lines) + "\n")
    return folder


def imported_run(way: Way, folder: Path) -> Path:
    folder.mkdir()
    source = answers_of(way, folder / "answers")
    imported(source, folder / "run", Wanted(metrics=(MetricUse(metric="cer"),)))
    return folder / "run"


def of_an_import(gap: Gap, way: Way) -> None:
    assert gap.b == pytest.approx(value(way), abs=NEAR)
    same(gap, parts(USUAL, [Step("rest: not on record", way)]))


@pytest.mark.thorough
def test_of_an_imported_run_no_cause_is_on_record(runs: Runs, tmp_path: Path) -> None:
    theirs = imported_run(PROMPT, tmp_path / "theirs")
    of_an_import(split(job(runs.of(USUAL)), job(theirs)), PROMPT)


def test_of_two_imported_runs_neither(tmp_path: Path) -> None:
    one = imported_run(USUAL, tmp_path / "one")
    other = imported_run(PROMPT, tmp_path / "other")
    of_an_import(split(job(one), job(other)), PROMPT)
