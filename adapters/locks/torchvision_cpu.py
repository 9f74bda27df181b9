"""Lets the registry's torchvision, built for CUDA, be imported beside a CPU build of torch.

Its C library does not load there, and torchvision then registers fakes for two operators that
nobody declared: `RuntimeError: operator torchvision::nms does not exist`. Declaring the two is all
that its transforms need; nms itself, roi_align and the image decoders stay unavailable.

Copied into site-packages, with a .pth file of one line: `import torchvision_cpu`. Torch is imported
only when torchvision is; a CUDA or ROCm build of torch is left alone.
"""

import sys


class _BeforeTorchvision:
    """A meta-path finder that finds nothing: it acts once, just before torchvision is looked up."""

    library = None

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        del path, target
        if name == "torchvision":
            sys.meta_path.remove(cls)
            _declare()


def _declare():
    try:
        import torch
    except ImportError:
        return  # torchvision says so itself, and better
    if torch.version.cuda is not None or torch.version.hip is not None:
        return
    # The operators live as long as this object.
    _BeforeTorchvision.library = library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(operator + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


sys.meta_path.insert(0, _BeforeTorchvision)
