"""A package that no index has."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

NAME = "tiny_made_up-1.0-py3-none-any.whl"
_INFO = "tiny_made_up-1.0.dist-info"
_FILES = {
    "tiny_made_up.py": "",
    f"{_INFO}/METADATA": "Metadata-Version: 2.1\nName: tiny-made-up\nVersion: 1.0\n",
    f"{_INFO}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def write_wheel(folder: Path) -> str:
    """Its sha256: always the same, its files have no times."""
    folder.mkdir()
    with zipfile.ZipFile(folder / NAME, "w") as archive:
        rows = [f"{_INFO}/RECORD,,"]
        for name, text in _FILES.items():
            archive.writestr(zipfile.ZipInfo(name), text)
            found = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
            rows.append(f"{name},sha256={found.rstrip('=')},{len(text)}")
        archive.writestr(zipfile.ZipInfo(f"{_INFO}/RECORD"), "\n".join(rows) + "\n")
    return hashlib.sha256((folder / NAME).read_bytes()).hexdigest()
