"""One file of a person -> the page images of a task: PNG, JPEG or WebP, upright, one a page.

A single PNG, JPEG or WebP is copied byte for byte. TIFF, BMP, GIF and PDF are what servers of
models do not take, so their pages become PNG files; nothing is lost but the PDF's own geometry.
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

PDF = ".pdf"
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", PDF)
POINTS = 72  # of a PDF, in an inch
MAX_PIXELS = 178_956_970  # a page; Pillow's own limit against decompression bombs
_COPIED = {"PNG": ".png", "JPEG": ".jpg", "MPO": ".jpg", "WEBP": ".webp"}
_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
_ORIENTATION = 0x0112  # Exif: how a camera was held; few servers look at it


class UnreadableError(Exception):
    """The file cannot become pages; the message says why, without its name."""


@dataclass(frozen=True)
class Page:
    """An image file in the folder that was asked for. `number` counts from 1."""

    name: str
    number: int
    tags: tuple[str, ...] = ()


def write_pages(path: Path, folder: Path, stem: str, *, dpi: int) -> tuple[Page, ...]:
    """Every page of `path` into `folder` as `stem.SUFFIX`, or `stem.pN.SUFFIX` where it has many.

    Raises UnreadableError; what was written by then stays.
    """
    read = _pdf_pages if path.suffix.lower() == PDF else _image_pages
    try:
        pages = tuple(read(path, folder, stem, dpi))
    except UnreadableError:
        raise
    except Exception as error:  # noqa: BLE001  (decoders raise whatever they like on broken bytes)
        raise UnreadableError(_reason(error)) from None
    if not pages:
        raise UnreadableError("has no page")
    return pages


def _reason(error: Exception) -> str:
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return "is no image that can be read"
    if isinstance(error, Image.DecompressionBombError):
        return f"has more than {MAX_PIXELS:,} pixels"
    if isinstance(error, PermissionError):
        return "may not be read"
    said = " ".join(str(error).split())[:120]
    return f"is broken: {said or type(error).__name__}"


def _page_name(stem: str, number: int, count: int) -> str:
    return stem if count == 1 else f"{stem}.p{number}"


def _image_pages(path: Path, folder: Path, stem: str, _dpi: int) -> Iterator[Page]:
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # large scans and odd metadata are warned of, yet read
        with Image.open(path) as image:
            # An MPO is a photo whose later frames are previews and depth maps.
            frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
            for number in range(1, frames + 1):
                if frames > 1:
                    image.seek(number - 1)
                image.load()
                name = folder / _page_name(stem, number, frames)
                turned = image.getexif().get(_ORIENTATION, 1) not in (0, 1)
                suffix = _COPIED.get(image.format or "") if frames == 1 else None
                if suffix and not turned:
                    shutil.copyfile(path, name.with_name(name.name + suffix))
                elif suffix == ".jpg":
                    upright = ImageOps.exif_transpose(image)
                    upright.save(f"{name}.jpg", quality=95, subsampling=0)
                else:
                    suffix = ".png"
                    _save_png(ImageOps.exif_transpose(image), f"{name}.png")
                tags = ("turned-upright",) if turned else ()
                yield Page(f"{name.name}{suffix}", number, tags)


def _save_png(image: Image.Image, path: str) -> None:
    fits = image if image.mode in _PNG_MODES else image.convert("RGB")
    fits.save(path, format="PNG")


def _pdf_pages(path: Path, folder: Path, stem: str, dpi: int) -> Iterator[Page]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableError("is encrypted: save it without a password") from None
        raise UnreadableError("is no PDF that can be read") from None
    with document:
        document.init_forms()  # without it, what was typed into a form is not drawn
        count = len(document)
        for number in range(1, count + 1):
            page = document[number - 1]
            width, height = (side * dpi / POINTS for side in page.get_size())
            if width * height > MAX_PIXELS:
                size = f"{width:.0f} x {height:.0f} pixels"
                raise UnreadableError(f"page {number} would have {size} at {dpi} dpi: lower --dpi")
            bitmap = page.render(scale=dpi / POINTS)
            name = f"{_page_name(stem, number, count)}.png"
            bitmap.to_pil().save(folder / name, format="PNG")
            bitmap.close()
            page.close()
            yield Page(name, number, ("pdf", f"{dpi}dpi"))
