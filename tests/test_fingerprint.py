"""A fingerprint depends on what was asked and what scores it, and on nothing else."""

from __future__ import annotations

import ast
import json
import random
import resource
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

import bench
from bench import fingerprint
from bench.fingerprint_rows import Fingerprint
from bench.gateway.record import RecordedRequest
from bench.pixels import ImageFacts
from bench.schema import EnvironmentUsed, HarnessUsed, ModelUsed, RunUsed, TaskUsed
from bench.store import JobDescribed, SampleKept
from bench.task import MetricUse
from bench.wire import answered_by, sent

JOB = JobDescribed(
    id="j",
    harness=HarnessUsed(name="echo", version="1"),
    model=ModelUsed(name="m", engine=None, served_id="m"),
    task=TaskUsed(name="t:m", kind="document", version="1", content_sha256="c"),
    environment=EnvironmentUsed(key="k", flavour="cpu", python="3.11.7", lock_sha256="l"),
    metrics=(MetricUse(metric="cer"),),
    levels=("global",),
    through_gateway=True,
)
RUN = RunUsed(
    id="r",
    started_at="2026-01-01T00:00:00+00:00",
    finished_at="2026-01-01T00:01:00+00:00",
    command=("bench",),
    config_sha256="0",
    bench_version="1",
    seed=0,
)
SAMPLES = [SampleKept(id=f"s{n}", doc_id=f"d{n}", references=("x",)) for n in range(3)]
IMAGES = [f"{n:064x}" for n in range(4)]
PIXELS = {name: ImageFacts(name, 9, "PNG", 1, 1, f"rgb {name}") for name in IMAGES}


def image(name: str, **keys: Any) -> dict[str, Any]:
    inner = {"sha256": name, "media_type": "image/png", "bytes": 9} | keys
    return {"type": "image_url", "image_url": inner}


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def messages(*parts: dict[str, Any], system: str | None = "sys") -> list[Any]:
    first = [{"role": "system", "content": system}] if system is not None else []
    return [*first, {"role": "user", "content": list(parts)}]


USUAL = messages(image(IMAGES[0]), image(IMAGES[1]), text("Read."))


def request(sample: str | None = "s0", **keys: Any) -> RecordedRequest:
    values: dict[str, Any] = {
        "id": "i",
        "job": "j",
        "sample": sample,
        "model": "m",
        "served_model": "m",
        "path": "/chat/completions",
        "started_at": "2026-01-01T00:00:00+00:00",
        "messages": USUAL,
        "parameters": {"temperature": 0},
        "status": "ok",
        "http_status": 200,
        "error": None,
        "text": "x",
        "finish_reason": "stop",
        "usage": None,
        "response": '{"model": "m-2026"}',
        "attempts": [],
        "queue_s": 0.0,
        "ttft_s": None,
        "latency_s": 1.0,
    }
    return RecordedRequest(**values | keys)


def look_at(pixels: Mapping[str, ImageFacts]) -> fingerprint.LookAt:
    return lambda wanted: {name: pixels[name] for name in wanted if name in pixels}


def taken(
    requests: Iterable[RecordedRequest],
    job: JobDescribed = JOB,
    samples: list[SampleKept] = SAMPLES,
    pixels: Mapping[str, ImageFacts] = PIXELS,
) -> Fingerprint:
    return fingerprint.fingerprint(job, RUN, samples, requests, look_at=look_at(pixels))


def asked() -> list[RecordedRequest]:
    """Three samples with a question each, two requests of the first."""
    found = [
        request(f"s{n}", messages=messages(image(IMAGES[n]), text(f"What is {n}?")))
        for n in range(3)
    ]
    return [*found, request("s0", messages=messages(text("And now?"), system=None))]


@pytest.mark.thorough
@given(some.randoms(use_true_random=False), some.lists(some.integers(0, 3), max_size=8))
def test_order_repetition_and_times_change_nothing(
    chance: random.Random, repeated: list[int]
) -> None:
    usual = asked()
    again = [*usual, *(usual[n] for n in repeated)]
    chance.shuffle(again)
    moved = [
        one.model_copy(
            update={
                "id": f"{chance.random()}",
                "session": chance.randrange(1, 4),
                "started_at": f"{chance.random()}",
                "latency_s": chance.random(),
                "queue_s": chance.random(),
                "text": f"{chance.random()}",
                "usage": {"completion_tokens": chance.randrange(9)},
                "response": json.dumps({"id": chance.random(), "model": "m-2026"}),
            }
        )
        for one in again
    ]
    assert taken(moved) == taken(usual)


def test_a_failure_before_the_answer_changes_nothing() -> None:
    failed = request(status="failed", http_status=500, response=None, text=None)
    assert taken([failed, request()]) == taken([request()])


