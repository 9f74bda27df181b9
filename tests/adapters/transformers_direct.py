"""What a model says without our server: PYTHON transformers_direct.py FOLDER < asked > answers.

asked: {"chats": [{"messages", "images": [path], "max_tokens"}], "prompts": [text]}, messages as
transformers takes them. answers: {"chats": [{"text", "prompt_tokens"}], "prompts": [[logprob]]},
the log-probability of each token of a prompt but the first, by one forward pass.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import torch


def answered(folder: str, asked: dict[str, Any]) -> dict[str, Any]:
    import transformers  # type: ignore[import-not-found]
    from PIL import Image

    transformers.logging.disable_progress_bar()
    config = transformers.AutoConfig.from_pretrained(folder)
    text_only = config.model_type == "llama"
    kind = "AutoModelForCausalLM" if text_only else "AutoModelForImageTextToText"
    model = getattr(transformers, kind).from_pretrained(folder).eval()
    reader: Any = transformers.AutoTokenizer if text_only else transformers.AutoProcessor
    reader = reader.from_pretrained(folder)
    tokenizer = reader if text_only else reader.tokenizer
    chats, prompts = [], []
    for one in asked["chats"]:
        shown = reader.apply_chat_template(
            one["messages"], tokenize=False, add_generation_prompt=True
        )
        images = [Image.open(path).convert("RGB") for path in one["images"]]
        if text_only:
            entered = tokenizer(shown, return_tensors="pt")
        else:
            entered = reader(text=[shown], images=images or None, return_tensors="pt")
        with torch.inference_mode():
            said = model.generate(**entered, max_new_tokens=one["max_tokens"], do_sample=False)
        length = entered["input_ids"].shape[1]
        text = tokenizer.decode(said[0][length:], skip_special_tokens=True)
        chats.append({"text": text, "prompt_tokens": length})
    for prompt in asked["prompts"]:
        ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            likely = model(ids).logits[0].double().log_softmax(-1)
        prompts.append([float(likely[n, one]) for n, one in enumerate(ids[0, 1:])])
    return {"chats": chats, "prompts": prompts}


if __name__ == "__main__":
    json.dump(answered(sys.argv[1], json.load(sys.stdin)), sys.stdout)
