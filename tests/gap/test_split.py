"""The steps from A's number to B's: each part is computed by hand here."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bench.errors import UsageError
from bench.gap import Samples, Wanted, gaps
from bench.schema import NativeResult
from bench.task import MetricUse
from tests.gap.folders import Folder, Row, gap, job, points, rows

RIGHT, WRONG = Row("yes", "yes"), Row("yes", "no")
CER = (MetricUse(metric="cer"),)
FOUR = Folder(rows([RIGHT, RIGHT, RIGHT, WRONG]))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return FOUR.write(tmp_path / "a")


def said(tmp_path: Path, a: Folder, b: Folder, wanted: Wanted | None = None) -> dict[str, float]:
    found = gap(a.write(tmp_path / "a"), b.write(tmp_path / "b"), wanted)
    assert found.value is not None
    assert sum(one.value for one in found.parts) == pytest.approx(found.value, abs=1e-12)
    return points(found)


def test_the_same_again_has_no_part(base: Path, tmp_path: Path) -> None:
    found = gap(base, FOUR.write(tmp_path / "b"))
    assert (found.a, found.b, found.value) == (0.75, 0.75, 0.0)
    assert all(one.silent for one in found.terms)
    assert found.rest == ()
    assert found.samples == Samples(4, 0, 0, 0, 0, 0, 0, 4, 0)


def test_each_sample_goes_to_what_differs_in_its_own_request(base: Path, tmp_path: Path) -> None:
    other = FOUR.changed(
        s0=replace(WRONG, prompt="Read all of it."),
        s1=replace(WRONG, parameters={"top_p": 0.5}),
        s2=replace(WRONG, image="b" * 64),
        s3=replace(RIGHT, prompt="Read all of it.", image="b" * 64),
    )
    found = gap(base, other.write(tmp_path / "b"))
    assert points(found) == pytest.approx(
        {"prompt": -25, "parameters": -25, "image": -25, "together prompt image": 25}
    )
    assert found.term("prompt").differences == ("prompt: changed",)
    assert (found.term("prompt").samples, found.term("prompt").moved) == (1, 1)
    (rest,) = found.rest
    assert rest.said == "prompt and image together: both differ in the same samples"
    assert found.samples == Samples(4, 0, 0, 0, 0, 3, 1, 0, 0)


def test_another_answer_to_the_same_request_has_no_cause(tmp_path: Path) -> None:
    assert said(tmp_path, FOUR, FOUR.changed(s0=WRONG)) == {"same request": -25}


def test_another_model_is_behind_every_answer(tmp_path: Path) -> None:
    other = replace(FOUR.changed(s0=WRONG, s1=replace(WRONG, prompt="?")), model="m2")
    assert said(tmp_path, FOUR, other) == {"model": -25, "together prompt model": -25}


def test_what_is_not_on_record_is_said_so(tmp_path: Path) -> None:
    other = replace(FOUR.changed(s0=WRONG), recorded=False)
    found = gap(FOUR.write(tmp_path / "a"), other.write(tmp_path / "b"))
    assert points(found) == {"not on record": -25}
    assert found.rest[0].said == "what was asked is not on record in B"


def test_a_ratio_is_split_exactly(tmp_path: Path) -> None:
    """1/4 + 0/2 edits over 6 characters; s1's reference grows to 4; then s0 is mended."""
    a = Folder(rows([Row("abcd", "abcx"), Row("ab", "ab")]), CER)
    b = Folder(rows([Row("abcd", "abcd", prompt="Read well."), Row("abcd", "ab")]), CER)
    found = said(tmp_path, a, b)
    assert found == pytest.approx({"data": 100 * (3 / 8 - 1 / 6), "prompt": 100 * (2 / 8 - 3 / 8)})


def test_samples_leave_and_come_by_their_ids(base: Path, tmp_path: Path) -> None:
    """3/4 without s0 is 2/3; with two that are right 4/5. Their order is another."""
    kept = {name: FOUR.rows[name] for name in ("s3", "s2", "s1")}
    found = gap(base, Folder({"s9": RIGHT, **kept, "s8": RIGHT}).write(tmp_path / "b"))
    assert points(found) == pytest.approx({"data": 5})
    assert found.term("data").moved == 3
    assert found.samples == Samples(5 + 1, 1, 2, 0, 0, 0, 0, 3, 0)


