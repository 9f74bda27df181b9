"""Answers that come as a stream, and endpoints that never answer, through whole runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from bench.gateway.record import read_requests
from tests.gateway.loopback import Script, always, endpoint
from tests.runs import run, write_model

HARNESSES = ["echo", pytest.param("vlmevalkit", marks=pytest.mark.harness)]
ODD = (
    *("NA", "", "  leading", "1.10", "a\rb\r\n", "line\u2028sep\u2028", "\ud800", "😀\n"),
    "x" * 9000,
)
STREAM = {"stream": True, "stream_options": {"include_usage": True}}


def letter_by_letter(texts: tuple[str, ...]) -> Script:
    """Streams the text whose number the prompt is, and counts a token for each letter."""

    async def script(request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        assert body["stream_options"] == {"include_usage": True}
        text = texts[int(body["messages"][-1]["content"][-1]["text"])]
        size = max(1, len(text) // 20)
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        for delta in [{"role": "assistant"}, *({"content": piece} for piece in pieces)]:
            await reply.write(chunk(choices=[{"index": 0, "delta": delta}]))
        await reply.write(chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}]))
        usage = {"prompt_tokens": 7, "completion_tokens": len(text)}
        await reply.write(chunk(choices=[], usage=usage) + b"data: [DONE]\n\n")
        return reply

    return script


def chunk(**fields: object) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


@pytest.mark.parametrize("harness", HARNESSES)
def test_streamed_answers_are_byte_exact_and_timed(
    harness: str, make_task: Callable[..., Path], tmp_path: Path
) -> None:
    task = make_task(
        [{"references": [text], "question": str(n)} for n, text in enumerate(ODD)],
        prompt="{question}",
        metrics=[{"metric": "exact_match"}],
    )
    with endpoint(letter_by_letter(ODD)) as server:
        model = write_model(tmp_path, base_url=server.url, parameters=STREAM)
        ended = run(backend=harness, model=model, task=str(task), out=tmp_path / "run")
    assert (ended.code, ended.job.errors) == (0, ())
    assert [row["prediction"] for row in ended.records()] == list(ODD)
    requests = {one.sample: one for one in read_requests(ended.folder / "gateway")}
    for number, text in enumerate(ODD):
        one = requests[f"s{number}"]
        assert (one.text or "", one.completion_tokens) == (text, len(text))
        assert (one.ttft_s is not None) == bool(text)
        assert (one.tpot_s is not None) == (len(text) > 1)


@pytest.mark.parametrize("harness", HARNESSES)
@pytest.mark.parametrize("stream", [True, False])
def test_a_harness_adds_no_attempt_of_its_own(
    harness: str, make_task: Callable[..., Path], tmp_path: Path, *, stream: bool
) -> None:
    with endpoint(always(b'{"error": "out of paper"}', 500)) as server:
        model = write_model(
            tmp_path,
            base_url=server.url,
            parameters=STREAM if stream else {},
            requests={"attempts": 2},
        )
        task = str(make_task([{}, {}, {}]))
        ended = run(backend=harness, model=model, task=task, out=tmp_path / "run")
    assert (ended.code, ended.job.counts.failed) == (1, 3)
    assert len(server.seen) == 3 * 2
    assert len(list(read_requests(ended.folder / "gateway"))) == 3
