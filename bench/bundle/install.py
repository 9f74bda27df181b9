"""An installation made of a bundle, without network.

INTO/
  bench          starts the core below, its variables set, hubs' clients offline
  venv/          the core
  home/          its BENCH_HOME: environments, data, weights of packages, overlays
  config/ weights/ tables/ adapters/     as in the bundle
  installed.json written last: without it there is no installation, and no `bench`

Images go into docker or podman, which are not of this folder: a removal leaves them there.
A bundle that is damaged, or made for another Python or system, is refused before anything is
written. What fails later is removed. One that was killed goes on with the same command.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench import interpreter
from bench.bundle.contents import ImageEngine
from bench.bundle.joining import unpack
from bench.bundle.manifest import OVERLAYS, WHEELS, Manifest, read_manifest
from bench.bundle.verify import verify
from bench.errors import BenchError, EnvironmentBuildError, RunError, UsageError
from bench.isolation.engine import working_engine
from bench.offline import VARIABLES
from bench.store import write_text

DONE, BEGUN = "installed.json", "installing.json"
AS_THEY_ARE = ("config", "weights", "tables", "adapters")
_MADE = ("bench", "venv", "home", *AS_THEY_ARE, DONE, BEGUN)
_OF_THE_USER = (  # what stands for places of this machine that no installation reads
    *("BENCH_ADAPTERS", "BENCH_DATA", "BENCH_WEIGHTS", "LMUData", "VLMEVAL_ROOT"),
    "BENCH_BASE_IMAGE",  # with it only images on that base are taken
    *("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"),
)
Say = Callable[[str], None]


def install(
    bundle: Path,
    into: Path,
    say: Say,
    *,
    images: ImageEngine | None = None,
    without_images: bool = False,
) -> Manifest:
    """Verify the bundle, then install it into a folder that is empty, absent, or was begun with it.

    `images`: which engine its images are loaded into; without it the one that the config names.
    UsageError where the bundle does not fit this machine, that engine does not work, or the folder
    is taken; RunError or
    EnvironmentBuildError where something goes wrong: nothing of the installation is left then, but
    `INTO.log`.
    """
    bundle, into = bundle.resolve(), into.absolute()
    manifest = read_manifest(bundle)
    wrong = misfit(manifest)
    if wrong:
        raise UsageError(f"{bundle} does not fit this machine: {wrong}")
    if _is_done(into, manifest):
        say("is installed already")
        return manifest
    engine = None if without_images else engine_of(bundle, manifest, images)
    say("verifying")
    _check(bundle)
    with _folder_of(bundle, manifest, into.parent, say) as whole, _begun(into, manifest):
        _fill(whole, into, manifest, engine, say)
    return manifest


def engine_of(bundle: Path, manifest: Manifest, asked: ImageEngine | None) -> ImageEngine | None:
    """Where its images go; None where it has none. UsageError where that engine does not work."""
    if not manifest.images:
        return None
    engine = asked or manifest.images[0].engine
    try:
        working_engine(engine)
    except EnvironmentBuildError as error:
        other = "podman" if engine == "docker" else "docker"
        raise UsageError(
            f"{bundle} carries images for {engine}, and that does not work here: {error.message}",
            hint=f"start {engine}, load them into another (--images {other}), "
            "or leave them out (--without-images)",
        ) from None
    return engine


def _check(bundle: Path) -> None:
    damage = verify(bundle)
    if damage:
        said = f"{len(damage)} files are damaged: " * (len(damage) > 1) + str(damage[0])
        raise RunError(
            f"{bundle} was not installed: {said}",
            hint=f"copy it again; bench bundle verify {bundle} names each",
        )


@contextmanager
def _folder_of(bundle: Path, manifest: Manifest, beside: Path, say: Say) -> Iterator[Path]:
    """The bundle; of volumes what they hold, while it is needed."""
    if not manifest.volumes:
        yield bundle
        return
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unpacked-", dir=beside) as folder:
        say("putting the volumes together")
        unpack(bundle, manifest, Path(folder))
        _check(Path(folder))
        yield Path(folder)


def misfit(manifest: Manifest) -> str | None:
    """Why its package files do not suit this machine: Python, ABI, system, an older libc."""
    for minor in sorted({manifest.python, *(one.python for one in manifest.environments)}):
        try:
            found = interpreter.find(minor)
        except BenchError as error:
            return f"{error.message}; {error.hint}"
        if minor == manifest.python:
            core = found
    for what in ("implementation", "soabi", "platform"):
        packed, here = getattr(manifest, what), getattr(core, what)
        if packed != here:
            return f"it was made for the {what} {packed}, and here is {here}"
    name, version = _libc(manifest.libc)
    name_here, version_here = _libc(core.libc)
    if name != name_here or version > version_here:
        return f"it was made for the C library {manifest.libc}, and here is {core.libc}"
    return None


def _libc(said: str) -> tuple[str, tuple[int, ...]]:
    name, _, version = said.partition("-")
    return name, tuple(int(part) for part in version.split(".") if part.isdigit())


def _is_done(into: Path, manifest: Manifest) -> bool:
    """Whether this very bundle is installed there. UsageError where something else lies there."""
    if not into.exists() or (into.is_dir() and not any(into.iterdir())):
        return False
    for name in (DONE, BEGUN):
        try:
            found = json.loads((into / name).read_bytes())["content_sha256"]
        except (OSError, ValueError, LookupError, TypeError):
            continue
        if found == manifest.content_sha256:
            return name == DONE
        word = "another bundle is installed" if name == DONE else "another bundle was begun"
        raise UsageError(f"{into}: {word} there", hint="name another --into, or remove it")
    raise UsageError(f"{into} is there already and is not empty", hint="name another --into")


@contextmanager
def _begun(into: Path, manifest: Manifest) -> Iterator[None]:
    """The folder while it is filled: nobody else may, and it is removed if that goes wrong."""
    into.mkdir(parents=True, exist_ok=True)
    with (into / BEGUN).open("a+") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(f"{into}: another installation is at work there") from None
        mark.truncate(0)
        mark.write(json.dumps({"content_sha256": manifest.content_sha256}))
        mark.flush()
        try:
            yield
        except BaseException as error:
            log = _kept_log(into)
            _remove(into)
            if isinstance(error, OSError):
                raise RunError(f"{into}: {error}", hint="nothing was installed") from error
            if isinstance(error, BenchError) and log:
                error.hint = f"nothing was installed; log: {log}"
            raise


def _kept_log(into: Path) -> Path | None:
    """What the builds said, beside the folder that is removed."""
    texts = [path.read_text("utf-8", "replace") for path in into.glob("home/logs/*.log")]
    if not texts:
        return None
    log = into.with_name(f"{into.name}.log")
    log.write_text("\n".join(texts), encoding="utf-8")
    return log


def _remove(into: Path) -> None:
    for name in _MADE:
        path = into / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    with suppress(OSError):  # a mount, or a folder that holds what is not ours
        into.rmdir()


def _fill(
    bundle: Path, into: Path, manifest: Manifest, engine: ImageEngine | None, say: Say
) -> None:
    home = into / "home"
    places = {bundle / name: into / name for name in AS_THEY_ARE}
    places |= {bundle / "data": home / "data", bundle / OVERLAYS: home / "overlays"}
    for source, target in places.items():
        if source.is_dir():
            say(f"copying {source.relative_to(bundle)}")
            shutil.copytree(source, target, dirs_exist_ok=True)
    variables = closed(bundle, into)
    say("installing the core")
    _provision(Path(sys.executable), ["core"], bundle, into, variables=variables, say=say)
    steps = [["rest"], ["images", engine]] if engine else [["rest"]]
    for step in steps:
        own = into / "venv" / "bin" / "python"
        _provision(own, step, bundle, into, variables=variables, say=say)
    launcher = into / "bench"
    launcher.write_text(LAUNCHER + "".join(_exported()) + START, encoding="utf-8")
    launcher.chmod(0o755)
    done = {
        "schema": 1,
        "content_sha256": manifest.content_sha256,
        "bench_version": manifest.bench_version,
        "images": engine,
        "installed_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    write_text(into / DONE, json.dumps(done, indent=1) + "\n")
    (into / BEGUN).unlink()


def closed(bundle: Path, into: Path) -> dict[str, str]:
    """The variables of what builds: every package comes from the bundle, by file."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _OF_THE_USER and (name == "UV_CACHE_DIR" or not _is_of_packages(name))
    }
    said = {
        "BENCH_HOME": str(into / "home"),
        "UV_FIND_LINKS": (bundle / WHEELS).as_uri(),  # an address: a path may hold a comma
        "UV_NO_CONFIG": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }
    if (into / "adapters").is_dir():
        said["BENCH_ADAPTERS"] = str(into / "adapters")
    return kept | VARIABLES | said


