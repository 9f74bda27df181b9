"""Which of a job's answers a judge can be asked about, and with what: the same for each reading."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.protocol import read_items
from bench.schema import Record

NO_ANSWER = "the request failed: there is no answer"
NO_VALUE = "no value was read out of the answer"
EMPTY = "the answer is empty"
NO_QUESTION = "its question was not kept with the run"
NO_TRANSCRIPT = "no transcript of its document"


@dataclass(frozen=True)
class Question:
    """What the judge is shown. `context` is the document's transcript, where the metric has it."""

    id: str
    doc_id: str
    question: str
    answer: str
    context: str | None

    @property
    def sha256(self) -> str:
        """A judgement holds as long as this stays the same."""
        shown = json.dumps([self.question, self.answer, self.context])
        return hashlib.sha256(shown.encode("ascii")).hexdigest()


@dataclass(frozen=True)
class Judgeable:
    """`skipped`: how many of the other answers there are, by reason."""

    questions: dict[str, Question] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def why_none(self) -> str:
        said = ", ".join(f"{reason} ({n})" for reason, n in self.skipped.items())
        return f"no answer can be judged: {said or 'the job has none'}"


def prompts(place: Path) -> dict[str, str]:
    """What each sample of the job in `place` was asked; none where its items are not kept."""
    return {item.id: item.prompt for item in read_items(place)}


def judgeable(
    metric: str,
    records: Iterable[Record],
    asked: Mapping[str, str],
    transcripts: Mapping[str, str],
) -> Judgeable:
    """Whole answers; a field of an extraction is a part of one. Their order is the records'."""
    found: dict[str, Question] = {}
    skipped: Counter[str] = Counter()
    for record in records:
        if record.part_of is not None:
            continue
        context = transcripts.get(record.doc_id, "") if metric == "faithfulness" else None
        question = asked.get(record.id, "")
        reason = _reason(record, question, context)
        if reason:
            skipped[reason] += 1
            continue
        found[record.id] = Question(
            id=record.id,
            doc_id=record.doc_id,
            question=question,
            answer=record.value or "",
            context=context,
        )
    return Judgeable(found, dict(skipped))


def _reason(record: Record, question: str, context: str | None) -> str | None:
    if record.status == "failed":
        return NO_ANSWER
    if record.value is None:
        return NO_VALUE
    if not record.value.strip():
        return EMPTY
    if not question.strip():
        return NO_QUESTION
    return NO_TRANSCRIPT if context is not None and not context.strip() else None
