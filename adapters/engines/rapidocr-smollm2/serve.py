"""The server of ../rapidocr, with a small language model that answers about the page's text."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from concurrent.futures import ThreadPoolExecutor

from bench_ocr import Pages, engine_spec, serve_replies
from bench_ocr import settings as filled
from bench_protocol import main

HERE = os.path.dirname(os.path.abspath(__file__))


def loaded(*way):
    """A file beside this folder or in it, by its path: PYTHONSAFEPATH hides both."""
    path = os.path.join(HERE, *way)
    spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ASKING = loaded("asking.py")
SMOLLM2 = loaded("smollm2.py")
RAPIDOCR = loaded(os.pardir, "rapidocr", "serve.py")

OF_THE_MODEL = {"llm_threads": 1, "n_ctx": 8192, "max_tokens": 512}
DEFAULTS = dict(RAPIDOCR.DEFAULTS, **OF_THE_MODEL)
LEAST = {"llm_threads": 1, "n_ctx": 256, "max_tokens": 1}


def settings(arguments):
    """The arguments with their defaults filled in; ValueError for an unknown or impossible one."""
    chosen = filled(arguments, DEFAULTS, LEAST)
    if chosen["n_ctx"] > SMOLLM2.TRAINED_CONTEXT:
        raise ValueError("n_ctx must be at most %d: more was not trained" % SMOLLM2.TRAINED_CONTEXT)
    of_the_ocr = {name: chosen[name] for name in RAPIDOCR.DEFAULTS}
    return dict(chosen, **RAPIDOCR.settings(of_the_ocr))


def versions():
    return dict(RAPIDOCR.versions(), **SMOLLM2.versions())


def serve(folder):
    chosen = settings(engine_spec(folder).get("arguments") or {})
    found = versions()
    reader = RAPIDOCR.Reader(chosen["max_side"], chosen["text_score"])
    RAPIDOCR.warm_up(reader)
    model = SMOLLM2.Model(chosen["llm_threads"], chosen["n_ctx"])
    hello = [{"role": "user", "content": "Hello"}]
    model.say({"messages": hello, "max_tokens": 1}, hello)
    speaking = ThreadPoolExecutor(1, thread_name_prefix="smollm2")

    async def reply(page, question, body):
        asked, shared = ASKING.completion(body, page, question, chosen["max_tokens"])
        return await asyncio.get_running_loop().run_in_executor(speaking, model.say, asked, shared)

    pages = Pages(reader.read, chosen["threads"], chosen["cache"])
    serve_replies(folder, pages, found, reply)
    speaking.shutdown(wait=False, cancel_futures=True)


if __name__ == "__main__":
    main(describe=lambda: {"versions": versions()}, serve=serve)
