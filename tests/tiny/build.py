"""Write a random model of a real architecture, offline and in seconds: PYTHON build.py SHAPE FOLDER

PYTHON needs torch and transformers. SHAPE: llama (text), llava (image, no torchvision needed) or
qwen2_5_vl (image and video; to load its processor torchvision is needed). A token is a byte, so any
text can be asked. Weights are seeded, and every greedy answer is printable ASCII: the rows of the
last layer that stand for other bytes are zero, and one of the others is nearly always above that.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SEED = 20_240_607
SPREAD = 0.35  # standard deviation of the weights: answers then depend on question and image
PRINTABLE = range(0x20, 0x7F)
CONTEXT = 4096  # tokens
END, STOP = "<|endoftext|>", "<|im_end|>"
MARKS = {
    "llama": [END, "<|im_start|>", STOP],
    "llava": [END, "<|im_start|>", STOP, "<image>"],
    "qwen2_5_vl": [
        *(END, "<|im_start|>", STOP, "<|vision_start|>", "<|vision_end|>"),
        *("<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"),
    ],
}
PICTURE = {
    "llama": "",
    "llava": "<image>",
    "qwen2_5_vl": "<|vision_start|><|image_pad|><|vision_end|>",
}
FILM = {"qwen2_5_vl": "<|vision_start|><|video_pad|><|vision_end|>"}
# Content is a text or a list of parts, as the published models' templates take both.
TEMPLATE = """{%- for message in messages -%}
<|im_start|>{{ message['role'] }}
{% if message['content'] is string %}{{ message['content'] }}{% else %}
{%- for part in message['content'] -%}
{%- if part['type'] == 'text' -%}{{ part['text'] }}
{%- elif part['type'] in ('image', 'image_url') -%}PICTURE
{%- elif part['type'] == 'video' -%}FILM
{%- endif -%}{%- endfor -%}{% endif %}<|im_end|>
{% endfor %}{%- if add_generation_prompt -%}<|im_start|>assistant
{% endif -%}"""
TEXT_SIZES = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": CONTEXT,
    "tie_word_embeddings": False,
}
CLIP_PICTURE = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
}
LLAVA_PICTURE = {
    **CLIP_PICTURE,
    "image_processor_type": "CLIPImageProcessor",
    "processor_class": "LlavaProcessor",
    "crop_size": {"height": 56, "width": 56},
    "size": {"shortest_edge": 56},
    "do_center_crop": True,
    "resample": 3,
}
LLAVA_PROCESSOR = {
    "processor_class": "LlavaProcessor",
    "patch_size": 14,
    "vision_feature_select_strategy": "default",
    "num_additional_image_tokens": 1,
    "image_token": "<image>",
}
QWEN_PICTURE = {
    **CLIP_PICTURE,
    "image_processor_type": "Qwen2VLImageProcessor",
    "processor_class": "Qwen2_5_VLProcessor",
    "min_pixels": 3136,
    "max_pixels": 78_400,  # at most 100 tokens a picture
    "patch_size": 14,
    "temporal_patch_size": 2,
    "merge_size": 2,
}
QWEN_FILM = {**QWEN_PICTURE, "video_processor_type": "Qwen2VLVideoProcessor"}
del QWEN_FILM["image_processor_type"]


def build(shape: str, folder: Path) -> None:
    """The model's folder, as from_pretrained reads it."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    numbers = write_tokenizer(shape, folder)
    torch.manual_seed(SEED)
    model = {"llama": llama, "llava": llava, "qwen2_5_vl": qwen}[shape](numbers)
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        # By name: a new order of the modules changes nothing.
        for name, weights in sorted(model.named_parameters()):
            if name.endswith("bias"):
                weights.zero_()
            elif weights.dim() > 1 or name.endswith("embedding"):  # not the ones of a norm
                weights.copy_(torch.randn(weights.shape, generator=generator) * SPREAD)
        head = model.get_output_embeddings().weight
        spoken = torch.zeros(len(head), 1)
        spoken[[*PRINTABLE, numbers[STOP]]] = 1
        head.mul_(spoken)
    greedy = model.generation_config
    greedy.eos_token_id, greedy.pad_token_id = numbers[STOP], numbers[END]
    greedy.bos_token_id, greedy.do_sample = None, False
    model.save_pretrained(folder, safe_serialization=True)


