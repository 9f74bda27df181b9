"""Every report.json that the test suite writes, held against configs/report.schema.json.

One that this process moves into its place is seen by Python's own audit of renames; of those that
a started process writes, the test's folder is searched. Reports of one shape are one to the schema,
so each shape is validated once: what no keyword of the schema can tell apart is not in the shape.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema

SCHEMA = Path(__file__).resolve().parents[1] / "configs" / "report.schema.json"
REPORT = "report.json"
_SAID = frozenset({"$schema", "$defs", "$ref", "title", "description", "default"})
_TOLD_APART = frozenset(
    {
        *("type", "anyOf", "properties", "required", "items", "additionalProperties"),
        *("enum", "const", "minimum", "minItems", "maxItems", "prefixItems"),
        *("propertyNames", "pattern"),
    }
)


class Reports:
    """`wrong` since the last `taken`: each a path and what the schema says."""

    def __init__(self) -> None:
        self._wrong: list[str] = []
        self._known: set[object] = set()
        self._seen: set[tuple[int, int]] = set()
        self.processes = False

    def watch(self) -> None:
        """From now to the end of the process."""
        sys.addaudithook(self.hear)

    def hear(self, event: str, given: tuple[Any, ...]) -> None:
        if event == "os.rename":
            written, place = (os.fsdecode(one) for one in given[:2])
            if place.endswith(f"/{REPORT}") and written.endswith(".part"):  # else it is only moved
                self.see(Path(written), place)
        elif event in ("subprocess.Popen", "os.posix_spawn", "os.fork"):
            self.processes = True

    def see(self, path: Path, place: str) -> None:
        """Validate the file at `path`, named as `place`."""
        try:
            told = path.stat()
            content = path.read_bytes()
        except OSError:
            return  # the rename will say so
        self._seen.add((told.st_ino, told.st_mtime_ns))
        self._wrong += [f"{place}: {said}" for said in self.faults(content)]

    def search(self, folder: Path) -> None:
        """Those below that a started process wrote."""
        for inside, below, names in os.walk(folder):
            below[:] = [one for one in below if one not in ("environments", "jobs", "gateway")]
            if REPORT in names:
                path = Path(inside, REPORT)
                told = path.stat()
                if (told.st_ino, told.st_mtime_ns) not in self._seen:
                    self.see(path, str(path))

    def taken(self) -> list[str]:
        wrong, self._wrong, self.processes = self._wrong, [], False
        return wrong

    def faults(self, content: bytes) -> Iterator[str]:
        """As the schema says them; none of a shape that was valid before."""
        report = json.loads(content)
        shape = self._shapes.of(report)
        if shape in self._known:
            return
        faults = [
            f"{'.'.join(map(str, one.absolute_path)) or 'the whole'}: {one.message[:200]}"
            for one in self._validator.iter_errors(report)
        ]
        if not faults:
            self._known.add(shape)
        yield from faults

    @cached_property
    def _schema(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
        return found

    @cached_property
    def _validator(self) -> jsonschema.Draft202012Validator:
        return jsonschema.Draft202012Validator(self._schema)

    @cached_property
    def _shapes(self) -> Shapes:
        return Shapes(self._schema)


class Shapes:
    """What of a value the schema's keywords can see. ValueError for a keyword unknown here."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._texts: set[str] = set()
        self._patterns: list[re.Pattern[str]] = []
        self._least: set[float] = set()
        self._longest = 0
        for one in _with_those_inside(schema):
            self._learn(one)

    def _learn(self, schema: dict[str, Any]) -> None:
        if unknown := set(schema) - _SAID - _TOLD_APART:
            raise ValueError(f"teach tests/valid_reports.py what {unknown} tells apart")
        const = schema.get("const")
        named = (*schema.get("enum", ()), const, *schema.get("properties", ()))
        self._texts |= {one for one in named if isinstance(one, str)}
        self._least |= {one for one in (schema.get("minimum"),) if one is not None}
        self._least |= {const, const + 1} if isinstance(const, int) else set()
        self._patterns += [re.compile(one) for one in (schema.get("pattern"),) if one]
        lengths = (schema.get(key, 0) for key in ("minItems", "maxItems"))
        self._longest = max(self._longest, *lengths, len(schema.get("prefixItems", ())))

    def of(self, value: Any) -> object:
        if isinstance(value, dict):
            return frozenset((self._text(key), self.of(one)) for key, one in value.items())
        if isinstance(value, list):
            first, rest = value[: self._longest + 1], value[self._longest + 1 :]
            return tuple(map(self.of, first)), frozenset(map(self.of, rest))
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value).is_integer(), tuple(value >= one for one in self._least)
        return value

    def _text(self, value: str) -> object:
        if value in self._texts:
            return value
        return tuple(one.search(value) is not None for one in self._patterns)


def _with_those_inside(schema: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(schema, dict):
        return
    yield schema
    inside = [schema.get(key) for key in ("items", "additionalProperties", "propertyNames")]
    for key in ("$defs", "properties"):
        inside += schema.get(key, {}).values()
    for key in ("anyOf", "prefixItems"):
        inside += schema.get(key, ())
    for one in inside:
        yield from _with_those_inside(one)