def test_other_samples_altogether_are_data(tmp_path: Path) -> None:
    """Between the two there is no sample, so no number; one cause is behind both steps."""
    assert said(tmp_path, FOUR, Folder({"x": RIGHT})) == {"data": 25}
    assert "no sample has the same id" in gap(tmp_path / "a", tmp_path / "b").notes[0]


def test_a_failure_on_one_side_is_no_answer(tmp_path: Path) -> None:
    """s0 fails in B, s3 in both; the prompt of s0 differs as well, which nobody can tell."""
    a = FOUR.changed(s3=Row("yes", None))
    b = a.changed(s0=Row("yes", None, prompt="?"))
    found = gap(a.write(tmp_path / "a"), b.write(tmp_path / "b"))
    assert points(found) == {"failures": -25}
    assert found.samples == Samples(4, 0, 0, 1, 1, 0, 0, 2, 0)


def test_our_reading_is_swapped_on_the_same_answers(tmp_path: Path) -> None:
    """`Answer: yes` is read as yes by B alone. s1's answer differs besides."""
    a = Folder(rows([Row("yes", "Answer: yes"), Row("yes", "Answer: yes"), RIGHT, RIGHT]))
    b = replace(a.changed(s1=replace(WRONG, prompt="?")), reading="value/1")
    assert said(tmp_path, a, b) == {"extraction": 50, "prompt": -25}


def test_new_references_are_met_by_the_old_reading_first(tmp_path: Path) -> None:
    """`Answer: yes` as it is meets B's reference, and B's reading takes it away again."""
    a = FOUR.changed(s3=Row("yes", "Answer: yes"))
    b = replace(FOUR.changed(s3=Row("Answer: yes", "Answer: yes")), reading="value/1")
    assert said(tmp_path, a, b) == {"data": 25, "extraction": -25}


def test_a_harness_that_makes_another_prediction_of_the_same_text(tmp_path: Path) -> None:
    a = FOUR.changed(s0=Row("yes", "It is yes"))
    b = a.changed(s0=Row("yes", "It is yes", predicts="yes", prompt="?"))
    assert said(tmp_path, a, b) == {"extraction": 25}


def test_the_same_text_is_extraction_whatever_else_the_harnesses_do(tmp_path: Path) -> None:
    """Neither takes texts as they are, so that neither's way is known."""
    a = FOUR.changed(s3=Row("yes", "It is yes", predicts="It"))
    b = FOUR.changed(s3=Row("yes", "It is yes", predicts="yes", prompt="?"))
    assert said(tmp_path, a, b) == {"extraction": 25}


def test_what_only_the_harness_of_a_does_to_texts_is_taken_back_first(tmp_path: Path) -> None:
    """A reads `It is yes` as yes, which B would not have. Nor would it be right after the prompt.

    s3 is mended by the prompt; s1 is right on both sides, which is no news of either.
    """
    a = FOUR.changed(
        s0=Row("yes", "It is yes", predicts="yes"), s1=Row("yes", "It is yes", predicts="yes")
    )
    b = FOUR.changed(
        s0=replace(WRONG, prompt="?"), s1=replace(RIGHT, prompt="?"), s3=replace(RIGHT, prompt="?")
    )
    assert said(tmp_path, a, replace(b, harness=("h2", "1"))) == {"extraction": -25, "prompt": 25}


def test_a_harness_is_told_from_a_prompt_where_one_side_alters_nothing(tmp_path: Path) -> None:
    """B takes what follows `is`. Of B's text A would have made no `yes`, so that much is B's."""
    b = FOUR.changed(
        s3=Row("yes", "It is yes", predicts="yes", prompt="?"),
        s0=Row("yes", "It is no", predicts="no", prompt="?"),
    )
    assert said(tmp_path, FOUR, replace(b, harness=("h2", "1"))) == {
        "extraction": 25,
        "prompt": -25,
    }


def test_two_harnesses_that_both_alter_cannot_be_parted_from_a_prompt(tmp_path: Path) -> None:
    a = FOUR.changed(s3=Row("yes", "no!", predicts="no"))
    b = FOUR.changed(s3=Row("yes", "It is yes", predicts="yes", prompt="?"))
    found = said(tmp_path, a, replace(b, harness=("h2", "1")))
    assert found == {"together extraction prompt": 25}


