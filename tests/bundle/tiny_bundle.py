"""A bundle small enough to damage, made by hand: whole, but with nothing in it that could run."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from bench import interpreter
from bench.bundle import manifest
from bench.bundle.manifest import Manifest, PackedFile, read_manifest, sealed, write_manifest
from tests.conftest import REPOSITORY

WHEEL = "wheels/tiny-1.0-py3-none-any.whl"
DATA = "data/notes/rows/all/test.jsonl"
HERE = interpreter.ask(Path(sys.executable))
Change = Callable[[Path], object]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def make_bundle(folder: Path, **changed: object) -> Path:
    """Whole by its manifest; its only wheel is none. `changed`: keys of the manifest."""
    wheel = b"no archive " * 100
    contents = {
        WHEEL: ("package", wheel),
        manifest.CORE_LOCK: ("lock", f"tiny==1.0 --hash=sha256:{sha256(wheel)}\n".encode()),
        manifest.CONFIG: ("config", b"backend: echo\n"),
        DATA: ("data", b'{"id": "1"}\n' * 50),
    }
    for place, (_, content) in contents.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(content)
    shutil.copyfile(REPOSITORY / "bench" / "bundle" / "install.sh", folder / manifest.SCRIPT)
    files = {
        place: PackedFile.model_validate(
            {"kind": kind, "sha256": sha256(content), "bytes": len(content)}
        )
        for place, (kind, content) in contents.items()
    }
    script = (folder / manifest.SCRIPT).read_bytes()
    files[manifest.SCRIPT] = PackedFile(kind="script", sha256=sha256(script), bytes=len(script))
    assert HERE is not None
    described = {
        "bench_version": "0",
        "made_at": "2026-01-01T00:00:00+00:00",
        "python": ".".join(HERE.version.split(".")[:2]),
        "python_version": HERE.version,
        "implementation": HERE.implementation,
        "soabi": HERE.soabi,
        "platform": HERE.platform,
        "libc": HERE.libc,
        "files": files,
    }
    write_manifest(folder, sealed(Manifest.model_validate(described | changed)))
    return folder


def flip(place: str) -> Change:
    def change(bundle: Path) -> None:
        content = bytearray((bundle / place).read_bytes())
        content[len(content) // 2] ^= 1
        (bundle / place).write_bytes(content)

    return change


def cut(place: str) -> Change:
    return lambda bundle: (bundle / place).write_bytes((bundle / place).read_bytes()[:-1])


def exchange_wheel(bundle: Path) -> None:
    """Another wheel that the manifest knows: only the lock tells."""
    content = b"another one"
    (bundle / WHEEL).write_bytes(content)
    said = read_manifest(bundle)
    files = dict(said.files)
    files[WHEEL] = PackedFile(kind="package", sha256=sha256(content), bytes=len(content))
    write_manifest(bundle, sealed(said.model_copy(update={"files": files})))


DAMAGES: dict[str, tuple[Change, str]] = {
    "flipped-byte": (flip(DATA), DATA),
    "flipped-byte-of-a-wheel": (flip(WHEEL), WHEEL),
    "cut-short": (cut(DATA), DATA),
    "missing-file": (lambda bundle: (bundle / DATA).unlink(), DATA),
    "extra-file": (lambda bundle: (bundle / "wheels" / "more.whl").write_text("x"), "more.whl"),
    "wheel-that-no-lock-names": (exchange_wheel, WHEEL),
    "changed-manifest": (flip(manifest.FILE), manifest.FILE),
    "no-manifest": (lambda bundle: (bundle / manifest.FILE).unlink(), manifest.FILE),
}
