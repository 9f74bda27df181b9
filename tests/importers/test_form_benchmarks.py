"""FUNSD and XFUND: linked entities -> a transcript and the values of the printed labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.errors import SourceError
from bench.importers import import_benchmark
from tests.importers.published import FORM, drawn, entity, funsd, lines, tasks, xfund

TRANSCRIPT = "FAX COVER\nDATE:\n12 May 1988\nCOPIES TO\nA. Moss\nB. Hill\nPHONE:\npage 1"


def test_links_become_the_values_of_labels_in_reading_order(tmp_path: Path) -> None:
    out = import_benchmark("funsd", funsd(tmp_path / "source"), tmp_path / "task")
    (row,) = lines(out, "pairs")
    assert row == {
        "id": "82092117",
        "images": ["images/82092117.png"],
        "doc_id": "82092117",
        "doc_type": "form",
        "language": "en",
        "question": "DATE:\nCOPIES TO",
        "reference": {"DATE:": "12 May 1988", "COPIES TO": ["A. Moss", "B. Hill"]},
    }
    assert "1 labels without a linked answer are not asked" in (out / "README.md").read_text()
    made = tasks(out)
    assert (made["pairs"].asks, made["pairs"].reading) == ("extraction", "json/1")
    assert json.loads(made["pairs"].samples[0].references[0]) == row["reference"]
    assert "\nDATE:\nCOPIES TO\n" in made["pairs"].samples[0].prompt


def test_the_transcript_is_in_rows_and_serves_as_what_stands_on_the_page(tmp_path: Path) -> None:
    out = import_benchmark("funsd", funsd(tmp_path / "source"), tmp_path / "task")
    (ocr,) = tasks(out)["ocr"].samples
    assert ocr.references == (TRANSCRIPT,)
    assert tasks(out)["pairs"].transcripts == {"82092117": TRANSCRIPT}
    assert [use.label for use in tasks(out)["ocr"].metrics] == ["bag_of_words_f1", "cer"]
    assert ocr.images[0].read_bytes() == drawn(1)


def test_a_label_that_stands_twice_asks_for_both_values(tmp_path: Path) -> None:
    form = [
        entity(1, "NAME", "question", (0, 10, 40, 20), (1, 2)),
        entity(2, "Ann", "answer", (50, 10, 90, 20)),
        entity(3, "NAME", "question", (0, 30, 40, 40)),
        entity(4, "Bob", "answer", (50, 30, 90, 40), (3, 4)),
    ]
    out = import_benchmark("funsd", funsd(tmp_path / "source", form), tmp_path / "task")
    (row,) = lines(out, "pairs")
    assert (row["question"], row["reference"]) == ("NAME", {"NAME": ["Ann", "Bob"]})


def test_a_paragraph_beside_a_line_does_not_swallow_it() -> None:
    from bench.importers.forms import _Entity, reading_order

    paragraph = _Entity(1, "three lines of text", "other", (0, 0, 50, 60), ())
    line = _Entity(2, "beside it", "other", (60, 22, 90, 32), ())
    below = _Entity(3, "below", "other", (0, 70, 50, 80), ())
    assert [one.id for one in reading_order([below, line, paragraph])] == [2, 1, 3]


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "unpacked"])
def test_all_languages_of_xfund_make_one_task(tmp_path: Path, *, zipped: bool) -> None:
    out = import_benchmark("xfund", xfund(tmp_path / "source", zipped=zipped), tmp_path / "task")
    made = tasks(out)
    assert [(one.id, one.language, one.references) for one in made["ocr"].samples] == [
        ("de_val_0", "de", ("Vorname\nAda",)),
        ("de_val_1", "de", ("Antrag",)),
        ("zh_val_0", "zh", ("姓名:\n夏艳辰",)),
    ]
    assert [(row["id"], row["reference"]) for row in lines(out, "pairs")] == [
        ("de_val_0", {"Vorname": "Ada"}),
        ("zh_val_0", {"姓名:": "夏艳辰"}),
    ]
    assert made["ocr"].metrics[0].label == "bag_of_characters_f1"
    assert made["ocr"].levels == ("global", "doc_type", "language")
    assert (out / "images" / "de_val_1.jpg").read_bytes() == drawn(1, "JPEG")
    assert "1 forms without any linked pair have no row" in (out / "README.md").read_text()


def test_one_file_of_xfund_is_one_language(tmp_path: Path) -> None:
    source = xfund(tmp_path / "source", zipped=True)
    out = import_benchmark("xfund", source / "zh.val.json", tmp_path / "task")
    assert [row["language"] for row in lines(out, "ocr")] == ["zh"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "has no list of entities"),
        ([7], "entity 0 needs an id, a text and a label"),
        ([FORM[0] | {"text": None}], "entity 0 needs an id, a text and a label"),
        ([FORM[0] | {"box": [1, 2, 3]}], "entity 4: its box is no list of four numbers"),
        ([FORM[0] | {"linking": [[1]]}], "entity 4: its linking is no list of pairs of ids"),
        ([FORM[0], FORM[0]], "two entities have one id"),
    ],
    ids=["no-list", "no-object", "no-text", "box", "link", "same-id"],
)
def test_a_broken_form_is_named(tmp_path: Path, form: Any, said: str) -> None:
    source = funsd(tmp_path / "source", form)
    with pytest.raises(SourceError) as caught:
        import_benchmark("funsd", source, tmp_path / "task")
    file = source / "dataset/testing_data/annotations/82092117.json"
    assert caught.value.message == f"{file}: {said}"
    assert not (tmp_path / "task").exists()


def test_a_form_without_its_image_is_named(tmp_path: Path) -> None:
    source = funsd(tmp_path / "source")
    (source / "dataset/testing_data/images/82092117.png").unlink()
    with pytest.raises(SourceError, match=r"82092117\.json: image 82092117\.png is missing"):
        import_benchmark("funsd", source, tmp_path / "task")


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    source = xfund(tmp_path / "source", zipped=True)
    (source / "de.val.zip").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(SourceError, match=r"de\.val\.zip: is no zip file that can be read"):
        import_benchmark("xfund", source, tmp_path / "task")
