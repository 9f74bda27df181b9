"""What is wrong with a source is said at its place, and nothing is left behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.errors import UsageError
from tests.local_data import forms
from tests.local_data.conftest import Add
from tests.local_data.made import docvqa_rows, drawn_page

Build = Callable[[Path], Path]


def lines(*changes: dict[str, Any], absent: str = "") -> Build:
    """JSON Lines in which row n is changed as the n-th says."""

    def build(at: Path) -> Path:
        forms.lines_with_images(at, docvqa_rows())
        path = at / "validation.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for row, change in zip(rows, changes, strict=False):
            row.update(change)
            row.pop(absent, None)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return at

    return build


def raw(name: str, content: bytes) -> Build:
    def build(at: Path) -> Path:
        at.mkdir(parents=True)
        (at / name).write_bytes(content)
        return at

    return build


def one_part_missing(at: Path) -> Path:
    folder = forms.hub_snapshot(at, "DocVQA", "validation", docvqa_rows(), parts=3)
    (folder / "DocVQA" / "validation-00001-of-00003.parquet").unlink()
    return folder


def truncated_parquet(at: Path) -> Path:
    path = forms.parquet(at / "validation.parquet", docvqa_rows())
    path.write_bytes(path.read_bytes()[:-40])
    return path


def broken_image_in_parquet(at: Path) -> Path:
    rows = docvqa_rows()
    rows[4]["image"] = {"bytes": drawn_page("x", kind="JPEG")[:400], "path": "page.jpg"}
    return forms.parquet(at / "validation.parquet", rows)


def table_naming_nothing(at: Path) -> Path:
    path = forms.vlmevalkit_table(at / "DocVQA_VAL.tsv", docvqa_rows(2))
    path.write_bytes(path.read_bytes().replace(b"\t49153\r\n", b"\t777\r\n"))
    return path


def saved_selection(at: Path) -> Path:
    folder = forms.saved_to_disk(at, docvqa_rows())
    state = json.loads((folder / "state.json").read_text())
    state["_indices_data_files"] = [{"filename": "indices.arrow"}]
    (folder / "state.json").write_text(json.dumps(state))
    return folder


def no_files(at: Path) -> Path:
    at.mkdir(parents=True)
    listed = [{"config_name": "DocVQA", "data_files": [{"split": "test", "path": "t-*"}]}]
    (at / "README.md").write_text(f"---\nconfigs: {json.dumps(listed)}\n---\n")
    return at


CASES: dict[str, tuple[Build, str, str | None]] = {
    "a column is missing": (
        lines({}, {}, absent="answers"),
        "validation.jsonl:1: has no column 'answers', which lmms-lab/DocVQA has",
        "it has: questionId, question",
    ),
    "a text is a list": (
        lines({}, {"question": ["a"]}),
        "validation.jsonl:2: 'question' must be a text, and is ['a']",
        "in lmms-lab/DocVQA it is a text",
    ),
    "a list is a text": (
        lines({"answers": "7"}),
        "validation.jsonl:1: 'answers' must be a list of texts, and is '7'",
        "it is a list of texts",
    ),
    "an element is no text": (
        lines({"answers": [1.5]}),
        "validation.jsonl:1: 'answers' must be a text, and is 1.5",
        None,
    ),
    "a number is a word": (
        lines({}, {}, {"docId": "many"}),
        "validation.jsonl:3: 'docId' must be a whole number, and is 'many'",
        None,
    ),
    "a required value is null": (
        lines({"answers": None}),
        "validation.jsonl:1: 'answers' is empty",
        None,
    ),
    "an image is missing": (
        lines({"image": "images/none.png"}),
        "validation.jsonl:1: 'image' image images/none.png is missing; looked in",
        None,
    ),
    "a file is no image": (
        lines({"image": "validation.jsonl"}),
        "validation.jsonl:1: 'image' holds no image that can be read: its kind is unknown",
        None,
    ),
    "an image is cut off": (
        broken_image_in_parquet,
        "validation.parquet: row 5: 'image' holds no image that can be read",
        None,
    ),
    "a line is no JSON": (raw("a.jsonl", b'\n{"a": \n'), "a.jsonl:2:7: Expecting value", None),
    "a line is a list": (raw("a.jsonl", b"[1]\n"), "a.jsonl:1: must be a JSON object", None),
    "a byte is no UTF-8": (raw("a.csv", b"question\n\xff\n"), "a.csv:2:1: is not UTF-8", None),
    "a part is missing": (
        one_part_missing,
        "is one of 3 parts, and part 00001 is not there",
        "fetch all parts",
    ),
    "a parquet file is cut off": (truncated_parquet, "is no parquet file that can be read", None),
    "git-lfs has fetched nothing": (
        raw("validation.parquet", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
        "is a git-lfs pointer, not the file itself",
        "git lfs pull",
    ),
    "a table names no image": (
        table_naming_nothing,
        "DocVQA_VAL.tsv:3: 'image' names the row of index '777', which has no image",
        None,
    ),
    "a selection was saved": (saved_selection, "holds a selection of rows", None),
    "no file is there": (no_files, "none of the files that it names is there", "fetch"),
    "nothing is there": (
        raw("notes.txt", b"x"),
        "holds no data set that can be read",
        "looked for",
    ),
    "no rows are there": (raw("validation.jsonl", b"\n"), "DocVQA/validation holds no rows", None),
    "another set is there": (
        lambda at: forms.hub_snapshot(at, "InfographicVQA", "validation", docvqa_rows()),
        "holds InfographicVQA, and docvqa-val is DocVQA of lmms-lab/DocVQA",
        "--config InfographicVQA",
    ),
    "another split is there": (
        lambda at: forms.saved_splits(at, {"test": docvqa_rows(), "train": docvqa_rows(1)}),
        "of DocVQA it holds the split test, train, and docvqa-val asks validation",
        "fetch that split",
    ),
}


@pytest.mark.parametrize("case", list(CASES))
def test_said_at_its_place(case: str, tmp_path: Path, copies_place: Path, add_docvqa: Add) -> None:
    build, said, hint = CASES[case]
    with pytest.raises(UsageError) as wrong:
        add_docvqa(build(tmp_path / "source"))
    assert said in wrong.value.message
    if hint is not None:
        assert hint in (wrong.value.hint or "")
    assert not copies_place.exists() or list(copies_place.iterdir()) == []


def test_a_split_under_another_name(tmp_path: Path, add_docvqa: Add) -> None:
    """`dev` is not taken for `validation`: some sets have both. A person may say that it is."""
    path = forms.parquet(tmp_path / "dev.parquet", docvqa_rows())
    with pytest.raises(UsageError, match="it holds the split dev") as wrong:
        add_docvqa(path)
    assert wrong.value.hint == "if it is the same under another name: --split validation"
    assert add_docvqa(path, split="validation").rows == 6


def test_a_config_under_another_name(tmp_path: Path, add_docvqa: Add) -> None:
    source = forms.hub_snapshot(tmp_path / "a", "mine", "validation", docvqa_rows())
    with pytest.raises(UsageError, match="holds mine, and docvqa-val is DocVQA"):
        add_docvqa(source)
    assert [one.config for one in add_docvqa(source, config="mine").tables] == ["DocVQA"]


def test_a_source_that_is_not_there(tmp_path: Path, add_docvqa: Add) -> None:
    with pytest.raises(UsageError, match="there is no such file or folder"):
        add_docvqa(tmp_path / "nowhere")


def test_rows_that_differ_in_length(tmp_path: Path, add_docvqa: Add) -> None:
    """The shape aside: the place of a cell too many, and of quotes that never end."""
    from bench.local_data.reading import delimited_rows

    path = tmp_path / "a.csv"
    path.write_text('a,b\n"1\n1",2\n1,2,3\n')
    with pytest.raises(UsageError) as wrong:
        list(delimited_rows(path, ","))
    assert wrong.value.message.endswith("a.csv:4: has 3 cells, and the first line names 2")
    path.write_text('a,b\n1,"2\n')
    with pytest.raises(UsageError, match=r"a\.csv:2: cannot be read: unexpected end"):
        list(delimited_rows(path, ","))


def test_a_package_that_is_absent(
    tmp_path: Path, add_docvqa: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    source = forms.parquet(tmp_path / "validation.parquet", docvqa_rows())
    saved = forms.saved_to_disk(tmp_path / "saved", docvqa_rows())
    for name in ("pyarrow", "pyarrow.parquet", "pyarrow.ipc"):
        monkeypatch.setitem(sys.modules, name, None)
    for one in (source, saved):
        with pytest.raises(UsageError, match="need the package pyarrow") as wrong:
            add_docvqa(one)
        assert "vlmhyperbench[parquet]" in (wrong.value.hint or "")
