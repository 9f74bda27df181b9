"""A job's folder and the gateway's record -> one answer a sample, and counts that close.

Whether a request failed is read from the gateway's record. Only for requests that it did not see
do the harness's own failure texts decide. Answers are paired by id, never by order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from bench.gateway.record import RecordedRequest
from bench.protocol import Asked, Prediction
from bench.schema import Trouble
from bench.store import JobDescribed, SampleKept

SHOWN = 3  # sample ids named in a trouble


@dataclass(frozen=True)
class Answer:
    """What came back for one sample. `error` is None where it was answered."""

    sample: SampleKept
    prediction: str | None
    error_kind: str | None = None
    error: str | None = None
    finish_reason: str | None = None
    tokens: int | None = None
    latency_s: float | None = None

    @property
    def status(self) -> Literal["answered", "failed"]:
        return "answered" if self.error_kind is None else "failed"


@dataclass(frozen=True)
class Collected:
    """`closed`: every sample that was expected has an answer or a known failure."""

    answers: tuple[Answer, ...]
    troubles: tuple[Trouble, ...]
    closed: bool


def collect(
    job: JobDescribed,
    samples: Sequence[SampleKept],
    predictions: Iterable[Prediction],
    requests: Sequence[RecordedRequest],
) -> Collected:
    """One Answer for each of `samples`, in their order; `requests` are this job's alone."""
    known = {sample.id for sample in samples}
    said: dict[str, Prediction] = {}
    repeated: list[str] = []
    unknown: list[str] = []
    for prediction in predictions:
        if prediction.id not in known:
            unknown.append(prediction.id)
            continue
        if prediction.id in said:
            repeated.append(prediction.id)
        said[prediction.id] = prediction
    sent: dict[str, list[RecordedRequest]] = defaultdict(list)
    for request in requests:
        if request.sample is not None:
            sent[request.sample].append(request)
    # A harness that does not say which sample a request is for can only be asked itself.
    seen = sent if job.through_gateway and (sent or not requests) else None
    answers = tuple(
        _answer(sample, said.get(sample.id), seen, job.failure_texts) for sample in samples
    )
    if not job.through_gateway:
        answers = tuple(_as_told(answer, said.get(answer.sample.id)) for answer in answers)
    missing = [answer for answer in answers if answer.error_kind == "no_prediction"]
    troubles = [
        *_failures(answers),
        *_trouble(
            "repeated_id", "the harness answered these twice; the last answer counts", repeated
        ),
        *_trouble("unknown_id", "the harness answered what was not asked", unknown),
        *_trouble(
            "altered",
            "the harness changed the answer that the model gave",
            [answer.sample.id for answer in answers if _altered(answer, sent)],
        ),
    ]
    return Collected(answers, tuple(troubles), closed=not missing)


def _answer(
    sample: SampleKept,
    said: Prediction | None,
    sent: Mapping[str, Sequence[RecordedRequest]] | None,
    failure_texts: Sequence[str],
) -> Answer:
    last = None
    if sent is not None:
        requests = sent.get(sample.id)
        if not requests and said is not None and said.status == "answered":
            return Answer(sample, None, "no_request", "an answer, but the model was never asked")
        last = requests[-1] if requests else None
        if last is not None and last.status == "failed":
            kind = last.error.kind if last.error else "http"
            message = last.error.message if last.error else f"HTTP {last.http_status}"
            return Answer(sample, None, kind, message, latency_s=last.latency_s)
    if said is None:
        return Answer(sample, None, "no_prediction", "the harness wrote no prediction")
    if said.status == "failed" or said.prediction is None:
        return Answer(sample, None, "harness", said.error or "the harness reported a failure")
    if last is None and any(text in said.prediction for text in failure_texts):
        return Answer(sample, None, "harness", said.prediction[:200])
    return Answer(
        sample,
        said.prediction,
        finish_reason=last.finish_reason if last else None,
        tokens=last.completion_tokens if last else None,
        latency_s=last.latency_s if last else None,
    )


def _as_told(answer: Answer, said: Prediction | None) -> Answer:
    """With the harness's own counts and times, where nothing of ours has seen the request."""
    if said is None or answer.error_kind is not None:
        return answer
    return replace(
        answer, finish_reason=said.finish_reason, tokens=said.tokens, latency_s=said.latency_s
    )


def _altered(answer: Answer, sent: Mapping[str, Sequence[RecordedRequest]]) -> bool:
    """Only where one request was sent: of several, the harness may rightly join the answers."""
    requests = sent.get(answer.sample.id, ())
    if answer.error_kind is not None or len(requests) != 1:
        return False
    return answer.prediction != (requests[0].text or "")


def _failures(answers: Iterable[Answer]) -> Iterator[Trouble]:
    by_kind: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.error_kind is not None:
            by_kind[answer.error_kind].append(answer)
    for kind, failed in sorted(by_kind.items()):
        yield from _trouble(kind, failed[0].error or kind, [one.sample.id for one in failed])


def _trouble(kind: str, message: str, ids: Sequence[str]) -> Iterator[Trouble]:
    if ids:
        yield Trouble(kind=kind, message=plain(message), n=len(ids), samples=tuple(ids[:SHOWN]))


def plain(text: str) -> str:
    """Text for people: at most 500 characters, and none that UTF-8 cannot hold."""
    return text[:500].encode("utf-8", "backslashreplace").decode("utf-8")


def benchmark_samples(asked: Iterable[Asked]) -> list[SampleKept]:
    """A harness's own rows as samples; its groups (split, category) take the place of doc types."""
    return [
        SampleKept(
            id=row.id,
            doc_id=row.id if row.doc_id is None else row.doc_id,
            doc_type=row.group,
            references=row.references,
        )
        for row in asked
    ]


def requests_of(folder: Path) -> dict[str, list[RecordedRequest]]:
    """The gateway's record by job, as it stands after the last session; empty without a gateway."""
    from bench.gateway.record import RECORD_NAME, effective, read_requests

    found: dict[str, list[RecordedRequest]] = defaultdict(list)
    if (folder / RECORD_NAME).exists():
        for request in read_requests(folder):
            found[request.job].append(request)
    return {job: effective(requests) for job, requests in found.items()}
