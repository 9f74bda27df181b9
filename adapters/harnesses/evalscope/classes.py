"""The model, the benchmark and the metric that are registered in EvalScope for one job.

A message carries the sample's id in its metadata, so that answers are paired by id and never by
the order in which they come.
"""

import os
import threading

from bench_protocol import Answer, ask, image_part


class Unanswered(Exception):  # noqa: N818  (it says what happened to the sample)
    """No answer came. EvalScope counts the sample as errored, and scores nothing in its place."""


class Tally:
    """What has happened to the samples of this job so far."""

    def __init__(self, job):
        self.job, self.lock = job, threading.Lock()
        self.total = self.done = self.altered = self.failed = 0

    def expect(self, total):
        self.total = total

    def came_back(self, altered=False, failed=False):  # noqa: FBT002
        with self.lock:
            self.done += 1
            self.altered += altered
            self.failed += failed
            if self.done == 1:
                self.job.stage("asking the model")
            self.job.progress(self.done, self.total)


def model_class(job, tally, shown, whole):
    """A model API of EvalScope: one request a sample, nothing retried.

    `whole`: EvalScope gets all of the answer. Its benchmarks get a plain text, out of which it
    takes a thinking block before it scores, as it does with every model.

    EvalScope's own clients give the text of some HTTP 400 as the answer, cut `<think>` out of
    answers, and take an image's type from its file name. `shown` is collect.shown.
    """
    from evalscope.api.messages import ContentText
    from evalscope.api.model import ModelAPI, ModelOutput

    class BenchModel(ModelAPI):
        def generate(self, input, tools, tool_choice, config):  # noqa: A002  (EvalScope's name)
            del tools, tool_choice
            sample = input[-1].metadata["sample"]
            try:
                spec = dict(job.spec["model"], base_url=self.base_url, served_id=self.model_name)
                answer = ask(*request(spec, sample, input, config))
            except Exception as error:
                answer = Answer(None, "%s: %s" % (type(error).__name__, error))
            if answer.error is None and not isinstance(answer.text, str):
                answer = Answer(None, "the answer's content is no text: %r" % (answer.text,))
            if answer.error is not None:
                job.failed(sample, answer.error)
                tally.came_back(failed=True)
                raise Unanswered(answer.error)
            job.answered(sample, answer.text)
            text = shown(answer.text)
            tally.came_back(altered=text != answer.text)
            # In a list: EvalScope moves `<think>` out of a content that is a plain text.
            content = [ContentText(text=text)] if whole else text
            return ModelOutput.from_content(self.model_name, content)

    return BenchModel


def request(model, sample, messages, config):
    """EvalScope's messages and configuration as the arguments of `ask`."""
    system = [one.text for one in messages if one.role == "system"]
    (asked,) = [one for one in messages if one.role != "system"]
    model = dict(
        model,
        system_prompt="\n".join(system) or None,
        parameters=config.extra_body or {},
        timeout_s=config.timeout,
    )
    content = asked.content
    if isinstance(content, str):
        return model, sample, [{"type": "text", "text": content}]
    return model, sample, [_part(one) for one in content]


def _part(content):
    if content.type == "text":
        return {"type": "text", "text": content.text}
    if content.type != "image":
        raise ValueError("a part of type %r cannot be sent" % content.type)
    if content.image.startswith("data:"):
        return {"type": "image_url", "image_url": {"url": content.image}}
    image = image_part(content.image)
    if not image["image_url"]["url"].startswith("data:image/"):
        raise ValueError("%s is no image" % os.path.basename(content.image))
    return image


def documents_class(job, tally, subset):
    """A document task of the core as a benchmark of EvalScope; no file is read but items.jsonl."""
    from evalscope.api.benchmark import VisionLanguageAdapter
    from evalscope.api.dataset import DatasetDict, Sample
    from evalscope.api.dataset.loader import DictDataLoader
    from evalscope.api.messages import ChatMessageUser, ContentImage, ContentText

    class Documents(VisionLanguageAdapter):
        def load(self):
            dataset = DictDataLoader(
                job.items(),
                sample_fields=self.record_to_sample,
                limit=self.limit,
                repeats=self.repeats,
            ).load()
            tally.expect(len(dataset))
            return DatasetDict({subset: dataset}), None

        def record_to_sample(self, record):
            """No references: the core scores, and EvalScope's `n` is then only a count."""
            parts = [ContentImage(image=path) for path in record["images"]]
            parts.append(ContentText(text=record["prompt"]))
            mark = {"sample": record["id"]}
            message = ChatMessageUser(content=parts, metadata=mark)
            return Sample(input=[message], metadata=mark)

    return Documents


def answered_class():
    """A metric that is 1 for each answer: it scores nothing, its n is the number of answers."""
    from evalscope.api.metric import Metric

    class Answered(Metric):
        def apply(self, predictions, references):
            del references
            return [1.0] * len(predictions)

        def prepare_reference(self, target):
            del target
            return ""

    return Answered


def register_model(job, tally, name, shown, whole):
    from evalscope.api.registry import register_model_api

    register_model_api(name=name)(model_class(job, tally, shown, whole))


def register(job, tally, names, shown):
    """Put them where EvalScope's TaskConfig finds them by name; `names` is invocation.py."""
    from evalscope.api.benchmark import BenchmarkMeta
    from evalscope.api.registry import register_benchmark, register_metric

    register_model(job, tally, names.MODEL_API, shown, whole=True)
    register_metric(name="answered")(answered_class())
    meta = BenchmarkMeta(
        name=names.BENCHMARK,
        pretty_name=job.spec["task"]["name"],
        description="a document task; the core scores it",
        dataset_id=names.BENCHMARK,
        subset_list=[names.SUBSET],
        metric_list=["answered"],
    )
    register_benchmark(meta)(documents_class(job, tally, names.SUBSET))
