"""The routes: /health, /v1/models, /v1/chat/completions, /v1/completions."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web
from bench_images import RequestError
from bench_protocol import PROTOCOL, write_json

BODY_LIMIT = 256 * 1024**2  # bytes
COMPLETION_TOKENS = 16  # what OpenAI's /v1/completions answers with where no bound is named


class Api:
    """`speaker` and `asking`, `scoring`: this folder's. One request is worked on at a time."""

    def __init__(self, speaker, weights, *, asking, scoring, spec, most_tokens):
        self._speaker, self._weights = speaker, weights
        self._asking, self._scoring = asking, scoring
        self._served_id, self._started = spec["served_id"], int(time.time())
        self._most_tokens = most_tokens
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")

    def application(self):
        app = web.Application(client_max_size=BODY_LIMIT, middlewares=[errors])
        app.router.add_get("/health", self.health)
        app.router.add_get("/v1/models", self.models)
        app.router.add_post("/v1/chat/completions", self.chat)
        app.router.add_post("/v1/completions", self.complete)
        return app

    async def health(self, _request):
        return web.json_response({"status": "ok"})

    async def models(self, _request):
        model = {"id": self._served_id, "object": "model", "created": self._started}
        model.update(owned_by="transformers", max_model_len=self._weights.most)
        return web.json_response({"object": "list", "data": [model]})

    async def chat(self, request):
        body = await self._body(request)
        wish = self._asking.wish(body, self._most_tokens)
        if wish.max_tokens < 1:
            raise RequestError("invalid_parameter", "max_tokens must be at least 1")
        asked = self._asking.conversation(body)

        def work(tell, cancelled):
            return self._speaker.say(self._speaker.conversed(asked), wish, tell, cancelled)

        frame = self._frame("chatcmpl-")
        if body.get("stream"):
            return await self._stream(request, body, frame, work)
        said = await self._worked(work)
        message = {"role": "assistant", "content": said.text}
        choice = {"index": 0, "message": message, "finish_reason": said.finish_reason}
        whole = dict(frame, object="chat.completion", choices=[choice], usage=_usage([said]))
        return web.json_response(whole)

    async def complete(self, request):
        body = await self._body(request)
        if body.get("stream"):
            raise RequestError("unsupported_parameter", "stream: only /v1/chat/completions streams")
        wish = self._asking.wish(body, COMPLETION_TOKENS)
        asked = self._asking.completion(body)
        if wish.max_tokens < 1 and not asked.echo:
            raise RequestError("invalid_parameter", "max_tokens must be at least 1, or echo true")
        choices, answers = [], []
        for index, prompt in enumerate(asked.prompts):

            def work(_tell, cancelled, prompt=prompt):
                return self._completed(prompt, asked, wish, cancelled)

            choice, said = await self._worked(work)
            choices.append(dict(choice, index=index))
            answers.append(said)
        whole = dict(self._frame("cmpl-"), object="text_completion", choices=choices)
        return web.json_response(dict(whole, usage=_usage(answers)))

    def _completed(self, prompt, asked, wish, cancelled):
        """(a choice, what was said), in the model's thread."""
        speaker, scoring, weights = self._speaker, self._scoring, self._weights
        entered = speaker.prompted(prompt)
        given = entered["input_ids"][0].tolist()
        if not given:
            raise RequestError("invalid_prompt", "the prompt has no tokens")
        if weights.most is not None and len(given) > weights.most:
            said = "the prompt is %d tokens; the context holds %d"
            raise RequestError("context_length_exceeded", said % (len(given), weights.most))
        # What a log-likelihood task asks for: one pass gives the numbers and the next token.
        one_pass = asked.echo and wish.max_tokens <= 1 and wish.temperature == 0 and not wish.stop
        found = None
        if one_pass:
            extend = wish.max_tokens == 1
            found = scoring.scored(weights.model, given, asked.top or 0, extend=extend)
            said = speaker.said_of(found.ids[len(given) :], len(given))
        else:
            said = speaker.say(entered, wish, None, cancelled)
            if asked.top is not None:
                found = scoring.scored(weights.model, given + said.tokens, asked.top)
        before = ""
        if asked.echo:
            before = prompt if isinstance(prompt, str) else speaker.text_of(given)
        choice = {"text": before + said.text, "finish_reason": said.finish_reason, "logprobs": None}
        if asked.top is not None:
            start = 0 if asked.echo else len(given)
            choice["logprobs"] = scoring.reported(weights.tokenizer, found, asked.top, start)
        return choice, said

    async def _body(self, request):
        try:
            body = json.loads(await request.read())
        except (ValueError, RecursionError) as error:
            raise RequestError("invalid_json", "the body is not JSON: %s" % error) from error
        if not isinstance(body, dict):
            raise RequestError("invalid_body", "the body must be an object")
        if body.get("model") not in (None, self._served_id):
            said = "this server has %r, not %r" % (self._served_id, body["model"])
            raise RequestError("model_not_found", said, status=404)
        return body

    def _frame(self, prefix):
        name = prefix + uuid.uuid4().hex
        return {"id": name, "created": int(time.time()), "model": self._served_id}

    async def _worked(self, work, tell=None):
        """In the model's thread; a client that hangs up ends the work, and the next may begin."""
        cancelled = threading.Event()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, work, tell, cancelled)
        finally:
            cancelled.set()

    async def _stream(self, request, body, frame, work):
        pieces, loop = asyncio.Queue(), asyncio.get_running_loop()

        def tell(text):
            loop.call_soon_threadsafe(pieces.put_nowait, text)

        working = asyncio.ensure_future(self._worked(work, tell))
        working.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            first = await pieces.get()
            if first is None and working.exception() is not None:
                raise working.exception()  # before the first byte: an ordinary error
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            wished = body.get("stream_options")
            counted = isinstance(wished, dict) and wished.get("include_usage") is True
            steps = self._steps(frame, working, pieces, first, counted=counted)
            async for step in steps:
                await response.write(("data: %s\n\n" % step).encode())
            await response.write_eof()
            return response
        finally:
            working.cancel()

    async def _steps(self, frame, working, pieces, piece, *, counted):
        """The events of a stream, as texts; the first piece has been taken already."""
        frame = dict(frame, object="chat.completion.chunk")

        def chunk(delta, reason=None):
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            return json.dumps(dict(frame, choices=[choice]))

        yield chunk({"role": "assistant"})
        while piece is not None:
            yield chunk({"content": piece})
            piece = await pieces.get()
        broken = working.exception()
        if broken is not None:
            said = "%s: %s" % (type(broken).__name__, broken)
            error = {"message": said, "type": "server_error", "code": "generation_failed"}
            yield json.dumps({"error": error})
            return
        said = working.result()
        yield chunk({}, said.finish_reason)
        if counted:
            yield json.dumps(dict(frame, choices=[], usage=_usage([said])))
        yield "[DONE]"

    def close(self):
        self._thread.shutdown(wait=False, cancel_futures=True)


