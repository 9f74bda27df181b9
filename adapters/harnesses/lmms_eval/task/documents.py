"""What lmms-eval asks of a sample. It loads this file from the job's folder, by its YAML.

A document is one text, `item`, which holds the sample as JSON: the dataset loader would turn
columns of texts that look like dates into dates.
"""

import json


def prompt(document):
    return json.loads(document["item"])["prompt"]


def references(document):
    return json.loads(document["item"])["references"]


def messages(document):
    """The images in their order, then the prompt. `sample` pairs the answer by id."""
    item = json.loads(document["item"])
    content = [{"type": "image", "url": path} for path in item["images"]]
    content.append({"type": "text", "text": item["prompt"]})
    return [{"role": "user", "content": content, "sample": item["id"]}]


def asked(document, answers):
    """The answers come stripped here, so nothing is scored: the id goes into lmms-eval's log."""
    del answers
    return {"asked": 1, "sample": json.loads(document["item"])["id"]}


def count(values):
    return len(values)
