"""The verdict is a pure function: the same protocol, then the distance."""

from __future__ import annotations

from typing import Any

import pytest

from bench.published import Entry, Protocol, load_published, named
from bench.reproduction.verdict import UNKNOWN, UNSTATED, judged, not_run
from tests.reproduction.given import same_as

SHIPPED = load_published()
ARC = named(SHIPPED, "arc-challenge-smollm2-135m-instruct")
PROMPT = "Question: {{question}}\nAnswer:"
TAMPERED: dict[str, dict[str, Any]] = {
    "prompt-other": {"prompt": "Q: {{question}}\nA:"},
    "prompt-one-blank": {"prompt": PROMPT + " "},
    "prompt-case": {"prompt": PROMPT.lower()},
    "prompt-unknown": {"prompt": None},
    "split-validation": {"split": "validation"},
    "split-unknown": {"split": None},
    "metric-acc": {"metric": "acc"},
    "variant-without-length": {"metric_variant": "log-likelihood"},
    "variant-bytes": {"metric_variant": "log-likelihood over length in bytes"},
    "variant-unknown": {"metric_variant": None},
    "resolution-448": {"resolution": "448x448"},
    "resolution-unknown": {"resolution": None},
    "n-one-less": {"n": 1171},
    "n-one-more": {"n": 1173},
    "n-100": {"n": 100},
    "n-unknown": {"n": None},
    "shots-25": {"shots": 25},
    "chat-template": {"chat_template": True},
    "decoding-sampled": {"decoding": "sampled"},
    "judge": {"judge": "some-judge"},
    "model-base": {"model": "SmolLM2-135M"},
    "benchmark-easy": {"benchmark": "ARC-Easy"},
    "harness-lighteval": {"harness": "lighteval"},
}


def tampered(entry: Entry, change: dict[str, Any]) -> Protocol:
    return entry.stated.model_copy(update=change)


def test_the_same_protocol_and_value_match() -> None:
    found = judged(ARC, same_as(ARC))
    assert (found.state, found.differs, found.difference) == ("MATCH", (), 0.0)


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
def test_a_tampered_protocol_never_matches(change: dict[str, Any]) -> None:
    """Though the value is the published one to the last digit."""
    found = judged(ARC, same_as(ARC, known=tampered(ARC, change)))
    assert found.state == "NOT-COMPARABLE"
    ((key, here),) = change.items()
    (one,) = found.differs
    assert (one.key, one.published) == (key, str(getattr(ARC.stated, key)))
    assert one.here == (UNKNOWN if here is None else str(here))
    assert key in found.reason


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda one: one.id)
def test_no_shipped_entry_matches_another_n_or_split(entry: Entry) -> None:
    n = entry.stated.n
    for change in ({"n": (n or 0) + 1}, {"n": None}, {"split": "another"}, {"metric": "another"}):
        found = judged(entry, same_as(entry, known=tampered(entry, change)))
        assert found.state == "NOT-COMPARABLE", change


def test_a_failed_request_is_no_answer() -> None:
    found = judged(ARC, same_as(ARC, failed=1))
    assert found.state == "NOT-COMPARABLE"
    assert [(one.key, one.here) for one in found.differs] == [("failed requests", "1")]


def test_a_source_that_gives_no_n_is_not_comparable() -> None:
    open_n = ARC.model_copy(update={"protocol": ARC.protocol.model_copy(update={"n": None})})
    found = judged(open_n, same_as(ARC))
    (one,) = found.differs
    assert (one.key, one.published, one.here) == ("n", UNSTATED, "1172")


def test_what_the_source_leaves_open_is_said() -> None:
    entry = named(SHIPPED, "mmmu-val-llava-1.5-13b")
    found = judged(entry, same_as(entry))
    assert found.state == "MATCH"
    assert {"prompt", "decoding", "resolution"} <= set(found.unstated)


@pytest.mark.parametrize(
    ("away", "low", "high", "state"),
    [
        (0.5, 27, 29, "MATCH"),
        (-0.5, 27, 29, "MATCH"),
        (0.5, None, None, "MATCH"),
        (0.4, 28, 29, "DRIFT"),
        (0.51, 27, 29, "DRIFT"),
        (-0.8529, 24.5, 29.4, "DRIFT"),
        (0.51, None, None, "MISMATCH"),
        (3, 29, 32, "MISMATCH"),
    ],
    ids=str,
)
def test_distance(away: float, low: float | None, high: float | None, state: str) -> None:
    found = judged(ARC, same_as(ARC, value=ARC.value + away, low=low, high=high))
    assert found.state == state


def test_without_a_number_nothing_is_said_of_it() -> None:
    found = judged(ARC, same_as(ARC, value=None))
    assert (found.state, found.value) == ("NOT-RUN", None)
    assert not_run(ARC, "no data").reason == "no data"


def test_other_weights_stand_beside_the_verdict() -> None:
    found = judged(ARC, same_as(ARC, weights="quantised (Q4_1)"))
    assert found.state == "MATCH"
    assert found.weights == f"here quantised (Q4_1); published: {UNSTATED}"
