from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bench.gateway.answer import Answer
from bench.gateway.exchange import Exchange, parse_asked
from bench.gateway.journal import Journal
from bench.gateway.launch import gateway_command
from bench.gateway.mask import Mask
from bench.gateway.record import RECORD_NAME, read_replays, read_requests
from bench.gateway.replay import Replays
from bench.gateway.settings import GatewaySettings
from tests.gateway.loopback import (
    Said,
    Script,
    always,
    answer_body,
    endpoint,
    gateway,
    in_turn,
    question,
)

pytestmark = pytest.mark.thorough

REPLAYED = "X-Bench-Replayed"
EVENT = {"choices": [{"delta": {"content": "4\u2028\ud800é"}, "finish_reason": "stop"}]}
STREAM = b"data: " + json.dumps(EVENT).encode() + b"\n\n: no UTF-8: \xff\xfe\xed\xa0\x80\n\n"


def counting() -> Script:
    """Answers 1, 2, 3 and so on: two answers are never alike."""
    number = itertools.count(1)

    async def script(_: web.Request) -> web.Response:
        return web.Response(body=answer_body(str(next(number))), content_type="application/json")

    return script


def text(said: Said) -> str:
    return str(said.json["choices"][0]["message"]["content"])


def test_what_is_on_record_is_not_asked_again(tmp_path: Path) -> None:
    with endpoint(counting()) as server:
        with gateway(tmp_path, server.url) as proxy:
            first = [proxy.ask(question()), proxy.ask(question("?")), proxy.ask(question())]
        with gateway(tmp_path, server.url, session=2) as proxy:
            again = [proxy.ask(question("?")), proxy.ask(question()), proxy.ask(question())]
            beyond = proxy.ask(question())
            rows = proxy.requests()
        assert len(server.seen) == 4
        with gateway(tmp_path, server.url, session=3) as proxy:
            third = [text(proxy.ask(question())) for _ in range(3)]
        assert len(server.seen) == 4
    assert [text(said) for said in first] == ["1", "2", "3"]
    assert [text(said) for said in again] == ["2", "1", "3"]
    assert text(beyond) == "4"
    assert third == ["1", "3", "4"]
    assert [(row.session, row.text) for row in rows] == [(1, "1"), (1, "2"), (1, "3"), (2, "4")]
    ids = {row.text: row.id for row in rows}
    assert [said.headers[REPLAYED] for said in again] == [ids["2"], ids["1"], ids["3"]]
    assert beyond.headers[REPLAYED] is None
    assert again[0].headers["Content-Type"].startswith("application/json")
    noted = [(one.session, one.id, one.job, one.sample) for one in read_replays(tmp_path)]
    expected = [(2, "2"), (2, "1"), (2, "3"), (3, "1"), (3, "3"), (3, "4")]
    assert noted == [(session, ids[said], "job", None) for session, said in expected]


def test_a_first_session_replays_nothing(tmp_path: Path) -> None:
    with endpoint(counting()) as server, gateway(tmp_path, server.url) as proxy:
        assert [text(proxy.ask(question())) for _ in range(2)] == ["1", "2"]
    assert list(read_replays(tmp_path)) == []
    assert not (tmp_path / "replays.jsonl").exists()


@pytest.mark.parametrize("body", [STREAM + b"data: [DONE]\n\n", STREAM], ids=["done", "finish"])
def test_a_stream_is_replayed_with_the_bytes_it_had(tmp_path: Path, body: bytes) -> None:
    async def script(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type="text/event-stream")

    with endpoint(script) as server:
        with gateway(tmp_path, server.url) as proxy:
            first = proxy.ask(question(stream=True))
        with gateway(tmp_path, server.url, session=2) as proxy:
            again = proxy.ask(question(stream=True))
            whole = proxy.ask(question(), headers={"X-Bench-Sample": "1"})
        assert len(server.seen) == 1 + 3
    assert first.body == again.body == body
    assert again.headers["Content-Type"] == "text/event-stream"
    assert again.headers[REPLAYED]
    assert whole.status == 502


def test_a_whole_answer_is_replayed_with_the_bytes_it_had(tmp_path: Path) -> None:
    body = answer_body("lone \ud800")[:-1] + ', "é\u2028": "\\u00ff"}  \r\n'.encode()
    with endpoint(always(body)) as server:
        with gateway(tmp_path, server.url) as proxy:
            assert proxy.ask(question()).body == body
        with gateway(tmp_path, server.url, session=2) as proxy:
            said = proxy.ask(question())
    assert (said.body, bool(said.headers[REPLAYED])) == (body, True)


def test_neither_another_jobs_nor_another_samples_answer_is_given(tmp_path: Path) -> None:
    def asked(proxy: Any) -> list[str]:
        return [
            text(proxy.ask(question(), job=job, headers=headers))
            for job in ("other/job", "job")
            for headers in ({"X-Bench-Sample": "b"}, {"X-Bench-Sample": "a"}, {})
        ]

    with endpoint(counting()) as server:
        with gateway(tmp_path, server.url) as proxy:
            sample = {"X-Bench-Sample": "a"}
            assert text(proxy.ask(question(), headers=sample)) == "1"
        with gateway(tmp_path, server.url, session=2) as proxy:
            assert asked(proxy) == ["2", "3", "4", "5", "1", "6"]


