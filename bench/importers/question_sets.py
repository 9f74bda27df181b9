"""What the question-and-answer benchmarks share: the prompt that harnesses send, the row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.importers.snapshot import Asked

SHORT_ANSWER = "{question}\nAnswer the question using a single word or phrase."
SHORT_ANSWER_SOURCE = "VLMEvalKit and lmms-eval send this text after the question"
OWN_TERMS = "the data set's own terms; check them before you pass it on"


def short_answers(summary: str, metrics: Sequence[dict[str, Any]], *, max_tokens: int) -> Asked:
    return Asked(
        SHORT_ANSWER,
        SHORT_ANSWER_SOURCE,
        {
            "kind": "question",
            "summary": summary,
            "metrics": list(metrics),
            "parameters": {"max_tokens": max_tokens},
        },
    )


def question_row(
    *,
    id: str,  # noqa: A002  (the name of the key)
    doc_id: str,
    question: str,
    answers: Sequence[str],
    tags: Sequence[str] = (),
    doc_type: str | None = None,
    language: str | None = None,
) -> dict[str, Any]:
    """A line of the member's file. Blank answers are none; equal ones are one."""
    references = list(dict.fromkeys(text for text in answers if text.strip()))
    return {
        "id": id,
        "doc_id": doc_id,
        "doc_type": doc_type,
        "language": language,
        "tags": list(dict.fromkeys(tags)) or None,
        "question": question,
        "references": references,
    }
