"""The images of a chat request: found in its body, and decoded to upright pixels on white.

Needs Pillow and numpy, so an adapter that loads it names both in its requirements.in.
"""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

import numpy as np
from PIL import Image, ImageOps

PIXEL_LIMIT = 200_000_000  # a decoded page takes 3 bytes each


class RequestError(Exception):
    """The answer is an error: `code` for programs, the message for people, an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


def asked_of(body: Any) -> tuple[list[bytes], str]:
    """(images' bytes in order, text) of the last user message; RequestError without an image."""
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        raise RequestError("invalid_body", "the body must be an object with a list `messages`")
    if body.get("n") not in (None, 1):
        raise RequestError("unsupported_n", "an OCR has one answer: n must be 1")
    asked = [
        message.get("content")
        for message in body["messages"]
        if isinstance(message, dict) and message.get("role") == "user"
    ]
    parts = asked[-1] if asked and isinstance(asked[-1], list) else []
    images, texts = [], []
    for part in parts:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "image_url":
            images.append(_content(part.get("image_url")))
        elif kind == "text":
            texts.append(str(part.get("text") or ""))
        else:
            raise RequestError("unsupported_content", "cannot read a part of type %r" % kind)
    if not images:
        raise RequestError("no_image", "the last user message has no image: this is an OCR")
    return images, "\n".join(texts)


def _content(image_url: Any) -> bytes:
    url = image_url.get("url") if isinstance(image_url, dict) else None
    if not isinstance(url, str):
        raise RequestError("invalid_image_url", "image_url must be an object with a string `url`")
    head, comma, encoded = url.partition(",")
    if head[:5].lower() != "data:":
        raise RequestError(
            "remote_image", "only data: URLs are read; nothing is fetched from a net"
        )
    if not comma or not head.lower().endswith(";base64"):
        raise RequestError("invalid_image_url", "a data: URL must be data:TYPE;base64,BYTES")
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError("invalid_image_url", "not base64: %s" % error) from error


def decoded(content: bytes) -> Image.Image:
    """Any image that Pillow opens as upright RGB pixels, 8 bits deep, on white."""
    Image.MAX_IMAGE_PIXELS = None  # the limit below is an error, not a warning
    try:
        image = Image.open(io.BytesIO(content))
        if image.width * image.height > PIXEL_LIMIT:
            raise RequestError(
                "image_too_large",
                "%d x %d pixels; at most %d in all" % (image.width, image.height, PIXEL_LIMIT),
            )
        pages = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
        if pages > 1:
            raise RequestError("many_pages", "a TIFF of %d pages: send each" % pages)
        return _upright_rgb(image)
    except RequestError:
        raise
    except Exception as error:  # Pillow's plugins raise what they like at broken bytes
        raise RequestError("invalid_image", "the image cannot be decoded: %s" % error) from error


def _upright_rgb(image: Image.Image) -> Image.Image:
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):  # Pillow would clip these at 255
        levels = np.nan_to_num(np.asarray(image).astype("float64"))
        peak = max(levels.max(), 0)
        top = 255 if peak <= 255 else max(65535, peak)
        top = peak if image.mode == "F" and peak <= 1 else top
        image = Image.fromarray((levels.clip(0, top) * (255 / (top or 1))).astype("uint8"))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")
