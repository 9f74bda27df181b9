"""What a judge is still to be asked: answers without a judgement that holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.errors import UsageError
from bench.judging.judge import METRICS, Judge
from bench.judging.questions import Judgeable
from bench.judging.verdicts import Answers, Verdict, standing
from bench.protocol import Machine
from bench.quality_rows import JudgeUsed
from bench.schema import AnyText


class Item(Machine):
    """A row of items.jsonl: one answer, and the metrics that it is to be judged by."""

    id: AnyText
    question: AnyText
    answer: AnyText
    context: AnyText | None
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class Work:
    """Of one job. `shown`: the hash of what the judge is shown, by answer and metric.

    `absent`: metrics that cannot be asked at all, each with why.
    """

    job: str
    items: tuple[Item, ...]
    shown: Mapping[tuple[str, str], str]
    absent: tuple[Verdict, ...]

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(metric for item in self.items for metric in item.metrics))


def chosen(metrics: Sequence[str], judge: Judge) -> dict[str, str | None]:
    """Each metric with why it cannot be asked, or None; all if none is named. UsageError."""
    if judge.embeddings is not None:
        return dict.fromkeys(metrics or METRICS)
    if "answer_relevancy" in metrics:
        raise UsageError(
            f"answer_relevancy compares embeddings, and the judge {judge.name!r} names none",
            hint="add `embeddings: {served_id: NAME, base_url: ADDRESS}` to the judge file",
        )
    found: dict[str, str | None] = dict.fromkeys(metrics or METRICS)
    if "answer_relevancy" in found:
        found["answer_relevancy"] = "the judge file names no `embeddings`"
    return found


def work(
    answers: Answers,
    said: Sequence[Verdict],
    metrics: Mapping[str, str | None],
    judge: JudgeUsed,
    *,
    job: str,
    limit: int | None,
) -> Work:
    """`said`: what judged.jsonl has of this job. `limit`: its first answers of each metric."""
    mine = [one for one in said if one.judge == judge]
    wanted: dict[str, list[str]] = {}
    can: dict[str, Judgeable] = {}
    absent = []
    for metric, why in metrics.items():
        can[metric] = answers.judgeable(metric)
        reason = why or (None if can[metric].questions else can[metric].why_none)
        if reason:
            absent.append(
                Verdict(job=job, metric=metric, status="absent", error=reason, judge=judge)
            )
            continue
        done = standing((one for one in mine if one.metric == metric), can[metric])
        for name in list(can[metric].questions)[:limit]:
            if name not in done or done[name].status != "judged":
                wanted.setdefault(name, []).append(metric)
    return Work(
        job=job,
        items=tuple(_item(name, names, can) for name, names in wanted.items()),
        shown={
            (name, metric): can[metric].questions[name].sha256
            for name, names in wanted.items()
            for metric in names
        },
        absent=tuple(one for one in absent if one not in mine),
    )


def _item(name: str, metrics: Sequence[str], can: Mapping[str, Judgeable]) -> Item:
    shown = [can[metric].questions[name] for metric in metrics]
    return Item(
        id=name,
        question=shown[0].question,
        answer=shown[0].answer,
        context=next((one.context for one in shown if one.context is not None), None),
        metrics=tuple(metrics),
    )
