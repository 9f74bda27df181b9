"""The model, the datasets and the evaluator that are registered in HRET for one job.

HRET's own client for endpoints joins `zip(inputs, as_completed(...))`: each answer goes to whoever
was asked first, with as many requests at once as there are samples. Here each sample is asked once,
by the SDK, under its own id, and its answer returned at its own place.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

from bench_protocol import Answer, ask, image_part


class Tally:
    """What has happened to the samples of this job so far."""

    def __init__(self, job):
        self.job, self.lock = job, threading.Lock()
        self.total = self.done = self.altered = 0

    def came_back(self, altered):
        with self.lock:
            self.done += 1
            self.altered += altered
            if self.done == 1:
                self.job.stage("asking the model")
            self.job.progress(self.done, self.total)


def settled(function, *given):
    """The function's Answer, also where it raises and where the endpoint's content is no text."""
    try:
        answer = function(*given)
    except Exception as error:
        return Answer(None, "%s: %s" % (type(error).__name__, error))
    if answer.error is None and not isinstance(answer.text, str):
        return Answer(None, "the answer's content is no text: %r" % (answer.text,))
    return answer


def asked(model, asking, sample):
    """`asking`: id -> (text, paths of images), what HRET was given. Its text may not change."""
    text, images = asking[sample["bench_id"]]
    if sample["input"] != text:
        return Answer(None, "not asked: HRET changed its prompt")
    parts = [image_part(path) for path in images]
    for part, path in zip(parts, images):
        if not part["image_url"]["url"].startswith("data:image/"):
            return Answer(None, "not asked: %s is no image" % path.rpartition("/")[2])
    return ask(model, sample["bench_id"], [*parts, {"type": "text", "text": text}])


def model_class(job, asking, tally, shown):
    """A model backend of HRET: ordered, bounded, nothing retried. `shown` is collect.shown."""
    from llm_eval.models.base import BaseModel

    class BenchModel(BaseModel):
        def generate_batch(self, inputs, return_logits=False, **_other):  # noqa: FBT002
            if return_logits:
                raise ValueError("an endpoint's texts have no logits")
            tally.total = len(inputs)
            with ThreadPoolExecutor(job.spec["concurrency"]) as pool:
                return list(pool.map(self.answer, inputs))

        def answer(self, sample):
            answer = settled(asked, job.spec["model"], asking, sample)
            if answer.error is not None:
                job.failed(sample["bench_id"], answer.error)
                tally.came_back(altered=False)
                return dict(sample, prediction="", bench_failed=True)
            job.answered(sample["bench_id"], answer.text)
            text = shown(answer.text)
            tally.came_back(altered=text != answer.text)
            # HRET overwrites `prediction` with what it reads out of it.
            return dict(sample, prediction=text, bench_answer=text)

    return BenchModel


def documents_class(items):
    """A document task of the core: no references, the core scores."""
    from llm_eval.datasets.base import BaseDataset

    class Documents(BaseDataset):
        def __init__(self, **named):
            super().__init__(dataset_name="documents", **named)

        def load(self):
            return [
                {"input": item["prompt"], "reference": "", "bench_id": item["id"]} for item in items
            ]

    return Documents


def benchmark_class(job, name, subjects, folder, asking):
    """HRET's own class of the benchmark, reading `folder`, with our ids on its samples."""
    from llm_eval.datasets import DATASET_REGISTRY
    from llm_eval.datasets.base import BaseDataset

    class Numbered(BaseDataset):
        def __init__(self, subset=None, split="test"):
            super().__init__(dataset_name=folder, subset=subset, split=split)
            self.own = DATASET_REGISTRY[name](dataset_name=folder, subset=subset, split=split)

        def load(self):
            samples = subjects.numbered(self.own.load())
            for sample in samples:
                asking[sample["bench_id"]] = (sample["input"], [])
                job.asked(
                    sample["bench_id"],
                    references=[sample["reference"]],
                    group=sample["bench_part"],
                    doc_id=sample["bench_document"],
                    question=sample["input"],
                    images=[],
                )
            return samples

        def info(self):
            return self.own.info()

    return Numbered


def counting_class():
    """An evaluator that changes no answer and only counts: HRET's would lower-case it."""
    from llm_eval.evaluation.base import BaseEvaluator

    class Answers(BaseEvaluator):
        name = "bench_answers"

        def evaluate_predictions(self, samples):
            return {"samples": len(samples)}

    return Answers


def register(names, model, dataset):
    """Put them where PipelineRunner finds them by name; `names` is invocation.py."""
    from llm_eval.datasets import register_dataset
    from llm_eval.evaluation import register_evaluator
    from llm_eval.models import register_model

    register_model(names.MODEL)(model)
    register_dataset(names.DATASET)(dataset)
    register_evaluator(names.COUNTING)(counting_class())
