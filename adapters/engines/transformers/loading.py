"""A folder of weights -> the model and what turns text and images into its input."""

from __future__ import annotations

import json
import os

DTYPES = ("auto", "float32", "bfloat16", "float16")
ATTENTION = ("eager", "sdpa", "flash_attention_2", "flash_attention_3", "flex_attention")


class Weights:
    """`reader` is the model's processor where it takes images, else its tokenizer.

    `most` is how many tokens prompt and answer may have together; None where nothing says it.
    """

    def __init__(self, model, reader, tokenizer, *, takes_images, most, note):
        self.model, self.reader, self.tokenizer = model, reader, tokenizer
        self.takes_images, self.most, self.note = takes_images, most, note

    @property
    def has_template(self):
        return bool(getattr(self.reader, "chat_template", None) or self.tokenizer.chat_template)


def load(folder, chosen):
    """Weights of a folder; ValueError, FileNotFoundError where they cannot be loaded as asked.

    `chosen`: serve.py's settings.
    """
    if not os.path.isfile(os.path.join(folder, "config.json")):
        raise FileNotFoundError("%s holds no config.json: it is no folder of weights" % folder)
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

    trusted = chosen["trust_remote_code"]
    _refuse_code(folder, trusted)
    config = AutoConfig.from_pretrained(folder, trust_remote_code=trusted)
    takes_images = _is_of(config, AutoModelForImageTextToText)
    if not takes_images and not _is_of(config, AutoModelForCausalLM):
        raise ValueError(
            "%s is a %s: this engine serves text models and models that answer about images"
            % (folder, config.model_type)
        )
    reader, tokenizer = _reader(folder, takes_images, trusted, chosen)
    most = _most(config, tokenizer, chosen["max_length"])
    options = {"dtype": chosen["dtype"], "trust_remote_code": trusted}
    if chosen["attn_implementation"]:
        options["attn_implementation"] = chosen["attn_implementation"]
    device = chosen["device"] or ("cuda" if torch.cuda.is_available() else "cpu")
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError("device %s: torch %s finds no GPU" % (device, torch.__version__))
    if device == "auto":
        options["device_map"] = "auto"
    kind = AutoModelForImageTextToText if takes_images else AutoModelForCausalLM
    model = kind.from_pretrained(folder, **options).eval()
    if device != "auto":
        model = model.to(device)
    note = _note(folder)
    return Weights(model, reader, tokenizer, takes_images=takes_images, most=most, note=note)


def _refuse_code(folder, trusted):
    """Python that lies beside the weights runs only where the model file says so by name."""
    if trusted:
        return
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    if config.get("auto_map") and config.get("model_type") not in CONFIG_MAPPING:
        raise ValueError(
            "%s brings its own Python (%s), and transformers has no %r: look at it, then set "
            "trust_remote_code: true"
            % (folder, ", ".join(sorted(config["auto_map"])), config.get("model_type"))
        )


def _is_of(config, kind):
    """Whether an automatic class knows it, or the model's own code names itself so."""
    own = getattr(config, "auto_map", None) or {}
    return type(config) in kind._model_mapping or kind.__name__ in own  # noqa: SLF001  (no other)


def _reader(folder, takes_images, trusted, chosen):
    """(processor or tokenizer, tokenizer)."""
    from transformers import AutoProcessor, AutoTokenizer

    pixels = {name: chosen[name] for name in ("min_pixels", "max_pixels") if chosen[name]}
    if not takes_images:
        if pixels:
            raise ValueError("%s: this model takes no images" % ", ".join(sorted(pixels)))
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=trusted)
        return tokenizer, tokenizer
    reader = AutoProcessor.from_pretrained(folder, trust_remote_code=trusted, **pixels)
    for name, value in pixels.items():
        if _pixels(reader, name) != value:
            kind = type(reader.image_processor).__name__
            raise ValueError("%s: %s has no such setting" % (name, kind))
    return reader, reader.tokenizer


def _pixels(reader, name):
    """What the image processor took: newer releases keep both bounds as `size`."""
    images = reader.image_processor
    size = getattr(images, "size", None)
    edge = {"min_pixels": "shortest_edge", "max_pixels": "longest_edge"}[name]
    held = getattr(images, name, None)
    return held if held is not None else (size[edge] if size and edge in size else None)


def _most(config, tokenizer, asked):
    text = config.get_text_config()
    bounds = [getattr(text, "max_position_embeddings", None), tokenizer.model_max_length]
    sound = [one for one in bounds if type(one) is int and 0 < one < 2**31]
    made_for = min(sound) if sound else None
    if asked and made_for and asked > made_for:
        raise ValueError("max_length must be at most %d: more was not trained" % made_for)
    return asked or made_for


def _note(folder):
    """What weights.json says of weights that were made here, or None."""
    path = os.path.join(folder, "weights.json")
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)
