"""Images of a local copy: the source's own bytes, each once, named by their hash."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.importers.layouts import image_file
from bench.local_data.columns import MisfitError, StoredImage, is_image_record

FOLDER = "images"
_SUFFIXES = {"JPEG": "jpg", "MPO": "jpg", "TIFF": "tiff"}


@dataclass
class Pictures:
    """The folder `images/` of a copy that is being made, `root` being the copy's folder."""

    root: Path
    stored: dict[str, int] = field(default_factory=dict)
    _places: dict[bytes, str] = field(default_factory=dict)

    def keep(self, value: Any, folders: Sequence[Path]) -> str:
        """Its place below `root`. `value`: bytes, {bytes, path}, or the name of a file: its whole
        path, or one below `folders`. MisfitError where there is no such file, or it is no image.
        """
        if isinstance(value, StoredImage):
            return value
        content = _content(value, folders)
        digest = hashlib.sha256(content).digest()
        if digest not in self._places:
            name = f"{digest.hex()}.{_suffix(content)}"
            place = self.root / FOLDER / name[:2] / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            self._places[digest] = place.relative_to(self.root).as_posix()
            self.stored[self._places[digest]] = len(content)
        return self._places[digest]


def _content(value: Any, folders: Sequence[Path]) -> bytes:
    name = ""
    if is_image_record(value):
        name, value = str(value["path"] or ""), value["bytes"] or value["path"]
    if isinstance(value, bytes):
        if not value:
            raise MisfitError(f"holds an image without bytes{f' ({name})' if name else ''}")
        return value
    if not isinstance(value, str) or not value:
        raise MisfitError("must be an image: its bytes, or the name of its file")
    whole = Path(value)
    found = whole if whole.is_absolute() and whole.is_file() else image_file(folders, value)
    if found is None:
        looked = ", ".join(folder.name for folder in folders) or "no folder"
        raise MisfitError(f"image {value} is missing; looked in {looked}")
    try:
        return found.read_bytes()
    except OSError as error:
        raise MisfitError(f"image {value} cannot be read: {error.strerror}") from None


def _suffix(content: bytes) -> str:
    """By its kind. Every pixel is decoded: a truncated image is found here, not in a run."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a large scan is no bomb
            with Image.open(io.BytesIO(content)) as image:
                kind = str(image.format)
                image.draft("L", (1, 1))  # of a JPEG an eighth of the pixels says as much
                image.load()
    except Image.DecompressionBombError:
        raise MisfitError("holds an image of over 179 million pixels") from None
    except Exception as error:  # noqa: BLE001  (decoders raise whatever they like)
        said = " ".join(str(error).split())[:100]
        raise MisfitError(f"holds no image that can be read: {_named(said)}") from None
    return _SUFFIXES.get(kind, kind.lower())


def _named(said: str) -> str:
    return "its kind is unknown" if said.startswith("cannot identify image") else said
