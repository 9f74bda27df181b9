"""The rules on pages written here, and the whole pipeline on drawn receipts."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.runs import run


def _load() -> ModuleType:
    path = Path(__file__).parents[2] / "adapters/engines/rapidocr-rules/rules.py"
    spec = importlib.util.spec_from_file_location("rapidocr_rules", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


rules = _load()
PAGE = """TAX INVOICE
The Copper Wren
14 Mill Lane
Hexham NE46 3PF
01632 960418
VAT No. 412 0093 77
Card expires 01/2027 01.02.2027
14/11/2024 14:45
1 Flat White 3.60
Subtotal 20.20
Total £23.80
Cash £30.00
Change £6.20"""
PREISE = """Gasthaus Blauer Karpfen
Große Gasse 5
97070 Würzburg
Tel. 089 99998 240
Datum: 09.08.2024 15:57
Zwischensumme 1.100,00
Summe 1.204,50 €
Bar 1.300,00 €
Rückgeld 95,50 €
Netto 1.012,18 MwSt. 192,32"""


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("What is the total amount of this receipt?", "total"),
        ("Wie lautet das Datum?", "date"),
        ("Wie ist die Anschrift der Firma?", "address"),
        ("What is the address of the company?", "address"),
        ("Which store is this?", "company"),
        ("Name des Unternehmens", "company"),
        ("Give the date and the total.", None),
        ("Transcribe all text on this receipt.", None),
        ("", None),
    ],
)
def test_the_question_names_the_field(question: str, field: str | None) -> None:
    assert rules.asked_field(question) == field


@pytest.mark.parametrize(
    ("page", "question", "value"),
    [
        (PAGE, "company", "The Copper Wren"),
        (PAGE, "date", "14/11/2024"),
        (PAGE, "address", "14 Mill Lane, Hexham NE46 3PF"),
        (PAGE, "total", "23.80"),
        (PREISE, "Firma", "Gasthaus Blauer Karpfen"),
        (PREISE, "Datum", "09.08.2024"),
        (PREISE, "Adresse", "Große Gasse 5, 97070 Würzburg"),
        (PREISE, "Gesamtbetrag", "1.204,50"),
    ],
)
def test_values_of_a_page(page: str, question: str, value: str) -> None:
    assert rules.answer(page, f"{question}?") == value


def test_a_question_for_no_field_gets_the_page_and_a_miss_is_empty() -> None:
    assert rules.answer(PAGE, "Read it all.") == PAGE
    for question in ("date", "total", "address", "company"):
        assert rules.answer("", question) == ""
        assert rules.answer("***\n12 34\n", question) == ""


@pytest.mark.parametrize(
    "text",
    [
        *("2024-03-06", "6.3.24", "06/03/2018", "06-03-2018", "31 Dec 2024", "12-Mar-24"),
        *("March 6, 2024", "9. August 2024", "3. März 2024"),
    ],
)
def test_dates_as_they_are_printed(text: str) -> None:
    assert rules.date([f"No 123 {text}"]) == text


@pytest.mark.parametrize("text", ["45/67/2018", "01632 960418", "10.50.20 %", "3 x 1.20"])
def test_what_is_no_date(text: str) -> None:
    assert rules.date([text]) is None


def test_a_labelled_date_comes_before_an_earlier_one() -> None:
    assert rules.date(["printed 01.01.2020", "Date", "02.02.2022"]) == "02.02.2022"
    assert rules.date(["06/03/201812:06:00"]) == "06/03/2018"


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        (["Total 10.00", "GrandTotal 11.00", "Total 12.00"], "11.00"),
        (["Total 10.00", "Total GST 0.60"], "10.00"),
        (["Total incl. GST 10.60", "Total excl. GST 10.00"], "10.60"),
        (["Total", "9.00"], "9.00"),
        (["Total Qty 3.00", "Total 9.00"], "9.00"),
        (["Total 9.00", "Total 8.49 0.51"], "9.00"),
        (["Coffee 3.00", "Cake 4.50", "Cash 10.00"], "4.50"),
        (["Coffee 3", "no prices"], None),
    ],
)
def test_which_amount_is_the_total(lines: list[str], value: str | None) -> None:
    assert rules.total(lines) == value


def test_a_company_form_comes_before_the_first_line() -> None:
    assert rules.company(["RECEIPT", "Fresh and good", "Lindner GmbH"]) == "Lindner GmbH"
    assert rules.company(["Dunmore Grocers", "Westport, Co. Mayo"]) == "Dunmore Grocers"


@given(st.text(), st.sampled_from(["date", "total", "address", "company"]))
def test_any_page_gets_an_answer_that_stands_on_it(page: str, question: str) -> None:
    value = rules.answer(page, question)
    flat = "".join(page.split())
    for part in value.split(", "):
        assert "".join(part.split()) in flat


@pytest.mark.harness
def test_the_pipeline_answers_fields_and_transcribes(tmp_path: Path) -> None:
    ended = run(
        backend="echo",
        model="rapidocr-rules",
        task=["receipts:fields", "receipts:ocr"],
        limit=4,
        out=str(tmp_path / "run"),
    )
    fields, pages = ended.report.jobs
    assert ended.code == 0
    assert (fields.counts.answered, pages.counts.answered) == (4, 4)
    assert fields.model.pipeline
    assert fields.model.engine_versions["rules"] == rules.VERSION
    assert "rapidocr" in fields.model.engine_versions
    said = {row["id"]: row["prediction"] for row in ended.records()}
    assert said["r001:company"] == "The Copper Wren"
    assert said["r001:date"] == "14/11/2024"
    assert said["r001:total"] == "23.80"
    assert said["r001"].count("\n") > 12
