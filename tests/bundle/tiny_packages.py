"""Package files made on the spot: wheels, and source distributions with a build backend of ours."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

from bench.hashing import file_sha256

BACKEND = """
import pathlib, zipfile

NAME = {name!r}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    file = NAME + "-1.0-py3-none-any.whl"
    told = NAME + "-1.0.dist-info/"
    metadata = "Metadata-Version: 2.1\\nName: " + NAME + "\\nVersion: 1.0\\n"
    with zipfile.ZipFile(pathlib.Path(folder, file), "w") as archive:
        archive.writestr(NAME + ".py", "")
        archive.writestr(told + "METADATA", metadata)
        archive.writestr(told + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(told + "RECORD", "")
    return file
"""  # noqa: E501


def wheel(
    folder: Path, name: str, version: str = "1.0", *, licence: str = "MIT", text: str = ""
) -> Path:
    """A pure wheel of one module, `text`."""
    told = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"
    metadata += f"License-Expression: {licence}\n" if licence else ""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", text)
        archive.writestr(f"{told}/METADATA", metadata)
        archive.writestr(
            f"{told}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{told}/RECORD", "")
    return path


def builder(folder: Path, name: str, *, of: str) -> Path:
    """A wheel that is the build backend of the source distribution `of`."""
    return wheel(folder, name, text=BACKEND.format(name=of))


def source(folder: Path, name: str, *, backend: str, requires: tuple[str, ...]) -> Path:
    """A source distribution that `backend`, a module, builds."""
    project = f"[build-system]\nrequires = {list(requires)}\nbuild-backend = {backend!r}\n"
    project += f"[project]\nname = {name!r}\nversion = '1.0'\n"
    told = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nLicense: BSD-3-Clause\n"
    path = folder / f"{name}-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for place, text in {"pyproject.toml": project, "PKG-INFO": told}.items():
            member = tarfile.TarInfo(f"{name}-1.0/{place}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def pin(path: Path) -> str:
    """The line of a lock for this file."""
    name, version = path.name.removesuffix(".tar.gz").split("-")[:2]
    return f"{name}=={version} \\\n    --hash=sha256:{file_sha256(path)}\n"
