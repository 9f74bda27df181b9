"""Where much is made and nothing is dropped, Python's cycle collector only costs time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def only_growing() -> Iterator[None]:
    """The collector would go over all that is held again and again: a third of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
