"""What VLMEvalKit's model classes need where there is no CUDA: nearly all of them name it in their
code. Nothing of this is done where there is. `flash` alone also holds there.
"""

import functools
import importlib.util

NO_FLASH = "sdpa"


def without_cuda():
    """Put models and tensors that are sent to a GPU on the CPU. Before vlmeval is imported."""
    import torch
    import transformers

    def placed(original):
        @functools.wraps(original)
        def to(self, *given, **named):
            return original(self, *map(_device, given), **{k: _device(v) for k, v in named.items()})

        return to

    for kind in (torch.Tensor, torch.nn.Module):
        kind.to = placed(kind.to)
        kind.cuda = lambda self, *_device, **_named: self
    for kind in (transformers.BatchFeature, transformers.BatchEncoding):
        kind.to = placed(kind.to)

    def loading(given):
        if given.get("device_map") is not None:
            given["device_map"] = "cpu"

    _on_loading(transformers, loading)


def _device(value):
    import torch

    if isinstance(value, int) and not isinstance(value, bool):
        return "cpu"  # the number of a GPU
    is_cuda = isinstance(value, str) and value.partition(":")[0] == "cuda"
    is_cuda = is_cuda or (isinstance(value, torch.device) and value.type == "cuda")
    return "cpu" if is_cuda else value


def memory(module):
    """For vlmeval.smp.misc: classes assert that nvidia-smi names a GPU, without a message."""
    module.get_gpu_memory = lambda: [1]


def without_flash():
    """Where flash-attn is not installed: classes that name it in their code get torch's own exact
    attention. Returns the list that fills with the arguments that were replaced.
    """
    import transformers

    if importlib.util.find_spec("flash_attn") is not None:
        return []
    replaced = []

    def loading(given):
        for name in ("attn_implementation", "_attn_implementation"):
            if str(given.get(name)).startswith("flash_attention"):
                given[name] = NO_FLASH
                replaced.append(name)
        if given.pop("use_flash_attention_2", False):
            given["attn_implementation"] = NO_FLASH
            replaced.append("use_flash_attention_2")

    _on_loading(transformers, loading)
    return replaced


def _on_loading(transformers, change):
    """Let `change` edit the named arguments of every from_pretrained of a model."""
    from transformers.models.auto.auto_factory import _BaseAutoModelClass

    def changing(original):
        @functools.wraps(original)
        def from_pretrained(cls, *given, **named):
            change(named)
            return original(cls, *given, **named)

        return classmethod(from_pretrained)

    for kind in (transformers.PreTrainedModel, _BaseAutoModelClass):
        kind.from_pretrained = changing(kind.from_pretrained.__func__)
