"""Which answers two jobs have in common: by sample and field, byte for byte, no failed one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import store
from bench.agreement import agreement
from bench.schema import Agreement, JobReport, Record, TaskUsed
from tests.endpoint import Reply, endpoint
from tests.report import reports
from tests.runs import run, use_fakes, write_model


def job(name: str, *, model: str = "m", served_id: str | None = "m", task: str = "t") -> JobReport:
    made = reports.job(id=name, task=TaskUsed(name=task, kind="document", version="1"))
    used = made.model.model_copy(update={"name": model, "served_id": served_id})
    return made.model_copy(update={"model": used})


def said(name: str, *answers: str | None, field: str | None = None) -> list[Record]:
    """The answers of one job to s0, s1, ...; None failed."""
    return [
        reports.record(f"s{number}", answer, job=name, field=field)
        for number, answer in enumerate(answers)
    ]


def pair(*jobs: JobReport, records: list[Record]) -> tuple[int, int]:
    (only,) = agreement(jobs, records)
    return only.same, only.of


ONE, OTHER = job("one"), job("other")


def test_the_row_names_the_task_and_both_jobs() -> None:
    records = [*said("one", "a", "b", "c"), *said("other", "a", "b", "x")]
    assert agreement([ONE, OTHER], records) == (
        Agreement(task="t", jobs=("one", "other"), same=2, of=3),
    )


def test_a_space_and_a_letters_case_and_a_kind_of_e_are_differences() -> None:
    records = said("one", "a", "b", "c", "\u00e9", "", "\ud800")
    records += said("other", "a ", "B", "c\n", "e\u0301", " ", "\ud800")
    assert pair(ONE, OTHER, records=records) == (1, 6)


def test_fields_of_an_answer_are_no_answers() -> None:
    records = [*said("one", "a"), *said("other", "b")]
    fields = [one.model_copy(update={"id": "s0#x", "part_of": "s0"}) for one in records]
    assert pair(ONE, OTHER, records=records + fields) == (0, 1)


def test_a_failed_one_is_never_the_same() -> None:
    records = [*said("one", None, None, "c", ""), *said("other", None, "b", None, "")]
    assert pair(ONE, OTHER, records=records) == (1, 4)


def test_a_failed_record_that_still_has_a_text_is_not_the_same() -> None:
    texts = reports.record("s1", "x", job="other", status="failed")
    records = [*said("one", "a", "x"), *said("other", "a"), texts]
    assert pair(ONE, OTHER, records=records) == (1, 2)


def test_pairs_go_by_sample_and_field_in_any_order() -> None:
    records = said("one", "a", "b", field="date") + said("one", "c", field="total")
    records += said("other", "c", field="total") + said("other", "a", "b", field="date")[::-1]
    assert pair(ONE, OTHER, records=records) == (3, 3)
    swapped = said("one", "a", field="date") + said("other", "a", field="total")
    assert pair(ONE, OTHER, records=swapped) == (0, 2)


def test_a_sample_that_one_job_lacks_counts_and_is_not_the_same() -> None:
    records = [*said("one", "a", "b", "c"), *said("other", "a")]
    assert pair(ONE, OTHER, records=records) == (1, 3)
    assert pair(OTHER, ONE, records=records) == (1, 3)


def test_other_tasks_and_other_models_are_not_paired() -> None:
    jobs = [ONE, job("task", task="u"), job("model", model="n"), OTHER]
    records = [record for one in jobs for record in said(one.id, "a")]
    assert [row.jobs for row in agreement(jobs, records)] == [("one", "other")]


def test_jobs_without_a_model_have_none_in_common() -> None:
    jobs = [job(name, model="none", served_id=None) for name in ("one", "other")]
    assert agreement(jobs, [*said("one", "a"), *said("other", "a")]) == ()


def test_a_job_that_answered_nothing_is_in_no_pair() -> None:
    records = [*said("one", "a"), *said("other", None), *said("third", "a")]
    rows = agreement([ONE, OTHER, job("third"), job("never asked")], records)
    assert [row.jobs for row in rows] == [("one", "third")]


def test_each_two_of_four_jobs_are_paired_once_in_the_reports_order() -> None:
    jobs = [job(name) for name in "dbca"]
    rows = agreement(jobs, [record for one in jobs for record in said(one.id, "x")])
    assert ["".join(row.jobs) for row in rows] == ["db", "dc", "da", "bc", "ba", "ca"]


@given(st.lists(st.tuples(*[st.sampled_from(["a", "b", "", None])] * 2), min_size=1))
def test_it_is_the_count_by_hand(answers: list[tuple[str | None, str | None]]) -> None:
    left, right = zip(*answers, strict=True)
    rows = agreement([ONE, OTHER], [*said("one", *left), *said("other", *right)])
    if all(one is None for one in left) or all(one is None for one in right):
        assert rows == ()
    else:
        same = sum(one == other is not None for one, other in answers)
        assert (rows[0].same, rows[0].of) == (same, len(answers))


def test_a_whole_run_has_it_in_its_report_and_says_it(
    make_task: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_fakes(monkeypatch)
    with endpoint(lambda prompt, _: Reply(f"hello {prompt}")) as served:
        ended = run(
            backend=["echo", "unruly"],
            options={"unruly": {"how": "alters"}},
            model=write_model(tmp_path, base_url=served.url),
            task=str(make_task([{}, {}])),
            out=tmp_path / "run",
        )
    assert store.read_report(ended.folder).agreement == (
        Agreement(task="tiny:m", jobs=("echo--m--tiny-m", "unruly--m--tiny-m"), same=0, of=2),
    )
    said = "echo ≠ unruly: 0 of 2 answers identical"
    assert said in (ended.folder / "report.md").read_text(encoding="utf-8")
    assert "2 jobs side by side" in (ended.folder / "report.html").read_text(encoding="utf-8")
