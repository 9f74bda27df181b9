"""KMMLU through HRET's adapter, whole, in one process tree: for a namespace without network.

python -m tests.adapters.hret_isolated PYTHON_OF_HRET FOLDER
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

from tests.adapters.hret_process import job, kmmlu, run, url
from tests.adapters.vlmevalkit_stub.process import serving
from tests.local_data.made import kmmlu_copy

SUBJECTS = ("Accounting", "Real-Estate", "Biology")
# The right answers are A, B, C, D in turn; a number is an HTTP status.
ANSWERS: dict[str, str | int] = {
    "Accounting/0": "따라서, 정답은: (A)",
    "Accounting/1": "먼저 비교한다.\n따라서, 정답은: **(B)**\n끝",
    "Accounting/2": "따라서, 정답은: (C).",
    "Accounting/3": "따라서, 정답은: D",
    "Real-Estate/0": "(a)",
    "Real-Estate/1": "  (B) ",
    "Real-Estate/2": "",
    "Real-Estate/3": "\ud800",
}
ANSWERS |= {
    "Biology/0": "정답: (A)",
    "Biology/1": 500,
    "Biology/2": "Answer: (C) 007",
    "Biology/3": "",
}
RIGHT = {"Accounting/0", "Accounting/1", "Real-Estate/0", "Real-Estate/1", "Biology/0"}


def main(python: Path, folder: Path) -> None:
    copy = kmmlu_copy(folder / "copy", SUBJECTS)
    place = folder / "job"
    place.mkdir()
    parts = {"real_estate": "Real-Estate", "accounting": "Accounting", "biology": "Biology"}
    with serving() as endpoint:
        endpoint.answers = dict(ANSWERS)
        run(python, place, job(url(endpoint), task=kmmlu(copy.folder, parts=parts)))
        (folder / "seen.json").write_text(json.dumps(endpoint.seen))
    try:
        socket.create_connection(("192.0.2.1", 80), 1).close()
        reached = "connected"
    except OSError as error:
        reached = type(error).__name__ + ": " + str(error.strerror)
    (folder / "reached.txt").write_text(reached)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
