"""A root file system with this machine's Python and nothing else: a base image without a registry.

What its programs load is copied with them (ldd), so that it runs wherever this kernel does.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

_LEFT_OUT = {
    *("test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "__pycache__"),
    *("site-packages", "pydoc_data", "pkgconfig"),
}
# What wheels and uv need beside it.
_MORE = (
    *("libstdc++.so.6", "libgcc_s.so.1", "libgomp.so.1"),
    *("libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1"),
)
_FOLDERS = ("proc", "sys", "dev", "etc", "tmp", "run", "root", "bin")


def write_rootfs(target: Path) -> Path:
    """A tar file with python3.11 on PATH and /bin/sh; about 60 MB."""
    base = Path(sys.base_prefix)
    python = Path(f"{base}/bin/python3.{sys.version_info.minor}").resolve()
    library = base / "lib" / f"python3.{sys.version_info.minor}"
    shell = Path("/bin/sh").resolve()
    files = [python, *_under(library)]
    programs = [python, shell, *(path for path in files if path.suffix == ".so")]
    staging = target.with_suffix(".part")
    with tarfile.open(staging, "w") as archive:
        for name in _FOLDERS:
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            archive.addfile(folder)
        for path in files:
            archive.add(path, str(path).lstrip("/"), recursive=False)
        for path in sorted(_loaded(programs)):
            archive.add(path.resolve(), str(path).lstrip("/"), recursive=False)
        archive.add(shell, "bin/sh")
        for name in (python.name, "python3"):
            link = tarfile.TarInfo(f"usr/local/bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, str(python)
            archive.addfile(link)
    return staging.rename(target)


def _under(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _LEFT_OUT or path.name.startswith(("config-", "_tkinter")):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _under(path)
        elif path.suffix != ".a":
            yield path


def _loaded(programs: list[Path]) -> set[Path]:
    """Shared libraries by the path that the loader looks for them at."""
    said = subprocess.run(
        ["ldd", *map(str, programs)], check=False, capture_output=True, text=True
    ).stdout
    found = {Path(path) for path in re.findall(r"(?m)^\s(?:\S+ => )?(/\S+) \(0x", said)}
    cache = subprocess.run(["ldconfig", "-p"], check=False, capture_output=True, text=True).stdout
    for name in _MORE:
        found |= {
            Path(path) for path in re.findall(rf"{re.escape(name)} .*x86-64.* => (\S+)", cache)
        }
    return found
