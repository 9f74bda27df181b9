"""One value put into somebody else's JSON: where it goes, and that nothing else moves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import SourceError
from bench.exporters.splice import spliced

WAY = ("breakdown", "benchmark")
FILE = Path("summary.json")


def put(text: str, **values: Any) -> str:
    return spliced(text, WAY, values or {"x": 0.5}, FILE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "{}\n",
            '{\n  "breakdown": {\n    "benchmark": {\n      "x": 0.5\n    }\n  }\n}\n',
            id="new",
        ),
        pytest.param(
            '{"a": 1.10}', '{"a": 1.10, "breakdown": {"benchmark": {"x": 0.5}}}', id="one line"
        ),
        pytest.param(
            '{\n\t"breakdown": {\n\t\t"speed": 1e999\n\t},\n\t"z": "\\u00e9"\n}',
            '{\n\t"breakdown": {\n\t\t"speed": 1e999,\n\t\t"benchmark": {\n\t\t\t"x": 0.5\n\t\t}\n'
            '\t},\n\t"z": "\\u00e9"\n}',
            id="tabs",
        ),
        pytest.param(
            '{\r\n    "breakdown": {"benchmark": {"x": [1,\r\n2], "y": 2}}\r\n}\r\n',
            '{\r\n    "breakdown": {"benchmark": {"x": 0.5, "y": 2}}\r\n}\r\n',
            id="in its place",
        ),
        pytest.param(
            '{\r\n    "breakdown": {}\r\n}',
            '{\r\n    "breakdown": {\r\n        "benchmark": {\r\n            "x": 0.5\r\n'
            "        }\r\n    }\r\n}",
            id="empty object",
        ),
        pytest.param(
            ' {"b": {"breakdown": 1}, "breakdown": {"benchmark": {"xx": {"x": 1}}}}',
            ' {"b": {"breakdown": 1}, "breakdown": {"benchmark": {"xx": {"x": 1}, "x": 0.5}}}',
            id="only on the way",
        ),
    ],
)
def test_the_value_goes_to_its_place_and_nothing_else_moves(before: str, after: str) -> None:
    assert put(before) == after


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "summary.json:1:1: is no JSON"),
        ('{"a": 1,\n "b": }', "summary.json:2:7: is no JSON"),
        ("[1, 2]", "summary.json:1:1: is no JSON object"),
        ("\n 7", "summary.json:2:2: is no JSON object"),
        ('{"a": NaN}', "NaN is no JSON value"),
        ('{"a": 1} x', "summary.json:1:10: is no JSON"),
        ('{"breakdown":\n [1]}', "summary.json:2:2: 'breakdown' holds no object"),
        ('{"breakdown": {"benchmark": null}}', "1:29: 'benchmark' holds no object"),
        ('{"breakdown": {},\n"breakdown": {}}', "2:1: 'breakdown' stands twice"),
        ("[" * 100_000, "cannot be read"),
    ],
    ids=["empty", "broken", "list", "number", "nan", "more", "a list", "null", "twice", "deep"],
)
def test_what_cannot_take_it_is_named_by_line_and_column(text: str, said: str) -> None:
    with pytest.raises(SourceError) as error:
        put(text)
    assert said in error.value.message


def test_a_key_that_stands_twice_elsewhere_is_none_of_our_business() -> None:
    before = '{"a": 1, "a": 2, "n": ' + "9" * 5000 + "}"
    assert put(before) == before[:-1] + ', "breakdown": {"benchmark": {"x": 0.5}}}'


keys = st.sampled_from(["breakdown", "benchmark", "x", "a", "\u00e9", '"', ""])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
inner = st.dictionaries(keys, values, max_size=3)
objects = st.dictionaries(keys, values, max_size=3)


@given(
    outer=objects,
    middle=objects,
    own=inner,
    indent=st.sampled_from([None, 1, 2, 4, "\t"]),
    ascii_only=st.booleans(),
)
def test_any_object_keeps_its_other_values_in_order(
    outer: dict[str, Any],
    middle: dict[str, Any],
    own: dict[str, Any],
    indent: int | str | None,
    ascii_only: bool,  # noqa: FBT001
) -> None:
    whole = outer | {"breakdown": middle | {"benchmark": own}}
    text = json.dumps(whole, indent=indent, ensure_ascii=ascii_only)
    done = put(text, x=0.5, y={"a": 1})
    whole["breakdown"]["benchmark"] |= {"x": 0.5, "y": {"a": 1}}
    assert json.dumps(json.loads(done)) == json.dumps(whole)
    assert put(done, x=0.5, y={"a": 1}) == done
    if own:  # laid out as json lays it out
        assert done == json.dumps(whole, indent=indent, ensure_ascii=ascii_only)
