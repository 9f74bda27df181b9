"""The files that locks name, in one folder: of another one, or pip downloads them, since uv has no
such command.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tomllib
from pathlib import Path

from bench.environment import Environment
from bench.errors import EnvironmentBuildError
from bench.hashing import file_sha256
from bench.pins import read_pins
from bench.resolving import Say

_PACKAGES = (".whl", ".tar.gz", ".zip")


def fill_wheels(
    planned: Environment,
    locks: list[Path],
    folder: Path,
    *,
    source: Path | None,
    log: Path,
    say: Say,
) -> None:
    """Each file's hash is checked, and once more when it is installed.

    A package that has no wheel brings what builds it: those files are in no lock.
    """
    folder.mkdir(exist_ok=True)
    if source is not None:
        _take(locks, folder, source)
        return
    for lock in locks:
        say(f"fetching what {lock.parent.name}/{lock.name} names")
        _download(planned, ["--require-hashes", "-r", str(lock)], folder, log)
    needs = sorted({need for path in folder.glob("*.tar.gz") for need in build_needs(path)})
    if needs:
        _download(planned, needs, folder, log, deep=True)


def _take(locks: list[Path], folder: Path, source: Path) -> None:
    """What is in `source` by the hashes of the locks, without pip: such a machine may have none."""
    files = sorted(path for path in source.iterdir() if path.name.endswith(_PACKAGES))
    by_hash = {file_sha256(path): path for path in files}
    taken = set[Path]()
    for lock in locks:
        for pin in read_pins(lock):
            found = {by_hash[one] for one in pin.hashes if one in by_hash}
            if not found and not pin.marker:  # of another system's, uv knows whether it is needed
                raise EnvironmentBuildError(
                    f"{source} has no file of {pin.name}=={pin.version} with a hash that "
                    f"{lock.parent.name}/{lock.name} names"
                )
            taken |= found
    if any(not path.name.endswith(".whl") for path in taken):
        taken = set(files)
    for path in taken:
        (folder / path.name).unlink(missing_ok=True)
        try:
            os.link(path.resolve(), folder / path.name)
        except OSError:  # another file system
            shutil.copyfile(path, folder / path.name)


def _download(
    planned: Environment, what: list[str], folder: Path, log: Path, *, deep: bool = False
) -> None:
    argv = [planned.interpreter.python, "-m", "pip", "download", "--disable-pip-version-check"]
    argv += ["--no-input", "--quiet", "--dest", str(folder), *([] if deep else ["--no-deps"])]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ pip download {' '.join(what)}\n")
        done = subprocess.run(
            [*argv, *what],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=kept,
            check=False,
        )
        file.write(done.stdout + done.stderr)
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        errors = [line for line in said if "ERROR" in line or "No module named pip" in line]
        raise EnvironmentBuildError(
            f"pip download failed: {(errors or said or ['it said nothing'])[0]}", hint=f"log: {log}"
        )


def build_needs(sdist: Path) -> list[str]:
    """What a source package's pyproject.toml asks for to be built (PEP 518, its default else)."""
    with tarfile.open(sdist) as archive:
        for member in archive:
            if member.name.count("/") == 1 and member.name.endswith("/pyproject.toml"):
                file = archive.extractfile(member)
                table = tomllib.loads(file.read().decode("utf-8")) if file else {}
                found = table.get("build-system", {}).get("requires")
                if found is not None:
                    return [str(one) for one in found]
    return ["setuptools", "wheel"]
