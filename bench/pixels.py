"""What an image shows, apart from how it is encoded: two files with the same pixels are equal here.

Taken by the core from the images that the gateway stored, each once. The gateway itself decodes
nothing: a broken or hostile image must not stop the requests of a run.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench import jsonl

if TYPE_CHECKING:
    from PIL import Image

# Decoding takes time and memory; above this an image's bytes alone are compared.
PIXEL_LIMIT = 150_000_000


@dataclass(frozen=True)
class ImageFacts:
    """`sha256` is of the file, `rgb_sha256` of its size and decoded pixels.

    `trouble` says why there are no pixels; then the other facts are None where they are unknown.
    """

    sha256: str
    bytes: int
    format: str | None = None
    width: int | None = None
    height: int | None = None
    rgb_sha256: str | None = None
    trouble: str | None = None

    @property
    def megapixels(self) -> float | None:
        """Width times height, in millions."""
        if self.width is None or self.height is None:
            return None
        return self.width * self.height / 1e6


def image_facts(folder: Path, wanted: Iterable[str]) -> dict[str, ImageFacts]:
    """By sha256, for each of `wanted` that lies in FOLDER/images.

    What was decoded once is kept in FOLDER/images.jsonl, if the folder can be written.
    """
    kept = _kept(folder / "images.jsonl")
    stored = {path.stem: path for path in sorted((folder / "images").glob("[0-9a-f]*"))}
    found = {name: kept[name] for name in set(wanted) & kept.keys()}
    new = sorted(name for name in set(wanted) - found.keys() if name in stored)
    found |= {name: decode(stored[name]) for name in new}
    if new:
        try:
            jsonl.write(folder / "images.jsonl", map(asdict, {**kept, **found}.values()))
        except OSError:
            return found
    return found


def decode(path: Path) -> ImageFacts:
    """The facts of one stored image, named by its sha256. Never raises for a broken image."""
    from PIL import Image

    facts = ImageFacts(path.stem, path.stat().st_size)
    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")  # of a big or oddly tagged image: the limit is ours
            facts = replace(facts, format=image.format, width=image.width, height=image.height)
            if image.width * image.height > PIXEL_LIMIT:
                return replace(facts, trouble=f"more than {PIXEL_LIMIT} pixels: not decoded")
            return replace(facts, rgb_sha256=_pixels(image))
    except Exception as error:  # noqa: BLE001  (a decoder may raise anything)
        return replace(facts, trouble=f"{type(error).__name__}: {error}"[:200])


def _pixels(image: Image.Image) -> str:
    """RGB; with alpha only where something is transparent, so that an opaque RGBA equals its RGB.

    An orientation in EXIF and a colour profile are not applied: engines differ in that.
    """
    seen = image
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        if seen.getchannel("A").getextrema() == (255, 255):
            seen = seen.convert("RGB")
    elif not image.mode.startswith(("I", "F")):  # which RGB would clip to 8 bits
        seen = image.convert("RGB")
    digest = hashlib.sha256(f"{seen.mode} {seen.width}x{seen.height}\n".encode())
    digest.update(seen.tobytes())
    return digest.hexdigest()


def _kept(path: Path) -> dict[str, ImageFacts]:
    """A file that is broken or from another version is made anew."""
    try:
        return {row["sha256"]: ImageFacts(**row) for row in jsonl.read(path)}
    except (OSError, ValueError, TypeError, KeyError):
        return {}
