from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench.pixels import ImageFacts, image_facts


def noise(mode: str = "RGB", size: tuple[int, int] = (12, 7)) -> Image.Image:
    count = size[0] * size[1] * len(Image.new(mode, (1, 1)).tobytes())
    return Image.frombytes(mode, size, bytes((7 * n * n + 3) % 256 for n in range(count)))


def encoded(image: Image.Image, form: str = "PNG", **how: Any) -> bytes:
    file = BytesIO()
    image.save(file, form, **how)
    return file.getvalue()


def stored(folder: Path, content: bytes) -> ImageFacts:
    (folder / "images").mkdir(exist_ok=True)
    name = hashlib.sha256(content).hexdigest()
    (folder / "images" / f"{name}.bin").write_bytes(content)
    (facts,) = image_facts(folder, [name]).values()
    return facts


def test_a_lossless_re_encoding_keeps_the_pixels(tmp_path: Path) -> None:
    page = noise()
    one = stored(tmp_path, encoded(page, compress_level=1))
    other = stored(tmp_path, encoded(page, compress_level=9))
    bitmap = stored(tmp_path, encoded(page, "BMP"))
    assert one.sha256 != other.sha256 != bitmap.sha256
    assert one.rgb_sha256 == other.rgb_sha256 == bitmap.rgb_sha256
    assert (one.format, one.width, one.height, one.megapixels) == ("PNG", 12, 7, 84e-6)


def test_a_lossy_re_encoding_does_not(tmp_path: Path) -> None:
    page = noise()
    one, other = stored(tmp_path, encoded(page)), stored(tmp_path, encoded(page, "JPEG"))
    assert one.rgb_sha256 != other.rgb_sha256


def test_the_same_bytes_in_another_shape_are_another_picture(tmp_path: Path) -> None:
    one = stored(tmp_path, encoded(Image.new("RGB", (2, 6))))
    other = stored(tmp_path, encoded(Image.new("RGB", (6, 2))))
    assert one.rgb_sha256 != other.rgb_sha256


def test_alpha_counts_only_where_something_is_transparent(tmp_path: Path) -> None:
    page = noise()
    opaque = page.copy()
    opaque.putalpha(255)
    clear = page.copy()
    clear.putalpha(254)
    plain, solid, seen = (stored(tmp_path, encoded(one)) for one in (page, opaque, clear))
    assert plain.rgb_sha256 == solid.rgb_sha256 != seen.rgb_sha256


def test_sixteen_bits_are_not_clipped_to_eight(tmp_path: Path) -> None:
    one = stored(tmp_path, encoded(Image.new("I;16", (3, 3), 40000)))
    other = stored(tmp_path, encoded(Image.new("I;16", (3, 3), 50000)))
    assert one.rgb_sha256 is not None
    assert one.rgb_sha256 != other.rgb_sha256


@pytest.mark.parametrize("content", [b"", b"no image", encoded(noise())[:60]])
def test_a_broken_image_has_no_pixels_and_a_reason(tmp_path: Path, content: bytes) -> None:
    facts = stored(tmp_path, content)
    assert facts.rgb_sha256 is None
    assert facts.trouble
    assert facts.bytes == len(content)


def test_each_image_is_decoded_once(tmp_path: Path) -> None:
    first = stored(tmp_path, encoded(noise()))
    (tmp_path / "images" / f"{first.sha256}.bin").write_bytes(b"gone")
    second = stored(tmp_path, encoded(noise("L")))
    assert image_facts(tmp_path, [first.sha256, second.sha256, "f" * 64]) == {
        first.sha256: first,
        second.sha256: second,
    }


def test_a_broken_cache_is_made_anew(tmp_path: Path) -> None:
    facts = stored(tmp_path, encoded(noise()))
    (tmp_path / "images.jsonl").write_text('{"sha256": 1, "odd": 2}\n')
    assert image_facts(tmp_path, [facts.sha256]) == {facts.sha256: facts}
