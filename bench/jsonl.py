r"""JSON Lines, byte-exact: one value a line, lines end with a newline byte and nothing else.

Text may hold U+2028, carriage returns or lone surrogates, so lines are split at b"\n" only, and a
value that UTF-8 cannot hold is written in ASCII.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench.errors import SourceError


def line(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate
        return json.dumps(value).encode() + b"\n"


def write(path: Path, values: Iterable[Any]) -> None:
    """The whole file or nothing."""
    staging = path.with_name(path.name + ".part")
    with staging.open("wb") as file:
        file.writelines(line(value) for value in values)
    staging.replace(path)


def read(path: Path) -> Iterator[Any]:
    """A machine's file; a last line without its newline was cut, or is being written: it is
    dropped, and so is what comes behind it meanwhile.
    """
    with path.open("rb") as file:
        for content in file:
            if not content.endswith(b"\n"):
                return
            if content.strip():
                yield json.loads(content)


def read_human(path: Path) -> Iterator[tuple[int, Any]]:
    """A person's file: (line number from 1, value). Any broken line is a SourceError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror}") from None
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not raw.strip():
            continue
        try:
            yield number, json.loads(raw)
        except json.JSONDecodeError as error:
            raise SourceError(path, error.msg, line=number, column=error.colno) from None
        except UnicodeDecodeError as error:
            raise SourceError(path, "is not UTF-8", line=number, column=error.start + 1) from None
        except (ValueError, RecursionError) as error:  # a number of 5,000 digits; 1,000 brackets
            raise SourceError(path, f"cannot be read: {error}", line=number, column=1) from None
