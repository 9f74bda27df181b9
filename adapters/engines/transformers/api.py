"""The routes: /health, /v1/models, /v1/chat/completions, /v1/completions."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import bench_openai as openai
from aiohttp import web
from bench_images import RequestError

BROKEN = "generation_failed"
COMPLETION_TOKENS = 16  # what OpenAI's /v1/completions answers with where no bound is named


class Api:
    """`speaker` and `asking`, `scoring`: this folder's. One request is worked on at a time."""

    def __init__(self, speaker, weights, *, asking, scoring, spec, most_tokens):
        self._speaker, self._weights = speaker, weights
        self._asking, self._scoring = asking, scoring
        self._served_id = spec["served_id"]
        self._most_tokens = most_tokens
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")

    def application(self):
        routes = [
            web.post("/v1/chat/completions", self.chat),
            web.post("/v1/completions", self.complete),
        ]
        model = {"id": self._served_id, "owned_by": "transformers"}
        return openai.application(routes, dict(model, max_model_len=self._weights.most), BROKEN)

    async def chat(self, request):
        body = await openai.body_of(request, self._served_id)
        wish = self._asking.wish(body, self._most_tokens)
        if wish.max_tokens < 1:
            raise RequestError("invalid_parameter", "max_tokens must be at least 1")
        asked = self._asking.conversation(body)

        def work(tell, cancelled):
            return self._speaker.say(self._speaker.conversed(asked), wish, tell, cancelled)

        frame = openai.framed("chatcmpl-", self._served_id)
        if body.get("stream"):
            return await self._stream(request, body, frame, work)
        said = await self._worked(work)
        whole = openai.completion(frame, said.text, said.finish_reason, _usage([said]))
        return web.json_response(whole)

    async def complete(self, request):
        body = await openai.body_of(request, self._served_id)
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
        frame = openai.framed("cmpl-", self._served_id)
        whole = dict(frame, object="text_completion", choices=choices, usage=_usage(answers))
        return web.json_response(whole)

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
            response = await openai.streaming(request, {})
            counted = openai.wants_usage(body)
            async for step in self._steps(frame, working, pieces, first, counted=counted):
                await response.write(openai.event(step))
            await response.write_eof()
            return response
        finally:
            working.cancel()

    async def _steps(self, frame, working, pieces, piece, *, counted):
        """The events of a stream, as texts; the first piece has been taken already."""
        yield openai.chunk(frame, {"role": "assistant"})
        while piece is not None:
            yield openai.chunk(frame, {"content": piece})
            piece = await pieces.get()
        broken = working.exception()
        if broken is not None:
            yield json.dumps(openai.failed(BROKEN, "%s: %s" % (type(broken).__name__, broken)))
            return
        said = working.result()
        yield openai.chunk(frame, {}, said.finish_reason)
        if counted:
            yield openai.usage_chunk(frame, _usage([said]))
        yield openai.DONE

    def close(self):
        self._thread.shutdown(wait=False, cancel_futures=True)


def _usage(answers):
    given = sum(said.prompt_tokens for said in answers)
    new = sum(len(said.tokens) for said in answers)
    return {"prompt_tokens": given, "completion_tokens": new, "total_tokens": given + new}


def listen(api, folder, host, versions):
    """On a port that the kernel chooses, named in ready.json, until SIGTERM."""
    openai.listen(api.application(), folder, host, versions, handler_cancellation=True)
    api.close()
