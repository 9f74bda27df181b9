"""One model of the transformers library behind the OpenAI API, from a folder on this machine."""

from __future__ import annotations

import importlib.util
import os
from importlib.metadata import version

from bench_closed import close_environment, close_network
from bench_ocr import engine_spec
from bench_protocol import main

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULTS = {
    "dtype": "auto",
    "device": None,
    "attn_implementation": None,
    "min_pixels": None,
    "max_pixels": None,
    "max_length": None,
    "max_tokens": 512,
    "threads": None,
    "trust_remote_code": False,
}
WHOLE = ("min_pixels", "max_pixels", "max_length", "max_tokens", "threads")


def sibling(name):
    """PYTHONSAFEPATH hides the files beside this one: load by path."""
    path = os.path.join(HERE, name + ".py")
    spec = importlib.util.spec_from_file_location("transformers_engine_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def settings(arguments):
    """The arguments with their defaults filled in; ValueError for an unknown or impossible one."""
    unknown = sorted(set(arguments) - set(DEFAULTS))
    if unknown:
        raise ValueError("unknown arguments %s; known: %s" % (unknown, sorted(DEFAULTS)))
    chosen = dict(DEFAULTS, **arguments)
    _check_whole(chosen)
    _check_device(chosen["device"])
    loading = sibling("loading")
    allowed = {
        "dtype": loading.DTYPES,
        "attn_implementation": (None, *loading.ATTENTION),
        "trust_remote_code": (True, False),
    }
    for name, values in allowed.items():
        if chosen[name] not in values or type(chosen[name]) is int:  # 1 is no true
            words = ", ".join(str(value).lower() for value in values if value is not None)
            raise ValueError("%s must be one of %s, not %r" % (name, words, chosen[name]))
    if chosen["threads"] is None:
        chosen["threads"] = len(os.sched_getaffinity(0))
    return chosen


def _check_whole(chosen):
    for name in WHOLE:
        value = chosen[name]
        optional = value is None and DEFAULTS[name] is None
        if not optional and (type(value) is not int or value < 1):
            raise ValueError("%s must be a whole number of at least 1" % name)


def _check_device(device):
    if device not in (None, "cpu", "cuda", "auto"):
        named, _, number = str(device).partition(":")
        if named != "cuda" or not number.isdecimal():
            raise ValueError("device must be cpu, cuda, cuda:N or auto, not %r" % (device,))


def versions():
    names = ("transformers", "torch", "torchvision", "tokenizers", "accelerate")
    return {name: version(name) for name in names}


def serve(folder):
    close_environment()
    close_network()
    spec = engine_spec(folder)
    chosen = settings(spec.get("arguments") or {})
    if not spec.get("weights"):
        raise ValueError("no weights: the model file's key `weights` says where they come from")
    import torch
    import transformers

    transformers.logging.disable_progress_bar()
    torch.set_num_threads(chosen["threads"])
    asking, speaking, api = sibling("asking"), sibling("speaking"), sibling("api")
    weights = sibling("loading").load(spec["weights"], chosen)
    speaker = speaking.Speaker(weights)
    # The first pass pays for what the others find ready.
    hello = asking.wish({"max_tokens": 1}, 1)
    speaker.say(speaker.prompted("Hello"), hello)
    parameter = next(weights.model.parameters())
    about = dict(versions(), device=str(parameter.device), dtype=str(parameter.dtype)[6:])
    if weights.note is not None:
        about["weights"] = weights.note
    served = api.Api(
        speaker,
        weights,
        asking=asking,
        scoring=sibling("scoring"),
        spec=spec,
        most_tokens=chosen["max_tokens"],
    )
    api.listen(served, folder, spec["host"], about)


if __name__ == "__main__":
    main(describe=lambda: {"versions": versions()}, serve=serve)
