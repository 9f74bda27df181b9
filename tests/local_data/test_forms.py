"""The same data in every form that people have it in makes the same copy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from bench_data import LocalCopy

from bench.local_data import Copy, verify
from bench.local_data.adding import write_named
from tests.local_data import forms
from tests.local_data.conftest import Add
from tests.local_data.made import DOCVQA, Rows, docvqa_copy, docvqa_rows

Form = Callable[[Path, Rows], Path]

FORMS: dict[str, Form] = {
    "hub snapshot": lambda at, rows: forms.hub_snapshot(at / "a", "DocVQA", "validation", rows),
    "hub snapshot without README": lambda at, rows: _without_readme(
        forms.hub_snapshot(at / "a", "DocVQA", "validation", rows)
    ),
    "hub's own conversion": lambda at, rows: forms.parquet(
        at / "a" / "DocVQA" / "validation" / "0000.parquet", rows
    ).parents[2],
    "parquet file": lambda at, rows: forms.parquet(at / "pages.parquet", rows),
    "saved to disk": lambda at, rows: forms.saved_to_disk(at / "a", rows),
    "saved with its splits": lambda at, rows: forms.saved_splits(
        at / "a", {"train": rows[:1], "validation": rows}
    ),
    "JSON Lines and images": lambda at, rows: forms.lines_with_images(at / "a", rows),
    "VLMEvalKit table": lambda at, rows: forms.vlmevalkit_table(at / "DocVQA_VAL.tsv", rows),
}
IN_A_TABLE = ("questionId", "question", "answers", "image")


def _without_readme(folder: Path) -> Path:
    (folder / "README.md").unlink()
    return folder


@pytest.mark.parametrize("form", [name for name in FORMS if name != "VLMEvalKit table"])
def test_all_columns(form: str, tmp_path: Path, add_docvqa: Add) -> None:
    rows = docvqa_rows()
    added = add_docvqa(FORMS[form](tmp_path, rows))
    direct = docvqa_copy(tmp_path / "direct")
    assert added.content_sha256 == direct.content_sha256
    assert verify(added) == ()
    _check(added, rows)


@pytest.mark.parametrize("form", list(FORMS))
def test_the_columns_of_a_table_have_one_hash(form: str, tmp_path: Path, add_docvqa: Add) -> None:
    rows = [{key: row[key] for key in IN_A_TABLE} for row in docvqa_rows()]
    one = add_docvqa(FORMS[form](tmp_path / "one", rows))
    lines = forms.lines_with_images(tmp_path / "other", rows)
    other = write_named("other", lines, DOCVQA)
    assert one.content_sha256 == other.content_sha256
    _check(one, rows)


def test_the_hash_knows_a_text_a_pixel_and_the_order(tmp_path: Path, add_docvqa: Add) -> None:
    rows = docvqa_rows()
    other_text = [rows[0] | {"question": rows[0]["question"] + " "}, *rows[1:]]
    other_image = [rows[0] | {"image": rows[5]["image"]}, *rows[1:]]
    other_order = [rows[1], rows[0], *rows[2:]]
    hashes = []
    for number, several in enumerate([rows, other_text, other_image, other_order, rows]):
        source = forms.parquet(tmp_path / f"{number}.parquet", several)
        hashes.append(add_docvqa(source, replace=True).content_sha256)
    assert len(set(hashes)) == 4
    assert hashes[0] == hashes[-1]


def _check(copy: Copy, rows: Rows) -> None:
    """What the adapters' reader gives is what was there, byte for byte."""
    read = list(LocalCopy(str(copy.folder)).tables[0].rows())
    assert len(read) == len(rows)
    for found, row in zip(read, rows, strict=True):
        assert Path(found["image"]).read_bytes() == row["image"]["bytes"]
        plain = {key: value for key, value in row.items() if key != "image"}
        assert {key: found[key] for key in plain} == plain
    images = {row["image"]["bytes"] for row in rows}
    assert sum(place.startswith("images/") for place in copy.described.files) == len(images) == 5
