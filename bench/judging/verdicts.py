"""judged.jsonl in a run's folder: what judges said, a line a metric and answer; the last one holds.

A line holds for what the judge was shown: where `bench score` now reads another value out of an
answer, the answer counts as not asked again.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from bench import jsonl, statistics
from bench.errors import RunError
from bench.judging.questions import Judgeable, judgeable, prompts
from bench.protocol import Machine
from bench.quality_rows import Interval, JudgedResult, JudgeUsed
from bench.schema import AnyText, Record
from bench.store import job_folder, read_transcripts

JUDGED = "judged.jsonl"
LOWEST = {"answer_relevancy": -1.0}  # a mean of cosines


class Said(Machine):
    """A row that the judge's process writes."""

    id: AnyText
    metric: str
    status: Literal["judged", "failed"]
    value: float | None = None
    kind: str | None = None
    error: AnyText | None = None
    prompt_sha256: str | None = None
    source: str | None = None

    @property
    def sound(self) -> Said:
        """A judgement without a finite number is none."""
        if self.status == "failed":
            return self.model_copy(update={"value": None})
        if self.value is not None and math.isfinite(self.value):
            return self
        failed = {"status": "failed", "value": None, "kind": "odd_answer"}
        return self.model_copy(update=failed | {"error": f"the judge gave {self.value}"})


class Verdict(Machine):
    """A line of judged.jsonl; `absent`: nothing could be asked, `error` says why."""

    job: str
    id: AnyText | None = None
    metric: str
    status: Literal["judged", "failed", "absent"]
    value: float | None = None
    kind: str | None = None
    error: AnyText | None = None
    shown_sha256: str | None = None
    prompt_sha256: str | None = None
    source: str | None = None
    judge: JudgeUsed

    @property
    def asker(self) -> str:
        return f"{self.judge.model_dump_json()} {self.prompt_sha256}"


def read_verdicts(folder: Path) -> dict[str, list[Verdict]]:
    """By job; none where no judge was asked. RunError names a broken line."""
    path = folder / JUDGED
    found: dict[str, list[Verdict]] = defaultdict(list)
    if not path.is_file():
        return found
    number = 1
    try:
        for row in jsonl.read(path):
            verdict = Verdict.model_validate(row)
            found[verdict.job].append(verdict)
            number += 1
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(f"{path}:{number}: {where}: {first['msg']}") from None
    except ValueError as error:
        raise RunError(f"{path}:{number}: cannot be read: {error}") from None
    return found


@dataclass(frozen=True)
class Answers:
    """A job's answers as a judge meets them."""

    records: Sequence[Record]
    asked: Mapping[str, str]
    transcripts: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path, job: str, records: Sequence[Record]) -> Answers:
        return cls(records, prompts(job_folder(folder, job)), read_transcripts(folder, job))

    def judgeable(self, metric: str) -> Judgeable:
        return judgeable(metric, self.records, self.asked, self.transcripts)


def judged_results(
    folder: Path, job: str, records: Sequence[Record], verdicts: Sequence[Verdict], *, seed: int
) -> tuple[JudgedResult, ...]:
    """One a metric and judge, in the order in which they were first asked."""
    if not verdicts:
        return ()
    answers = Answers.of(folder, job, records)
    can = {metric: answers.judgeable(metric) for metric in {one.metric for one in verdicts}}
    groups: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for one in verdicts:
        if one.status != "absent":
            groups[one.metric, one.asker].append(one)
    results = [_result(group, can[metric], seed) for (metric, _), group in groups.items()]
    for one in verdicts:
        if one.status == "absent" and not any(_same(one, other) for other in results):
            results.append(_absent(one, can[one.metric]))
    return tuple(results)


def standing(verdicts: Iterable[Verdict], can: Judgeable) -> dict[str, Verdict]:
    """The last line of each answer, where the judge was shown what stands there now."""
    last = {one.id: one for one in verdicts if one.id is not None}
    return {
        name: last[name]
        for name, question in can.questions.items()
        if name in last and last[name].shown_sha256 == question.sha256
    }


def _result(group: Sequence[Verdict], can: Judgeable, seed: int) -> JudgedResult:
    found = standing(group, can)
    values = {
        name: one.value
        for name, one in found.items()
        if one.status == "judged" and one.value is not None
    }
    failed = [one for name, one in found.items() if name not in values]
    first = group[0]
    return JudgedResult(
        metric=first.metric,
        value=math.fsum(values.values()) / len(values) if values else None,
        n=len(values),
        failed=len(failed),
        left=len(can.questions) - len(found),
        skipped=can.skipped,
        failures=dict(Counter(one.kind or "error" for one in failed).most_common()),
        interval=_interval(first.metric, values, can, seed),
        judge=first.judge,
        prompt_sha256=first.prompt_sha256,
        source=first.source,
        reason=None if values else _why_none(failed, can),
    )


def _why_none(failed: Sequence[Verdict], can: Judgeable) -> str:
    if failed:
        said = " ".join(str(failed[0].error or failed[0].kind or "error").split())
        return f"no judgement of any of the {len(failed)} asked; the first: {said[:300]}"
    if can.questions:
        return "the answers are others than the judge was shown: ask it again"
    return can.why_none


def _interval(
    metric: str, values: Mapping[str, float], can: Judgeable, seed: int
) -> Interval | None:
    if not values:
        return None
    documents = [can.questions[name].doc_id for name in values]
    bounds = statistics.bootstrap(list(values.values()), [1.0] * len(values), documents, seed=seed)
    return statistics.interval(bounds, low=LOWEST.get(metric, 0.0), high=1.0)


def _same(absent: Verdict, result: JudgedResult) -> bool:
    return absent.metric == result.metric and absent.judge.model == result.judge.model


def _absent(one: Verdict, can: Judgeable) -> JudgedResult:
    return JudgedResult(
        metric=one.metric,
        value=None,
        n=0,
        failed=0,
        left=len(can.questions),
        skipped=can.skipped,
        interval=None,
        judge=one.judge,
        prompt_sha256=None,
        source=None,
        reason=one.error,
    )