def write_tokenizer(shape: str, folder: Path) -> dict[str, int]:
    """The numbers of the marks: bytes come first, each with its own value."""
    from tokenizers import (  # type: ignore[import-not-found]
        AddedToken,
        Tokenizer,
        decoders,
        models,
        pre_tokenizers,
    )

    spelling = spelled_bytes()
    bytewise = Tokenizer(models.BPE(vocab={one: n for n, one in enumerate(spelling)}, merges=[]))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bytewise.decoder = decoders.ByteLevel()
    bytewise.add_special_tokens([AddedToken(mark, special=True) for mark in MARKS[shape]])
    bytewise.save(str(folder / "tokenizer.json"))
    template = TEMPLATE.replace("PICTURE", PICTURE[shape]).replace("FILM", FILM.get(shape, ""))
    said: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": STOP,
        "pad_token": END,
        "additional_special_tokens": MARKS[shape],
        "model_max_length": CONTEXT,
        "clean_up_tokenization_spaces": False,
        "padding_side": "left",
    }
    write(folder / "tokenizer_config.json", said)
    (folder / "chat_template.jinja").write_text(template, "utf-8")
    if shape == "llava":
        write(folder / "preprocessor_config.json", LLAVA_PICTURE)
        write(folder / "processor_config.json", LLAVA_PROCESSOR)
    elif shape == "qwen2_5_vl":
        write(folder / "preprocessor_config.json", QWEN_PICTURE)
        write(folder / "video_preprocessor_config.json", QWEN_FILM)
    return {mark: len(spelling) + n for n, mark in enumerate(MARKS[shape])}


def spelled_bytes() -> list[str]:
    """Each byte as the byte-level alphabet spells it: the printable as they are, others above 255.

    The table of GPT-2's encoder.py, bytes_to_unicode.
    """
    kept = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = iter(range(256, 512))
    return [chr(byte if byte in kept else next(moved)) for byte in range(256)]


def write(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=1, sort_keys=True), "utf-8")


def llama(numbers: dict[str, int]) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM  # type: ignore[import-not-found]

    return LlamaForCausalLM(LlamaConfig(**text_sizes(numbers)))


def llava(numbers: dict[str, int]) -> Any:
    from transformers import (
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
    )

    seen = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=56,
        patch_size=14,
        projection_dim=32,
    )
    return LlavaForConditionalGeneration(
        LlavaConfig(
            vision_config=seen,
            text_config=LlamaConfig(**text_sizes(numbers)),
            image_token_index=numbers["<image>"],
            vision_feature_layer=-2,
            vision_feature_select_strategy="default",
            image_seq_length=16,
            tie_word_embeddings=False,
        )
    )


def qwen(numbers: dict[str, int]) -> Any:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    turned = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10_000.0}
    return Qwen2_5_VLForConditionalGeneration(
        Qwen2_5_VLConfig(
            vision_config={
                "depth": 2,
                "hidden_size": 32,
                "intermediate_size": 64,
                "num_heads": 2,
                "out_hidden_size": TEXT_SIZES["hidden_size"],
                "window_size": 56,
                "fullatt_block_indexes": [1],
                "patch_size": 14,
                "spatial_merge_size": 2,
                "temporal_patch_size": 2,
                "tokens_per_second": 2,
            },
            text_config=text_sizes(numbers) | {"rope_scaling": turned},
            image_token_id=numbers["<|image_pad|>"],
            video_token_id=numbers["<|video_pad|>"],
            vision_start_token_id=numbers["<|vision_start|>"],
            vision_end_token_id=numbers["<|vision_end|>"],
            tie_word_embeddings=False,
        )
    )


def text_sizes(numbers: dict[str, int]) -> dict[str, Any]:
    return {
        **TEXT_SIZES,
        "vocab_size": 256 + len(numbers),
        "eos_token_id": numbers[STOP],
        "pad_token_id": numbers[END],
        "bos_token_id": None,
    }


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in MARKS:
        sys.exit("usage: build.py llama|llava|qwen2_5_vl FOLDER")
    build(sys.argv[1], Path(sys.argv[2]))
