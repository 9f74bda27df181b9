"""What the model itself says, without VLMEvalKit: PYTHON vlmevalkit_direct.py WEIGHTS TOKENS

stdin: [{"images": [path, ...], "prompt": text}, ...]    stdout, last line: [answer, ...]
"""

import importlib
import json
import sys
from typing import Any

from PIL import Image

transformers: Any = importlib.import_module("transformers")
folder, tokens = sys.argv[1], int(sys.argv[2])
processor = transformers.AutoProcessor.from_pretrained(folder)
model = transformers.Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype="auto")
answers = []
for asked in json.load(sys.stdin):
    parts: list[dict[str, str]] = [{"type": "image"} for _ in asked["images"]]
    parts.append({"type": "text", "text": asked["prompt"]})
    turn = [{"role": "user", "content": parts}]
    text = processor.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
    images = [Image.open(path).convert("RGB") for path in asked["images"]]
    given = processor(text=[text], images=images, return_tensors="pt")
    said = model.generate(**given, max_new_tokens=tokens, do_sample=False)
    own = said[0][given.input_ids.shape[1] :]
    answers.append(processor.tokenizer.decode(own, skip_special_tokens=True))
print()
print(json.dumps(answers))
