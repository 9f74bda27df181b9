"""The writing side of requests.jsonl and replays.jsonl: whole lines, one writer."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Journal:
    """Appends lines; raises BlockingIOError where another gateway already writes the file."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise
        self._drop_cut_line()

    def append(self, line: bytes) -> None:
        """Write one line, its newline included, whole or not at all; raises OSError."""
        end = os.fstat(self._file).st_size
        if os.write(self._file, line) != len(line):
            os.ftruncate(self._file, end)
            raise OSError("the disk took only a part of a record")

    def close(self) -> None:
        os.close(self._file)

    def _drop_cut_line(self) -> None:
        # Else the next line would be glued to what a killed gateway left, and both be lost.
        end = os.fstat(self._file).st_size
        while end:
            start = max(0, end - 65536)
            newline = os.pread(self._file, end - start, start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        os.ftruncate(self._file, end)