def test_a_harness_of_one_version_is_the_same_harness(tmp_path: Path) -> None:
    """It alters both texts, and no text shows that it does so otherwise: the answer is another."""
    a = FOUR.changed(s3=Row("yes", "It is no", predicts="no"))
    b = FOUR.changed(s3=Row("yes", "It is yes", predicts="yes", prompt="?"))
    assert said(tmp_path, a, b) == {"prompt": 25}


def test_a_harness_that_alters_alike_is_no_part_of_it(tmp_path: Path) -> None:
    """By another version, but s2 shows that both make the same of the same text."""
    alike = Row("yes", "It is yes", predicts="yes")
    a = FOUR.changed(s2=alike, s3=Row("yes", "It is no", predicts="no"))
    b = FOUR.changed(s2=alike, s3=Row("yes", "It is yes", predicts="yes", prompt="?"))
    assert said(tmp_path, a, replace(b, harness=("h", "2"))) == {"prompt": 25}


def test_another_rule_of_the_same_name_is_the_scorer(tmp_path: Path) -> None:
    """`YES` is right where case is folded. The label is the same, the policy is not."""
    a = Folder(rows([Row("yes", "YES"), RIGHT, WRONG, WRONG]))
    b = replace(a, metrics=(MetricUse(metric="exact_match", case="fold"),))
    assert said(tmp_path, a, b) == {"scorer": 25}


@pytest.mark.parametrize(("older", "part"), [("a", 50), ("b", -50)])
def test_a_number_of_an_older_rule_is_brought_to_the_same(
    tmp_path: Path, older: str, part: float
) -> None:
    """Its report and records have 0.25 where this bench gives 0.75."""
    sides = {name: FOUR.write(tmp_path / name) for name in "ab"}
    report = json.loads((sides[older] / "report.json").read_bytes())
    report["jobs"][0]["results"][0]["value"] = 0.25
    (sides[older] / "report.json").write_text(json.dumps(report))
    found = gap(sides["a"], sides["b"])
    assert points(found) == {"scorer": part}
    assert found.term("scorer").moved == 0  # by the records, which are as they were
    lines = (sides[older] / "records.jsonl").read_text().splitlines()
    changed = [json.loads(line) for line in lines]
    for record in changed[:2]:
        record["scores"]["exact_match"] |= {"value": 0.0, "numerator": 0.0}
    text = "".join(json.dumps(record) + "\n" for record in changed)
    (sides[older] / "records.jsonl").write_text(text)
    found = gap(sides["a"], sides["b"])
    assert (points(found), found.term("scorer").moved) == ({"scorer": part}, 2)


def test_which_metric(tmp_path: Path) -> None:
    exact, cer = MetricUse(metric="exact_match"), MetricUse(metric="cer")
    a = replace(FOUR, metrics=(exact, cer)).write(tmp_path / "a")
    b = replace(FOUR.changed(s0=WRONG), metrics=(cer,)).write(tmp_path / "b")
    found = gap(a, b)
    assert (found.metric, found.higher_is_better) == ("cer", False)
    assert "A's first metric is exact_match, B's is cer" in found.notes[0]
    named = gap(a, b, Wanted("exact_match"))
    assert (named.a, named.b) == (0.75, 0.5)
    assert named.notes == ("B's report has no exact_match: its answers are scored by it here",)
    assert points(gap(a, b, Wanted("wer"))) == {"same request": 25}
    with pytest.raises(UsageError, match="unknown metric 'exact_mach'") as error:
        gap(a, b, Wanted("exact_mach"))
    assert "exact_match" in (error.value.hint or "")


