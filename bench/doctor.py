"""What is there, what is missing, and what to type: one check a question, each on its own.

Nothing here uses the network, but for `registry`, which is only asked on wish. A check that breaks
is itself a finding.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from bench import interpreter, resources, uv
from bench.adapter import Adapter, Kind, adapters
from bench.environment import built, digest, environments_folder, pin
from bench.errors import BenchError, EnvironmentBuildError, SourceError
from bench.model import load_model, models
from bench.resolving import lock_folder
from bench.task import document_tasks, shipped

Mark = Literal["ok", "note", "missing"]
MAIN_JOB = ("echo", "vlmevalkit", "rapidocr")  # what `make eval` needs, and the smallest harness
MEGABYTES = {"echo": 1, "vlmevalkit": 1800, "rapidocr": 400}  # measured, flavour cpu
CUDA_MEGABYTES = 6000  # more, where torch comes with its CUDA packages
MEMORY_GIB = 4.0  # VLMEvalKit and RapidOCR side by side


@dataclass(frozen=True)
class Finding:
    """`missing` stops `make eval`; `note` does not. `command` mends it, where typing can."""

    mark: Mark
    subject: str
    text: str
    command: str | None = None


Check = Callable[[], Iterator[Finding]]


def examine(*, network: bool = False) -> Iterator[Finding]:
    """All findings, in the order in which they should be mended. Raises nothing."""
    said: set[str] = set()
    for subject, check in _checks(network=network).items():
        for finding in _guarded(subject, check):
            if finding.text not in said:  # one broken adapter.toml stops several checks
                yield finding
            said.add(finding.text)


def _checks(*, network: bool) -> dict[str, Check]:
    return {
        "Python": _pythons,
        "uv": _uv,
        "package index": _index,
        "registry": _registry if network else _registry_not_asked,
        "torch for the CPU": _torch,
        "BENCH_HOME": _home,
        "environments": _environments,
        "judges and hubs": _judges_and_hubs,
        "tasks": _tasks,
        "models": _models,
        "tesseract": _tesseract,
        "adapters of your own": _own_adapters,
        "GPU": _gpu,
        "machine": _machine,
    }


def can_run(findings: list[Finding]) -> bool:
    """Whether `make eval` could run, as far as was looked."""
    return not any(finding.mark == "missing" for finding in findings)


def _guarded(subject: str, check: Check) -> Iterator[Finding]:
    try:
        yield from check()
    except BenchError as error:
        yield Finding("missing", subject, mask(error.message), error.hint and mask(error.hint))
    except Exception as error:  # noqa: BLE001  (the doctor must not die of what it looks at)
        yield Finding("missing", subject, f"this check broke: {type(error).__name__}: {error}")


def _pythons() -> Iterator[Finding]:
    yield Finding("ok", "Python", f"bench runs in {platform.python_version()}")
    wanted: dict[str, list[str]] = {}
    for adapter in _all():
        wanted.setdefault(adapter.python, []).append(adapter.name)
    for minor, names in sorted(wanted.items()):
        users = ", ".join(names)
        try:
            found = interpreter.find(minor)
        except EnvironmentBuildError as error:
            mark: Mark = "missing" if set(names) & set(MAIN_JOB) else "note"
            yield Finding(mark, "Python", f"{error.message}; for {users}", error.hint)
        else:
            yield Finding("ok", "Python", f"{found.version} at {found.python}; for {users}")


def _uv() -> Iterator[Finding]:
    yield Finding("ok", "uv", f"{uv.version()} at {uv.program()}")


def _index() -> Iterator[Finding]:
    found = list(uv.settings_found(os.environ))
    for place, key, text in found:
        said = place if place.lower().replace("_", "-").endswith(key) else f"{place} {key}"
        yield Finding("ok", "package index", f"{said} = {mask(text)}")
    if not found:
        yield Finding("ok", "package index", "nothing is set: the public one")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser())
    for path in (Path("/etc/uv/uv.toml"), config / "uv" / "uv.toml"):
        if path.is_file():
            yield Finding("ok", "package index", f"{path}: uv reads it as well")


def _registry_not_asked() -> Iterator[Finding]:
    yield Finding(
        "note", "registry", "not checked: no network use unasked", "bench doctor --network"
    )


def _registry() -> Iterator[Finding]:
    """A package that the engine of `make eval` needs is looked for; nothing is installed."""
    adapter = adapters("engine")["rapidocr"]
    wanted = pin(adapter.lock, "numpy")
    if uv.available(Path(interpreter.find(adapter.python).python), wanted):
        yield Finding("ok", "registry", f"{wanted} is offered")
        return
    needed = any(_ready(one) is None for one in _main_adapters())
    text = f"{wanted} is offered nowhere: is the index right, and can it be reached?"
    hint = "docs/environments.md; for a mirror: export UV_DEFAULT_INDEX=..."
    yield Finding("missing" if needed else "note", "registry", text, hint)


def _torch() -> Iterator[Finding]:
    wanted = pin(lock_folder() / "torch.cpu.lock", "torch")
    name = "-".join(wanted.split("=="))
    for place in _find_links():
        if list(place.glob(f"{name}-*.whl")):
            yield Finding("ok", "torch for the CPU", f"{name} lies in {place}")
            return
    text = f"no folder of find-links holds {name}; where no index has it, CUDA's is taken (some GB)"
    yield Finding("note", "torch for the CPU", text, "export PIP_FIND_LINKS=FOLDER_WITH_THE_WHEEL")


def _find_links() -> list[Path]:
    said = uv.variables(os.environ).get("UV_FIND_LINKS", "")
    local = [part.removeprefix("file://") for part in said.split(",") if part]
    return [Path(part) for part in local if "://" not in part and Path(part).is_dir()]


def _home() -> Iterator[Finding]:
    home = resources.home()
    existing = next(path for path in (home, *home.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        text = f"{home} cannot be written: {existing} is not yours, or no folder"
        yield Finding("missing", "BENCH_HOME", text, "export BENCH_HOME=FOLDER_THAT_YOU_OWN")
        return
    free = shutil.disk_usage(existing).free // 1_000_000
    left = [one for one in _main_adapters() if _ready(one) is None]
    needed = sum(MEGABYTES[one.name] for one in left)
    if any(one.torch for one in left) and not _torch_is_near():
        needed += CUDA_MEGABYTES
    text = f"{home}; {free:,} MB free, {needed:,} MB needed for what is not built yet"
    if free > needed:
        yield Finding("ok", "BENCH_HOME", text)
    else:
        yield Finding("missing", "BENCH_HOME", text, "export BENCH_HOME=FOLDER_ON_A_LARGER_DISK")


def _torch_is_near() -> bool:
    return next(_torch()).mark == "ok"


def _environments() -> Iterator[Finding]:
    for one in _main_adapters():
        ready = _ready(one)
        if ready is None:
            text = f"{one.name}: not built for these locks; the first run builds it"
            yield Finding("note", "environments", text, f"bench env build {one.name}")
        elif interpreter.ask(ready / "venv" / "bin" / "python") is None:
            text = f"{ready.name}: its Python does not run; the next run builds it anew"
            yield Finding("note", "environments", text, f"bench env build {one.name}")
        else:
            yield Finding("ok", "environments", f"{ready.name}: ready")
    for broken in [one.folder.name for one in built() if one.ready is None]:
        text = f"{broken}: left half-built"
        yield Finding("note", "environments", text, f"bench env remove {broken}")


def _judges_and_hubs() -> Iterator[Finding]:
    """What `bench judge` and `bench fetch` run in; `make eval` needs none of it."""
    users: tuple[tuple[Kind, str], ...] = (("judge", "bench judge"), ("hub", "bench fetch"))
    for kind, command in users:
        for name, one in adapters(kind).items():
            state = "ready" if _ready(one) else f"not built; the first `{command}` builds it"
            yield Finding("ok", "judges and hubs", f"{kind} {name}: {state}")


def _ready(adapter: Adapter) -> Path | None:
    """A finished environment for the adapter's locks of today, with either build of torch."""
    digests = {digest(locks) for locks in _lock_choices(adapter)}
    for one in built() if environments_folder().is_dir() else ():
        ready = one.ready or {}
        if ready.get("name") == adapter.name and ready.get("lock_sha256") in digests:
            return one.folder
    return None


