"""What is right, out of a CSV: matched to files and pages, or refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import SourceError
from bench.importers.folder import import_folder
from tests.runs import run
from tests.scans import drawn, imported, make_scans, write_csv


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    return make_scans(tmp_path)


@pytest.mark.parametrize(("delimiter", "bom"), [(",", ""), (";", "\ufeff"), ("\t", "")])
def test_transcripts_come_from_a_csv(delimiter: str, bom: str, scans: Path) -> None:
    lines = [
        ["File", "reference", "doc_type", "language", "page"],
        ["a.jpg", "ONE, 1;00\nTWO\t2", "receipt", "en", ""],
        ["more\\c.webp", "007", "", "", "1"],
        ["invoice 7.pdf", "page two", "invoice", "de", "2"],
        ["faxes.tif", "both pages", "", "", ""],
        ["b.png", "", "", "", ""],
    ]
    done, tasks = imported(scans, references=write_csv(scans, lines, delimiter, bom))
    by_id = {one.id: one for one in tasks["ocr"].samples}
    assert by_id["a"].references == ("ONE, 1;00\nTWO\t2",)
    assert (by_id["a"].doc_type, by_id["a"].language) == ("receipt", "en")
    assert by_id["more-c"].references == ("007",)
    assert by_id["invoice-7.p1"].references == ()
    assert by_id["invoice-7.p2"].references == ("page two",)
    assert len(by_id["faxes"].images) == 2
    assert by_id["b"].references == ()
    assert by_id["more-a"].references == ()
    assert done.unscored == {"ocr": 3}
    assert tasks["ocr"].levels == ("global", "doc_type", "language")


def test_fields_become_questions(scans: Path) -> None:
    lines = [
        ["file", "reference", "field", "question", "doc_type"],
        ["a.jpg", "4.20", "total", "", "receipt"],
        ["a.jpg", "2026-03-14", "date of issue", "When was it issued?", ""],
        ["invoice 7.pdf", "9", "total", "", ""],
    ]
    done, tasks = imported(scans, references=write_csv(scans, lines))
    assert set(tasks) == {"fields"}
    assert tasks["fields"].levels == ("global", "field", "doc_type", "doc_type_field")
    first, second, third = tasks["fields"].samples
    assert (first.id, first.field, first.references) == ("a.total", "total", ("4.20",))
    assert first.prompt.startswith("What is the total? Answer")
    assert (second.id, second.doc_id) == ("a.date-of-issue", "a")
    assert second.prompt.startswith("When was it issued? Answer")
    assert len(third.images) == 2
    assert done.left_out == ("b.png", "faxes.tif", "more/a.bmp", "more/c.webp")
    assert len(list((done.folder / "images").iterdir())) == 3


def test_transcripts_and_fields_make_two_members(scans: Path) -> None:
    lines = [
        ["file", "reference", "field"],
        ["a.jpg", "TOTAL 4.20", ""],
        ["a.jpg", "4.20", "total"],
    ]
    done, tasks = imported(scans, references=write_csv(scans, lines))
    assert list(tasks) == ["ocr", "fields"]
    assert done.rows == {"ocr": 8, "fields": 1}
    assert done.unscored == {"ocr": 7, "fields": 0}
    assert done.left_out == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,ref\na.jpg,x\n", "truth.csv:1: the column 'reference' is missing"),
        ("file,reference,colour\na.jpg,x,y\n", "truth.csv:1: unknown column 'colour'"),
        ("file,reference,file\na.jpg,x,y\n", "truth.csv:1: the column 'file' is there twice"),
        ("file,reference\n\nz.jpg,x\n", "truth.csv:3: 'z.jpg' is no file of the folder"),
        ("file,reference\na.jpg,x\n\na.jpg,y\n", "truth.csv:4: the text of 'a.jpg' is there twice"),
        (
            "file,reference,field\na.jpg,x,t\nb.png,x,t\na.jpg,y,t\n",
            "truth.csv:4: the field 't' of 'a.jpg' is there twice",
        ),
        (
            "file,reference,page\na.jpg,x,\na.jpg,y,1\n",
            "truth.csv:3: the text of 'a.jpg' is there twice",
        ),
        ('file,reference\na.jpg,"x\ny"\nb.png\n', "truth.csv:4: has 1 cells, the header has 2"),
        ("file,reference\n,x\n", "truth.csv:2: names no file"),
        ("file,reference,page\na.jpg,x,2\n", "truth.csv:2: page 2: 'a.jpg' has 1 page"),
        ("file,reference,page\na.jpg,x,0x\n", "truth.csv:2: page '0x' is no number from 1"),
        ("file,reference,page\na.jpg,x,\u00b2\n", "truth.csv:2: page '²' is no number from 1"),
        ('file,reference\na.jpg,"x\n', "truth.csv:2: is no CSV"),
        ("file,reference\n", "truth.csv: has no line below its header"),
        ("", "truth.csv:1: the column 'file' is missing"),
        ("file,reference\na.bmp\u202e,x\n", "truth.csv:2: 'a.bmp\\u202e' is no file"),
    ],
)
def test_what_is_wrong_in_a_csv_is_named_with_its_line(text: str, said: str, scans: Path) -> None:
    path = scans.parent / "truth.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        imported(scans, references=path)
    assert said in caught.value.message
    assert not (scans.parent / "task").exists()


def test_page_0_is_no_page(scans: Path) -> None:
    path = write_csv(scans, [["file", "reference", "page"], ["faxes.tif", "x", "0"]])
    with pytest.raises(SourceError, match=r"truth.csv:2: page '0' is no number from 1"):
        imported(scans, references=path)


def test_a_csv_in_another_encoding_is_named_with_its_line(scans: Path) -> None:
    path = scans.parent / "truth.csv"
    path.write_bytes(b"file,reference\na.jpg,caf\xe9\n")
    with pytest.raises(SourceError, match=r"truth.csv:2: is not UTF-8"):
        imported(scans, references=path)


def test_a_bare_name_is_enough_where_it_is_the_only_one(scans: Path) -> None:
    drawn().save(scans / "more" / "b.png")
    found = write_csv(scans, [["file", "reference"], ["c.webp", "x"]])
    _, tasks = imported(scans, references=found)
    assert {one.id: one.references for one in tasks["ocr"].samples}["more-c"] == ("x",)
    (scans / "b.png").rename(scans / "more" / "d.png")
    (scans / "deep").mkdir()
    drawn().save(scans / "deep" / "b.png")
    twice = write_csv(scans, [["file", "reference"], ["b.png", "x"]])
    with pytest.raises(SourceError, match=r"'b\.png' is the name of several files"):
        import_folder(scans, scans.parent / "other", references=twice)


def test_lines_about_files_that_were_skipped_are_no_error(scans: Path) -> None:
    (scans / "x.png").write_bytes(b"no")
    found = write_csv(scans, [["file", "reference"], ["x.png", "x"], ["a.jpg", "y"]])
    done, tasks = imported(scans, references=found, skip_broken=True)
    assert [name for name, _ in done.broken] == ["x.png"]
    assert {one.references for one in tasks["ocr"].samples} == {("y",), ()}


def test_a_csv_inside_the_folder_is_no_file_of_another_kind(scans: Path) -> None:
    (scans / "truth.csv").write_text("file,reference\na.jpg,x\n")
    done, _ = imported(scans, references=scans / "truth.csv")
    assert done.others == {}


def test_only_rows_with_a_reference_are_scored(scans: Path) -> None:
    found = write_csv(scans, [["file", "reference"], ["a.jpg", "x"], ["b.png", "y"]])
    done, _ = imported(scans, references=found)
    ended = run(backend="echo", task=f"{done.folder}:ocr", out=scans.parent / "run")
    assert ended.job.counts.unscored == 6
    assert {one.n for one in ended.job.results if one.level == "global"} == {2}