IN_ORDER = ("image_bytes", "image_pixels")
UNORDERED = ("image_bytes_unordered", "image_pixels_unordered")
CHANGES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "prompt": (
        {"messages": messages(image(IMAGES[0]), image(IMAGES[1]), text("Read!"))},
        {"prompts"},
    ),
    "place": (
        {"messages": messages(text("Read."), image(IMAGES[0]), image(IMAGES[1]))},
        {"prompts"},
    ),
    "system": (
        {"messages": messages(image(IMAGES[0]), image(IMAGES[1]), text("Read."), system="other")},
        {"system_prompts"},
    ),
    "no system": (
        {"messages": messages(image(IMAGES[0]), image(IMAGES[1]), text("Read."), system=None)},
        {"system_prompts"},
    ),
    "order": (
        {"messages": messages(image(IMAGES[1]), image(IMAGES[0]), text("Read."))},
        set(IN_ORDER),
    ),
    "image": (
        {"messages": messages(image(IMAGES[0]), image(IMAGES[2]), text("Read."))},
        {*IN_ORDER, *UNORDERED},
    ),
    "one image less": (
        {"messages": messages(image(IMAGES[0]), text("Read."))},
        {*IN_ORDER, *UNORDERED},
    ),
    "detail": (
        {"messages": messages(image(IMAGES[0], detail="low"), image(IMAGES[1]), text("Read."))},
        {"message_form"},
    ),
    "declared": (
        {
            "messages": messages(
                image(IMAGES[0], media_type="image/gif"), image(IMAGES[1]), text("Read.")
            )
        },
        {"message_form"},
    ),
    "path": ({"path": "/completions"}, {"message_form"}),
    "parameter": ({"parameters": {"temperature": 1}}, {"parameters"}),
    "new parameter": ({"parameters": {"temperature": 0, "top_p": 1}}, {"parameters"}),
    "served model": ({"served_model": "other"}, {"served_model"}),
    "alias": ({"response": '{"model": "m-2027"}'}, {"answered_by"}),
    "sample": ({"sample": "s1"}, set()),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_shows_in_its_part_alone(name: str) -> None:
    changes, parts = CHANGES[name]
    usual, other = taken([request()]), taken([request(**changes)])
    found = {key for key in Fingerprint.model_fields if getattr(usual, key) != getattr(other, key)}
    if name == "sample":  # every part is over samples with what they were asked
        parts = {"samples", "system_prompts", "prompts", "message_form", *IN_ORDER, *UNORDERED}
    assert found == parts | {"short"}


def test_a_lossless_coding_changes_the_bytes_alone() -> None:
    coded = PIXELS | {IMAGES[2]: ImageFacts(IMAGES[2], 5, "PNG", 1, 1, f"rgb {IMAGES[1]}")}
    other = request(messages=messages(image(IMAGES[0]), image(IMAGES[2]), text("Read.")))
    a, b = taken([request()], pixels=coded), taken([other], pixels=coded)
    assert a.image_bytes != b.image_bytes
    assert a.image_bytes_unordered != b.image_bytes_unordered
    assert (a.image_pixels, a.prompts, a.message_form) == (
        b.image_pixels,
        b.prompts,
        b.message_form,
    )


def test_an_image_without_pixels_is_said() -> None:
    broken = PIXELS | {IMAGES[1]: ImageFacts(IMAGES[1], 9, trouble="OSError: cut")}
    found = taken([request()], pixels=broken)
    assert (found.image_pixels, found.image_pixels_unordered) == (None, None)
    assert found.absent["image_pixels"] == "1 of 2 images have no pixels: OSError: cut"
    assert found.image_bytes is not None


@pytest.mark.parametrize(
    ("a", "b"), [(0, 0.0), (1e3, 1000), ({"x": 1, "y": 2.0}, {"y": 2, "x": 1})]
)
def test_one_number_in_two_spellings_is_one(a: Any, b: Any) -> None:
    first, second = (taken([request(parameters={"p": value})]) for value in (a, b))
    assert first.short == second.short


def test_true_is_not_one() -> None:
    first, second = (taken([request(parameters={"p": value})]) for value in (True, 1))
    assert first.short != second.short


def test_a_parameter_on_which_requests_differ_varies() -> None:
    one, other = request("s0"), request("s1", parameters={"temperature": 1, "stop": "."})
    found = taken([one, other]).parameters
    assert found is not None
    assert all(set(value) == {"varies"} for value in found.values())
    assert set(found) == {"temperature", "stop"}
    swapped = [request("s0", parameters={"temperature": 1, "stop": "."}), request("s1")]
    assert taken(swapped).parameters != found


