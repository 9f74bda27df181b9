from __future__ import annotations

import base64
import hashlib
import io
import json
from pathlib import Path
from typing import Any

from aiohttp import web
from PIL import Image

from tests.gateway.loopback import Pair, always, answer_body, answering, endpoint, gateway, question

ODD = [
    "",
    "NA",
    "007",
    "nul \x00 and \r and \r\n and \t",
    "line\u2028separator\u2029and \x85 and \x1c",
    "lone \ud800 surrogate and \udfff",
    "emoji 🧾👩‍👩‍👧 and Ελλάδα ﷺ e\u0301",
    "x" * 40_000,
]


def test_the_endpoint_gets_the_bytes_that_the_harness_sent(pair: Pair) -> None:
    body = b'{ "model":"tiny",\n "zz_unknown": 1e-3, "messages":[], "seed": 7 }  '
    with answering(pair, always(answer_body("42"))) as (server, proxy):
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Mine": "kept",
            "Authorization": "Bearer harness",
            "Cookie": "a=b",
            "X-Bench-Sample": "%C3%A9%2F7",
            "X-Bench-Other": "dropped",
            "Connection": "X-Hop, close",
            "X-Hop": "dropped",
            "Accept-Encoding": "gzip",
        }
        path = "/chat/completions?a=%20b&c=d+e&x=%E2%9C%93&y=a%2Fb"
        said = proxy.ask(body, path=path, headers=headers)
        assert said.status == 200
        (seen,) = server.seen
        assert seen.body == body
        assert seen.path == "/v1" + path
        assert seen.headers["Host"] == f"127.0.0.1:{server.port}"
        assert seen.headers["X-Mine"] == "kept"
        assert seen.headers["Content-Type"] == "application/json; charset=utf-8"
        assert seen.headers["Accept-Encoding"] == "identity"
        gone = {"authorization", "cookie", "x-bench-sample", "x-bench-other", "x-hop"}
        assert gone.isdisjoint(name.lower() for name in seen.headers)
        row = proxy.one()
        assert (row.sample, row.served_model, row.model, row.job) == ("é/7", "tiny", "model", "job")
        assert row.parameters == {"zz_unknown": 0.001, "seed": 7}
        assert row.path == "/chat/completions"


def test_odd_answers_arrive_and_are_recorded_byte_for_byte(pair: Pair) -> None:
    bodies = [answer_body(text) for text in ODD]
    bodies += [
        json.dumps(json.loads(body), ensure_ascii=False).encode()
        for body, text in zip(bodies, ODD, strict=True)
        if "\ud800" not in text
    ]

    async def script(request: web.Request) -> web.Response:
        return web.Response(body=bodies[int((await request.json())["n"])])

    with answering(pair, script) as (_server, proxy):
        for number, body in enumerate(bodies):
            assert proxy.ask(question(n=number)).body == body
        rows = proxy.requests()
    assert [row.text for row in rows] == [
        json.loads(body)["choices"][0]["message"]["content"] for body in bodies
    ]
    assert [row.response for row in rows] == [body.decode() for body in bodies]
    assert {row.status for row in rows} == {"ok"}
    assert b"\r" not in (proxy.folder / "requests.jsonl").read_bytes()


def test_null_content_is_an_answer(pair: Pair) -> None:
    with answering(pair, always(answer_body(None))) as (_server, proxy):
        assert proxy.ask(question()).json["choices"][0]["message"]["content"] is None
        row = proxy.one()
    assert (row.status, row.text, row.content_null, row.finish_reason) == ("ok", None, True, "stop")


def test_an_answer_keeps_its_usage_and_times(pair: Pair) -> None:
    body = answer_body("42", prompt_tokens=5, completion_tokens=1)
    with answering(pair, always(body)) as (_server, proxy):
        proxy.ask(question())
        row = proxy.one()
    assert row.usage == {"prompt_tokens": 5, "completion_tokens": 1}
    assert row.ttft_s is None
    assert row.latency_s is not None
    assert 0 < row.latency_s == row.attempts[0].latency_s < 5


