"""Locks: resolved anew from requirements.in, hashed, without host names. For maintainers.

torch stands apart, once for all adapters: torch.cpu.lock, torch.cuda.lock and torchvision.lock in
adapters/locks. An adapter's own lock is compiled under the constraints of both flavours, so that
the packages that they share have one version.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench import interpreter, resources, uv
from bench.adapter import Adapter
from bench.environment import Say, lock_folder

TORCH_PYTHON = "3.11"


def lock_adapter(adapter: Adapter, say: Say) -> Path:
    """Write requirements.lock beside adapter.toml."""
    source = adapter.folder / "requirements.in"
    excludes = list(adapter.excludes) + (["torch"] if adapter.torch else [])
    excludes += ["torchvision"] if adapter.torchvision else []
    constraints = [_torch("cpu"), _torch("cuda")] if adapter.torch else []
    text = _compiled(
        source.read_text(encoding="utf-8"),
        python=adapter.python,
        excludes=excludes,
        constraints=constraints,
        say=say,
    )
    return _write(adapter.lock, adapter.name, adapter.python, text)


def lock_torch(say: Say) -> tuple[Path, ...]:
    """Write the flavour locks. The CPU build comes from a find-links folder or a CPU index."""
    pin = (lock_folder() / "torch.in").read_text(encoding="utf-8").strip()
    cpu = _compiled(f"{pin}+cpu\n", python=TORCH_PYTHON, say=say)
    written = [_write(_torch("cpu"), "torch", TORCH_PYTHON, cpu)]
    # A folder with a +cpu wheel would win over the registry's build of the same version: `===`
    # takes the version as it is written.
    exact = pin.replace("==", "===")
    cuda = _compiled(f"{exact}\n", python=TORCH_PYTHON, say=say)
    cuda = cuda.replace(f"{pin} ", f"{exact} ")
    written.append(_write(_torch("cuda"), "torch", TORCH_PYTHON, cuda))
    vision = _compiled(
        (lock_folder() / "torchvision.in").read_text(encoding="utf-8"),
        python=TORCH_PYTHON,
        no_deps=True,
        say=say,
    )
    path = lock_folder() / "torchvision.lock"
    return (*written, _write(path, "torch", TORCH_PYTHON, vision))


def _torch(flavour: str) -> Path:
    return lock_folder() / f"torch.{flavour}.lock"


def _write(path: Path, name: str, python: str, text: str) -> Path:
    path.write_text(f"# made by: bench env lock {name}, for Python {python}\n{text}", "utf-8")
    return path


def _compiled(
    requirements: str,
    *,
    python: str,
    say: Say,
    excludes: list[str] | None = None,
    constraints: list[Path] | None = None,
    no_deps: bool = False,
) -> str:
    log = resources.logs() / "lock.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        source, target, dropped = (folder / name for name in ("in.txt", "out.txt", "excludes.txt"))
        source.write_text(requirements, "utf-8")
        dropped.write_text("\n".join(excludes or []), "utf-8")
        uv.compile_lock(
            source,
            target,
            python=Path(interpreter.find(python).python),
            excludes=dropped if excludes else None,
            constraints=constraints or [],
            no_deps=no_deps,
            log=log,
            say=say,
        )
        return target.read_text("utf-8")
