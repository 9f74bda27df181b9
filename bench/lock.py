"""Locks: resolved anew from requirements.in and weights.in, and lists of what harnesses have then.

For maintainers.

torch stands apart, once for all adapters: torch.cpu.lock, torch.cuda.lock and torchvision.lock in
adapters/locks.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bench.adapter import Adapter
from bench.environment import adapter_variables, build
from bench.errors import RunError
from bench.process import Child, clean_environment, tail
from bench.resolving import Say, compiled, lock_folder, resolved, torch_lock

TORCH_PYTHON = "3.11"
CATALOGUE = "catalogue.py"
CATALOGUE_S = 900.0  # importing VLMEvalKit takes a minute on a busy machine


def lock_adapter(adapter: Adapter, say: Say) -> tuple[Path, ...]:
    """Write requirements.lock beside adapter.toml, and weights.lock where it has such a table."""
    profiles = [adapter.profile] + ([adapter.for_weights] if adapter.weights else [])
    return tuple(
        _write(profile.lock, adapter.name, adapter.python, resolved(profile, adapter.python, say))
        for profile in profiles
    )


def refresh_catalogue(adapter: Adapter, say: Say) -> tuple[Path, ...]:
    """Ask the locked harness what it has: benchmarks.tsv and models.tsv beside adapter.toml.

    Builds the environment first. Nothing where the adapter has no catalogue.py.
    """
    script = adapter.folder / CATALOGUE
    if not script.is_file():
        return ()
    environment = build(adapter, adapter.flavours[0], say)
    say("asking it what it has")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        written = folder / "tables"
        written.mkdir()
        catalogue(environment.python, script, written, folder / "log")
        return tuple(
            _replace(adapter.folder / path.name, path.read_text("utf-8"))
            for path in sorted(written.iterdir())
        )


def catalogue(python: Path, script: Path, folder: Path, log: Path) -> None:
    """Run a catalogue.py with its harness's Python; RunError with the end of what it said."""
    variables = {**adapter_variables(), "HOME": str(log.parent), "HF_HUB_OFFLINE": "1"}
    child = Child(
        [str(python), "-P", str(script), str(folder)],
        folder=log.parent,
        log=log,
        environment=clean_environment(os.environ) | variables,
    )
    try:
        ending = child.wait(CATALOGUE_S)
    finally:
        child.end()
    if ending is None:
        raise RunError(f"{script}: not done after {CATALOGUE_S:g} s", hint=tail(log))
    if ending.code != 0:
        raise RunError(f"{script}: {ending}", hint=tail(log))


def lock_torch(say: Say) -> tuple[Path, ...]:
    """Write the flavour locks. The CPU build comes from a find-links folder or a CPU index."""
    pin = (lock_folder() / "torch.in").read_text(encoding="utf-8").strip()
    cpu = compiled(f"{pin}+cpu\n", python=TORCH_PYTHON, say=say)
    written = [_write(torch_lock("cpu"), "torch", TORCH_PYTHON, cpu)]
    # A folder with a +cpu wheel would win over the registry's build of the same version: `===`
    # takes the version as it is written.
    exact = pin.replace("==", "===")
    cuda = compiled(f"{exact}\n", python=TORCH_PYTHON, say=say)
    cuda = cuda.replace(f"{pin} ", f"{exact} ")
    written.append(_write(torch_lock("cuda"), "torch", TORCH_PYTHON, cuda))
    vision = compiled(
        (lock_folder() / "torchvision.in").read_text(encoding="utf-8"),
        python=TORCH_PYTHON,
        no_deps=True,
        say=say,
    )
    path = lock_folder() / "torchvision.lock"
    return (*written, _write(path, "torch", TORCH_PYTHON, vision))


def _write(path: Path, name: str, python: str, text: str) -> Path:
    path.write_text(f"# made by: bench env lock {name}, for Python {python}\n{text}", "utf-8")
    return path


def _replace(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path
