"""Made-up texts: reading never raises, is at rest after once, and gives back what JSON says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.fields import FieldRule
from bench.reading import READINGS, Number, json_text, parse_json, read

CHOICES = {"invoice": ["A", "Invoice"], "tax invoice": ["B"], "영수증": ["C", "receipt"]}
PIECES = [
    *(
        "<think>",
        "</think>",
        "[THINK]",
        "```",
        "```json\n",
        "~~~",
        "\n",
        "Answer:",
        "ANSWER: ",
        "**",
    ),
    *(
        "\\boxed{",
        "<answer>",
        "</answer>",
        "Ответ: ",
        "정답은 ",
        "입니다.",
        "Antwort: ",
        "The ",
        " is ",
    ),
    *(
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        ":",
        ",",
        '"a": ',
        "//",
        "/*",
        "*/",
        "#",
        "\\",
        "\\u12",
        "...",
        "“",
    ),
    *(
        "1.10",
        "NaN",
        "-",
        "None",
        "12.03.2024",
        "$5",
        "EUR",
        "A",
        "(B)",
        "invoice",
        "not ",
        "\ud800",
    ),
    *("\u202e", "\u00a0", "\x00", "﻿", "٣", "\r\n", ".", "«", "»", "null", "tru", "g", " ", "  "),
]
TEXT = st.one_of(
    st.text(st.characters(codec=None), max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=20).map("".join),
)
RULES = st.sampled_from(
    [
        *[
            FieldRule(type=kind)
            for kind in ("date", "amount", "number", "phone", "boolean", "text")
        ],
        FieldRule(type="document_number"),
        FieldRule(type="enumerated", values=(("paid", "settled"), ("open",))),
    ]
)
LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(st.characters(codec=None), max_size=12)
)
JSON = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
OBJECT = st.dictionaries(st.text(min_size=1, max_size=6), JSON, min_size=1, max_size=4)
# Words of a document, with marks that must not end a string or begin a comment.
WORDS = st.text("abc дом 집 ß 0 12 . , ; : ' # / - { [ ( ) ] }", min_size=1, max_size=14)
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), WORDS),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3),
        st.dictionaries(st.text("abcdef", min_size=1), inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)
FIELDS = st.dictionaries(
    st.text("abcdefé집", min_size=1, max_size=5), PLAIN, min_size=1, max_size=3
)


def plain(value: Any) -> Any:
    """Numbers as Python has them."""
    if isinstance(value, Number):
        return int(value)
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


@settings(max_examples=250, deadline=None)
@given(TEXT, st.sampled_from([*READINGS]), st.one_of(st.none(), RULES))
@example("\\boxed{" * 50, "value/1", None)
def test_reading_never_raises(text: str, reading: str, rule: FieldRule | None) -> None:
    found = read(text, reading, choices=CHOICES, rule=rule)
    assert set(found.steps) <= {*READINGS[reading]}
    assert (found.value == text) == (not found.steps)


@settings(max_examples=250, deadline=None)
@given(TEXT, st.sampled_from(["json/1", "choice/1"]))
def test_what_was_read_is_at_rest(text: str, reading: str) -> None:
    value = read(text, reading, choices=CHOICES).value
    if value is not None:
        again = read(value, reading, choices=CHOICES)
        assert (again.value, again.steps) == (value, ())
        if reading == "choice/1":
            assert value in CHOICES
        else:
            json.loads(value)


@settings(deadline=None)
@given(st.one_of(OBJECT, st.lists(JSON)), st.sampled_from([None, 2]), st.booleans())
def test_json_comes_through(value: Any, indent: int | None, ascii_only: bool) -> None:  # noqa: FBT001
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert read(text, "json/1").value == text
    found = parse_json(text)
    assert found is not None
    assert (plain(found.value), found.mended) == (value, ())
    assert json.loads(json_text(found.value)) == value


@settings(max_examples=120, deadline=None)
@given(FIELDS, st.data())
def test_what_models_do_to_json_is_undone(value: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=data.draw(st.sampled_from([None, 1])))
    made = data.draw(
        st.sampled_from(
            [
                f"```json\n{text}\n```",
                f"Here it is:\n```\n{text}\n```\nAnything else?",
                f"<think>{{maybe}}</think>The fields are {text} as asked.",
                f"{text[:-1]},}}",
                f"{{ // fields\n{text[1:]}",
                f"{text[:-1]} /* end */ }}",
                f"{{{text}}}",
                repr(value),
                text[:-1],
                text[1:],
                f"{text}\n{text}",
            ]
        )
    )
    found = parse_json(made)
    assert found is not None, made
    assert plain(found.value) == value, made


@settings(max_examples=100, deadline=None)
@given(FIELDS, st.data())
def test_a_cut_answer_says_nothing_else(value: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(value, ensure_ascii=False)
    found = parse_json(text[: data.draw(st.integers(1, len(text)))])
    if found is not None:
        assert begins(found.value, value), found


def begins(part: Any, whole: Any) -> bool:
    """The same so far: what stands behind is left out, the last text may be shorter."""
    if isinstance(whole, dict):
        return isinstance(part, dict) and all(
            key in whole and begins(one, whole[key]) for key, one in part.items()
        )
    if isinstance(whole, list):
        return isinstance(part, list) and all(map(begins, part, whole)) and len(part) <= len(whole)
    if whole is None or isinstance(whole, bool):
        return part is whole
    return isinstance(part, str) and str(whole).startswith(part)


def written(value: Any) -> Iterator[str]:
    """Every text and number of a value."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from written(one)
    elif isinstance(value, str):
        yield value


@settings(max_examples=200, deadline=None)
@given(TEXT)
def test_nothing_is_made_up(text: str) -> None:
    """Every text of a value stands in the answer, or comes of its escapes."""
    found = parse_json(text)
    if found is not None and "\\" not in text:
        assert all(one in text for one in written(found.value))
