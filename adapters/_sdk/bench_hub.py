"""The adapter's side of one question to a hub: FOLDER/asked.json -> FOLDER/said.json.

Standard library only, Python 3.9 and later. said.json is there whole or not at all, and has
`failed` with a kind where the hub gave no answer.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import threading
import time
from typing import Any, Callable, Dict, Mapping

Asked = Dict[str, Any]
_LOOK_S = 0.2
_LONGEST = 300


def answer(
    folder: str,
    verbs: Mapping[str, Callable[[Asked], Dict[str, Any]]],
    failed: Callable[[Exception, Asked], Dict[str, Any]],
) -> None:
    """Call the verb that is asked; `failed` turns what it raises into kind, said and near.

    `asked["scratch"]` is a folder that is removed afterwards. A process whose parent was killed
    ends by itself.
    """
    with open(os.path.join(folder, "asked.json"), encoding="utf-8") as file:
        asked = dict(json.load(file), scratch=folder)
    threading.Thread(target=_end_with, args=(asked["parent"],), daemon=True).start()
    try:
        said = verbs[asked["verb"]](asked)
    except Exception as error:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        said = {"failed": {"kind": "space"} if full else failed(error, asked)}
    path = os.path.join(folder, "said.json")
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(said, file)
    os.replace(path + ".part", path)


def part_of(asked: Asked, one: Mapping[str, Any]) -> str:
    """Where a file lies until it is whole, named by its content as well: a branch may move on."""
    named = "%s %s" % (one["path"], one["sha256"] or one["git_sha1"])
    return os.path.join(asked["parts"], hashlib.sha256(named.encode()).hexdigest()[:32])


def plain(error: Exception, token: str) -> str:
    """One line without a password, a token or the query of a signed address."""
    text = public(" ".join(str(error).split()))
    token = token.strip()
    said = text.replace(token, "***") if token else text
    return "%s: %s" % (type(error).__name__, said[:_LONGEST])


def public(text: str) -> str:
    """The addresses in it without a password and without their query."""
    text = re.sub(r"(\w+://)[^@/\s]*@", r"\1", text)
    return re.sub(r"(\w+://[^\s?]*)\?\S*", r"\1", text)


def _end_with(parent: int) -> None:
    """One that was killed cannot end us."""
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)
