"""DocVQA, InfographicVQA, ChartQA and OCRBench as they are published -> tasks that load."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from bench.errors import SourceError
from bench.importers import import_benchmark
from tests.importers import published
from tests.importers.published import drawn, lines, stored, tasks

SHORT = "\nAnswer the question using a single word or phrase."
DOCVQA_IMAGES = {"images/xnbl0037_1.png": drawn(0), "images/abcd0001_12.png": drawn(1)}


def images(folder: Path) -> dict[str, bytes]:
    return {f"images/{one.name}": one.read_bytes() for one in (folder / "images").iterdir()}


@pytest.mark.parametrize("layout", [published.docvqa, published.docvqa_hub])
def test_both_layouts_of_docvqa_make_the_same_task(
    tmp_path: Path, layout: Callable[[Path], Path]
) -> None:
    out = import_benchmark("docvqa", layout(tmp_path / "source"), tmp_path / "task")
    task = tasks(out)["questions"]
    assert [use.label for use in task.metrics] == ["anls", "anls_vlmevalkit"]
    assert [
        (one.id, one.doc_id, one.references, one.tags, one.language) for one in task.samples
    ] == [
        ("337", "xnbl0037", ("1/8/93",), ("handwritten", "form"), "en"),
        ("338", "xnbl0037", ("P. Carter", "P.Carter"), ("form",), "en"),
        ("4000", "abcd0001", ("2",), ("table/list",), "en"),
    ]
    assert task.samples[0].prompt == "what is the date mentioned in this letter?" + SHORT
    assert task.samples[2].prompt == "How many {question} marks?" + SHORT
    assert images(out) == DOCVQA_IMAGES
    assert task.levels == ("global", "language", "tag")


def test_both_layouts_are_one_content(tmp_path: Path) -> None:
    made = [
        import_benchmark("docvqa", layout(tmp_path / name), tmp_path / f"task-{name}")
        for name, layout in (("challenge", published.docvqa), ("hub", published.docvqa_hub))
    ]
    first, second = (tasks(one)["questions"].content_sha256 for one in made)
    assert first == second


def test_the_hidden_test_split_is_asked_and_said_to_be_unscored(tmp_path: Path) -> None:
    source = published.docvqa_hub(tmp_path / "source", "test")
    out = import_benchmark("docvqa", source, tmp_path / "task", split="test")
    assert [row["references"] for row in lines(out, "questions")] == [[], [], []]
    said = (out / "README.md").read_text()
    assert "`questions.jsonl`: 3 rows, 3 of them without a reference." in said
    assert "counted as unscored" in said
    assert [one.references for one in tasks(out)["questions"].samples] == [(), (), ()]


def test_blank_answers_are_none_and_equal_ones_are_one(tmp_path: Path) -> None:
    answers: tuple[list[str], ...] = (["", "  "], ["yes", "", "yes"], [])
    rows = [row | {"answers": a} for row, a in zip(published.DOCVQA_ROWS, answers, strict=True)]
    out = import_benchmark("docvqa", published.docvqa(tmp_path / "source", rows), tmp_path / "task")
    assert [row["references"] for row in lines(out, "questions")] == [[], ["yes"], []]


def test_infographics_keep_their_types_of_answer_evidence_and_operation(tmp_path: Path) -> None:
    source = published.infovqa(tmp_path / "source")
    out = import_benchmark("infovqa", source, tmp_path / "task")
    (row,) = lines(out, "questions")
    assert row == {
        "id": "98313",
        "images": ["images/37313.jpg"],
        "doc_id": "37313",
        "language": "en",
        "tags": ["single span", "evidence: text", "evidence: table/list", "operation: counting"],
        "question": "Which social platform has heavy female audience?",
        "references": ["pinterest"],
    }
    assert images(out) == {"images/37313.jpg": drawn(3, "JPEG")}
    assert tasks(out)["questions"].asks == "question"


def test_infographics_of_the_hub_have_no_names_and_are_named_by_content(tmp_path: Path) -> None:
    source = published.infovqa_hub(tmp_path / "source")
    out = import_benchmark("infovqa", source, tmp_path / "task")
    (row,) = lines(out, "questions")
    assert row["images"] == [f"images/{row['doc_id']}.jpg"]
    assert row["tags"] == ["single span", "operation: counting"]
    assert row["references"] == ["pinterest"]


def test_chartqa_keeps_its_two_halves(tmp_path: Path) -> None:
    out = import_benchmark("chartqa", published.chartqa(tmp_path / "source"), tmp_path / "task")
    task = tasks(out)["questions"]
    assert [(one.id, one.doc_id, one.references, one.tags) for one in task.samples] == [
        ("test-human-00000", "41699051005347", ("14",), ("human",)),
        ("test-human-00001", "41699051005347", ("No",), ("human",)),
        ("test-augmented-00000", "7", ("2013",), ("augmented",)),
    ]
    assert task.samples[0].prompt == "How many food item is shown?" + SHORT
    assert task.metrics[0].label == "relaxed_accuracy"
    assert images(out) == {"images/41699051005347.png": drawn(1), "images/7.png": drawn(2)}


def test_chartqa_of_the_hub_has_the_same_ids_and_answers(tmp_path: Path) -> None:
    out = import_benchmark("chartqa", published.chartqa_hub(tmp_path / "source"), tmp_path / "t")
    rows = {row["id"]: row for row in lines(out, "questions")}
    assert {name: (row["references"], row["tags"]) for name, row in rows.items()} == {
        "test-human-00000": (["14"], ["human"]),
        "test-human-00001": (["No"], ["human"]),
        "test-augmented-00000": (["2013"], ["augmented"]),
    }
    assert rows["test-human-00000"]["doc_id"] == rows["test-human-00001"]["doc_id"]
    assert len(images(out)) == 2


def test_chartqa_of_lmms_lab_says_who_asked_in_its_type(tmp_path: Path) -> None:
    columns = {name: pa.string() for name in ("type", "question", "answer")}
    rows = [
        {"type": kind, "question": "?", "answer": "7", "image": stored(drawn(at))}
        for at, kind in enumerate(("human_test", "augmented_test"))
    ]
    file = tmp_path / "source" / "test-00000-of-00001.parquet"
    published.parquet(file, {**columns, "image": published.IMAGE}, rows)
    out = import_benchmark("chartqa", file, tmp_path / "task")
    assert [(row["id"], row["tags"], row["references"]) for row in lines(out, "questions")] == [
        ("test-human-00000", ["human"], ["7"]),
        ("test-augmented-00000", ["augmented"], ["7"]),
    ]


def test_a_chart_of_nobody_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "test-00000-of-00001.parquet"
    columns = {"query": pa.string(), "image": published.IMAGE}
    published.parquet(file, columns, [{"query": "?", "image": stored(drawn())}])
    with pytest.raises(SourceError, match=r"row 1: neither 'human_or_machine' nor 'type'"):
        import_benchmark("chartqa", file, tmp_path / "task")


def test_ocrbench_has_its_formulas_in_a_member_with_their_rule(tmp_path: Path) -> None:
    source = published.ocrbench(tmp_path / "source")
    out = import_benchmark("ocrbench", source, tmp_path / "task")
    made = tasks(out)
    assert {name: [use.label for use in one.metrics] for name, one in made.items()} == {
        "text": ["ocrbench_containment"],
        "formulas": ["ocrbench_containment_hme"],
    }
    assert [(one.id, one.doc_type, one.tags, one.references) for one in made["text"].samples] == [
        ("IIIT5K-2843", "Regular Text Recognition", ("IIIT5K",), ("CENTRE",)),
        ("FUNSD-7", "Key Information Extraction", ("FUNSD",), ("A-1", "A 1")),
        ("FUNSD-7-2", "Key Information Extraction", ("FUNSD",), ("B",)),
    ]
    (formula,) = made["formulas"].samples
    assert formula.references == ("x _ { 3 } = 1\n", "x_3 = 1\n")
    assert formula.prompt == "what is written in the image?"
    assert made["text"].samples[0].images[0].name == "IIIT5K-test-918_1.png"
    assert made["text"].levels == ("global", "doc_type", "tag")


def test_ocrbench_of_the_hub_is_numbered(tmp_path: Path) -> None:
    source = published.ocrbench_hub(tmp_path / "source")
    out = import_benchmark("ocrbench", source, tmp_path / "task")
    assert [one.id for one in tasks(out)["text"].samples] == ["0000"]
    (formula,) = tasks(out)["formulas"].samples
    assert (formula.id, formula.references, formula.tags) == ("0001", ("y\n",), ("HME100k",))


def test_a_limit_that_reaches_no_formula_makes_no_member_for_them(tmp_path: Path) -> None:
    source = published.ocrbench(tmp_path / "source")
    out = import_benchmark("ocrbench", source, tmp_path / "task", limit=2)
    assert set(tasks(out)) == {"text"}
    assert len(lines(out, "text")) == 2
    assert len(images(out)) == 2
