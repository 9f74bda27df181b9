"""The samples of a document task: what a model behind an endpoint is asked, and what a class of
lmms-eval in this process is given.
"""

import copy
import json
import os

from bench_protocol import image_part


class Documents:
    """`decoded` makes upright pixels on white of a file's bytes, as our own engines do: classes of
    lmms-eval take pixels, no files. An endpoint gets the file itself.
    """

    def __init__(self, decoded=None, system_prompt=None):
        self.decoded, self.system_prompt = decoded, system_prompt

    def expect(self, requests, loaded):
        """Nothing: a document says which sample it is."""

    def id_of(self, request, loaded):
        return item_of(request, loaded)["id"]

    def question(self, request, loaded, model):
        """The model and the parts of its message, in their order."""
        (message,) = request.args[1](document_of(request, loaded))
        return model, [part(one) for one in message["content"]]

    def prepared(self, request, loaded, chat):
        """The request for a class of lmms-eval: of messages (`chat`), or of text and images."""
        item = item_of(request, loaded)
        pictures = [self._picture(path) for path in item["images"]]
        if not chat:
            return with_visuals(request, pictures)
        content = [{"type": "image", "url": one} for one in pictures]
        content.append({"type": "text", "text": item["prompt"]})
        return with_messages(request, [{"role": "user", "content": content}], self.system_prompt)

    def _picture(self, path):
        with open(path, "rb") as file:
            return self.decoded(file.read())


def document_of(request, loaded):
    """The row of lmms-eval's data that the request asks about."""
    number, task, split = request.args[-3:]
    return loaded[task][split][number]


def item_of(request, loaded):
    """The row of items.jsonl in a document: see task/documents.py."""
    return json.loads(document_of(request, loaded)["item"])


def part(one):
    """A part of lmms-eval's message, images as paths, as a part of a request."""
    if one["type"] == "text":
        return {"type": "text", "text": one["text"]}
    if one["type"] != "image":
        raise ValueError("a part of type %r cannot be sent" % one["type"])
    image = image_part(one["url"])
    # No other file of this machine is sent.
    if not image["image_url"]["url"].startswith("data:image/"):
        raise ValueError("%s is no image" % os.path.basename(one["url"]))
    return image


def with_messages(request, messages, system_prompt):
    """The request of a class that takes messages, with these; the system prompt before them."""
    if system_prompt:
        said = {"role": "system", "content": [{"type": "text", "text": system_prompt}]}
        messages = [said, *messages]
    changed = copy.copy(request)
    changed.arguments = (request.args[0], lambda _document: messages, *request.args[2:])
    return changed


def with_visuals(request, visuals):
    """The request of a class that takes a text and images, with these images."""
    changed = copy.copy(request)
    changed.arguments = (*request.args[:2], lambda _document: visuals, *request.args[3:])
    return changed