def test_a_job_that_asked_nobody_says_why() -> None:
    offline = JOB.model_copy(update={"through_gateway": False})
    found = taken([], offline)
    assert {name: getattr(found, name) for name in fingerprint.WIRE} == dict.fromkeys(
        fingerprint.WIRE
    )
    assert set(found.absent) == set(fingerprint.WIRE)
    assert found.absent["prompts"] == "no request went through the gateway"
    assert taken([]).absent["prompts"] == "the model was never asked"


def test_a_harness_that_names_no_sample() -> None:
    found = taken([request(None)])
    assert found.samples is None
    assert "which sample" in found.absent["samples"]
    assert found.prompts is not None


CHUNKS = 'data: {"choices": []}\n\ndata: {"model": "m-2026", "choices": []}\n\ndata: [DONE]\n\n'


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ({}, "m-2026"),
        ({"response": CHUNKS}, "m-2026"),
        ({"response": CHUNKS.replace("\n", "\r\n")}, "m-2026"),
        ({"response": '{"choices": []}'}, None),
        ({"response": "data: not json\n\n"}, None),
        ({"response": '{"model": 7}'}, None),
        ({"response": None}, None),
        ({"status": "failed"}, None),
    ],
)
def test_who_answered_is_read_from_the_answer(keys: dict[str, Any], name: str | None) -> None:
    assert answered_by(request(**keys)) == name


def test_a_completion_has_its_prompt_among_its_texts() -> None:
    found = sent(request(messages=None, parameters={"prompt": "Read.", "n": 1}))
    assert [one.text for one in found.prompt] == ["Read."]
    assert found.parameters == {"n": 1}


def test_odd_messages_are_kept_in_the_form() -> None:
    odd: list[Any] = [
        "no object",
        {"role": "user", "content": [{"type": "input_audio", "x": "\ud800"}]},
    ]
    first, second = taken([request(messages=odd)]), taken([request(messages=[odd[0]])])
    assert first.message_form != second.message_form


TRUTHS: dict[str, dict[str, Any]] = {
    "reference": {"references": ("y",)},
    "group": {"doc_type": "letter"},
    "document": {"doc_id": "other"},
}


@pytest.mark.parametrize("name", TRUTHS)
def test_the_truth_is_its_own_part(name: str) -> None:
    changed = [SAMPLES[0].model_copy(update=TRUTHS[name]), *SAMPLES[1:]]
    usual, other = taken([request()]), taken([request()], samples=changed)
    assert usual.task.truth != other.task.truth
    assert usual.model_dump(exclude={"task", "short"}) == other.model_dump(
        exclude={"task", "short"}
    )
    assert taken([request()], samples=SAMPLES[::-1]) == usual


def test_the_metric_as_used_is_part_of_the_scorer() -> None:
    folded = JOB.model_copy(update={"metrics": (MetricUse(metric="cer", case="fold"),)})
    assert taken([request()], folded).scorer.metrics == ({"metric": "cer", "case": "fold"},)
    assert taken([request()], folded).short != taken([request()]).short


# Bench modules that scoring imports and that decide no number: the shapes of rows, and reading.
ROWS = {
    *("bench", "bench.schema", "bench.task", "bench.store", "bench.protocol"),
    *("bench.errors", "bench.growing", "bench.quality_rows"),
    "bench.gateway.record",
}


def test_every_module_that_scores_is_hashed() -> None:
    """A new module below score.py must be added to the lists, or be named as one of ROWS."""
    package = Path(bench.__file__).parent
    patterns = (*fingerprint.SCORING, *fingerprint.MISTAKES)
    hashed = {path for pattern in patterns for path in package.glob(pattern)}
    assert package / "score.py" in hashed
    for path in hashed:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in _imports(node):
                file = package.parent / Path(*name.split("."))
                known = {file.with_suffix(".py"), file / "__init__.py"}
                assert name in ROWS or known & hashed, f"{path.name} imports {name}"


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module == "bench":
        names = [f"bench.{alias.name}" for alias in node.names]
    else:
        names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
    return [name for name in names if name.split(".")[0] == "bench"]


@pytest.mark.slow
def test_ten_thousand_requests_take_seconds_and_little_memory() -> None:
    """Requests are made while they are read: what grows is what the fingerprint holds."""

    def many(count: int) -> Iterable[RecordedRequest]:
        for n in range(count):
            asked = messages(image(IMAGES[n % 4]), text(f"{'What is it? ' * 100}{n}"))
            yield request(
                f"s{n}", messages=asked, response=json.dumps({"model": "m", "x": "y" * 4000})
            )

    taken(many(200))
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    found = taken(many(10_000))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    seconds = time.process_time() - begun
    print(f"10,000 requests: {seconds:.1f} s of CPU, {grown:.0f} MiB")
    assert found.requests == 10_000
    assert seconds < 10
    assert grown < 40
