"""What .xlsx does to answers is said by name; what is no spreadsheet is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from bench.errors import SourceError
from bench.importing.tables import read_as_missing, read_table

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def inline(text: str) -> str:
    return f't="inlineStr"><is><t>{escape(text)}</t></is>'


def book(path: Path, answers: dict[str, str], before: str = "") -> Path:
    """A workbook of the columns index and prediction; each answer is a cell's inside."""
    rows = [f'<row r="1"><c r="A1" {inline("index")}</c><c r="B1" {inline("prediction")}</c></row>']
    rows += [
        f'<row r="{place}"><c r="A{place}"><v>{name}</v></c><c r="B{place}" {cell}</c></row>'
        for place, (name, cell) in enumerate(answers.items(), start=2)
    ]
    parts = {
        "xl/workbook.xml": (
            f'{before}<workbook {MAIN} xmlns:r="{REL}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="rId7"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            '<Relationships><Relationship Id="rId7" Target="worksheets/other.xml"/></Relationships>'
        ),
        "xl/worksheets/other.xml": (
            f"<worksheet {MAIN}><sheetData>{''.join(rows)}</sheetData></worksheet>"
        ),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return path


def test_each_kind_of_damage_is_said_and_what_can_be_read_is(tmp_path: Path) -> None:
    cells = {
        "0": inline("007"),
        "1": "><v>7</v>",
        "2": "><f>SUM(A1)</f><v>0</v>",
        "3": inline("x" * 32_767),
        "4": inline("a_x000D_\nb"),
        "5": ">",
        "6": inline("NA"),
    }
    table = read_table(book(tmp_path / "m_d.xlsx", cells))
    said = {row["index"]: row.get("prediction") for row in table.rows}
    assert said == {
        "0": "007",
        "1": "7",
        "2": "=SUM(A1)",
        "3": "x" * 32_767,
        "4": "a\r\nb",
        "5": None,
        "6": "NA",
    }
    for what, sample in (
        ("formulas", "2"),
        ("007 and 7", "1"),
        ("32,767", "3"),
        ("several lines", "4"),
        ("empty cells", "5"),
    ):
        (note,) = (one for one in table.damage if what in one)
        assert note.startswith("xlsx: 1 ")
        assert note.endswith(f": {sample}")
    assert len(table.damage) == 5
    assert read_as_missing(table.rows) == ["6"]


def test_an_undamaged_book_has_nothing_said_of_it(tmp_path: Path) -> None:
    assert read_table(book(tmp_path / "m_d.xlsx", {"0": inline("12.50")})).damage == ()


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/hostname">',
    ],
    ids=["entities", "external"],
)
def test_a_document_type_is_refused(before: str, tmp_path: Path) -> None:
    path = book(tmp_path / "m_d.xlsx", {"0": inline("x")}, before)
    with pytest.raises(SourceError, match="document type"):
        read_table(path)


def test_what_is_no_book_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m_d.xlsx"
    path.write_bytes(book(tmp_path / "whole.xlsx", {"0": inline("x")}).read_bytes()[:300])
    with pytest.raises(SourceError, match="no spreadsheet"):
        read_table(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("xl/workbook.xml", f"<workbook {MAIN}/>")
    with pytest.raises(SourceError, match="no spreadsheet"):
        read_table(path)
