"""Drives RAGAS's own metrics through its Python API: one call a metric and an answer.

RAGAS has the prompts, the requests and the arithmetic. What it gives as a number without a whole
answer of the judge behind it is a failure here: see `verdicts.py`.
"""

import asyncio
import importlib.metadata
import importlib.util
import os
import platform
import urllib.parse

from bench_closed import close_network, warn_of
from bench_protocol import Unsupported, main


def sibling(name):
    """PYTHONSAFEPATH hides the files beside this one; the folder has the package's own name."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location("ragas_adapter_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


prompts, verdicts = sibling("prompts"), sibling("verdicts")
METRICS = ("answer_relevancy", "faithfulness")
# Of the way to the model, not of the metric: RAGAS reads whole answers, one a request.
REFUSED = ("messages", "model", "n", "response_format", "stream", "stream_options", "tools")


def versions():
    names = ("ragas", "instructor", "openai")
    found = {name: importlib.metadata.version(name) for name in names}
    return dict(found, harness=found["ragas"], python=platform.python_version())


def describe():
    return {"versions": versions(), "capabilities": {"metrics": list(METRICS)}}


def refuse_unsupported(spec):
    unknown = sorted(set(spec["metrics"]) - set(METRICS))
    if unknown:
        raise Unsupported("RAGAS is asked for %s here: it has %s" % (unknown, list(METRICS)))
    if "answer_relevancy" in spec["metrics"] and not spec.get("embeddings"):
        raise Unsupported("answer_relevancy compares embeddings, and none are named")
    fixed = sorted(set(spec["model"].get("parameters") or {}) & set(REFUSED))
    if fixed:
        raise Unsupported("parameters of the judge that RAGAS sets itself: %s" % ", ".join(fixed))


def judge(job):
    refuse_unsupported(job.spec)
    sibling("surroundings").environment(job.path("home"))
    refused = close_network()
    job.restart("judged.jsonl")
    job.stage("loading ragas")
    from ragas._analytics import do_not_track

    if not do_not_track():
        raise RuntimeError("RAGAS would report its use: RAGAS_DO_NOT_TRACK has no effect")
    try:
        asyncio.run(judge_all(job))
    finally:
        warn_of(job, refused)
    return {
        "versions": versions(),
        "data": {"prompts": {name: prompts.templates(name) for name in job.spec["metrics"]}},
    }


async def judge_all(job):
    """Every item by every metric that it has what is needed for; each row as it comes."""
    from openai import AsyncOpenAI

    spec = job.spec
    model, embeddings = spec["model"], spec.get("embeddings")
    facts = {name: prompts.facts(name) for name in spec["metrics"]}
    # The gateway behind base_url owns retries and keys.
    own = {"api_key": "none", "max_retries": 0, "timeout": model["timeout_s"]}
    chat = AsyncOpenAI(base_url=model["base_url"], **own)
    vectors = embeddings and chat.with_options(base_url=embeddings["base_url"])
    places = asyncio.Semaphore(spec["concurrency"])
    items = job.items()
    total, done = sum(len(item["metrics"]) for item in items), 0
    job.stage("judging")
    job.progress(0, total)

    async def one(item, metric):
        nonlocal done
        sample = urllib.parse.quote("%s %s" % (item["id"], metric), safe="")
        async with places:
            named = chat.with_options(default_headers={"X-Bench-Sample": sample})
            asking = verdicts.Asking(named, model, vectors, embeddings)
            said = await verdicts.verdict(metric, item, asking)
        job.judged(item["id"], metric=metric, **said, **facts[metric])
        done += 1
        job.progress(done, total)

    # A batch at a time: a task for each of a million answers would be too many.
    pairs = [(item, metric) for item in items for metric in item["metrics"]]
    for start in range(0, len(pairs), 1000):
        await asyncio.gather(*[one(*pair) for pair in pairs[start : start + 1000]])
    await chat.close()


if __name__ == "__main__":
    main(describe=describe, judge=judge)
