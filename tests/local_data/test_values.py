"""Texts and numbers stay what they are, with a shape and without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bench_data import LocalCopy
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import UsageError
from bench.local_data import Copy
from bench.local_data.adding import write_named
from bench.local_data.columns import ColumnType, merged, parsed, settled
from bench.local_data.writing import row_bytes
from tests.local_data import forms
from tests.local_data.made import drawn_page

HOSTILE = [
    "007",
    "N/A",
    "NA",
    "null",
    "None",
    "nan",
    "",
    " 1 ",
    "1e3",
    "True",
    "한국어 질문",
    "שאלה \u202eabc",
    "two\nlines\r\nand\ttabs",
    'a "quoted" word, and a comma',
    "\u2028 and \x85",
    "[not, a, list]",
    "images/none.png",
]


def add(source: Path, **options: object) -> Copy:
    """By the name of a harness's own benchmark: no shape."""
    return write_named("Own", source, None, **options)  # type: ignore[arg-type]


def read(copy: Copy) -> list[dict[str, Any]]:
    (table,) = LocalCopy(str(copy.folder)).tables
    return list(table.rows())


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_texts(form: str, tmp_path: Path) -> None:
    rows = [{"number": str(number), "said": text} for number, text in enumerate(HOSTILE)]
    path = tmp_path / f"rows.{form}"
    if form == "parquet":
        forms.parquet(path, rows)
    elif form == "csv":
        forms.comma_separated(path, rows)
    else:
        path = forms.lines_with_images(tmp_path / "a", rows) / "validation.jsonl"
    copy = add(path)
    assert read(copy) == rows
    assert copy.tables[0].columns == {"number": "text", "said": "text"}


def test_the_same_texts_have_one_hash(tmp_path: Path) -> None:
    rows = [{"said": text} for text in HOSTILE if text]  # a line of one empty cell is blank
    hashes = {
        add(path, replace=True, split="test").content_sha256
        for path in (
            forms.parquet(tmp_path / "rows.parquet", rows),
            forms.comma_separated(tmp_path / "rows.csv", rows),
            forms.lines_with_images(tmp_path / "a", rows, "rows.jsonl"),
        )
    }
    assert len(hashes) == 1


def test_a_lone_surrogate(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"said": "\\ud83d", "n": 1}\n{"said": "x"}\n')
    copy = add(tmp_path / "rows.jsonl")
    assert read(copy) == [{"said": "\ud83d", "n": 1}, {"said": "x", "n": None}]


def test_types_are_read_off_the_rows(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "score": 1, "right": True, "tags": [], "where": {"page": 1}, "mixed": 1},
        {"id": 2, "score": 0.5, "right": None, "tags": ["a"], "where": {"line": 2}, "mixed": "x"},
        {"id": 3, "no": None},
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    columns = add(tmp_path / "rows.jsonl").tables[0].columns
    assert columns == {
        "id": "integer",
        "score": "number",
        "right": "boolean",
        "tags": {"list": "text"},
        "where": {"record": {"page": "integer", "line": "integer"}},
        "mixed": "any",
        "no": "any",
    }


def test_images_without_a_shape(tmp_path: Path) -> None:
    """One, several, none: found by the columns' names, or by the bytes of a table."""
    pages = [drawn_page(str(number)) for number in range(3)]
    (tmp_path / "images").mkdir()
    for number, page in enumerate(pages):
        (tmp_path / "images" / f"{number}.png").write_bytes(page)
    lines = [{"images": ["0.png", "images/1.png"], "n": 1}, {"images": ["2.png"], "n": 2}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines))
    copy = add(tmp_path / "rows.jsonl")
    assert copy.tables[0].columns["images"] == {"list": "image"}
    found = [[Path(one).read_bytes() for one in row["images"]] for row in read(copy)]
    assert found == [pages[:2], pages[2:]]
    table = pa.table({"n": [1, 2], "image_1": pages[:2], "image_2": [None, pages[2]]})
    pq.write_table(table, tmp_path / "test.parquet")
    copy = add(tmp_path / "test.parquet", replace=True)
    assert copy.tables[0].columns == {"n": "integer", "image_1": "image", "image_2": "image"}
    assert read(copy)[0]["image_2"] is None
    assert Path(read(copy)[1]["image_2"]).read_bytes() == pages[2]


def test_bytes_that_are_no_image(tmp_path: Path) -> None:
    pq.write_table(pa.table({"audio": [b"RIFF0000WAVE"]}), tmp_path / "test.parquet")
    with pytest.raises(UsageError, match=r"row 1: 'audio' holds no image that can be read"):
        add(tmp_path / "test.parquet")


def test_a_table_of_a_harness_keeps_its_columns(tmp_path: Path) -> None:
    """Options, several images in a cell, an image of a row further down, extra columns."""
    import base64

    pages = [base64.b64encode(drawn_page(str(number))).decode() for number in range(3)]
    rows = [
        {"index": "0", "question": "?", "A": "N/A", "B": "007", "answer": "A", "image": "2"},
        {"index": "1", "question": "?", "A": "1", "B": "", "answer": "B", "image": repr(pages[:2])},
        {"index": "2", "question": "?", "A": "1", "B": "2", "answer": "B", "image": pages[2]},
    ]
    path = tmp_path / "Own.tsv"
    lines = ["\t".join(row) for row in [list(rows[0]), *(list(row.values()) for row in rows)]]
    path.write_text("\n".join(lines) + "\n")
    copy = add(path)
    found = read(copy)
    assert [{key: row[key] for key in "AB"} for row in found] == [
        {key: row[key] for key in "AB"} for row in rows
    ]
    assert [len(row["image"]) for row in found] == [1, 2, 1]
    assert found[0]["image"] == found[2]["image"]
    assert copy.described.tsv == {name: name for name in rows[0]}
    assert copy.described.source.kind == "VLMEvalKit table"


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("['a', 7]", {"list": "text"}, ["a", "7"]),
        ('["a"]', {"list": "text"}, ["a"]),
        ("[null]", {"list": "text"}, [None]),
        ("__import__('os').getpid()", {"list": "text"}, ["__import__('os').getpid()"]),
        ("('a', 'b')", {"list": "text"}, ["('a', 'b')"]),
        ("[1, 2]", {"list": "integer"}, [1, 2]),
        ("{'text': ['a']}", {"record": {"text": {"list": "text"}}}, {"text": ["a"]}),
        ("", "integer", None),
        ("", "text", ""),
        ("0.5", "number", 0.5),
        ("False", "boolean", False),
    ],
    ids=str,
)
def test_cells(cell: str, kind: ColumnType, value: object) -> None:
    assert parsed(cell, kind) == value


KINDS = st.recursive(
    st.sampled_from(["null", "text", "integer", "number", "boolean", "any"]),
    lambda inner: st.one_of(
        st.builds(lambda one: {"list": one}, inner),
        st.builds(
            lambda pairs: {"record": pairs},
            st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
        ),
    ),
    max_leaves=4,
)


@given(KINDS, KINDS)
def test_merging_types_knows_no_order(one: ColumnType, other: ColumnType) -> None:
    def sets(kind: ColumnType) -> str:
        return json.dumps(settled(kind), sort_keys=True)

    assert sets(merged(one, other)) == sets(merged(other, one))
    assert merged(one, one) == one


@given(st.dictionaries(st.sampled_from("abc"), st.one_of(st.none(), st.text(), st.integers())))
def test_an_absent_value_and_null_are_one(row: dict[str, Any]) -> None:
    full = {key: row.get(key) for key in "abc"}
    assert row_bytes(row) == row_bytes(full)
