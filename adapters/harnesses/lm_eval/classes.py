"""The model and the tasks that lm-eval is given.

Its own client for chat endpoints encodes each image again as PNG, sends one of them, adds seed,
stop, temperature and max_tokens, repeats a failed request and ends the whole run with the last
failure. Here each document is asked once, by the SDK, under its own id.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

from bench_protocol import Answer, Unsupported, ask, image_part


class Tally:
    """What has happened to the samples of this job so far."""

    def __init__(self, job, total):
        self.job, self.total, self.lock = job, total, threading.Lock()
        self.done, self.altered = 0, []

    def came_back(self, sample, altered):
        with self.lock:
            self.done += 1
            if altered:
                self.altered.append(sample)
            if self.done == 1:
                self.job.stage("asking the model")
            self.job.progress(self.done, self.total)


def with_functions(task, items):
    """lm-eval's configuration of a task, with its documents: their row numbers in `items`.

    Functions, never templates: lm-eval would read a prompt's braces as Jinja, and "[1]" as a list.
    """

    def documents(rows, **_metadata):
        import datasets

        return {"test": datasets.Dataset.from_dict({"row": rows})}

    functions = {
        "custom_dataset": documents,
        "doc_to_text": lambda doc: items[doc["row"]]["prompt"],
        "doc_to_target": lambda _doc: "",
    }
    if items[task["dataset_kwargs"]["rows"][0]]["images"]:
        functions["doc_to_image"] = lambda doc: items[doc["row"]]["images"]
    return dict(task, **functions)


def changes(given, item, model, until):
    """What lm-eval made other than it was asked: names, none where it kept everything.

    `given` are the arguments of its request: messages as JSON, parameters and, maybe, images.
    """
    messages = [{"role": "user", "content": item["prompt"]}]
    if model.get("system_prompt"):
        messages.insert(0, {"role": "system", "content": model["system_prompt"]})
    visual = given[2]["visual"] if len(given) > 2 else []
    parts = {
        "prompt": json.loads(given[0]) == messages,
        "parameters": given[1] == dict(until, **(model.get("parameters") or {})),
        "images": list(visual) == list(item["images"]),
    }
    return [name for name, kept in parts.items() if not kept]


def settled(function, *given):
    """The function's Answer, also where it raises and where the endpoint's content is no text."""
    try:
        answer = function(*given)
    except Exception as error:
        return Answer(None, "%s: %s" % (type(error).__name__, error))
    if answer.error is None and not isinstance(answer.text, str):
        return Answer(None, "the answer's content is no text: %r" % (answer.text,))
    return answer


def model_class(job, items, tally, collect, probe):
    """A class for lm-eval's registry. It asks in `num_concurrent` threads and never repeats."""
    from lm_eval.api.model import LM

    class Endpoint(LM):
        MULTIMODAL = True
        tokenizer_name = ""  # of the prompt cache, which is off

        def __init__(self, model, base_url, num_concurrent, timeout):
            super().__init__()
            self.concurrency = num_concurrent
            said = {"served_id": model, "base_url": base_url, "timeout_s": timeout}
            self.endpoint = dict(job.spec["model"], **said)

        def apply_chat_template(self, chat_history, add_generation_prompt=True):  # noqa: FBT002
            del add_generation_prompt
            return json.dumps(chat_history)

        def chat_template(self, _name):
            return ""

        def generate_until(self, requests):
            with ThreadPoolExecutor(self.concurrency) as pool:
                return list(pool.map(self.answer, requests))

        def answer(self, request):
            item = items[request.doc["row"]]
            answer = settled(self.asked, request.args, item)
            if answer.error is not None:
                job.failed(item["id"], answer.error)
                tally.came_back(item["id"], altered=False)
                return collect.NO_ANSWER
            job.answered(item["id"], answer.text)
            shown = collect.in_file(answer.text)
            tally.came_back(item["id"], altered=shown != answer.text)
            return shown

        def asked(self, given, item):
            changed = changes(given, item, self.endpoint, collect.UNTIL)
            if changed:
                return Answer(None, "not asked: lm-eval changed its %s" % ", ".join(changed))
            parts = [image_part(path) for path in item["images"]]
            parts.append({"type": "text", "text": item["prompt"]})
            return ask(self.endpoint, item["id"], parts)

        def loglikelihood(self, requests):
            probe.require_logprobs(self.endpoint)
            raise Unsupported(
                "the endpoint gives log-probabilities, but document tasks ask for texts: "
                "%d requests were not sent" % len(requests)
            )

        loglikelihood_rolling = loglikelihood

    return Endpoint
