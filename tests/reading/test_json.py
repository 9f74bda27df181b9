"""JSON as models write it: what is mended is named, and what was written is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.reading import Number, Parsed, json_text, parse_json, read

MENDED: list[tuple[str, str, Any]] = [
    ("fence", '```json\n{"a": "b"}\n```', {"a": "b"}),
    ("prose", 'It is {"a": "b"}.', {"a": "b"}),
    ("several", '{"a": "b"}, {"a": "c"}', {"a": "c"}),
    ("spaces", '{"a":\u00a0"b"}', {"a": "b"}),
    ("comments", '{"a": "b" // "c": "d"\n}', {"a": "b"}),
    ("comments", '{/* one\n two */ "a": "b"}', {"a": "b"}),
    ("trailing_comma", '{"a": ["b",]}', {"a": ["b"]}),
    ("extra_comma", '{"a": ["b",, "c"]}', {"a": ["b", "c"]}),
    ("missing_comma", '{"a": "b" "c": "d"}', {"a": "b", "c": "d"}),
    ("missing_comma", '{"a": [{"b": "c"} {"d": "e"}]}', {"a": [{"b": "c"}, {"d": "e"}]}),
    ("missing_value", '{"a": , "c": "d"}', {"a": None, "c": "d"}),
    ("single_quotes", "{'a': 'it's'}", {"a": "it's"}),
    ("typographic_quotes", "{“a”: “b”}", {"a": "b"}),
    ("inner_quotes", '{"a": "b "c", d", "e": "f"}', {"a": 'b "c", d', "e": "f"}),
    ("unquoted_key", '{a: "b"}', {"a": "b"}),
    ("unquoted_value", '{"a": 12.03.2024}', {"a": "12.03.2024"}),
    ("unquoted_value", '{"a": true to scale}', {"a": "true to scale"}),
    ("words", '{"a": None, "b": True}', {"a": None, "b": True}),
    ("not_a_number", '{"a": NaN}', {"a": None}),
    ("escapes", r'{"a": "\d \'b\'"}', {"a": r"\d 'b'"}),
    ("line_breaks", '{"a": "b\nc"}', {"a": "b\nc"}),
    ("brackets", '{"a": ["b"}', {"a": ["b"]}),
    ("braces", '"a": "b", "c": "d"', {"a": "b", "c": "d"}),
    ("ellipsis", '{"a": ["b", ...], ...}', {"a": ["b"]}),
    ("duplicate_key", '{"a": "b", "a": "c"}', {"a": "c"}),
    ("duplicate_key", '{"a": "b", "a": "c",}', {"a": "c"}),
    ("cut_off", '{"a": "b", "c": ["d', {"a": "b", "c": ["d"]}),
    ("quoted", json.dumps('{"a": "b"}'), {"a": "b"}),
]


@pytest.mark.parametrize(
    ("name", "text", "value"), MENDED, ids=[f"{one[0]}-{at}" for at, one in enumerate(MENDED)]
)
def test_what_is_mended_is_named(name: str, text: str, value: Any) -> None:
    found = parse_json(text)
    assert found is not None
    assert found.value == value
    assert name in found.mended


def test_every_name_of_a_mending_is_described() -> None:
    assert Parsed.__doc__
    for name, *_ in MENDED:
        assert name in Parsed.__doc__, name


NO_JSON = [
    *("", "   ", "text", "{", "[", "}", "{{{", "{a}", "[Name]", "a [1] b [2]", "a [1, 2"),
    *('{"a" "b"}', "{a b: c}", '"a', "{'", "{a, b}", "\ud800", "total: 5"),
]


@pytest.mark.parametrize("text", NO_JSON, ids=repr)
def test_no_json(text: str) -> None:
    assert parse_json(text) is None


@pytest.mark.parametrize(
    "written", ["1.10", "1e5", "-0", "0.1000", "12345678901234567890", "9" * 5000]
)
def test_a_number_keeps_its_written_form(written: str) -> None:
    for text in (f'{{"a": {written}}}', f'{{"a": {written},}}', f"[{written}, {written}]"):
        found = parse_json(text)
        assert found is not None
        values = list(found.value.values()) if isinstance(found.value, dict) else found.value
        assert all(isinstance(value, Number) and value == written for value in values)
        assert written in json_text(found.value)


@pytest.mark.parametrize("written", ["007", "+5", "1,234.56", "5 EUR", "1.204,50", "12:30", "50%"])
def test_what_is_no_json_number_is_a_text(written: str) -> None:
    found = parse_json(f'{{"a": {written}, "b": 1}}')
    assert found is not None
    assert found.value == {"a": written, "b": "1"}
    assert not isinstance(found.value["a"], Number)


def test_half_a_surrogate_pair_can_be_written() -> None:
    value = read('{"a": "\\ud83d", "b": "\\ud83d\\ude00",}', "json/1").value
    assert value == '{"a": "\\ud83d", "b": "😀"}'
    assert value.encode()
    assert read('{"a": "\ud83d",}', "json/1").value == '{"a": "\\ud83d"}'


@pytest.mark.parametrize("levels", [100, 102, 300, 10_000, 200_000])
@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_depth_is_bounded(levels: int, begin: str, end: str) -> None:
    times = levels // (begin.count("[") + begin.count("{"))
    whole, mended = begin * times + "1" + end * times, begin * times + "1 /* mend */" + end * times
    for text in (whole, mended, begin * times):
        assert (parse_json(text) is not None) == (levels == 100)
