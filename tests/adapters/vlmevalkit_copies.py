"""Local copies of the benchmarks that VLMEvalKit has, in their official columns: invented rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.benchmarks import benchmarks
from bench.local_data.copy import Copy
from tests.local_data.made import Rows, drawn_page, write_made


def page(number: int) -> dict[str, Any]:
    return {"bytes": drawn_page(f"page {number}"), "path": None}


@dataclass(frozen=True)
class Case:
    """Rows of one benchmark, an answer to each, and what VLMEvalKit makes of them.

    `by_sample` are its scores of the samples, in the rows' order; none where its number is no mean.
    """

    rows: Rows
    answers: tuple[str | int, ...]
    native: dict[tuple[str, str | None], float]
    by_sample: tuple[float, ...] | None

    @property
    def ids(self) -> tuple[str, ...]:
        """The samples' ids: the published set's own where it has such a column."""
        names = ("questionId", "index", "id", "question_id")
        unique = next(
            (one for one in names if len({row.get(one) for row in self.rows}) == len(self.rows)), ""
        )
        return tuple(str(row.get(unique, number)) for number, row in enumerate(self.rows))

    def copy(self, folder: Path, name: str) -> Copy:
        shape = benchmarks()[name].data
        assert shape is not None
        (first, *_) = shape.tables
        rows = [dict.fromkeys(shape.columns) | row for row in self.rows]
        return write_made(folder, name, shape, {(first.config, first.split): rows})


def question(number: int, **more: Any) -> dict[str, Any]:
    return {"question": f"Question {number}?", "image": page(number)} | more


OPTIONS = ["1.10", "N/A", "third"]
CASES = {
    "infovqa-val": Case(
        [
            question(n, questionId=str(70 + n), answers=one, ocr="x" * 100, image_url=f"u{n}")
            for n, one in enumerate((["1,250.00"], ["007", "7"], ["N/A"]))
        ],
        ("1,250.00 EUR", "7", 503),
        {("anls", None): 100 * (2 / 3 + 1) / 3},
        (2 / 3, 1.0, 0.0),
    ),
    "textvqa-val": Case(
        [
            question(n, question_id=34602 + n, image_id=f"i{n}", answers=["nokia"] * same + rest)
            for n, (same, rest) in enumerate(((10, []), (3, ["x"] * 7)))
        ],
        ("Nokia.", "nokia"),
        {("vqa_accuracy", None): 100 * (1 + 0.9) / 2},
        (1.0, 0.9),
    ),
    "chartqa-test": Case(
        [
            question(n, type=kind, answer=answer)
            for n, (kind, answer) in enumerate((("human_test", "10"), ("augmented_test", "Yes")))
        ],
        ("10.4", "no"),
        {
            ("relaxed_accuracy", None): 50.0,
            ("relaxed_accuracy", "human_test"): 100.0,
            ("relaxed_accuracy", "augmented_test"): 0.0,
        },
        (1.0, 0.0),
    ),
    "ocrbench": Case(
        [
            question(n, dataset="d", question_type=kind, answer=answers)
            for n, (kind, answers) in enumerate(
                (
                    ("Regular Text Recognition", ["CENTRE"]),
                    ("Doc-oriented VQA", ["42", "forty-two"]),
                    ("Handwritten Mathematical Expression Recognition", ["x ^ { 2 }"]),
                )
            )
        ],
        ("It says Centre.", "41", "x^{2}"),
        {("ocrbench_score", None): 2.0, ("ocrbench_score", "Doc-oriented VQA"): 0.0},
        (1.0, 0.0, 1.0),
    ),
    "mme": Case(
        [
            {"question": f"Is it {word}? Please answer yes or no.", "image": page(picture)}
            | {"question_id": f"OCR/{picture}.png", "answer": answer, "category": "OCR"}
            for picture, word, answer in (
                (1, "a", "Yes"),
                (1, "b", "No"),
                (2, "c", "Yes"),
                (2, "d", "No"),
            )
        ],
        ("Yes", "No.", "no", "No"),
        {("perception", None): 75.0 + 50.0, ("points", "OCR"): 125.0},
        None,
    ),
    "pope": Case(
        [
            question(
                n, id=str(n), question_id=str(n), answer=one, category="random", image_source="s"
            )
            for n, one in enumerate(("yes", "no", "yes", "no"))
        ],
        ("Yes, it is.", "No", "no", "Yes"),
        {("f1", None): 50.0, ("accuracy", None): 50.0, ("precision", "random"): 50.0},
        (1.0, 1.0, 0.0, 0.0),
    ),
    "hallusionbench": Case(
        [
            question(n, category="VD", subcategory="illusion", set_id="0", figure_id=figure)
            | {"question_id": asked, "gt_answer": answer, "filename": f"{figure}.png"}
            | {"visual_input": "1", "sample_note": "s", "gt_answer_details": "d"}
            for n, (figure, asked, answer) in enumerate(
                (("1", "0", "1"), ("1", "1", "0"), ("2", "0", "0"))
            )
        ],
        ("Yes", "yes", "no"),
        {("aAcc", None): 200 / 3, ("fAcc", None): 50.0, ("qAcc", None): 50.0},
        (1.0, 0.0, 1.0),
    ),
    "ai2d": Case(
        [question(n, options=OPTIONS, answer=str(n)) for n in range(3)],
        ("A", "N/A", "A"),
        {("accuracy", None): 2 / 3},
        (1.0, 1.0, 0.0),
    ),
    "scienceqa": Case(
        [
            question(n, choices=OPTIONS, answer=n, hint="", category="Plants", subject="biology")
            for n in range(2)
        ],
        ("The answer is A", "C"),
        {("accuracy", None): 0.5, ("accuracy", "Plants"): 0.5},
        (1.0, 0.0),
    ),
    "mmmu-val": Case(
        [
            {"id": "validation_Art_1", "question": "See <image 2>, then <image 1>: which?"}
            | {"options": repr(OPTIONS), "answer": "B", "question_type": "multiple-choice"}
            | {"subfield": "Drawing", "image_1": page(1), "image_2": page(2)},
            {"id": "validation_Art_2", "question": "How many in <image 1>?", "options": "[]"}
            | {"answer": "7", "question_type": "open", "subfield": "Design", "image_1": page(3)},
        ],
        ("B", "none of it"),
        {("accuracy", None): 0.5, ("accuracy", "Drawing"): 1.0},
        (1.0, 0.0),
    ),
    "mmbench-en-dev": Case(
        [
            question(1, index=index, A=a, B=b, C="", D="", hint="", answer=answer)
            | {
                "category": "ocr",
                "L2-category": "coarse",
                "split": "dev",
                "source": "s",
                "comment": "",
            }
            for index, a, b, answer in (
                (7, "cat", "dog", "A"),
                (1_000_007, "dog", "cat", "B"),
                (8, "x", "y", "B"),
                (1_000_008, "y", "x", "A"),
            )
        ],
        ("A", "B", "B", "B"),
        {("accuracy", None): 0.5},
        (1.0, 0.0),
    ),
    "seedbench": Case(
        [
            {"question": f"Question {n}?", "question_id": str(n), "answer": "B"}
            | {"choice_a": "1", "choice_b": "2", "choice_c": "3", "choice_d": "4"}
            | {"data_type": kind, "image": [page(n)], "question_type_id": 1, "data_id": "d"}
            for n, kind in enumerate(("image", "video", "image"))
        ],
        ("B", "not asked", "A"),
        {("accuracy", None): 0.5},
        (1.0, 0.0),
    ),
}
