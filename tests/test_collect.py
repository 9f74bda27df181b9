"""The rules by which an answer counts, one by one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bench.collect import Collected, benchmark_samples, collect
from bench.gateway.record import Failure, RecordedRequest
from bench.protocol import Asked, Prediction
from bench.schema import EnvironmentUsed, HarnessUsed, ModelUsed, TaskUsed
from bench.store import JobDescribed, SampleKept

FAILURE = "Failed to obtain answer via API."


def job(*, through_gateway: bool = True) -> JobDescribed:
    return JobDescribed(
        id="j",
        harness=HarnessUsed(name="h", version=None),
        model=ModelUsed(name="m", engine=None, served_id="m"),
        task=TaskUsed(name="t", kind="document", version="1"),
        environment=EnvironmentUsed(key=None, flavour=None, python=None, lock_sha256=None),
        metrics=(),
        levels=(),
        failure_texts=(FAILURE,),
        through_gateway=through_gateway,
    )


def samples(*ids: str) -> list[SampleKept]:
    return [SampleKept(id=one, doc_id=one, references=("r",)) for one in ids]


def answered(sample: str, text: str) -> Prediction:
    return Prediction(id=sample, status="answered", prediction=text)


def request(sample: str | None, text: str | None = None, **keys: Any) -> RecordedRequest:
    """A request that was answered with `text`, or failed where it is None."""
    failed = text is None and not keys.get("content_null")
    values: dict[str, Any] = {
        "id": "r",
        "job": "j",
        "sample": sample,
        "model": "m",
        "served_model": "m",
        "path": "/chat/completions",
        "messages": None,
        "parameters": {},
        "attempts": [],
        "started_at": dt.datetime.now(dt.UTC).isoformat(),
        "status": "failed" if failed else "ok",
        "http_status": 500 if failed else 200,
        "error": Failure(kind="http", message="HTTP 500") if failed else None,
        "text": text,
        "finish_reason": "stop",
        "usage": {"completion_tokens": 4},
        "response": None,
        "queue_s": 0.0,
        "ttft_s": None,
        "latency_s": 0.25,
    }
    return RecordedRequest(**(values | keys))


def kinds(found: Collected) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {one.kind: (one.n, one.samples) for one in found.troubles}


def test_an_answer_with_its_request() -> None:
    found = collect(job(), samples("a"), [answered("a", "x")], [request("a", "x")])
    (only,) = found.answers
    assert (only.status, only.prediction, only.tokens, only.latency_s) == ("answered", "x", 4, 0.25)
    assert found.closed
    assert found.troubles == ()


def test_answers_are_paired_by_id_never_by_order() -> None:
    said = [answered("b", "of b"), answered("a", "of a")]
    sent = [request("b", "of b"), request("a", "of a")]
    found = collect(job(), samples("a", "b"), said, sent)
    assert [(one.sample.id, one.prediction) for one in found.answers] == [
        ("a", "of a"),
        ("b", "of b"),
    ]


def test_of_two_answers_the_last_counts_and_it_is_told() -> None:
    said = [answered("a", "first"), answered("a", "second")]
    found = collect(job(through_gateway=False), samples("a"), said, [])
    assert found.answers[0].prediction == "second"
    assert kinds(found) == {"repeated_id": (1, ("a",))}


def test_what_was_not_asked_is_left_out_and_told() -> None:
    said = [answered("a", "x"), answered("zz", "y")]
    found = collect(job(through_gateway=False), samples("a"), said, [])
    assert [one.sample.id for one in found.answers] == ["a"]
    assert kinds(found) == {"unknown_id": (1, ("zz",))}


def test_a_missing_prediction_leaves_the_counts_open() -> None:
    found = collect(job(through_gateway=False), samples("a", "b"), [answered("a", "x")], [])
    assert not found.closed
    assert [one.status for one in found.answers] == ["answered", "failed"]
    assert kinds(found) == {"no_prediction": (1, ("b",))}


def test_a_missing_prediction_whose_request_failed_is_a_known_failure() -> None:
    sent = [request("a", "x"), request("b")]
    found = collect(job(), samples("a", "b"), [answered("a", "x")], sent)
    assert found.closed
    assert kinds(found) == {"http": (1, ("b",))}


def test_an_answer_without_any_request_is_none() -> None:
    said = [answered("a", "x"), answered("b", "made up")]
    found = collect(job(), samples("a", "b"), said, [request("a", "x")])
    assert found.answers[1].prediction is None
    assert kinds(found) == {"no_request": (1, ("b",))}
    assert found.closed


def test_without_any_request_at_all_nothing_was_asked() -> None:
    found = collect(job(), samples("a"), [answered("a", "x")], [])
    assert kinds(found) == {"no_request": (1, ("a",))}


def test_a_failed_request_counts_whatever_the_harness_says() -> None:
    found = collect(job(), samples("a"), [answered("a", "a fine answer")], [request("a")])
    (only,) = found.answers
    assert (only.prediction, only.error_kind, only.error) == (None, "http", "HTTP 500")


def test_the_failure_text_is_an_answer_where_a_request_says_so() -> None:
    found = collect(job(), samples("a"), [answered("a", FAILURE)], [request("a", FAILURE)])
    assert found.answers[0].prediction == FAILURE
    assert found.troubles == ()


def test_the_failure_text_decides_where_no_request_is_on_record() -> None:
    said = [answered("a", f"{FAILURE} Timeout"), answered("b", "fine")]
    found = collect(job(through_gateway=False), samples("a", "b"), said, [])
    assert [one.error_kind for one in found.answers] == ["harness", None]


def test_the_failure_text_decides_where_requests_name_no_sample() -> None:
    said = [answered("a", FAILURE), answered("b", "fine")]
    sent = [request(None, "fine"), request(None)]
    found = collect(job(), samples("a", "b"), said, sent)
    assert [one.error_kind for one in found.answers] == ["harness", None]


def test_a_failure_that_the_harness_reports_stands() -> None:
    said = [Prediction(id="a", status="failed", prediction=None, error="lost")]
    found = collect(job(), samples("a"), said, [request("a", "x")])
    assert (found.answers[0].error_kind, found.answers[0].error) == ("harness", "lost")
    assert found.closed


def test_an_altered_answer_is_kept_and_told() -> None:
    found = collect(job(), samples("a"), [answered("a", "x")], [request("a", " x ")])
    assert found.answers[0].prediction == "x"
    assert kinds(found) == {"altered": (1, ("a",))}


def test_a_null_content_is_an_empty_answer_and_no_alteration() -> None:
    sent = [request("a", None, content_null=True)]
    found = collect(job(), samples("a"), [answered("a", "")], sent)
    assert (found.answers[0].status, found.answers[0].prediction) == ("answered", "")
    assert found.troubles == ()


def test_of_several_requests_the_last_decides() -> None:
    again = [request("a"), request("a", "x")]
    assert collect(job(), samples("a"), [answered("a", "x")], again).troubles == ()
    broken = [request("a", "x"), request("a")]
    assert kinds(collect(job(), samples("a"), [answered("a", "x")], broken)) == {
        "http": (1, ("a",))
    }


def test_answers_of_several_requests_may_be_joined() -> None:
    sent = [request("a", "x"), request("a", "y")]
    assert collect(job(), samples("a"), [answered("a", "x y")], sent).troubles == ()


def test_a_trouble_names_the_first_few_and_counts_all() -> None:
    ids = [f"s{number}" for number in range(9)]
    found = collect(job(), samples(*ids), [], [request(one) for one in ids])
    assert kinds(found) == {"http": (9, ("s0", "s1", "s2"))}


def test_the_words_of_a_trouble_are_short_and_plain() -> None:
    said = [Prediction(id="a", status="failed", prediction=None, error="\ud800" + "x" * 999)]
    found = collect(job(), samples("a"), said, [request("a", "x")])
    assert found.troubles[0].message.startswith("\\ud800xxx")
    assert len(found.troubles[0].message) < 520


def test_a_benchmark_is_what_its_harness_asked() -> None:
    (only,) = benchmark_samples([Asked(id="7", references=("a", "b"), group="val")])
    assert (only.id, only.doc_id, only.doc_type, only.references) == ("7", "7", "val", ("a", "b"))
