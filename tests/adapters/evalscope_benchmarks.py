"""Rows of EvalScope's benchmarks in their official columns, invented here; what is right in each.

Each entry: where the rows lie, the columns, the rows with an answer each, and EvalScope's value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.benchmarks.entry import DataShape
from bench.local_data.copy import Copy
from tests.local_data.made import drawn_page, write_made

PAGE = {"bytes": drawn_page("TOTAL 12.50"), "path": None}
TEXTS = {"list": "text"}


@dataclass(frozen=True)
class Made:
    """`answers[n]` is what the model says to the n-th row asked; `value` by EvalScope's metric."""

    native: str
    columns: dict[str, Any]
    tables: dict[tuple[str, str], list[dict[str, Any]]]
    answers: tuple[str, ...]
    metric: str
    value: float
    references: str | None = None
    groups: dict[str, float] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)

    def copy(self, folder: Path, name: str) -> Copy:
        shape = {
            "hub": f"made/{name}",
            "tables": [{"config": one, "split": split} for one, split in self.tables],
            "columns": self.columns,
            "required": [name for name, kind in self.columns.items() if kind != "image"][:1],
            "references": self.references,
        }
        return write_made(folder, name, DataShape.model_validate(shape), self.tables)


MADE = {
    "ARC": Made(
        "arc",
        {
            "id": "text",
            "question": "text",
            "choices": {"record": {"text": TEXTS, "label": TEXTS}},
            "answerKey": "text",
        },
        {
            (config, "test"): [
                {
                    "id": f"{config}_{key}",
                    "question": "Which is a stone?",
                    "choices": {"text": ["tea", "flint", "rain"], "label": ["A", "B", "C"]},
                    "answerKey": key,
                }
                for key in keys
            ]
            for config, keys in (("ARC-Challenge", ("B", "2")), ("ARC-Easy", ("B",)))
        },
        ("ANSWER: B", "I think so.\nANSWER: C", "**Answer: B**"),
        "accuracy",
        2 / 3,
        references="answerKey",
        groups={"ARC-Challenge": 0.5, "ARC-Easy": 1.0},
    ),
    "PIQA": Made(
        "piqa",
        {"goal": "text", "sol1": "text", "sol2": "text", "label": "integer"},
        {
            ("plain_text", "validation"): [
                {"goal": "Dry a cup", "sol1": "with a towel", "sol2": "with soup", "label": label}
                for label in (0, 1)
            ]
        },
        ("ANSWER: A", "ANSWER: A"),
        "accuracy",
        0.5,
    ),
    "HellaSwag": Made(
        "hellaswag",
        {
            "activity_label": "text",
            "ctx_a": "text",
            "ctx_b": "text",
            "endings": TEXTS,
            "label": "text",
        },
        {
            ("default", "validation"): [
                {
                    "activity_label": "Tea",
                    "ctx_a": "A man boils water.",
                    "ctx_b": "he",
                    "endings": ["pours it.", "eats it.", "folds it.", "reads it."],
                    "label": "0",
                }
            ]
        },
        ("ANSWER: A",),
        "accuracy",
        1.0,
    ),
    "WinoGrande": Made(
        "winogrande",
        {"sentence": "text", "option1": "text", "option2": "text", "answer": "text"},
        {
            ("winogrande_xl", "validation"): [
                {
                    "sentence": "The cup did not fit the box as the _ was small.",
                    "option1": "cup",
                    "option2": "box",
                    "answer": "2",
                }
            ]
        },
        ("ANSWER: B",),
        "accuracy",
        1.0,
    ),
    "MMLU": Made(
        "mmlu",
        {"question": "text", "subject": "text", "choices": TEXTS, "answer": "integer"},
        {
            (subject, split): [
                {
                    "question": f"{split} {number}: which is {number}?",
                    "subject": subject,
                    "choices": [str(number), "8", "9", "10"],
                    "answer": 0,
                }
                for number in range(count)
            ]
            for subject in ("anatomy", "astronomy")
            for split, count in (("dev", 5), ("test", 2))
        },
        ("ANSWER: A", "ANSWER: B", "ANSWER: A", "ANSWER: A"),
        "accuracy",
        0.75,
        groups={"anatomy": 0.5, "astronomy": 1.0},
    ),
    "GSM8K": Made(
        "gsm8k",
        {"question": "text", "answer": "text"},
        {
            ("main", split): [
                {"question": f"What is {n} + {n}?", "answer": f"{n} + {n} = {2 * n}\n#### {2 * n}"}
                for n in range(1000, 1000 + count)
            ]
            for split, count in (("train", 4), ("test", 3))
        },
        ("so \\boxed{2,000}", "the answer is 2002.0", "\\boxed{7}"),
        "accuracy",
        2 / 3,
    ),
    "CMMLU": Made(
        "cmmlu",
        {"Question": "text", **dict.fromkeys("ABCD", "text"), "Answer": "text"},
        {
            (subject, "test"): [
                {
                    "Question": "一加一等于?",
                    "A": "一",
                    "B": "二",
                    "C": "三",
                    "D": "四",
                    "Answer": "B",
                }
            ]
            for subject in ("agronomy", "anatomy")
        },
        ("答案：B", "答案：C"),
        "accuracy",
        0.5,
        references="Answer",
        groups={"agronomy": 1.0, "anatomy": 0.0},
    ),
    "ChartQA": Made(
        "chartqa",
        {"type": "text", "question": "text", "answer": "text", "image": "image"},
        {
            ("default", "test"): [
                {"type": kind, "question": "How much?", "answer": answer, "image": PAGE}
                for kind, answer in (
                    ("human_test", "100"),
                    ("human_test", "0"),
                    ("augmented_test", "Yes"),
                    ("augmented_test", "5%"),
                )
            ]
        },
        ("ANSWER: 104.9", "ANSWER: 0.0", "yes", "Answer: **0.05**"),
        "relaxed_acc",
        0.75,
        references="answer",
        groups={"human_test": 1.0, "augmented_test": 0.5},
    ),
    "OCRBench": Made(
        "ocr_bench",
        {
            "dataset": "text",
            "question": "text",
            "question_type": "text",
            "answer": TEXTS,
            "image": "image",
        },
        {
            ("default", "test"): [
                {
                    "dataset": "HME100k" if "Math" in kind else "IIIT5K",
                    "question": "What is written?",
                    "question_type": kind,
                    "answer": ["a + b"] if "Math" in kind else ["CENTRE"],
                    "image": PAGE,
                }
                for kind in (
                    "Regular Text Recognition",
                    "Doc-oriented VQA",
                    "Handwritten Mathematical Expression Recognition",
                )
            ]
        },
        ("It says Centre.", "no", "x = a+b"),
        "accuracy",
        2 / 3,
        references="answer",
    ),
    "POPE": Made(
        "pope",
        {"question": "text", "answer": "text", "category": "text", "image": "image"},
        {
            ("default", "test"): [
                {"question": "Is there a cup?", "answer": answer, "category": kind, "image": PAGE}
                for kind in ("popular", "random")
                for answer in ("yes", "no")
            ]
        },
        ("YES", "yes", "NO", "No."),
        "accuracy",
        0.5,
        groups={"popular": 0.5, "random": 0.5},
    ),
    "AI2D": Made(
        "ai2d",
        {"question": "text", "options": TEXTS, "answer": "text", "image": "image"},
        {
            ("default", "test"): [
                {"question": "Which?", "options": ["a", "b"], "answer": "1", "image": PAGE}
            ]
        },
        ("ANSWER: B",),
        "accuracy",
        1.0,
    ),
    "MMMU": Made(
        "mmmu",
        {
            "id": "text",
            "question": "text",
            "options": "text",
            "explanation": "text",
            "image_1": "image",
            "img_type": "text",
            "answer": "text",
            "topic_difficulty": "text",
            "question_type": "text",
            "subfield": "text",
        },
        {
            ("default", "validation"): [
                {
                    "id": f"validation_{subject}_{number}",
                    "question": "What does <image 1> show?",
                    "options": options,
                    "explanation": "",
                    "image_1": PAGE,
                    "img_type": "['Photographs']",
                    "answer": answer,
                    "topic_difficulty": "Easy",
                    "question_type": kind,
                    "subfield": "Drawing",
                }
                for number, (subject, kind, options, answer) in enumerate(
                    (
                        ("Art_Theory", "multiple-choice", "['a sum', 'a cat']", "A"),
                        ("Math", "open", "[]", "12.50"),
                    )
                )
            ]
        },
        ("ANSWER: A", "ANSWER: 13"),
        "accuracy",
        0.5,
        groups={"Art_Theory": 1.0, "Math": 0.0},
    ),
    "ScienceQA": Made(
        "science_qa",
        {
            "image": "image",
            "question": "text",
            "choices": TEXTS,
            "answer": "integer",
        },
        {
            ("default", "test"): [
                {
                    "image": image,
                    "question": "Which?",
                    "choices": ["a", "b"],
                    "answer": 1,
                }
                for image in (PAGE, None)
            ]
        },
        ("ANSWER: B", "ANSWER: A"),
        "accuracy",
        0.5,
    ),
    "TruthfulQA": Made(
        "truthful_qa",
        {
            "question": "text",
            "mc1_targets": {"record": {"choices": TEXTS, "labels": {"list": "integer"}}},
        },
        {
            ("multiple_choice", "validation"): [
                {
                    "question": "Is tea soup?",
                    "mc1_targets": {"choices": ["No", "Yes"], "labels": [1, 0]},
                }
            ]
        },
        ("ANSWER: A",),
        "multi_choice_acc",
        1.0,
        arguments={"dataset_args": {"shuffle_choices": False}},
    ),
    "RACE": Made(
        "race",
        {
            "example_id": "text",
            "article": "text",
            "answer": "text",
            "question": "text",
            "options": TEXTS,
        },
        {
            ("high", "test"): [
                {
                    "example_id": "high1.txt",
                    "article": "It rains.",
                    "answer": "C",
                    "question": "What falls?",
                    "options": ["sun", "tea", "rain", "snow"],
                }
            ]
        },
        ("ANSWER: C",),
        "accuracy",
        1.0,
        references="answer",
        arguments={"dataset_args": {"few_shot_num": 0}},
    ),
    "C-Eval": Made(
        "ceval",
        {
            "id": "integer",
            "question": "text",
            **dict.fromkeys("ABCD", "text"),
            "answer": "text",
            "explanation": "text",
        },
        {
            ("law", split): [
                {
                    "id": number,
                    "question": f"{number}是哪一个?",
                    "A": "八",
                    "B": "九",
                    "C": str(number),
                    "D": "十",
                    "answer": "C",
                    "explanation": "显然",
                }
                for number in range(count)
            ]
            for split, count in (("dev", 5), ("val", 2))
        },
        ("答案：C", "答案：A"),
        "accuracy",
        0.5,
        references="answer",
    ),
}
