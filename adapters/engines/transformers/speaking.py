"""Answers of one model: one at a time, so that no answer depends on what is asked beside it."""

from __future__ import annotations

import threading
from typing import NamedTuple

from bench_images import RequestError

BROKEN = "\ufffd"  # what an unfinished character decodes to


class Said(NamedTuple):
    text: str
    finish_reason: str  # stop, or length where the bound was met
    tokens: list  # ids, with the one that ended it
    prompt_tokens: int


class Heard:
    """The text so far: cut at a stop text, and told piece by piece as far as it is certain."""

    def __init__(self, decode, stops, tell):
        self._decode, self._stops, self._tell = decode, stops, tell
        self.text, self.stopped, self._told = "", False, 0

    def hear(self, tokens):
        """All tokens so far. True where a stop text has come."""
        self.text = self._decode(tokens)
        places = [place for place in map(self.text.find, self._stops) if place >= 0]
        if places:
            self.text, self.stopped = self.text[: min(places)], True
        self._pass_on(len(self.text) if self.stopped else self._certain())
        return self.stopped

    def finish(self):
        self._pass_on(len(self.text))

    def _certain(self):
        """Up to where no later token can change it: no half character, no begun stop text."""
        whole = self.text.rstrip(BROKEN)
        for stop in self._stops:
            for length in range(min(len(stop) - 1, len(whole)), 0, -1):
                if whole.endswith(stop[:length]):
                    whole = whole[:-length]
                    break
        return len(whole)

    def _pass_on(self, end):
        if self._tell is not None and end > self._told:
            self._tell(self.text[self._told : end])
            self._told = end