def _lock_choices(adapter: Adapter) -> Iterator[tuple[Path, ...]]:
    vision = (lock_folder() / "torchvision.lock",) if adapter.torchvision else ()
    for torch in ("torch.cpu.lock", "torch.cuda.lock") if adapter.torch else (None,):
        middle = (lock_folder() / torch,) if torch else ()
        yield (adapter.lock, *middle, *vision)


def _tasks() -> Iterator[Finding]:
    for name in shipped():
        loaded = document_tasks(name)
        count = sum(len(task.samples) for task in loaded)
        yield Finding("ok", "tasks", f"{name}: {len(loaded)} members, {count} samples")


def _models() -> Iterator[Finding]:
    for name, path in models().items():
        try:
            model = load_model(path)
        except SourceError as error:
            mark: Mark = "missing" if name in MAIN_JOB else "note"
            yield Finding(mark, "models", error.message, error.hint)
            continue
        variable = model.api_key_env
        if variable and not os.environ.get(variable):
            text = f"{name} needs the variable {variable}: not set, or empty"
            yield Finding("note", "models", text, f"export {variable}=...")
        else:
            reached = model.engine_name or model.base_url or "by a harness itself"
            yield Finding("ok", "models", f"{name}: {reached}")


def _tesseract() -> Iterator[Finding]:
    """The program, and the languages that the shipped models of this engine name."""
    engine = "tesseract"
    served = [one for one in map(load_model, models().values()) if one.engine_name == engine]
    wanted = {one.name: str(one.arguments.get("lang", "eng")).split("+") for one in served}
    program = shutil.which(engine)
    if program is None:
        names = sorted({language for languages in wanted.values() for language in languages})
        text = f"no such program on PATH: {', '.join(wanted)} cannot start; nothing else needs it"
        yield Finding("note", engine, text, _install(names))
        return
    try:
        argv = [program, "--list-langs"]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        yield Finding("note", engine, f"{program} failed: {error}", "tesseract --list-langs")
        return
    # Older releases say it on stderr; the headline has spaces.
    known = [line for line in (done.stdout + done.stderr).splitlines() if line and " " not in line]
    yield Finding("ok", engine, f"{program} has {', '.join(known) or 'no language'}")
    for name, languages in wanted.items():
        missing = [language for language in languages if language not in known]
        if missing:
            text = f"{name} cannot start: no {', '.join(missing)}"
            yield Finding("note", engine, text, _install(missing))


