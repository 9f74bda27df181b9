"""In the place of `apptainer`: writes down its words, and runs the command on this machine.

What is mounted elsewhere inside (door.py, sockets) is named by where it lies outside, the image's
Python by our own: there is no wall here.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

PYTHON = "/bench/venv/bin/python"


def main(argv: list[str]) -> None:
    inside = {name: text for name, text in os.environ.items() if name.startswith("APPTAINERENV_")}
    with Path(os.environ["STANDIN_LOG"]).open("a") as file:
        file.write(json.dumps({"argv": argv, "inside": inside}) + "\n")
    if argv[0] == "build":
        Path(argv[-2]).write_bytes(Path(argv[-1]).read_bytes())
        return
    moved = {PYTHON: sys.executable}
    for number, word in enumerate(argv):
        if word == "--mount":
            (row,) = csv.reader([argv[number + 1]])
            fields = dict(field.partition("=")[::2] for field in row)
            moved[fields["destination"]] = fields["source"]
    command = argv[argv.index(PYTHON) :]
    for there in sorted(moved, key=len, reverse=True):
        command = [word.replace(there, moved[there]) for word in command]
    for number, word in enumerate(command):
        if word.startswith("tcp:") and command[number - 1] == "--listen":
            del command[number - 1 : number + 3]  # the gateway itself listens there
            break
    given = {name.removeprefix("APPTAINERENV_"): text for name, text in inside.items()}
    folder = argv[argv.index("--pwd") + 1] if "--pwd" in argv else "/"
    os.chdir(folder)
    os.execve(command[0], command, given)


if __name__ == "__main__":
    main(sys.argv[1:])
