"""YAML 1.2 and JSON with the place of every key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import yaml
from bench.config import Human
from bench.errors import SourceError


class Leaf(Human):
    case: str = ""
    prompt: str = ""


class Branch(Human):
    prompt: str = ""
    leaves: tuple[Leaf, ...] = ()


class Tree(Human):
    name: str = ""
    branches: dict[str, Branch] = {}


def written(folder: Path, content: str | bytes, name: str = "a.yaml") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(path: Path, model: type[Human] = Tree) -> SourceError:
    with pytest.raises(SourceError) as caught:
        yaml.validate(yaml.load(path), model)
    assert "\n" not in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("off", "off"),
        ("true", True),
        ("1e-3", 0.001),
        ("012", 12),
        ("1:30", "1:30"),
        ("0x1F", 31),
        ("~", None),
        ("'007'", "007"),
    ],
)
def test_plain_values_are_read_by_yaml_1_2(tmp_path: Path, text: str, value: Any) -> None:
    found = yaml.load(written(tmp_path, f"a: {text}\n")).values["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("content", "place", "what"),
    [
        ("a: 1\nb: 2\na: 3\n", ":3:1", 'duplicate key "a"'),
        ("x:\n  b: 1\n  b: 2\n", ":3:3", 'duplicate key "b"'),
        ("a:\n\tb: 1\n", ":2:1", "character '\\t'"),
        ("a: b: c\n", ":1:5", "mapping values are not allowed"),
        ("a: 1\n---\nb: 2\n", ":2:1", "another document"),
        ("a: *x\n", ":1:4", "undefined alias"),
        ("a: !!python/object:os.system x\n", ":1:4", "could not determine a constructor"),
        ("ok: 1\na: x\0y\n", ":2:5", "special characters are not allowed"),
        ("é: ü\nb: é".encode() + b"\xff\n", ":2:5", "is not UTF-8"),
        ("a: !!bool maybe\n", "", "cannot be read"),
        ("a: 2024-13-45\n", "", "month must be in 1..12"),
        ("a: &x [*x]\n", "", "within itself"),
        pytest.param(
            "a: " + "[" * 3000 + "]" * 3000, "", "nested too deeply", marks=pytest.mark.thorough
        ),
        ("", "", "must be a mapping"),
        ("- a\n", "", "must be a mapping"),
    ],
)
def test_a_broken_file_is_one_line_at_its_place(
    tmp_path: Path, content: str | bytes, place: str, what: str
) -> None:
    path = written(tmp_path, content)
    message = refused(path).message
    assert message.startswith(f"{path}{place}: ")
    assert what in message


@pytest.mark.parametrize(
    ("content", "place", "what"),
    [
        ('{"a": 1, "a": 2}', ":1:10", "duplicate key"),
        ('{\n\t"a": 1\n\t"b": 2}', ":3:2", "Expecting ',' delimiter"),
        ('{"a": "x\ty"}', ":1:9", "Invalid control character"),
        (b'{"a":\n "\xff"}', ":2:3", "is not UTF-8"),
        ('{"a": ' + "9" * 5000 + "}", "", "cannot be read"),
        ("[" * 100_000, "", "cannot be read"),
    ],
)
def test_a_broken_json_file_likewise(
    tmp_path: Path, content: str | bytes, place: str, what: str
) -> None:
    path = written(tmp_path, content, "a.json")
    message = refused(path).message
    assert message.startswith(f"{path}{place}: ")
    assert what in message


def test_json_may_be_indented_with_tabs_and_keeps_its_places(tmp_path: Path) -> None:
    path = written(tmp_path, '{\n\t"name": "x",\n\t"nmae":\t1\n}', "a.json")
    error = refused(path)
    assert error.message == f"{path}:3:2: unknown key 'nmae'"
    assert error.hint == "did you mean 'name'?"


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert yaml.load(written(tmp_path, b"\xef\xbb\xbfname: x\n")).values == {"name": "x"}


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=8),
        st.one_of(st.text(max_size=20), st.integers(), st.booleans(), st.none()),
        max_size=4,
    )
)
def test_json_is_read_as_json(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    path = written(tmp_path_factory.getbasetemp(), json.dumps(values), "property.json")
    assert yaml.load(path).values == values


@pytest.mark.parametrize(
    ("content", "place", "key", "hint"),
    [
        ("nam: x\n", "1:1", "nam", "did you mean 'name'?"),
        ("branches:\n  b:\n    promt: x\n", "3:5", "branches.b.promt", "did you mean 'prompt'?"),
        (
            "branches:\n  leaves: {leafs: []}\n",
            "2:12",
            "branches.leaves.leafs",
            "did you mean 'leaves'?",
        ),
        (
            "branches: {b: {leaves: [{}, {cse: x}]}}\n",
            "1:30",
            "branches.b.leaves.1.cse",
            "did you mean 'case'?",
        ),
        ("5: x\n", "1:1", "5", "known: branches, name"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_one(
    tmp_path: Path, content: str, place: str, key: str, hint: str
) -> None:
    path = written(tmp_path, content)
    error = refused(path)
    assert error.message == f"{path}:{place}: unknown key {key!r}"
    assert error.hint == hint


def test_an_error_below_an_alias_has_the_place_of_the_key_above(tmp_path: Path) -> None:
    text = "branches:\n  a: &shared\n    prompt: 5\n  b: *shared\n"
    assert refused(written(tmp_path, text)).line == 3
    text = "name: &n [x]\nbranches:\n  b: *n\n"
    assert refused(written(tmp_path, text)).line == 1


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none.yaml").message
    assert "Is a directory" in refused(tmp_path).message
