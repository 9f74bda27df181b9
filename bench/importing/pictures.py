"""Pictures that a result folder has: those in its files are written out, the others stay in place.

Only what lies in the folder that was given is ever shown: a name in somebody's results file may
point anywhere on this machine.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from pathlib import Path

from bench.importing.found import Found
from bench.importing.shown import Shown
from bench.protocol import Asked

FOLDER = "pictures"
_LARGEST = 64 * 2**20  # bytes of one picture
_ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}


def placed(found: Found, asked: Sequence[Asked], job: Path) -> tuple[tuple[Asked, ...], list[str]]:
    """`asked` with each picture as a path, below `job` where it stood in a file; and what to say
    of those that are not there.
    """
    root = (found.root if found.root.is_dir() else found.root.parent).resolve()
    beside = list(dict.fromkeys([root, *(one.resolve().parent for one in found.sources)]))
    lost, known = 0, dict[str, str | None]()
    rows: list[Asked] = []
    for row in asked:
        if isinstance(row, Shown) and row.images:
            for name in row.images:
                if name not in known:  # one page, many questions
                    known[name] = _place(name, beside, root, job)
            there = [known[name] for name in row.images]
            lost += there.count(None)
            images = tuple(one for one in there if one is not None)
            rows.append(row.model_copy(update={"images": images}))
        else:
            rows.append(row)
    hashed = sum(row.unshown for row in asked if isinstance(row, Shown))
    said = []
    if lost:
        said.append(f"{lost} pictures are named and do not lie in the folder: they are not shown")
    if hashed:
        said.append(f"{hashed} pictures are hashes in the files: they cannot be shown")
    return tuple(rows), said


def _place(name: str, beside: Sequence[Path], root: Path, job: Path) -> str | None:
    if name.startswith("data:"):
        return _written(name, job)
    try:
        for folder in beside:
            path = (folder / name).resolve()
            if path.is_relative_to(root) and path.is_file():
                return str(path)
    except (OSError, ValueError):  # a name that is too long, a NUL in it
        return None
    return None


def _written(url: str, job: Path) -> str | None:
    """A path relative to the job's folder, so that the run can be moved."""
    head, _, body = url.partition(",")
    kind = head.removeprefix("data:").removesuffix(";base64")
    if not head.endswith(";base64") or kind not in _ENDINGS or len(body) > _LARGEST * 4 // 3 + 4:
        return None
    try:
        content = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return None
    name = f"{FOLDER}/{hashlib.sha256(content).hexdigest()}{_ENDINGS[kind]}"
    path = job / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return name