class Speaker:
    """`weights`: loading.py's. Its methods are to be called from one thread."""

    def __init__(self, weights):
        self._weights = weights

    def conversed(self, conversation):
        """The model's input for a conversation; RequestError where it cannot take it."""
        from jinja2 import TemplateError

        weights = self._weights
        if conversation.images and not weights.takes_images:
            raise RequestError("no_images", "this model takes no images")
        if not weights.has_template and not weights.takes_images:
            said = "this model has no chat template: ask /v1/completions"
            raise RequestError("no_chat_template", said)
        try:
            if not weights.takes_images:
                return self._text_input(conversation)
            if not weights.has_template:
                return self._plain_input(conversation)
            return self._image_input(conversation)
        except TemplateError as error:
            raise RequestError("invalid_message", "the chat template: %s" % error) from error
        except ValueError as error:  # a mark of an image within the text, for one
            raise RequestError("invalid_message", "the processor: %s" % error) from error

    def _text_input(self, conversation):
        joined = [
            dict(one, content="\n".join(part["text"] for part in one["content"]))
            for one in conversation.messages
        ]
        tokenizer = self._weights.tokenizer
        text = tokenizer.apply_chat_template(joined, tokenize=False, add_generation_prompt=True)
        return tokenizer(text, return_tensors="pt", add_special_tokens=False)

    def _plain_input(self, conversation):
        """Of a model that was made for a caption or a question, not for a conversation."""
        parts = [part for one in conversation.messages for part in one["content"]]
        text = "\n".join(part["text"] for part in parts if part["type"] == "text")
        images = conversation.images or None
        return self._weights.reader(text=[text], images=images, return_tensors="pt")

    def _image_input(self, conversation):
        left = iter(conversation.images)
        shown = [
            dict(
                one,
                content=[
                    dict(part, image=next(left)) if part["type"] == "image" else part
                    for part in one["content"]
                ],
            )
            for one in conversation.messages
        ]
        return self._weights.reader.apply_chat_template(
            [shown],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
        )

    def prompted(self, prompt):
        """The model's input for a prompt of /v1/completions: a text, or token ids as they are."""
        import torch

        if isinstance(prompt, str):
            return self._weights.tokenizer(prompt, return_tensors="pt")
        known = len(self._weights.tokenizer)
        if not all(0 <= one < known for one in prompt):
            raise RequestError("invalid_prompt", "a token id is not from 0 to %d" % (known - 1))
        ids = torch.tensor([prompt])
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}

    def say(self, entered, wish, tell=None, cancelled=None):
        """The answer to an input. `tell` gets the text in pieces; `cancelled` is an Event.

        RequestError where the prompt leaves no room for an answer.
        """
        import torch
        from transformers import StoppingCriteria, StoppingCriteriaList

        weights, prompt = self._weights, entered["input_ids"][0]
        room = wish.max_tokens
        if weights.most is not None:
            room = min(room, weights.most - len(prompt))
            if room < 1:
                said = "the prompt is %d tokens; the context holds %d"
                raise RequestError("context_length_exceeded", said % (len(prompt), weights.most))
        heard = Heard(self.text_of, wish.stop, tell)
        cancelled = cancelled or threading.Event()

        class Ear(StoppingCriteria):
            def __call__(self, input_ids, _scores, **_):
                done = cancelled.is_set()
                if tell is not None or wish.stop:
                    done = heard.hear(_new(input_ids[0], prompt)) or done
                return torch.full((1,), done, dtype=torch.bool, device=input_ids.device)

        if wish.temperature > 0:
            torch.manual_seed(torch.seed() if wish.seed is None else wish.seed)
        tensors = {
            name: self._placed(value)
            for name, value in entered.items()
            if name != "token_type_ids" or weights.takes_images
        }
        with torch.inference_mode():
            said = weights.model.generate(
                **tensors,
                **self._settings(wish),
                max_new_tokens=room,
                stopping_criteria=StoppingCriteriaList([Ear()]),
            )
        tokens = _new(said[0], prompt)
        heard.hear(tokens)
        heard.finish()
        ended = heard.stopped or (bool(tokens) and tokens[-1] in self._ends())
        return Said(heard.text, "stop" if ended else "length", tokens, len(prompt))

    def _placed(self, value):
        import torch

        if not isinstance(value, torch.Tensor):
            return value
        model = self._weights.model
        # Pixels come as float32: the model's own rounding, not the processor's.
        return value.to(model.device, model.dtype if value.is_floating_point() else None)

    def _settings(self, wish):
        """Sampling as it was asked; a penalty of the model's own stays, as where it is in use."""
        said = {"num_beams": 1, "pad_token_id": self._pad()}
        if wish.repetition_penalty is not None:
            said["repetition_penalty"] = wish.repetition_penalty
        if wish.temperature == 0:
            return dict(said, do_sample=False, temperature=None, top_p=None, top_k=None)
        sampled = {
            "temperature": wish.temperature,
            "top_p": wish.top_p,
            "top_k": max(wish.top_k, 0),
        }
        return dict(said, do_sample=True, **sampled)

    def _pad(self):
        pad = self._weights.model.generation_config.pad_token_id
        pad = self._weights.tokenizer.pad_token_id if pad is None else pad
        return min(self._ends(), default=0) if pad is None else pad

    def _ends(self):
        ends = self._weights.model.generation_config.eos_token_id
        if ends is None:
            ends = self._weights.tokenizer.eos_token_id
        return set(ends) if isinstance(ends, (list, tuple)) else {ends} - {None}

    def said_of(self, tokens, prompt_tokens):
        """Tokens that were found without `say`."""
        ended = bool(tokens) and tokens[-1] in self._ends()
        return Said(self.text_of(tokens), "stop" if ended else "length", tokens, prompt_tokens)

    def text_of(self, tokens):
        return self._weights.tokenizer.decode(tokens, skip_special_tokens=True)


def _new(tokens, prompt):
    """Ids of the answer: some models give it alone, others behind the prompt."""
    ids, given = tokens.tolist(), prompt.tolist()
    return ids[len(given) :] if ids[: len(given)] == given else ids
