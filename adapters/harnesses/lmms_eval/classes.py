"""The model that lmms-eval is given for an endpoint. Its own client encodes images anew, knows
seven parameters, ignores its time-out, retries inside retries, and cannot send a header.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

from bench_protocol import Answer, ask

FAILED = "[LMMS_EVAL_REQUEST_FAILED after 1 retries] "  # as lmms-eval's own client has it


class Tally:
    """What has happened to the samples of this job so far. `shown` is collect.shown."""

    def __init__(self, job, shown):
        self.job, self.shown, self.lock = job, shown, threading.Lock()
        self.total = self.done = self.altered = 0

    def expect(self, total):
        self.total = total
        self.job.stage("asking the model")

    def answered(self, sample, text):
        """What lmms-eval gets to see of an answer; what came is written before."""
        self.job.answered(sample, text)
        seen = self.shown(text)
        self._came_back(altered=seen != text)
        return seen

    def failed(self, sample, error):
        """What lmms-eval gets to see in place of an answer."""
        self.job.failed(sample, error)
        self._came_back(altered=False)
        return FAILED + self.shown(error.replace("\n", " ")[:200])

    def _came_back(self, altered):
        with self.lock:
            self.done += 1
            self.altered += altered
            self.job.progress(self.done, self.total)


def model_class(base, tally, samples):
    """A chat model for lmms-eval, whose class `lmms` is `base`.

    `samples` are samples.Documents, or native_samples.Samples for a task of lmms-eval.
    """

    class BenchModel(base):
        is_simple = False

        def __init__(self, concurrency, **model):
            super().__init__()
            self.concurrency, self.model = concurrency, model

        def generate_until(self, requests):
            tally.expect(len(requests))
            samples.expect(requests, self.task_dict)
            with ThreadPoolExecutor(self.concurrency) as pool:
                return list(pool.map(self.answer, requests))

        def answer(self, request):
            sample = samples.id_of(request, self.task_dict)
            try:
                model, content = samples.question(request, self.task_dict, self.model)
                answer = ask(model, sample, content)
            except Exception as error:
                answer = Answer(None, "%s: %s" % (type(error).__name__, error))
            if answer.error is None and not isinstance(answer.text, str):
                answer = Answer(None, "the answer's content is no text: %r" % (answer.text,))
            if answer.error is not None:
                return tally.failed(sample, answer.error)
            return tally.answered(sample, answer.text)

        def loglikelihood(self, requests):
            raise NotImplementedError("an endpoint gives no likelihoods")

        def generate_until_multi_round(self, requests):
            raise NotImplementedError("each sample is asked once")

    return BenchModel
