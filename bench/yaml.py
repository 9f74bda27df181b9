"""YAML and JSON that people write -> plain values, and the line and column of every key.

YAML 1.2 by ruamel in safe mode: `no` is text, 1e-3 is a number, a doubled key is an error.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from bench import jsonl
from bench.errors import SourceError, suggestion

Place = tuple[int, int]
KeyPath = tuple[str | int, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Source:
    """A file's values; `places` maps the way to a value to its line and column, from 1."""

    path: Path
    values: Any
    places: dict[KeyPath, Place] = field(default_factory=dict)

    def error(self, way: KeyPath, message: str, hint: str | None = None) -> SourceError:
        """An error at the place of `way`, or of the nearest key above it that has one."""
        for length in range(len(way), -1, -1):
            if way[:length] in self.places:
                line, column = self.places[way[:length]]
                return SourceError(self.path, message, line=line, column=column, hint=hint)
        return SourceError(self.path, message, hint=hint)


def load(path: Path) -> Source:
    text = read_text(path)
    if path.suffix == ".json":
        values = json_values(path, text)
        # A tab is only ever indentation in JSON, and YAML allows none there.
        source = _load_yaml(path, text.replace("\t", " "))
        return replace(source, values=values)  # YAML reads "\\ud83d\\ude00" as two characters
    return _load_yaml(path, text)


def loads(path: Path, text: str) -> Source:
    """YAML that stands in `path`, `text` being all of it down to the YAML's end."""
    return _load_yaml(path, text)


def read_text(path: Path) -> str:
    """Without its byte order mark; SourceError where it cannot be read or is not UTF-8."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror}") from None
    return decoded(path, content.removeprefix(b"\xef\xbb\xbf"))


def decoded(path: Path, content: bytes) -> str:
    """`content` of `path` as text; a byte that is not UTF-8 is a SourceError at its place."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, column = _place(before, len(before))
        raise SourceError(path, "is not UTF-8", line=line, column=column) from None


def _place(text: str, position: int) -> Place:
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def json_values(path: Path, text: str) -> Any:
    """`text` of `path` as JSON; SourceError with line and column where it is broken."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(path, error.msg, line=error.lineno, column=error.colno) from None
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; 1,000 brackets
        raise SourceError(path, f"cannot be read: {error}") from None


def _load_yaml(path: Path, text: str) -> Source:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(io.StringIO(text))
        values = yaml.load(io.StringIO(text))
        return Source(path, values, dict(_places(node, (), {})))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(str(part) for part in (error.context, error.problem) if part)
        if mark is None:
            raise SourceError(path, what) from None
        raise SourceError(path, what, line=mark.line + 1, column=mark.column + 1) from None
    except ReaderError as error:
        line, column = _place(text, error.position)
        what = str(error).splitlines()[0]
        raise SourceError(path, what, line=line, column=column) from None
    except RecursionError:
        raise SourceError(path, "is nested too deeply, or within itself") from None
    except (YAMLError, ValueError, KeyError) as error:
        raise SourceError(path, f"cannot be read: {str(error).splitlines()[0]}") from None


def _places(node: Any, way: KeyPath, done: dict[int, bool]) -> Iterator[tuple[KeyPath, Place]]:
    """An aliased node is walked once: its second place is that of the key above it."""
    if node is None or done.get(id(node)):
        return
    if id(node) in done:
        raise RecursionError
    done[id(node)] = False
    yield way, (node.start_mark.line + 1, node.start_mark.column + 1)
    if node.id == "mapping":
        for key, value in node.value:
            here = (*way, str(key.value))
            yield from _places(value, here, done)
            yield here, (key.start_mark.line + 1, key.start_mark.column + 1)
    elif node.id == "sequence":
        for index, value in enumerate(node.value):
            yield from _places(value, (*way, index), done)
    done[id(node)] = True


def validate(source: Source, model: Callable[..., T]) -> T:
    """The file's values as `model`, a pydantic class; what is wrong is a SourceError at its key."""
    if not isinstance(source.values, dict):
        raise SourceError(source.path, "must be a mapping of keys to values")
    return validated(model, source.values, source.error)


def validated(
    model: Callable[..., T],
    values: dict[str, Any],
    error_at: Callable[[KeyPath, str, str | None], Exception],
) -> T:
    """`values` as `model`; `error_at` makes the exception from (way, message, hint)."""
    from pydantic import ValidationError

    # pydantic wants text as keys; YAML may have given numbers.
    named = {str(key): value for key, value in values.items()}
    try:
        return model(**named)
    except ValidationError as error:
        found = error.errors(include_url=False)
        # A misspelt key is also missing under its right name: the misspelling says more.
        first = min(found, key=lambda one: one["type"] != "extra_forbidden")
        way = tuple(part for part in first["loc"] if not str(part).startswith("function-"))
        raise error_at(way, *_explain(model, first, way)) from None


def validated_lines(path: Path, model: Callable[..., T]) -> Iterator[tuple[int, dict[str, Any], T]]:
    """Of a JSON Lines file each line's number from 1, its values, and these as `model`."""
    for line, values in jsonl.read_human(path):

        def wrong(_way: KeyPath, message: str, hint: str | None, line: int = line) -> SourceError:
            return SourceError(path, message, line=line, column=1, hint=hint)

        if not isinstance(values, dict):
            raise wrong((), "must be a JSON object", None)
        yield line, values, validated(model, values, wrong)


def _explain(model: Any, error: Any, way: KeyPath) -> tuple[str, str | None]:
    key = ".".join(map(str, way))
    if error["type"] == "extra_forbidden":
        return f"unknown key {key!r}", suggestion(str(way[-1]), _keys(model, way[:-1]))
    if error["type"] == "missing":
        return f"{key!r} is missing", None
    if error["type"] == "value_error":
        return f"{key}: {error['ctx']['error']}" if key else str(error["ctx"]["error"]), None
    return f"{key!r}: {error['msg'][0].lower()}{error['msg'][1:]}, not {error['input']!r:.60}", None


def _keys(model: Any, way: KeyPath) -> list[str]:
    """The keys allowed at `way`, read off the pydantic classes."""
    from typing import get_args, get_origin

    named_freely = False  # the key of a dict[str, Model], such as a member's name
    for part in way:
        if isinstance(part, int) or named_freely:
            named_freely = False
            continue
        field_ = getattr(model, "model_fields", {}).get(part)
        found: list[Any] = [field_.annotation] if field_ else []
        named_freely = any(get_origin(annotation) is dict for annotation in found)
        while found and not hasattr(found[0], "model_fields"):
            found = [arg for arg in found for arg in get_args(arg)]
            found.sort(key=lambda arg: not hasattr(arg, "model_fields"))
        model = found[0] if found else None
    return [f.alias or name for name, f in getattr(model, "model_fields", {}).items()]