def test_the_harnesses_own_numbers(tmp_path: Path) -> None:
    """A leaves its failure out of 2 and says 100 of 100; B folds case, so YES is right: 2 of 2."""
    folds = MetricUse(metric="exact_match", name="folded", case="fold")
    exact = MetricUse(metric="exact_match")
    a = Folder(
        rows([RIGHT, Row("yes", None)]),
        (exact, folds),
        native=(NativeResult(metric="own", value=100.0, scale=100.0, source="h"),),
        native_rules={"own": "exact_match"},
    )
    b = replace(
        a.changed(s1=Row("yes", "YES")),
        native=(NativeResult(metric="acc", value=0.99, scale=1.0, source="h"),),
        native_rules={"acc": "folded"},
    )
    found = gap(a.write(tmp_path / "a"), b.write(tmp_path / "b"), Wanted(native=True))
    assert (found.a, found.b, found.metric) == (1.0, 0.99, "native own → acc")
    assert [(one.kind, round(one.value, 9)) for one in found.rest] == [
        ("own count", -0.5),
        ("own count", -0.01),
    ]
    assert points(found)["failures"] == 50
    silent = replace(b, native_rules={}).write(tmp_path / "c")
    assert "rule behind acc of B" in (gap(tmp_path / "a", silent, Wanted(native=True)).absent or "")


def test_the_fields_of_an_extraction(tmp_path: Path) -> None:
    """Of s0's two fields B has one more: 2 of 4, then 3 of 4. By field: only `b` moves."""
    right, half, none = '{"a": "1", "b": "2"}', '{"a": "1", "b": "3"}', '{"a": "x", "b": "y"}'
    half_right = Row(right, half)
    exact = (MetricUse(metric="exact_match", of="fields"),)
    a = Folder({"s0": half_right, "s1": half_right}, exact, asks="extraction")
    b = a.changed(s0=Row(right, right, prompt="?"))
    found = gap(a.write(tmp_path / "a"), b.write(tmp_path / "b"), Wanted(level="field"))
    assert (found.a, found.b, points(found)) == (0.5, 0.75, {"prompt": 25})
    assert [(one.group, one.value, one.term("prompt").moved) for one in found.groups] == [
        ("a", 0.0, 0),
        ("b", 0.5, 1),
    ]
    wrong = a.changed(s1=Row(right, none)).write(tmp_path / "c")
    assert points(gap(tmp_path / "a", wrong)) == {"same request": -25}


def test_groups_add_up_too(base: Path, tmp_path: Path) -> None:
    kinds = Folder({name: replace(row, doc_type="bill") for name, row in FOUR.rows.items()})
    other = kinds.changed(s0=Row("yes", "no", doc_type="bill", prompt="?"))
    found = gap(kinds.write(tmp_path / "c"), other.write(tmp_path / "b"), Wanted(level="doc_type"))
    (group,) = found.groups
    assert (group.group, group.a, group.b, group.term("prompt").value) == ("bill", 0.75, 0.5, -0.25)
    left = gap(base, tmp_path / "b", Wanted(level="doc_type")).groups[0]
    assert (left.group, left.a, left.b, left.value) == ("bill", None, 0.5, None)


def test_what_cannot_be_split_says_why(base: Path, tmp_path: Path) -> None:
    found = gap(base / "report.json", base)
    assert found.value is None
    assert "a report alone has none" in (found.absent or "")
    none = replace(FOUR, metrics=()).write(tmp_path / "none")
    assert "bench has no metric of its own here" in (gap(none, none).absent or "")
    (base / "records.jsonl").write_text("{}\n")
    assert "records.jsonl: " in (gap(base, base).absent or "")
    (base / "jobs" / "job" / "described.json").unlink()
    assert "described.json: cannot be read" in (gap(base, base).absent or "")
    assert job(base).job.id == "job"


@pytest.mark.slow
def test_ten_thousand_samples_take_seconds(tmp_path: Path) -> None:
    """Every prompt differs, a third of the answers, and half of the parameters besides."""
    words = [f"line {n} of a page with some words on it" for n in range(10_000)]
    a = Folder(rows([Row(text, text[:-3]) for text in words]), CER)
    b = Folder(
        rows(
            [
                Row(text, text[n % 3 : -3], prompt="Read.", parameters={"top_p": n % 2})
                for n, text in enumerate(words)
            ]
        ),
        CER,
    )
    sides = a.write(tmp_path / "a"), b.write(tmp_path / "b")
    begun = time.process_time()
    _, (found,) = gaps(*sides, Wanted())
    seconds = time.process_time() - begun
    print(f"10,000 samples: {seconds:.1f} s of CPU")
    assert points(found)["together prompt parameters"] > 0
    assert found.samples is not None
    assert found.samples.all == 10_000
    assert seconds < 10
