"""The core as package files: vlmhyperbench's own wheel, and a hashed lock of all that it needs."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from bench import resolving, uv
from bench.errors import EnvironmentBuildError

NAME = "vlmhyperbench"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"  # it runs where this one is
_ROOT = Path(__file__).resolve().parents[2]
_NOT_PACKED = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json")
_STAMP = (2020, 2, 2, 0, 0, 0)  # the same files give the same wheel
Say = Callable[[str], None]


def checkout() -> Path | None:
    """The folder of the project, where this is no installed package."""
    return _ROOT if (_ROOT / "pyproject.toml").is_file() else None


def own_wheel(folder: Path, log: Path, say: Say) -> Path:
    """The wheel of this very code: built of the checkout, else packed again as it is installed."""
    say(f"making the wheel of {NAME}")
    folder.mkdir(parents=True, exist_ok=True)
    root = checkout()
    if root is None:
        return repacked(importlib.metadata.distribution(NAME), folder)
    uv.build_wheel(root, folder, Path(sys.executable), only=None, log=log, say=lambda _: None)
    (built,) = folder.glob("*.whl")
    return built


def repacked(installed: importlib.metadata.Distribution, folder: Path) -> Path:
    """A wheel of an installed pure distribution, with the files that its RECORD names."""
    name = installed.metadata["Name"].replace("-", "_")
    told = f"{name}-{installed.version}.dist-info"
    target = folder / f"{name}-{installed.version}-py3-none-any.whl"
    rows = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(installed.files or [], key=str):
            place = file.as_posix()
            left_out = file.parent.name == told and file.name in _NOT_PACKED
            if place.startswith("..") or left_out or file.suffix == ".pyc":
                continue
            content = Path(str(file.locate())).read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            rows.append(f"{place},sha256={digest.decode()},{len(content)}")
            archive.writestr(_entry(place), content)
        if not rows:
            raise EnvironmentBuildError(f"{name} is installed without a list of its files")
        record = f"{told}/RECORD"
        archive.writestr(_entry(record), "\n".join([*rows, f"{record},,", ""]))
    return target


def _entry(place: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(place, _STAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def core_lock(scratch: Path, say: Say) -> str:
    """The checkout's lock; of an installed package, its requirements at the versions that run."""
    root = checkout()
    if root is not None:
        return (root / "requirements.lock").read_text(encoding="utf-8")
    installed = importlib.metadata.distribution(NAME)
    needs = [one for one in installed.requires or [] if "extra ==" not in one]
    there = {one.metadata["Name"]: one.version for one in importlib.metadata.distributions()}
    limits = scratch / "installed.txt"
    limits.write_text("".join(f"{name}=={version}\n" for name, version in there.items()), "utf-8")
    return resolving.compiled("\n".join([*needs, ""]), python=PYTHON, constraints=[limits], say=say)