def test_a_failure_is_asked_again(tmp_path: Path) -> None:
    script = in_turn(always(b"{}", 400), counting())
    with endpoint(script) as server:
        with gateway(tmp_path, server.url) as proxy:
            assert proxy.ask(question()).status == 400
            assert text(proxy.ask(question())) == "1"
        with gateway(tmp_path, server.url, session=2) as proxy:
            assert [text(proxy.ask(question())) for _ in range(2)] == ["1", "2"]
            assert [(row.session, row.status) for row in proxy.requests()] == [
                (1, "failed"),
                (1, "ok"),
                (2, "ok"),
            ]


@pytest.mark.parametrize("body", [b"no JSON", b"[1]", b"{}"])
def test_a_body_that_says_nothing_is_asked_again(tmp_path: Path, body: bytes) -> None:
    with endpoint(counting()) as server:
        for session in (1, 2):
            with gateway(tmp_path, server.url, session=session) as proxy:
                assert text(proxy.ask(body)) == str(session)


def test_a_key_stays_masked_and_is_still_recognised_in_what_was_asked(tmp_path: Path) -> None:
    key = 'sk-Qx/7+"very secret'
    keyed: dict[str, Any] = {"environment": {"MODEL_KEY": key}, "api_key_env": "MODEL_KEY"}
    with endpoint(always(answer_body(f"your key is {key}!"))) as server:
        for session in (1, 2):
            with gateway(tmp_path, server.url, session=session, **keyed) as proxy:
                said = proxy.ask(question(f"is it {key}?"))
                assert said.body == answer_body("your key is ***!")
        assert len(server.seen) == 1
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or b"very secret" not in path.read_bytes()


def test_a_cut_last_line_is_asked_again_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    record = tmp_path / RECORD_NAME
    with endpoint(counting()) as server:
        with gateway(tmp_path, server.url) as proxy:
            assert [text(proxy.ask(question())) for _ in range(2)] == ["1", "2"]
        record.write_bytes(record.read_bytes()[:-1])
        with gateway(tmp_path, server.url, session=2) as proxy:
            assert [text(proxy.ask(question())) for _ in range(2)] == ["1", "3"]
    record.write_bytes(b'{"status": "ok"}\n' + record.read_bytes())
    settings = GatewaySettings.read(tmp_path).model_copy(update={"session": 3})
    settings.write(tmp_path)
    ended = subprocess.run(gateway_command(tmp_path), capture_output=True, check=False, text=True)
    assert ended.returncode == 2
    assert f"{record}:1 is no line of a record" in ended.stderr
    assert "Traceback" not in ended.stderr


asked_in_turn = st.lists(
    st.tuples(
        st.sampled_from(["job", "other"]),
        st.sampled_from([None, "", "a\ud800"]),
        st.sampled_from(["x", "y"]),
        st.booleans(),
    ),
    max_size=12,
)


@given(asked_in_turn, st.lists(st.floats(0, 1), min_size=1, max_size=3))
def test_each_kth_identical_request_gets_its_kth_answer(
    requests: list[tuple[str, str | None, str, bool]], kills: list[float]
) -> None:
    """A run that is killed anywhere, at any byte of the record, and resumed, and so on."""
    answers = map(str, itertools.count())
    folder = Path(tempfile.mkdtemp())
    try:
        for session, kill in enumerate([*kills, 1.0], 1):
            journal = Journal(folder / RECORD_NAME)
            expected: dict[tuple[str, str | None, str], Iterator[str | None]] = {}
            for row in read_requests(folder):
                if row.status == "ok":
                    key = (row.job, row.sample, row.parameters["prompt"])
                    expected[key] = itertools.chain(expected.get(key, ()), [row.text])
            replays = Replays(folder, session)
            for job, sample, prompt, fails in requests:
                exchange = exchange_of(job, sample, prompt, session)
                row_said = replays.take(exchange, Mask(None))
                said = row_said["text"] if row_said else None
                assert said == next(expected.get((job, sample, prompt), iter(())), None)
                if said is None:
                    journal.append(line(exchange, next(answers), fails=fails))
            replays.close()
            journal.close()
            content = (folder / RECORD_NAME).read_bytes()
            (folder / RECORD_NAME).write_bytes(content[: round(len(content) * kill)])
    finally:
        shutil.rmtree(folder)


def exchange_of(job: str, sample: str | None, prompt: str, session: int) -> Exchange:
    asked = parse_asked(json.dumps({"model": "tiny", "prompt": prompt}).encode())
    return Exchange(
        job=job,
        session=session,
        sample=sample,
        model="model",
        path="/completions",
        kind="completion",
        asked=asked,
    )


def line(exchange: Exchange, answer: str, *, fails: bool) -> bytes:
    exchange.attempts.begin()
    if fails:
        return exchange.failed("http", "HTTP 500", http_status=500, raw=b"")
    return exchange.answered(Answer(answer, "stop", None), b"{}")
