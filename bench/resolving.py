"""Requirements -> a lock: hashed, without host names.

torch stands apart, once for all adapters: an adapter's own lock is resolved under the constraints
of both flavours, so that the packages that they share have one version.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import interpreter, resources, uv
from bench.adapter import Profile

Say = Callable[[str], None]


def lock_folder() -> Path:
    return resources.folder("adapters") / "locks"


def torch_lock(flavour: str) -> Path:
    return lock_folder() / f"torch.{flavour}.lock"


def resolved(
    profile: Profile, python: str, say: Say, *, more: Sequence[str] = (), near: Path | None = None
) -> str:
    """The text of a lock for it; `more` are further requirements.

    `near`: a lock whose versions are kept where `more` allows it. EnvironmentBuildError where
    nothing fits together.
    """
    excludes = list(profile.excludes) + (["torch"] if profile.torch else [])
    excludes += ["torchvision"] if profile.torchvision else []
    return compiled(
        "\n".join([profile.requirements.read_text(encoding="utf-8"), *more, ""]),
        python=python,
        excludes=excludes,
        constraints=[torch_lock("cpu"), torch_lock("cuda")] if profile.torch else [],
        near=near,
        say=say,
    )


def compiled(
    requirements: str,
    *,
    python: str,
    say: Say,
    excludes: Sequence[str] = (),
    constraints: Sequence[Path] = (),
    near: Path | None = None,
    no_deps: bool = False,
) -> str:
    """The lock of a requirements text; `python` is like "3.11"."""
    log = resources.logs() / "lock.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        source, target, dropped = (folder / name for name in ("in.txt", "out.txt", "excludes.txt"))
        source.write_text(requirements, "utf-8")
        dropped.write_text("\n".join(excludes), "utf-8")
        if near is not None:
            target.write_bytes(near.read_bytes())
        uv.compile_lock(
            source,
            target,
            python=Path(interpreter.find(python).python),
            excludes=dropped if excludes else None,
            constraints=list(constraints),
            no_deps=no_deps,
            log=log,
            say=say,
        )
        return target.read_text("utf-8")
