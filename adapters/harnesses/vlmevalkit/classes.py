"""The model and the datasets that VLMEvalKit is given: its own classes where it has them.

A message part carries the sample's id under the key `sample`, so that answers are paired by id
and never by the order in which they come.
"""

import os
import re
import threading

from bench_protocol import Answer, ask, image_part

FAILED = "Failed to obtain answer via API."  # VLMEvalKit's own failure text


class Tally:
    """What has happened to the samples of this job so far."""

    def __init__(self, job):
        self.job, self.lock = job, threading.Lock()
        self.total = self.done = self.altered = 0

    def expect(self, total):
        self.total = total

    def came_back(self, altered):
        with self.lock:
            self.done += 1
            self.altered += altered
            if self.done == 1:
                self.job.stage("asking the model")
            self.job.progress(self.done, self.total)


class Asking:
    """What asked.jsonl says of each sample, once: its right answers, and the prompt as it was made.

    `names` gives a sample's id by VLMEvalKit's `index`, where they differ; `samples` are those of a
    local copy (official.samples), which knows documents and groups.
    """

    def __init__(self, job, references, names, samples):
        self.job, self.references, self.names, self.samples = job, references, names, samples
        self.seen, self.by = set(), set()

    def told(self, line, message, by):
        """The message with the sample's id on each part; `by` is "model" or "dataset"."""
        index = str(line["index"])
        sample = self.names.get(index, index)
        if sample not in self.seen:
            self.seen.add(sample)
            self.by.add(by)
            prompt = [{"type": part["type"], "value": part["value"]} for part in message]
            row = dict(told(line, message, self.references), prompt=prompt)
            known = self.samples.get(sample)
            if known is not None:
                row.update(references=known.references, doc_id=known.document)
                row["group"] = row["group"] if known.group is None else known.group
            self.job.asked(sample, **row)
        return [dict(part, sample=sample) for part in message]


def model_class(job, tally, in_table):
    """A class for vlmeval.api: one request a sample, no retry, no delay, nothing stripped."""

    class BenchModel:
        is_api = True

        def generate(self, message, dataset=None):
            del dataset
            sample = message[0]["sample"]
            try:
                answer = ask(*request(job.spec["model"], sample, message))
            except Exception as error:
                answer = Answer(None, "%s: %s" % (type(error).__name__, error))
            if answer.error is None and not isinstance(answer.text, str):
                answer = Answer(None, "the answer's content is no text: %r" % (answer.text,))
            if answer.error is not None:
                job.failed(sample, answer.error)
                tally.came_back(altered=False)
                return FAILED
            job.answered(sample, answer.text)
            shown = in_table(answer.text)
            tally.came_back(altered=shown != answer.text)
            return shown

    return BenchModel


def request(model, sample, message):
    """VLMEvalKit's message as the arguments of `ask`: the same parts in the same order."""
    system = [part["value"] for part in message if part.get("role") == "system"]
    if system:
        given = [model["system_prompt"]] if model.get("system_prompt") else []
        model = dict(model, system_prompt="\n".join(given + system))
    return model, sample, [_part(one) for one in message if one.get("role") != "system"]


def _part(part):
    kind, value = part["type"], part["value"]
    if kind == "text":
        return {"type": "text", "text": value}
    if kind != "image":
        raise ValueError("a part of type %r cannot be sent" % kind)
    if value.startswith("data:image/"):
        return {"type": "image_url", "image_url": {"url": value}}
    image = image_part(value)
    if not image["image_url"]["url"].startswith("data:image/"):
        raise ValueError("%s is no image" % os.path.basename(value))
    return image


def documents_class(job, tally, base):
    """A document task of the core as a VLMEvalKit dataset: no table is read, nothing is decoded."""
    import pandas as pd

    class BenchDocuments(base):
        TYPE, MODALITY = "VQA", "IMAGE"
        force_use_dataset_prompt = True

        def __init__(self, dataset):
            self.dataset_name, self.meta_only = dataset, True
            self.img_root = job.path("lmu")
            self.items = job.items()[: job.spec.get("limit")]
            tally.expect(len(self.items))
            # Rows are numbered: an id of ours may be any text.
            numbers = range(len(self.items))
            prompts = [item["prompt"] for item in self.items]
            self.data = pd.DataFrame({"index": numbers, "question": prompts})

        def build_prompt(self, line):
            item = self.items[int(line["index"])]
            parts = [{"type": "image", "value": path} for path in item["images"]]
            parts.append({"type": "text", "value": item["prompt"]})
            return [dict(part, sample=item["id"]) for part in parts]

        def evaluate(self, eval_file, **_judge):
            raise NotImplementedError("document tasks are scored by the core: " + eval_file)

    return BenchDocuments


def benchmark_class(job, asking, owner, *, home, prompt, literals, tables, tally):
    """VLMEvalKit's class of a benchmark, reading the local table, and telling us what it asks.

    `home`: where relative paths of images begin. `prompt`: "dataset", or "model" for a model class
    that makes its own.
    """

    class Benchmark(owner):
        force_use_dataset_prompt = prompt == "dataset"

        def __init__(self, dataset):
            super().__init__(dataset=dataset)
            self.data = self.data.iloc[: job.spec.get("limit")].copy()
            if "image_path" in self.data and "image" not in self.data:
                paths = self.data["image_path"]
                self.data["image_path"] = [beside(home, one) for one in paths]
            tally.expect(len(self.data))

        def prepare_tsv(self, url, file_md5=None):
            """Any table is taken: whether it has the official md5 is reported, not enforced. Above
            1 GB the owner would encode all images anew, in 32 processes: not here.
            """
            del url, file_md5
            from vlmeval.smp import load

            source = self.data_path = job.path("lmu", self.dataset_name + ".tsv")
            if tables.is_large(source):
                self.data_path = job.path("lmu", self.dataset_name + "_local.tsv")
                limit = job.spec.get("limit")
                tables.with_image_files(
                    source, self.data_path, self.img_root, literals.literal, limit
                )
            return load(self.data_path)

        def build_prompt(self, line):
            line = self.data.iloc[line] if isinstance(line, int) else line
            return asking.told(line, super().build_prompt(line), "dataset")

        def evaluate(self, eval_file, **judge):
            job.stage("scoring with VLMEvalKit")
            return super().evaluate(eval_file, **judge)

    Benchmark.__name__ = owner.__name__
    return Benchmark


def told(line, message, references):
    """What asked.jsonl says of a row: its references, question, group and images."""
    answer = line.get("answer", line.get("answers"))
    group = next((line[name] for name in ("category", "split") if name in line), None)
    return {
        "references": references(answer) if isinstance(answer, str) else [],
        "question": str(line["question"]) if "question" in line else None,
        "group": group if isinstance(group, str) else None,
        "images": [
            part["value"]
            for part in message
            if part["type"] == "image" and not re.match("(data|https?):", part["value"])
        ],
    }


def beside(home, paths):
    """Image paths that are not absolute lie beside the table."""
    if isinstance(paths, list):
        return [beside(home, one) for one in paths]
    return os.path.join(home, paths)
