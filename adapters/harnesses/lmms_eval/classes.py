"""The model that lmms-eval is given. Its own client for endpoints encodes images anew, knows seven
parameters, ignores its time-out, retries inside retries, and cannot send a header.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from bench_protocol import Answer, ask, image_part

FAILED = "[LMMS_EVAL_REQUEST_FAILED after 1 retries] "  # as lmms-eval's own client has it


class Tally:
    """What has happened to the samples of this job so far."""

    def __init__(self, job):
        self.job, self.lock = job, threading.Lock()
        self.total = self.done = self.altered = 0

    def expect(self, total):
        self.total = total
        self.job.stage("asking the model")

    def came_back(self, altered):
        with self.lock:
            self.done += 1
            self.altered += altered
            self.job.progress(self.done, self.total)


def model_class(base, job, tally, shown):
    """A chat model for lmms-eval, whose class `lmms` is `base`; `shown` is collect.shown."""

    class BenchModel(base):
        is_simple = False

        def __init__(self, concurrency, **model):
            super().__init__()
            self.concurrency, self.model = concurrency, model

        def generate_until(self, requests):
            tally.expect(len(requests))
            with ThreadPoolExecutor(self.concurrency) as pool:
                return list(pool.map(self.answer, [self.message(one) for one in requests]))

        def message(self, request):
            _prompt, messages, _parameters, number, task, split = request.args
            (message,) = messages(self.task_dict[task][split][number])
            return message

        def answer(self, message):
            """What lmms-eval gets to see; what came is written before."""
            sample = message["sample"]
            try:
                answer = ask(self.model, sample, parts(message))
            except Exception as error:
                answer = Answer(None, "%s: %s" % (type(error).__name__, error))
            if answer.error is None and not isinstance(answer.text, str):
                answer = Answer(None, "the answer's content is no text: %r" % (answer.text,))
            if answer.error is not None:
                job.failed(sample, answer.error)
                tally.came_back(altered=False)
                return FAILED + shown(answer.error.replace("\n", " ")[:200])
            job.answered(sample, answer.text)
            seen = shown(answer.text)
            tally.came_back(altered=seen != answer.text)
            return seen

        def loglikelihood(self, requests):
            raise NotImplementedError("an endpoint gives no likelihoods")

        def generate_until_multi_round(self, requests):
            raise NotImplementedError("document tasks have one round")

    return BenchModel


def parts(message):
    """lmms-eval's message as the parts of a request: the same ones in the same order."""
    return [_part(one) for one in message["content"]]


def _part(part):
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]}
    image = image_part(part["url"])
    if not image["image_url"]["url"].startswith("data:image/"):
        raise ValueError("%s is no image" % os.path.basename(part["url"]))
    return image
