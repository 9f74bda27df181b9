"""Reports of other schema versions: brought up step by step, or refused in clear words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import store
from bench.errors import RunError
from bench.upgrading import Kind, Step, upgraded, version_of

PATH = Path("report.json")


def renamed(values: dict[str, Any]) -> dict[str, Any]:
    return {"jobs": values["tasks"]}


def doubled(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"jobs": [*values["jobs"], *values["jobs"]]}


STEPS: dict[Kind, dict[int, Step]] = {"report": {1: renamed, 2: doubled}, "run": {}}


def test_steps_are_taken_in_their_order() -> None:
    old = json.dumps({"schema_version": 1, "tasks": ["a"]}).encode()
    found = json.loads(upgraded(PATH, old, "report", to=3, steps=STEPS))
    assert found == {"schema_version": 3, "jobs": ["a", "a"]}
    newer = json.dumps({"schema_version": 2, "jobs": ["b"]}).encode()
    assert json.loads(upgraded(PATH, newer, "report", to=3, steps=STEPS))["jobs"] == ["b", "b"]


def test_the_present_version_is_left_byte_for_byte() -> None:
    content = b'{ "schema_version" : 3, "x": 1.10}'
    assert upgraded(PATH, content, "report", to=3, steps=STEPS) is content


@pytest.mark.parametrize("version", [0, 4])
def test_where_no_way_leads(version: int) -> None:
    content = json.dumps({"schema_version": version}).encode()
    said = "reads up to 3" if version == 4 else "has the older schema 0"
    with pytest.raises(RunError, match=said) as raised:
        upgraded(PATH, content, "report", to=3, steps=STEPS)
    assert raised.value.hint


@pytest.mark.parametrize(
    ("content", "version"),
    [
        (b'{"schema_version": 7}', 7),
        (b'{"a": 1, "schema_version": 7}', 7),
        (b'{"schema_version": "7"}', None),
        (b'{"schema_version": 7.5}', None),
        (b'{"schema_version": true}', None),
        (b"[7]", None),
        (b"", None),
    ],
)
def test_the_version_is_read_wherever_it_stands(content: bytes, version: int | None) -> None:
    assert version_of(content) == version


@pytest.mark.parametrize("name", ["report.json", "run.json"])
def test_a_newer_file_says_so_though_its_keys_are_others(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"schema_version": 9, "rows": []}')
    read = store.read_report if name == "report.json" else store.open_run
    with pytest.raises(RunError, match=f"{name} has schema 9; this bench reads up to 1"):
        read(tmp_path)