def _is_of_packages(name: str) -> bool:
    return name.startswith(("UV_", "PIP_"))


def _provision(
    python: Path, step: list[str], bundle: Path, into: Path, *, variables: dict[str, str], say: Say
) -> None:
    what, *more = step
    argv = [str(python), "-P", "-m", "bench.bundle.provision", what, str(bundle), str(into), *more]
    with subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=variables,
        cwd=into,
    ) as child:
        try:
            for line in child.stdout or ():
                say(line.rstrip())
            said = (child.stderr.read() if child.stderr else "").strip().splitlines()
        except BaseException:
            child.kill()
            raise
    if child.returncode:
        hint = said[1] if len(said) == 2 else None
        message = said[0] if hint or len(said) == 1 else (said or ["it said nothing"])[-1]
        said_of = "images were" if what == "images" else f"{what} was"
        raise EnvironmentBuildError(f"the {said_of} not installed: {message}", hint=hint)


def _exported() -> Iterator[str]:
    for name, value in VARIABLES.items():
        yield f"export {name}={value}\n"


LAUNCHER = """\
#!/bin/sh
# The bench of this folder. It stays where it was installed: its venvs hold its path.
here=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd -P)
export BENCH_HOME="$here/home"
unset BENCH_DATA BENCH_BASE_IMAGE PYTHONPATH PYTHONHOME VIRTUAL_ENV
[ ! -d "$here/adapters" ] || export BENCH_ADAPTERS="$here/adapters"
"""
START = 'exec "$here/venv/bin/bench" "$@"\n'
