"""The command line of `vllm serve` for each argument of a model file."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bench.adapter import find_adapter

ADAPTER = find_adapter("engine", "vllm")
BARE = ["vllm", "serve", "/w", "--served-model-name", "m", "--host", "127.0.0.1", "--port", "81"]


@pytest.fixture(scope="module")
def arguments() -> ModuleType:
    spec = importlib.util.spec_from_file_location("arguments", ADAPTER.folder / "arguments.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def argv(arguments: ModuleType, chosen: dict[str, Any]) -> list[str]:
    settings = arguments.settings(chosen)
    made: list[str] = arguments.command("vllm", "/w", "m", "127.0.0.1", 81, settings)
    assert made[:9] == BARE
    return made[9:]


ONE_BY_ONE: dict[str, tuple[Any, list[str]]] = {
    "dtype": ("bfloat16", ["--dtype", "bfloat16", "--seed", "0"]),
    "max_model_len": (16384, ["--max-model-len", "16384", "--seed", "0"]),
    "max_num_seqs": (8, ["--max-num-seqs", "8", "--seed", "0"]),
    "gpu_memory_utilization": (0.85, ["--gpu-memory-utilization", "0.85", "--seed", "0"]),
    "tensor_parallel_size": (2, ["--tensor-parallel-size", "2", "--seed", "0"]),
    "quantization": ("awq", ["--quantization", "awq", "--seed", "0"]),
    "seed": (7, ["--seed", "7"]),
    "limit_mm_per_prompt": (
        {"video": 0, "image": 4},
        ["--seed", "0", "--limit-mm-per-prompt", '{"image": 4, "video": 0}'],
    ),
    "min_pixels": (3136, ["--seed", "0", "--mm-processor-kwargs", '{"min_pixels": 3136}']),
    "max_pixels": (1003520, ["--seed", "0", "--mm-processor-kwargs", '{"max_pixels": 1003520}']),
    "enforce_eager": (True, ["--seed", "0", "--enforce-eager"]),
    "trust_remote_code": (True, ["--seed", "0", "--trust-remote-code"]),
}


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_each_argument_becomes_its_flag(arguments: ModuleType, name: str) -> None:
    value, flags = ONE_BY_ONE[name]
    assert argv(arguments, {name: value}) == flags


def test_adapter_toml_names_the_same_arguments(arguments: ModuleType) -> None:
    assert set(ADAPTER.arguments) == set(arguments.NAMES) == set(ONE_BY_ONE)


def test_all_together_and_what_is_absent(arguments: ModuleType) -> None:
    assert argv(arguments, {}) == ["--seed", "0"]
    assert argv(arguments, {"dtype": None, "enforce_eager": False}) == ["--seed", "0"]
    all_of_them = argv(arguments, {name: value for name, (value, _) in ONE_BY_ONE.items()})
    assert [part for part in all_of_them if part.startswith("--")] == [
        *("--dtype", "--max-model-len", "--max-num-seqs", "--gpu-memory-utilization"),
        *("--tensor-parallel-size", "--quantization", "--seed", "--limit-mm-per-prompt"),
        *("--mm-processor-kwargs", "--enforce-eager", "--trust-remote-code"),
    ]
    pixels = json.loads(all_of_them[all_of_them.index("--mm-processor-kwargs") + 1])
    assert pixels == {"min_pixels": 3136, "max_pixels": 1003520}


WRONG: list[tuple[str, Any]] = [
    *(("dtype", "int8"), ("max_model_len", 0), ("max_model_len", 4096.0), ("max_num_seqs", True)),
    *(("gpu_memory_utilization", 0), ("gpu_memory_utilization", 1.5), ("seed", -1)),
    *(("tensor_parallel_size", "2"), ("quantization", "--api-key"), ("quantization", 4)),
    *(("limit_mm_per_prompt", 4), ("limit_mm_per_prompt", {"image": -1})),
    *(("enforce_eager", 1), ("trust_remote_code", "yes"), ("min_pixels", 0)),
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=[f"{n}-{v}" for n, v in WRONG])
def test_what_cannot_be_is_an_error(arguments: ModuleType, name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be"):
        arguments.settings({name: value})


def test_an_unknown_argument_names_the_known(arguments: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"unknown arguments \['api_key'\]; known: .*'dtype'"):
        arguments.settings({"api_key": "x"})


def test_its_lock_wants_the_torch_of_the_shared_locks() -> None:
    """The pins that vllm 0.32.0 names exactly; torch and torchvision come from adapters/locks."""
    locks = Path(ADAPTER.folder).parents[1] / "locks"
    assert (locks / "torch.in").read_text().strip() == "torch==2.13.0"
    assert (locks / "torchvision.in").read_text().strip() == "torchvision==0.28.0"
    assert "\nvllm==0.32.0 " in ADAPTER.lock.read_text()
