"""Key values of SROIE become the member `fields`, from both layouts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.errors import SourceError
from bench.importers.receipt_fields import QUESTIONS, printed_amounts
from bench.importers.sroie import import_sroie
from bench.task import Task, document_tasks
from tests.conftest import PIXEL

BOX = "0,0,9,0,9,9,0,9,THE WREN\n0,10,9,10,9,19,0,19,TOTAL RM 9.00\n"
FOUND = {"company": "THE WREN", "date": "06/03/2018", "address": "14 MILL LANE", "total": "9.00"}


def annotated(folder: Path, *fields: object) -> Path:
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "a.JPG").write_bytes(PIXEL)
    with (folder / "annotations.jsonl").open("w") as file:
        for number, found in enumerate(fields):
            row: dict[str, Any] = {"id": str(number), "image": "images/a.JPG"}
            row |= {"text": "THE WREN\nTOTAL RM9.00"}
            file.write(json.dumps(row if found is None else row | {"fields": found}) + "\n")
    return folder


def published(folder: Path, keys: dict[str, bytes]) -> Path:
    for name in ("img", "box", "key"):
        (folder / name).mkdir(parents=True)
    for name in ("000", "001"):
        (folder / "img" / f"{name}.jpg").write_bytes(PIXEL)
        (folder / "box" / f"{name}.csv").write_text(BOX)
    for file, content in keys.items():
        (folder / "key" / file).write_bytes(content)
    return folder


def fields_of(source: Path, out: Path) -> Task:
    _, task = document_tasks(str(import_sroie(source, out)))
    assert task.name == "sroie:fields"
    return task


def test_annotations_become_questions(tmp_path: Path) -> None:
    task = fields_of(annotated(tmp_path / "source", FOUND), tmp_path / "task")
    assert [sample.id for sample in task.samples] == [
        *("0:company", "0:date", "0:address", "0:total")
    ]
    assert {sample.doc_id for sample in task.samples} == {"0"}
    assert [sample.field for sample in task.samples] == list(QUESTIONS)
    assert all(QUESTIONS[one.field or ""] in one.prompt for one in task.samples)
    assert task.samples[1].references == ("06/03/2018",)
    assert task.samples[3].references == ("9.00", "RM9.00")
    assert task.samples[0].images[0].read_bytes() == PIXEL
    assert task.field_types["total"].type == "amount"
    assert task.levels == ("global", "field")
    assert "no value" not in task.summary


@pytest.mark.parametrize("suffix", ["json", "txt"])
def test_key_files_become_questions(tmp_path: Path, suffix: str) -> None:
    key = b"\xef\xbb\xbf" + json.dumps(FOUND | {"extra": 1}).encode()
    source = published(tmp_path / "source", {f"000.{suffix}": key})
    task = fields_of(source, tmp_path / "task")
    assert [sample.id for sample in task.samples][::3] == ["000:company", "000:total"]
    assert task.samples[3].references == ("9.00", "RM 9.00")
    assert "no value: 1 company, 1 date, 1 address, 1 total" in task.summary


def test_a_field_without_a_value_has_no_row_and_is_counted(tmp_path: Path) -> None:
    source = annotated(tmp_path / "source", FOUND, FOUND | {"date": "  "}, {"total": "9.00"}, None)
    task = fields_of(source, tmp_path / "task")
    fields = [sample.field for sample in task.samples]
    assert {name: fields.count(name) for name in QUESTIONS} == {
        "company": 2,
        "date": 1,
        "address": 2,
        "total": 3,
    }
    said = "no value: 2 company, 3 date, 2 address, 1 total"
    assert said in task.summary
    assert said in (tmp_path / "task" / "README.md").read_text()


def test_without_any_key_value_there_is_no_member(tmp_path: Path) -> None:
    folder = import_sroie(annotated(tmp_path / "source", None), tmp_path / "task")
    assert [task.name for task in document_tasks(str(folder))] == ["sroie:ocr"]
    assert not (folder / "fields.jsonl").exists()


def test_a_field_type_is_named_only_where_the_field_is_asked(tmp_path: Path) -> None:
    task = fields_of(annotated(tmp_path / "source", {"total": "9.00"}), tmp_path / "task")
    assert {name: rule.type for name, rule in task.field_types.items()} == {"total": "amount"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [(["9.00"], "must be a JSON object"), ({"total": 9.0}, "field 'total' is no text")],
)
def test_broken_fields_are_errors_at_their_line(tmp_path: Path, fields: object, said: str) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        import_sroie(annotated(tmp_path / "source", FOUND, fields), tmp_path / "task")
    assert "annotations.jsonl:2" in str(caught.value)
    assert not (tmp_path / "task").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [(b'{\n"total": 9', "2:"), (b'{"total": "\xff"}', "UTF-8"), (b"[]", "object")],
)
def test_broken_key_files_are_errors(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        import_sroie(published(tmp_path / "source", {"001.json": content}), tmp_path / "task")
    assert "001.json" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "text", "forms"),
    [
        ("9.00", "TOTAL 9.00", ["9.00"]),
        ("RM 9.00", "TOTAL RM 9.00", ["RM 9.00", "9.00"]),
        ("9.00", "RM 9.00\nRM9.00\n$9.00", ["9.00", "RM 9.00", "RM9.00", "$9.00"]),
        ("9.00", "RM19.00 RM9.001 FARM9.00", ["9.00"]),
    ],
)
def test_printed_forms_of_a_total(value: str, text: str, forms: list[str]) -> None:
    assert printed_amounts(value, text) == forms


def test_all_real_receipts(shared_data: Path, tmp_path: Path) -> None:
    task = fields_of(shared_data / "sroie", tmp_path / "task")
    assert len(task.samples) == 320
    assert len({sample.doc_id for sample in task.samples}) == 80
