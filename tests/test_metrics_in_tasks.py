"""Every metric in a task.yaml, and samples that a metric cannot measure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.aggregate import results
from bench.collect import Answer
from bench.errors import SourceError
from bench.metrics import METRICS
from bench.score import records
from bench.store import SampleKept
from bench.task import MetricUse, document_tasks

TABLE = "| a | b |\n|---|---|\n| 1 | 2 |"


def answer(name: str, said: str | None, *references: str) -> Answer:
    sample = SampleKept(id=name, doc_id=name, references=references)
    return Answer(sample, said) if said is not None else Answer(sample, None, "timeout", "late")


def test_a_task_can_use_every_metric_at_once(make_task: Callable[..., Path]) -> None:
    folder = make_task([{}], metrics=[{"metric": name} for name in METRICS])
    (task,) = document_tasks(str(folder))
    assert [use.label for use in task.metrics] == list(METRICS)
    kept = records("job", [answer("s", TABLE, *[TABLE] * 4)], task.metrics)
    found = results(kept, task.metrics, ["global"], seed=0)
    perfect: dict[str, float | None] = {
        one.metric: 1.0 if one.higher_is_better else 0.0 for one in found
    }
    perfect |= dict.fromkeys([name for name in METRICS if name.startswith("kie")])  # JSON alone
    perfect["relaxed_accuracy_evalscope"] = 0.0  # reads only what stands behind "ANSWER:"
    assert {one.metric: one.value for one in found} == perfect


@pytest.mark.parametrize("name", ["token_f1", "anls_star", "teds", "vqa_accuracy"])
def test_a_rule_fixed_by_its_source_takes_no_policy(
    make_task: Callable[..., Path], name: str
) -> None:
    folder = make_task([{}], metrics=[{"metric": name, "case": "fold"}])
    with pytest.raises(SourceError, match=f"{name} takes no case"):
        document_tasks(str(folder))


@pytest.mark.parametrize(
    ("name", "unmeasured"),
    [
        ("vqa_accuracy", ("yes",)),
        ("teds", ("no table",)),
        ("teds_page", ("no table",)),
        ("anls_star", ("[" * 9999,)),
    ],
)
def test_what_cannot_be_measured_is_left_out_and_said(
    name: str, unmeasured: tuple[str, ...]
) -> None:
    """Answered or not: no answer, good or bad, changes which samples count."""
    use = MetricUse(metric=name)
    good = answer("good", TABLE, *[TABLE] * 4)
    kept = records("job", [good, answer("a", "x", *unmeasured)], [use])
    failed = records("job", [good, answer("a", None, *unmeasured)], [use])
    (found,), (less,) = (results(one, [use], ["global"], seed=0) for one in (kept, failed))
    assert found.value == less.value == 1.0
    assert found.n == 2
    assert "1 samples left out" in (found.note or "")
    assert kept[1].scores[name].value is None
    assert kept[1].mistake is None


def test_a_result_of_nothing_measured_is_null() -> None:
    use = MetricUse(metric="teds")
    (found,) = results(
        records("job", [answer("a", TABLE, "text")], [use]), [use], ["global"], seed=0
    )
    assert found.value is None
    assert found.interval is None
