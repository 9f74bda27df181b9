"""The arguments of a model file -> the command line of `vllm serve`. Standard library only."""

from __future__ import annotations

import json

DTYPES = ("auto", "float16", "bfloat16", "float32")
WHOLE = ("max_model_len", "max_num_seqs", "tensor_parallel_size", "min_pixels", "max_pixels")
FLAGS = ("enforce_eager", "trust_remote_code")
NAMES = (
    *WHOLE,
    *FLAGS,
    *("dtype", "gpu_memory_utilization", "limit_mm_per_prompt", "quantization", "seed"),
)


def settings(arguments):
    """The arguments that are set, checked; ValueError for an unknown or impossible one."""
    unknown = sorted(set(arguments) - set(NAMES))
    if unknown:
        raise ValueError("unknown arguments %s; known: %s" % (unknown, sorted(NAMES)))
    chosen = {name: value for name, value in arguments.items() if value is not None}
    for name in sorted(chosen):
        said = _wrong(name, chosen[name])
        if said:
            raise ValueError("%s must be %s, not %r" % (name, said, chosen[name]))
    return chosen


def _wrong(name, value):
    """What the value must be, where it is not."""
    if name in WHOLE:
        return None if _is_whole(value, 1) else "a whole number of at least 1"
    if name in FLAGS:
        return None if isinstance(value, bool) else "true or false"
    if name == "dtype":
        return None if value in DTYPES else "one of " + ", ".join(DTYPES)
    if name == "seed":
        return None if _is_whole(value, 0) else "a whole number of at least 0"
    if name == "quantization":
        sound = isinstance(value, str) and value and not value.startswith("-")
        return None if sound else "a name such as awq"
    if name == "gpu_memory_utilization":
        sound = type(value) in (int, float) and 0 < value <= 1
        return None if sound else "a number above 0 and at most 1"
    sound = isinstance(value, dict) and value and all(_is_whole(one, 0) for one in value.values())
    return None if sound else "a mapping such as {image: 4}"


def _is_whole(value, least):
    return type(value) is int and value >= least


def command(program, weights, served_id, host, port, chosen):  # noqa: PLR0917  (one call)
    """argv of the server. `chosen`: what `settings` gave."""
    argv = [program, "serve", weights, "--served-model-name", served_id]
    argv += ["--host", host, "--port", str(port)]
    for name in ("dtype", "max_model_len", "max_num_seqs", "gpu_memory_utilization"):
        argv += _option(name, chosen)
    for name in ("tensor_parallel_size", "quantization"):
        argv += _option(name, chosen)
    argv += ["--seed", str(chosen.get("seed", 0))]
    if "limit_mm_per_prompt" in chosen:
        argv += ["--limit-mm-per-prompt", json.dumps(chosen["limit_mm_per_prompt"], sort_keys=True)]
    pixels = {name: chosen[name] for name in ("min_pixels", "max_pixels") if name in chosen}
    if pixels:
        argv += ["--mm-processor-kwargs", json.dumps(pixels, sort_keys=True)]
    return argv + [_flag(name) for name in FLAGS if chosen.get(name)]


def _option(name, chosen):
    return [_flag(name), str(chosen[name])] if name in chosen else []


def _flag(name):
    return "--" + name.replace("_", "-")
