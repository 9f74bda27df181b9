"""JSON Lines are byte-exact for machines, and precise about errors for people."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import jsonl
from bench.errors import SourceError

ODD = [
    "\0",
    "a\rb\r\nc",
    "one\u2028two\u2029three\x85four\x1dfive",
    "\ud800",
    "\udcff lone",
    "📄🧾",
    "naïve \u202e bidi",
    "\ufeffmark",
    "007",
    "NA",
    "",
    " \t ",
    '"\\',
    "x" * 40_000,
]


def joined(text: str) -> str:
    """JSON has no way to say a high and a low surrogate that are not one character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


@pytest.mark.parametrize("text", ODD, ids=lambda text: ascii(text[:12]))
def test_odd_text_round_trips(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.jsonl"
    jsonl.write(path, [{"prediction": text}, {"prediction": text + text}])
    assert list(jsonl.read(path)) == [{"prediction": text}, {"prediction": text + text}]
    assert [number for number, _ in jsonl.read_human(path)] == [1, 2]


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=60))
def test_every_text_is_one_line_of_utf8(text: str) -> None:
    line = jsonl.line(text)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    line.decode("utf-8")


@settings(max_examples=200, deadline=None)
@given(values=st.lists(st.text(st.characters(), max_size=40), max_size=8))
def test_every_list_of_texts_round_trips(
    tmp_path_factory: pytest.TempPathFactory, values: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "property.jsonl"
    jsonl.write(path, values)
    assert list(jsonl.read(path)) == [joined(text) for text in values]


@pytest.mark.parametrize("kept", [1, 5, 12])
def test_a_cut_last_line_is_dropped(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "cut.jsonl"
    whole = jsonl.line({"id": "a"})
    path.write_bytes(whole + jsonl.line({"id": "bcdefgh"})[:kept])
    assert list(jsonl.read(path)) == [{"id": "a"}]


def test_a_last_line_that_is_whole_but_for_its_newline_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl"
    path.write_bytes(b"1\n12")  # of 123
    assert list(jsonl.read(path)) == [1]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    jsonl.write(path, [1])
    values: list[Any] = [2, object()]
    with pytest.raises(TypeError):
        jsonl.write(path, values)
    assert path.read_bytes() == b"1\n"


def test_people_s_lines_are_numbered_as_an_editor_does(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n\n  \n{"a": "\xe2\x80\xa8"}\n3')
    assert list(jsonl.read_human(path)) == [(1, {"a": 1}), (4, {"a": "\u2028"}), (5, 3)]


@pytest.mark.parametrize(
    ("content", "place", "what"),
    [
        (b'{"id": "a"}\n{"id": "b"\n', "2:11", "Expecting ',' delimiter"),
        ('{"é": "ü" 1}\n'.encode(), "1:11", "Expecting ',' delimiter"),
        (b'{"id": "a"}\n\n{"id": "\xff"}\n', "3:9", "is not UTF-8"),
        (b"{'id': 1}\n", "1:2", "Expecting property name"),
        (b'{"a": "\t"}\n', "1:8", "Invalid control character"),
        (b"1\n" + b"[" * 100_000 + b"\n", "2:1", "cannot be read"),
        (b"9" * 5000 + b"\n", "1:1", "cannot be read"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, content: bytes, place: str, what: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        list(jsonl.read_human(path))
    assert caught.value.message.startswith(f"{path}:{place}: {what}")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.jsonl: cannot be read: No such file"):
        list(jsonl.read_human(tmp_path / "none.jsonl"))


def test_a_line_that_is_being_written_is_not_read_in_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two reads of the reader the writer has gone on."""
    pieces = [b"1\n", b"[2,", b"3]\n", b"4\n"]

    class Growing(io.BytesIO):
        def __next__(self) -> bytes:
            if not pieces:
                raise StopIteration
            return pieces.pop(0)

    monkeypatch.setattr(Path, "open", lambda _path, _mode: Growing())
    assert list(jsonl.read(tmp_path / "rows.jsonl")) == [1]