def test_completions_are_recorded_with_their_prompt(pair: Pair) -> None:
    body = b'{"choices": [{"text": "42", "finish_reason": "length"}]}'
    with answering(pair, always(body)) as (_server, proxy):
        proxy.ask({"model": "tiny", "prompt": "6*7="}, path="/completions", job="other/job")
        row = proxy.one()
    assert (row.text, row.finish_reason, row.job) == ("42", "length", "other/job")
    assert (row.messages, row.parameters) == (None, {"prompt": "6*7="})


def test_other_paths_pass_without_a_record(pair: Pair) -> None:
    listing = b'{"object": "list", "data": []}'
    with answering(pair, always(listing)) as (server, proxy):
        assert proxy.ask(b"", path="/models", method="GET").body == listing
        assert proxy.requests() == []
        assert server.seen[0].path == "/v1/models"


def test_unknown_jobs_and_paths_are_404(pair: Pair) -> None:
    with answering(pair, always(answer_body("42"))) as (server, proxy):
        said = proxy.ask(question(), job="nobody")
        assert (said.status, said.json["error"]["code"]) == (404, "unknown_job")
        assert "nobody" in said.json["error"]["message"]
        assert proxy.ask(question(), path="/../admin").status == 404
        assert proxy.ask(question(), path="/%2e%2e/admin").status == 404
        assert server.seen == []
        assert proxy.requests() == []


def test_images_are_stored_once_and_named_in_the_record(pair: Pair) -> None:
    small, large = png(8), png(700)
    assert len(base64.b64encode(large)) > 256 * 2**10

    def part(content: bytes, **more: Any) -> dict[str, Any]:
        url = "data:image/png;base64," + base64.b64encode(content).decode()
        return {"type": "image_url", "image_url": {"url": url, **more}}

    remote = {"type": "image_url", "image_url": {"url": "http://images.invalid/1.png"}}
    text = {"type": "text", "text": "data:image/png;base64,AAAA"}
    content = [part(small, detail="high"), part(small), remote, text, part(large)]
    body = {"model": "tiny", "messages": [{"role": "user", "content": content}]}
    with answering(pair, always(answer_body("42"))) as (server, proxy):
        assert [proxy.ask(body).status for _ in range(2)] == [200, 200]
        assert json.loads(server.seen[0].body) == body
        first, second = proxy.requests()
    named = [
        {
            "sha256": hashlib.sha256(image).hexdigest(),
            "media_type": "image/png",
            "bytes": len(image),
        }
        for image in (small, large)
    ]
    assert first.messages == second.messages
    assert first.messages is not None
    assert first.messages[0]["content"] == [
        {"type": "image_url", "image_url": {"detail": "high", **named[0]}},
        {"type": "image_url", "image_url": named[0]},
        remote,
        text,
        {"type": "image_url", "image_url": named[1]},
    ]
    stored = {path.name: path.read_bytes() for path in (proxy.folder / "images").iterdir()}
    assert stored == {
        f"{name['sha256']}.png": image for name, image in zip(named, (small, large), strict=True)
    }


def png(side: int) -> bytes:
    """Noise, so that it does not shrink."""
    noise = hashlib.shake_256(b"noise").digest(side * side * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(file, "PNG")
    return file.getvalue()


def test_a_proxy_of_the_environment_is_used_but_not_for_loopback(tmp_path: Path) -> None:
    with endpoint(always(answer_body("42"))) as server:
        address = f"http://user:p%40ss@127.0.0.1:{server.port}"
        environment = {"HTTP_PROXY": address, "http_proxy": address, "NO_PROXY": "", "no_proxy": ""}
        for number, url in enumerate((server.url, "http://model.invalid/v1")):
            folder = tmp_path / str(number)
            folder.mkdir()
            with gateway(folder, url, environment=environment) as proxy:
                assert proxy.ask(question()).status == 200
        direct, proxied = server.seen
    login = "Basic " + base64.b64encode(b"user:p@ss").decode()
    assert "Proxy-Authorization" not in direct.headers
    assert proxied.path == "http://model.invalid/v1/chat/completions"
    assert proxied.headers["Proxy-Authorization"] == login
