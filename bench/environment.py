"""Environments: one venv for an adapter and a flavour, shared between runs, built under a lock.

`ready.json` is written last: a folder without it was left half-built and is built anew. Planning
looks at files alone. Only what builds asks an index, and one thing: whether it offers torch's CPU
build.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench import interpreter, resources, uv
from bench.adapter import Adapter, Flavour, Profile
from bench.errors import EnvironmentBuildError, UsageError
from bench.resolving import Say, lock_folder, resolved

SCHEMA = 1
READY = "ready.json"
SILENT = {  # against counters of users; onnxruntime 1.31 reports each session to its maker
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_NO_USAGE_STATS": "1",
}


@dataclass(frozen=True)
class Environment:
    """What to install where. `note` says what differs from what the flavour promises.

    `otherwise`: what is built in its place where no index offers its torch; None once that is
    known. Nothing may be kept under the key of a plan that has one.
    """

    name: str
    flavour: Flavour
    key: str
    folder: Path
    interpreter: interpreter.Interpreter
    locks: tuple[Path, ...]
    patches: tuple[Path, ...]
    lock_sha256: str
    note: str | None = None
    otherwise: Environment | None = None

    @property
    def python(self) -> Path:
        return self.folder / "venv" / "bin" / "python"

    @property
    def python_version(self) -> str:
        return self.interpreter.version

    @property
    def log(self) -> Path:
        return _log(self.folder)


def _log(folder: Path) -> Path:
    return resources.logs() / f"{folder.name}.log"


def environments_folder() -> Path:
    return resources.home() / "environments"


def plan_environment(
    adapter: Adapter,
    flavour: Flavour,
    *,
    weights: bool = False,
    requires: tuple[str, ...] = (),
) -> Environment:
    """What the environment is, or would be; nothing is built, and no index is asked.

    `weights`: the one whose models run in the harness's own process. `requires`: what stands over
    the adapter's own versions, as transformers==4.49.0; resolved when it is first built.
    """
    first, *rest = found = _choices(adapter, flavour, weights=weights, requires=requires)
    for one in found:
        if (one.folder / READY).is_file():
            return one
    return replace(first, otherwise=rest[0] if rest else None)


def may_be(
    adapter: Adapter,
    flavour: Flavour,
    *,
    weights: bool = False,
    requires: tuple[str, ...] = (),
) -> frozenset[str]:
    """lock_sha256 of each environment that may be built for it, whatever an index offers."""
    found = _choices(adapter, flavour, weights=weights, requires=requires)
    return frozenset(one.lock_sha256 for one in found)


def _choices(
    adapter: Adapter, flavour: Flavour, *, weights: bool, requires: tuple[str, ...]
) -> list[Environment]:
    """All that may be built for it, the best first."""
    if flavour not in adapter.flavours:
        raise UsageError(
            f"{adapter.name} has no flavour {flavour!r}",
            hint=f"it has {', '.join(adapter.flavours)}",
        )
    profile = adapter.for_weights if weights else adapter.profile
    if not profile.lock.is_file():
        raise EnvironmentBuildError(
            f"{profile.lock} is missing", hint=f"bench env lock {adapter.name}"
        )
    found = interpreter.find(adapter.python)
    overlay = _overlay(profile, requires) if requires else None
    return [
        _planned(profile, flavour, found, locks, note)
        for locks, note in _locks(profile, flavour, overlay)
    ]


def _planned(
    profile: Profile,
    flavour: Flavour,
    found: interpreter.Interpreter,
    locks: tuple[Path, ...],
    note: str | None,
) -> Environment:
    patches = (lock_folder() / "torchvision_cpu.py",) if profile.torchvision else ()
    lock_sha256 = digest(locks)
    identity = {
        "schema": SCHEMA,
        "locks": lock_sha256,
        "flavour": flavour,
        "implementation": found.implementation,
        "version": found.version,
        "soabi": found.soabi,
        "platform": found.platform,
        "libc": found.libc,
        "patches": digest(patches),
    }
    key = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    folder = environments_folder() / f"{profile.name}-{flavour}-{key[:12]}"
    return Environment(profile.name, flavour, key, folder, found, locks, patches, lock_sha256, note)


def _overlay(profile: Profile, requires: tuple[str, ...]) -> Path:
    """Where the lock of `profile` with `requires` over it is kept; resolved once, then fixed."""
    asked = json.dumps([digest((profile.lock,)), sorted(requires), sorted(profile.excludes)])
    name = f"{profile.name}-{hashlib.sha256(asked.encode()).hexdigest()[:12]}.lock"
    return resources.home() / "overlays" / name


def _resolve_overlay(profile: Profile, python: str, requires: tuple[str, ...], say: Say) -> None:
    import filelock

    target = _overlay(profile, requires)
    target.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(target.with_suffix(".part.lock")):
        if target.is_file():
            return
        say(f"resolving {', '.join(requires)} over {profile.name}")
        text = resolved(profile, python, say, more=requires, near=profile.lock)
        staging = target.with_suffix(".part")
        staging.write_text(text, encoding="utf-8")
        staging.replace(target)


def _locks(
    profile: Profile, flavour: Flavour, overlay: Path | None
) -> Iterator[tuple[tuple[Path, ...], str | None]]:
    """The locks, and what differs from what the flavour promises; the best choice first."""
    # Until an overlay is resolved its name stands for it: nothing has been built of it either.
    own = (overlay or profile.lock,)
    above = (lock_folder() / "torchvision.lock",) if profile.torchvision else ()
    if not profile.torch:
        yield own + above, None
        return
    yield (*own, _torch(flavour), *above), None
    if flavour == "cpu":
        said = f"{pin(_torch('cpu'), 'torch')} is not offered here: "
        said += f"{pin(_torch('cuda'), 'torch')} with CUDA is used instead"
        yield (*own, _torch("cuda"), *above), said


def _torch(flavour: Flavour) -> Path:
    return lock_folder() / f"torch.{flavour}.lock"


def pin(lock: Path, package: str) -> str:
    """What the lock says of it: `torch==2.13.0+cpu`."""
    found = re.search(rf"(?m)^{package}==[^\s;\\]+", lock.read_text(encoding="utf-8"))
    if not found:
        raise EnvironmentBuildError(f"{lock} does not pin {package}", hint="bench env lock")
    return found.group()


def digest(files: tuple[Path, ...]) -> str:
    """sha256 over the files, comments and blank lines left out: they change no environment."""
    total = hashlib.sha256()
    for path in files:
        if not path.is_file():  # an overlay that was never resolved
            total.update(path.name.encode() + b"\0")
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                total.update(line.rstrip().encode() + b"\n")
        total.update(b"\0")
    return total.hexdigest()


def health(environment: Environment) -> str | None:
    """What is wrong with it, or None."""
    marker = environment.folder / "ready.json"
    if not marker.is_file():
        return "is not built" if not environment.folder.exists() else "was left half-built"
    try:
        key = json.loads(marker.read_bytes()).get("key")
    except (ValueError, AttributeError):
        return "has a broken ready.json"
    if key != environment.key:
        return "was built for other locks"
    found = interpreter.ask(environment.python)
    if found is None:
        return "has a Python that does not run (was the base interpreter removed?)"
    if found.version != environment.interpreter.version:
        return f"has Python {found.version}, not {environment.interpreter.version}"
    return None


def prepared(
    adapter: Adapter,
    flavour: Flavour,
    say: Say = lambda _: None,
    *,
    weights: bool = False,
    requires: tuple[str, ...] = (),
    like: Collection[str] = (),
    wheels: Path | None = None,
) -> Environment:
    """What is to be built: `requires` is resolved, and it is known which torch there is.

    `like`: each lock_sha256 that is to be kept to where it still may be (see may_be); then what is
    built is taken. An index is asked only where neither says it, and where `wheels` does not: the
    folder that all packages are to be taken from.
    """
    if requires:
        profile = adapter.for_weights if weights else adapter.profile
        _resolve_overlay(profile, adapter.python, requires, say)
    for one in _choices(adapter, flavour, weights=weights, requires=requires):
        if one.lock_sha256 in like:
            return one
    planned = plan_environment(adapter, flavour, weights=weights, requires=requires)
    if planned.otherwise and not _cpu_torch_is_offered(planned, wheels):
        return planned.otherwise
    return replace(planned, otherwise=None)


def _cpu_torch_is_offered(planned: Environment, wheels: Path | None) -> bool:
    wanted = pin(_torch("cpu"), "torch")
    if wheels is None:
        return uv.available(Path(planned.interpreter.python), wanted)
    return any(wheels.glob(f"{wanted.replace('==', '-')}-*.whl"))


def build(
    adapter: Adapter,
    flavour: Flavour,
    say: Say = lambda _: None,
    *,
    weights: bool = False,
    requires: tuple[str, ...] = (),
    like: Collection[str] = (),
) -> Environment:
    """Look, lock, look again; then build. `say` gets a line for each thing that happens. `like`: as
    for prepared.

    Raises EnvironmentBuildError, which names the log.
    """
    import filelock

    environment = prepared(adapter, flavour, say, weights=weights, requires=requires, like=like)
    if health(environment) is None:
        return environment
    environment.folder.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(environment.folder.with_suffix(".lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        say("another process builds it: waiting")
        lock.acquire()
    try:
        if health(environment) is not None:
            _build(environment, say)
    finally:
        lock.release()
    return environment


def _build(environment: Environment, say: Say) -> None:
    log = environment.log
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    if environment.folder.exists():
        shutil.rmtree(environment.folder)
    environment.folder.mkdir(parents=True)
    (environment.folder / "CACHEDIR.TAG").write_text(
        "Signature: 8a477f597d28d172789f06886806bc55\n# made by vlmhyperbench\n"
    )
    started = time.monotonic()
    uv_version = uv.version()
    if environment.note:
        say(environment.note)
    say(f"Python {environment.interpreter.version}")
    uv.create(
        Path(environment.interpreter.python),
        environment.folder / "venv",
        log=log,
        say=lambda _: None,
    )
    filled = [lock for lock in environment.locks if "==" in lock.read_text(encoding="utf-8")]
    if filled:
        uv.sync(environment.python, filled, log=log, say=say)
    for patch in environment.patches:
        _install_patch(environment, patch)
    ready = {
        "key": environment.key,
        "name": environment.name,
        "flavour": environment.flavour,
        "python": environment.interpreter.version,
        "lock_sha256": environment.lock_sha256,
        "note": environment.note,
        "uv": uv_version,
        "seconds": round(time.monotonic() - started, 1),
        "packages": uv.freeze(environment.python),
    }
    staging = environment.folder / "ready.json.part"
    staging.write_text(json.dumps(ready, indent=1), encoding="utf-8")
    staging.replace(environment.folder / "ready.json")
    message = health(environment)
    if message:
        raise EnvironmentBuildError(f"{environment.folder.name} {message}", hint=f"log: {log}")


def _install_patch(environment: Environment, patch: Path) -> None:
    """A module and a .pth line that loads it when the environment's Python starts."""
    (site,) = (environment.folder / "venv" / "lib").glob("python3.*/site-packages")
    module = f"_bench_{patch.stem}"
    shutil.copyfile(patch, site / f"{module}.py")
    (site / f"{module}.pth").write_text(f"import {module}\n")


@dataclass(frozen=True)
class Built:
    """A folder among the environments: `ready` is its ready.json, or None if half-built."""

    folder: Path
    ready: dict[str, object] | None


def built() -> Iterator[Built]:
    folder = environments_folder()
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.is_dir():
            try:
                ready = json.loads((path / "ready.json").read_bytes())
            except (OSError, ValueError):
                ready = None
            yield Built(path, ready)


def remove(folder: Path) -> None:
    """The marker goes first: an interrupted removal leaves a half-built folder."""
    (folder / "ready.json").unlink(missing_ok=True)
    shutil.rmtree(folder)
    folder.with_suffix(".lock").unlink(missing_ok=True)
    _log(folder).unlink(missing_ok=True)


def adapter_variables() -> dict[str, str]:
    """What an adapter's process gets besides a clean environment: our module, no siblings, and the
    word that nobody is to be told of its use.
    """
    sdk = resources.folder("adapters") / "_sdk"
    return {"PYTHONPATH": str(sdk), "PYTHONSAFEPATH": "1"} | SILENT
