"""Page images for report.html: small copies, inlined or in report_images/ beside it.

A copy is named by its source's hash, so that no file name out of a task reaches the page.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Images = Literal["auto", "inline", "beside", "none"]
Key = tuple[str, str]  # job, sample

FOLDER = "report_images"
INLINE_AT_MOST = 40  # pages: about 3 MB
MADE_AT_MOST = 2000  # pages: about two minutes on one core
SIZE = (800, 1600)  # pixels: a receipt's small print stays readable
QUALITY = 72
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_OURS = re.compile(r"[0-9a-f]{32}\.jpg(\.part)?")


@dataclass(frozen=True)
class Picture:
    """What an <img> needs; `src` is a data URL, or a path relative to the page."""

    src: str
    width: int
    height: int


@dataclass(frozen=True)
class Missing:
    why: str


@dataclass(frozen=True)
class Gallery:
    """`of` gives each sample's pages: an index into `pictures`, or why there is none."""

    pictures: tuple[Picture, ...]
    of: Mapping[Key, tuple[int | Missing, ...]]
    mode: Images


def gallery(folder: Path, sources: Mapping[Key, Sequence[Path]], images: Images) -> Gallery:
    """Small copies of the samples' page images, each source once.

    `auto`: inline up to 40 pages, beside up to 2,000, else none.
    """
    distinct = list(dict.fromkeys(path for paths in sources.values() for path in paths))
    mode = _chosen(len(distinct)) if images == "auto" else images
    if mode == "none":
        left_out = (Missing("left out; `bench report RUN --format html --images beside` adds it"),)
        _sweep(folder / FOLDER, ())
        return Gallery((), {key: left_out for key, paths in sources.items() if paths}, mode)
    place = folder / FOLDER if mode == "beside" else None
    if place is not None:
        place.mkdir(exist_ok=True)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        made = dict(
            zip(distinct, pool.map(lambda path: _picture(path, place), distinct), strict=True)
        )
    pictures = tuple(dict.fromkeys(one for one in made.values() if isinstance(one, Picture)))
    number = {picture: index for index, picture in enumerate(pictures)}
    _sweep(folder / FOLDER, [picture.src for picture in pictures] if place else ())
    return Gallery(
        pictures,
        {
            key: tuple(_index(made[path], number) for path in paths)
            for key, paths in sources.items()
        },
        mode,
    )


def _chosen(pages: int) -> Images:
    if pages <= INLINE_AT_MOST:
        return "inline"
    return "beside" if pages <= MADE_AT_MOST else "none"


def _index(made: Picture | Missing, number: Mapping[Picture, int]) -> int | Missing:
    return made if isinstance(made, Missing) else number[made]


def _picture(source: Path, place: Path | None) -> Picture | Missing:
    try:
        content = source.read_bytes()
    except (OSError, ValueError):
        return Missing("the file is not there any more")
    name = hashlib.sha256(content).hexdigest()[:32] + ".jpg"
    try:
        copy, width, height = thumbnail(content)
    except Exception as error:  # noqa: BLE001  (Pillow's decoders raise anything on a broken file)
        return Missing(f"cannot be read as an image ({type(error).__name__})")
    if place is None:
        return Picture("data:image/jpeg;base64," + base64.b64encode(copy).decode(), width, height)
    path = place / name
    if not path.is_file() or path.read_bytes() != copy:
        staging = path.with_name(f"{name}.part")
        staging.write_bytes(copy)
        staging.replace(path)
    return Picture(f"{FOLDER}/{name}", width, height)


def thumbnail(content: bytes) -> tuple[bytes, int, int]:
    """A JPEG of at most SIZE, upright, transparency over white; its width and height in pixels.

    Raises what Pillow raises where `content` is no image, or one of over 179 million pixels.
    """
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        opened.draft("RGB", SIZE)  # a JPEG is decoded at a fraction of its size
        image = ImageOps.exif_transpose(opened)
        if image.has_transparency_data:
            image = image.convert("RGBA")
            paper = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(paper, image)
        image = image.convert("RGB")
        image.thumbnail(SIZE, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY, optimize=True)
    return file.getvalue(), image.width, image.height


def _sweep(place: Path, kept: Iterable[str]) -> None:
    """Copies that an earlier page used; other people's files stay."""
    names = {Path(src).name for src in kept}
    if not place.is_dir():
        return
    for path in place.iterdir():
        if _OURS.fullmatch(path.name) and path.name not in names:
            path.unlink()
    if not any(place.iterdir()):
        place.rmdir()