def _install(languages: list[str]) -> str:
    packages = [f"tesseract-ocr-{one.replace('_', '-')}" for one in languages]
    return f"apt-get install tesseract-ocr {' '.join(packages)}"


def _own_adapters() -> Iterator[Finding]:
    named = os.environ.get("BENCH_ADAPTERS", "")
    own = [one for one in _all() if not one.folder.is_relative_to(resources.folder("adapters"))]
    for one in own:
        text = f"{one.kind} {one.name} in {one.folder}"
        yield Finding("ok", "adapters of your own", text)
    if named and not own:
        text = f"BENCH_ADAPTERS={named} holds no */adapter.toml"
        yield Finding("note", "adapters of your own", text, "see adapters/README.md")


def _gpu() -> Iterator[Finding]:
    program = shutil.which("nvidia-smi")
    if program is None:
        yield Finding("ok", "GPU", "none seen (no nvidia-smi): the flavour cpu needs none")
        return
    argv = [program, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        yield Finding("note", "GPU", f"nvidia-smi failed: {error}", "nvidia-smi")
        return
    for line in done.stdout.splitlines():
        yield Finding("ok", "GPU", line.strip())


def _machine() -> Iterator[Finding]:
    import psutil

    memory = psutil.virtual_memory()
    total = min(memory.total, _memory_limit() or memory.total) / 2**30
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    text = f"{cores} cores, {total:.1f} GiB of memory, {memory.available / 2**30:.1f} available"
    if min(total, memory.available / 2**30) < MEMORY_GIB:
        yield Finding("note", "machine", f"{text}: less than {MEMORY_GIB:g} may not be enough")
    else:
        yield Finding("ok", "machine", text)


def _memory_limit() -> int | None:
    """Bytes that the control group (a container) allows, if it sets a limit."""
    try:
        return int(Path("/sys/fs/cgroup/memory.max").read_text())
    except (OSError, ValueError):
        return None


def _all() -> list[Adapter]:
    return [one for kind in get_args(Kind) for one in adapters(kind).values()]


def _main_adapters() -> list[Adapter]:
    return [one for one in _all() if one.name in MAIN_JOB]


def mask(text: str) -> str:
    """Addresses without user, password and query: each may be a secret. Better too much."""
    return re.sub(r"\?[^\s,]+", "?***", re.sub(r"(\w+://)?\S*@", r"\1***@", text))