def _usage(answers):
    given = sum(said.prompt_tokens for said in answers)
    new = sum(len(said.tokens) for said in answers)
    return {"prompt_tokens": given, "completion_tokens": new, "total_tokens": given + new}


@web.middleware
async def errors(request, handler):
    """Whatever goes wrong becomes an error in the API's form."""
    try:
        return await handler(request)
    except RequestError as error:
        kind = "invalid_request_error" if error.status < 500 else "server_error"
        return _error(error.status, error.code, str(error), kind)
    except web.HTTPException as error:
        return _error(error.status, "http_%d" % error.status, error.reason, "http_error")
    except Exception as error:
        request.app.logger.exception("a request could not be answered")
        said = "%s: %s" % (type(error).__name__, error)
        return _error(500, "generation_failed", said, "server_error")


def _error(status, code, message, kind):
    error = {"message": message, "type": kind, "code": code}
    return web.json_response({"error": error}, status=status)


def listen(api, folder, host, versions):
    """On a port that the kernel chooses, named in ready.json, until SIGTERM."""
    asyncio.run(_listen(api.application(), os.path.join(folder, "ready.json"), host, versions))
    api.close()


async def _listen(app, ready, host, versions):
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    port = runner.addresses[0][1]
    write_json(ready, {"protocol": PROTOCOL, "port": port, "versions": versions})
    await stop.wait()
    await runner.cleanup()
