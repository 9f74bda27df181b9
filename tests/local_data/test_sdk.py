"""What an adapter reads of a copy; the written forms are loaded for real in tests/adapters."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from bench_data import LocalCopy, write_tsv

from bench.local_data.adding import write_named
from tests.local_data.made import (
    ARC,
    DOCVQA,
    arc_copy,
    docvqa_copy,
    docvqa_rows,
    kmmlu_copy,
    write_made,
)


def test_ids_documents_and_references(tmp_path: Path) -> None:
    copy = LocalCopy(str(docvqa_copy(tmp_path / "copy").folder))
    table = copy.table()
    assert (copy.name, copy.hub, table.config, table.split, table.count) == (
        *("docvqa-val", "lmms-lab/DocVQA", "DocVQA", "validation"),
        6,
    )
    assert table.ids() == [str(49153 + number) for number in range(6)]
    assert table.documents() == ["14465", "14465", "14467", "14468", "14469", "14470"]
    assert table.references() == [row["answers"] for row in docvqa_rows()]
    assert table.groups() == [None] * 6
    assert all(Path(row["image"]).is_absolute() for row in table.rows())


def test_ids_that_are_not_unique_are_numbers(tmp_path: Path) -> None:
    rows = docvqa_rows()
    rows[3]["questionId"] = rows[1]["questionId"]
    made = write_made(tmp_path / "copy", "docvqa-val", DOCVQA, {("DocVQA", "validation"): rows})
    assert LocalCopy(str(made.folder)).tables[0].ids() == [str(number) for number in range(6)]


def test_an_id_that_is_absent(tmp_path: Path) -> None:
    rows = [
        {"id": None, "question": "?", "choices": {"text": ["a"], "label": ["A"]}, "answerKey": "A"}
    ]
    shape = ARC.model_copy(update={"required": ("question",)})
    made = write_made(tmp_path / "copy", "arc", shape, {("ARC-Challenge", "test"): rows})
    assert LocalCopy(str(made.folder)).tables[0].ids() == ["0"]


def test_several_configs_stand_before_the_ids(tmp_path: Path) -> None:
    copy = LocalCopy(str(kmmlu_copy(tmp_path / "copy", rows=2).folder))
    assert copy.table("Biology", "test").ids() == ["Biology/0", "Biology/1"]
    assert copy.table("Biology", "test").documents() == ["Biology/0", "Biology/1"]
    assert copy.table("Accounting", "dev").count == 5
    with pytest.raises(LookupError, match="0 tables of kmmlu are Law/test; it has: Accounting/dev"):
        copy.table("Law", "test")
    with pytest.raises(LookupError, match="2 tables"):
        copy.table("Biology")


def test_real_questions(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "text" / "arc_challenge_test.jsonl"
    if not source.is_file():
        pytest.skip(f"{source} is not there")
    table = LocalCopy(str(arc_copy(tmp_path / "copy", source).folder)).table()
    assert table.count == len(set(table.ids())) == 1172
    assert table.ids()[0] == "Mercury_7175875"
    assert all(len(row["choices"]["text"]) == len(row["choices"]["label"]) for row in table.rows())


def test_a_table_for_vlmevalkit(tmp_path: Path) -> None:
    copy = LocalCopy(str(docvqa_copy(tmp_path / "copy").folder))
    path = Path(write_tsv(copy, str(tmp_path / "DocVQA_VAL.tsv")))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert list(rows[0]) == ["index", "question", "answer", "image_path"]
    assert [row["index"] for row in rows] == copy.table().ids()
    assert [row["answer"] for row in rows] == [repr(row["answers"]) for row in docvqa_rows()]
    assert [Path(row["image_path"]).read_bytes() for row in rows] == [
        row["image"]["bytes"] for row in docvqa_rows()
    ]
    again = write_named("again", path, DOCVQA)
    assert LocalCopy(str(again.folder)).table().references() == copy.table().references()
    chosen = write_tsv(copy, str(tmp_path / "b.tsv"), {"index": "questionId", "hint": "question"})
    assert Path(chosen).read_text().splitlines()[0] == '"index"\t"hint"'


def test_what_no_table_can_hold(tmp_path: Path) -> None:
    rows = docvqa_rows(2)
    rows[1]["question"] = "\ud83d?"
    made = write_made(tmp_path / "copy", "docvqa-val", DOCVQA, {("DocVQA", "validation"): rows})
    with pytest.raises(ValueError, match=r"row 49154 holds a lone surrogate: '\\ud83d\?'"):
        write_tsv(LocalCopy(str(made.folder)), str(tmp_path / "a.tsv"))
    assert not (tmp_path / "a.tsv").exists()
    kmmlu = LocalCopy(str(kmmlu_copy(tmp_path / "kmmlu").folder))
    with pytest.raises(ValueError, match="nobody says which columns a table of kmmlu has"):
        write_tsv(kmmlu, str(tmp_path / "a.tsv"))


def test_another_schema_is_not_read(tmp_path: Path) -> None:
    copy = docvqa_copy(tmp_path / "copy")
    path = copy.folder / "data.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 2}))
    with pytest.raises(ValueError, match="schema 2 is not read"):
        LocalCopy(str(copy.folder))
