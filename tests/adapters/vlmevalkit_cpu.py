"""Runs in VLMEvalKit's environment: what cpu.py does where there is no CUDA.

stdout, last line: {what was tried: what came of it}
"""

import importlib.util
import json
import sys
from typing import Any

import torch

transformers: Any = importlib.import_module("transformers")
spec = importlib.util.spec_from_file_location("cpu", sys.argv[1])
assert spec is not None
assert spec.loader is not None
cpu = importlib.util.module_from_spec(spec)
spec.loader.exec_module(cpu)
seen: list[dict[str, object]] = []


def loaded(_cls: type, /, *_given: object, **named: object) -> None:
    seen.append(named)


transformers.PreTrainedModel.from_pretrained = classmethod(loaded)
replaced = cpu.without_flash()
cpu.without_cuda()
row = transformers.BatchFeature({"pixels": torch.zeros(2)}).to("cuda", torch.float16)
transformers.PreTrainedModel.from_pretrained(
    "x", device_map="cuda", attn_implementation="flash_attention_2"
)
transformers.PreTrainedModel.from_pretrained("x", attn_implementation="eager", device_map=None)
found = {
    "tensor": str(torch.zeros(1).to("cuda").device),
    "numbered": str(torch.zeros(1).to(0).device),
    "named": str(torch.zeros(1).to(device=torch.device("cuda:0"), dtype=torch.int8).device),
    "typed": str(torch.zeros(1).to("cuda", dtype=torch.int8).dtype),
    "module": str(next(torch.nn.Linear(1, 1).cuda().to("cuda:1").parameters()).device),
    "features": [str(row["pixels"].device), str(row["pixels"].dtype)],
    "loaded": seen,
    "replaced": replaced,
}
print()
print(json.dumps(found))
