"""The model class that lm-eval's own benchmarks are given: every request knows its sample.

lm-eval's own clients end the whole run with the first request that fails, and tell nobody which
sample a request is of.
"""

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor

from bench_protocol import Unsupported

FAILED = (float("-inf"), False)  # no model gives that to every choice


class Log:
    """What came back so far: raw/answers.jsonl and raw/failed.jsonl, and the bar."""

    def __init__(self, job, samples):
        self.job, self.samples = job, samples  # sample ids by (task, lm-eval's number)
        self.lock, self.done, self.total = threading.Lock(), 0, 0
        self.failed, self.unsent_stops = {}, 0

    def sample(self, request):
        return self.samples[request.task_name, request.doc_id]

    def begin(self, total):
        self.total += total
        self.job.stage("asking the model")

    def came_back(self, sample, text=None, error=None):
        with self.lock:
            self.done += 1
            self.job.progress(self.done, self.total)
            if error is not None and sample not in self.failed:
                self.failed[sample] = error
                self._write("failed.jsonl", {"id": sample, "error": error})
            elif text is not None:
                self._write("answers.jsonl", {"id": sample, "text": text})

    def _write(self, name, row):
        with open(self.job.path("raw", name), "ab") as file:
            file.write((json.dumps(row) + "\n").encode("ascii"))


class Cutter:
    """How many tokens the model's own tokenizer makes of a text's end."""

    def __init__(self, folder):
        from transformers import AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        first = self.tokenizer.bos_token
        self.prefix = first if first is not None else self.tokenizer.eos_token

    def count(self, text):
        return len(self.tokenizer(text)["input_ids"])

    def behind(self, text, continuation):
        return self.count(text + continuation) - self.count(text)


class Asker:
    """Asks the job's model for one request of lm-eval at a time. `pictures` gives an image's own
    file back; `siblings` are the adapter's modules asking, collect, completions and probe.
    """

    def __init__(self, model, log, pictures, siblings):
        self.model, self.log, self.pictures = model, log, pictures
        self.asking, self.completions = siblings["asking"], siblings["completions"]
        self.collect, self.probe = siblings["collect"], siblings["probe"]
        self.chats = model.get("api", "chat") == "chat"
        folder = model.get("tokenizer")
        self.cutter = Cutter(folder) if folder and not self.chats else None

    def require_logprobs(self, count):
        if self.chats:
            raise Unsupported(
                "%d requests ask for log-probabilities, which a chat endpoint does not give: "
                "use a model with `api: completions`, or --in-process" % count
            )
        self.probe.require_logprobs(self.model)

    def generated(self, request):
        sample, given = self.log.sample(request), request.args
        body, unsent = self.asking.request_of(given[1])
        self.log.unsent_stops = max(self.log.unsent_stops, unsent)
        visual = given[2].get("visual") if len(given) > 2 else None
        try:
            text, error = self._text(sample, given[0], body, visual or [])
        except Exception as broken:
            text, error = None, "%s: %s" % (type(broken).__name__, broken)
        self.log.came_back(sample, text, error)
        return self.collect.NO_ANSWER if error is not None else self.collect.in_file(text)

    def _text(self, sample, prompt, body, visual):
        """(text, None) or (None, why there is none)."""
        if self.chats:
            images = self.pictures(sample, visual)
            body["messages"] = self.asking.with_images(json.loads(prompt), images)
        elif visual:
            return None, "not asked: a completions endpoint takes no images"
        else:
            body["prompt"] = prompt
        path = "/chat/completions" if self.chats else "/completions"
        choice, error = self.asking.post(self.model, sample, path, body)
        if error is not None:
            return None, error
        text = choice["message"]["content"] if self.chats else choice["text"]
        # The API allows a null content (a refusal, a tool call): an answer without text.
        text = "" if text is None else text
        if not isinstance(text, str):
            return None, "the answer's content is no text: %r" % (text,)
        return text, None

    def likelihood(self, request):
        return self._measured(self.log.sample(request), *request.args[:2])

    def whole(self, request):
        return self._measured(self.log.sample(request), "", request.args[0])

    def _measured(self, sample, text, continuation):
        try:
            found, error = self._echoed(sample, text, continuation), None
        except (self.completions.Unclear, LookupError, TypeError, ValueError) as broken:
            found, error = FAILED, "%s: %s" % (type(broken).__name__, broken)
        self.log.came_back(sample, error=error)
        return found

    def _echoed(self, sample, text, continuation):
        if text == "":
            if self.cutter is None:
                raise self.completions.Unclear("an empty prompt needs the model's `tokenizer`")
            text, tokens = self.cutter.prefix, self.cutter.behind("", continuation)
        else:
            text, continuation = self.completions.split_pair(text, continuation)
            tokens = self.cutter and self.cutter.behind(text, continuation)
        body = {"prompt": text + continuation, "echo": True, "logprobs": 1}
        body.update(max_tokens=1, temperature=0)
        choice, error = self.asking.post(self.model, sample, "/completions", body)
        if error is not None:
            raise ValueError(error)
        return self.completions.continuation(choice, text, continuation, tokens)


def model_class(job, log, pictures, siblings):
    """A class for lm-eval's registry, with an Asker behind it."""
    from lm_eval.api.model import LM

    class Endpoint(LM):
        MULTIMODAL = True
        tokenizer_name = ""  # of the prompt cache, which is off

        def __init__(self, model, base_url, num_concurrent, timeout):
            super().__init__()
            self.concurrency = num_concurrent
            said = {"served_id": model, "base_url": base_url, "timeout_s": timeout}
            self.asker = Asker(dict(job.spec["model"], **said), log, pictures, siblings)

        def apply_chat_template(self, chat_history, add_generation_prompt=True):  # noqa: FBT002
            del add_generation_prompt
            return json.dumps(chat_history)

        def chat_template(self, _name):
            return ""

        def generate_until(self, requests):
            return self.each(self.asker.generated, requests)

        def loglikelihood(self, requests):
            self.asker.require_logprobs(len(requests))
            found = self.each(self.asker.likelihood, requests)
            # A sample with one choice that was not answered has no answer at all.
            return [
                FAILED if log.sample(request) in log.failed else one
                for request, one in zip(requests, found)
            ]

        def loglikelihood_rolling(self, requests):
            self.asker.require_logprobs(len(requests))
            if self.asker.cutter is None:
                raise Unsupported("the likelihood of a whole text needs the model's `tokenizer`")
            return [one[0] for one in self.each(self.asker.whole, requests)]

        def each(self, function, requests):
            log.begin(len(requests))
            with ThreadPoolExecutor(self.concurrency) as pool:
                return list(pool.map(function, requests))

    return Endpoint


def own_files(rows):
    """`pictures` of the class: by sample id, the files of `rows` (their paths by id) where a task
    passes the pictures as they are; a picture that it made or changed becomes PNG.
    """

    def pictures(sample, visual):
        from PIL import Image

        paths = rows.get(sample, [])
        return [
            _as_it_is(Image, paths[number], one) if len(paths) == len(visual) else _png(one)
            for number, one in enumerate(visual)
        ]

    return pictures


def _as_it_is(image, path, shown):
    with image.open(path) as kept:
        same = kept.size == shown.size and kept.convert("RGB").tobytes() == (
            shown.convert("RGB").tobytes()
        )
    if not same:
        return _png(shown)
    with open(path, "rb") as file:
        return file.read()


def _png(shown):
    written = io.BytesIO()
    shown.save(written, "PNG")
    return written.getvalue()
