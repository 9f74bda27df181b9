"""What two fingerprints alone say of requests: where a run's record is not at hand."""

from __future__ import annotations

from collections.abc import Iterator

from bench.differences.rows import Difference, Kind
from bench.fingerprint_rows import Fingerprint

_TEXTS: tuple[tuple[Kind, str, str], ...] = (
    ("system prompt", "system_prompts", "the system prompts differ"),
    ("prompt", "prompts", "the prompts differ"),
    ("message form", "message_form", "other keys, kinds of parts, declared types or path"),
)
_NO_EXAMPLE = "; the runs' folders would say how"


def request_differences(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """Of two jobs that asked the same samples."""
    for kind, part, said in _TEXTS:
        if getattr(a, part) != getattr(b, part):
            yield Difference(kind, said + _NO_EXAMPLE)
    if a.image_bytes == b.image_bytes:
        return
    same_files = a.image_bytes_unordered == b.image_bytes_unordered
    same_pictures = _known_same(a.image_pixels_unordered, b.image_pixels_unordered)
    in_order = _known_same(a.image_pixels, b.image_pixels)
    if same_files or (same_pictures and not in_order):
        yield Difference("image order", "the same images in another order")
    if not same_files and same_pictures:
        yield Difference("image encoding", "re-encoded without loss (pixels equal)")
    elif not same_files:
        known = a.image_pixels and b.image_pixels
        said = "other pixels" if known else "other bytes; not every image has pixels"
        yield Difference("image", said + _NO_EXAMPLE)


def _known_same(a: str | None, b: str | None) -> bool:
    return a is not None and a == b
