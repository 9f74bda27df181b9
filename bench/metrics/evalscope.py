"""What EvalScope reads out of a raw answer, and how it scores that, as its code does both.

`anls_evalscope_answer` (docvqa, infovqa): what stands behind the last "ANSWER:", else the whole
answer, by the rule of `anls_evalscope`. `relaxed_accuracy_evalscope` (chartqa): the same reading,
nothing where there is no "ANSWER:"; a number may be 5 % off, and a reference of 0 is right for 0
alone, which ChartQA's own rule compares as text.

Before that EvalScope takes one thinking block out of an answer, wherever it stands. Sources, at
version 1.14.1: api/messages/utils.py (parse_content_with_reasoning), utils/multi_choices.py
(extract_answer_line), benchmarks/chartqa/utils.py (relaxed_correctness).
"""

from __future__ import annotations

import re

from bench.metrics.anls import anls_evalscope, worst
from bench.metrics.metric import NOTHING, Part, Policy, similarity
from bench.metrics.relaxed_accuracy import TOLERANCE, number_of

_THINKING = re.compile(
    r'<think(?:\s+signature="[^"]*")?(?:\s+redacted="true")?\s*>.*?</think>', re.DOTALL
)
_MARKER = re.compile(r"(?i)ANSWER\s*:\s*\**\s*")


def spoken(answer: str) -> str:
    """The answer without its first thinking block."""
    found = _THINKING.search(answer)
    return answer if found is None else (answer[: found.start()] + answer[found.end() :]).strip()


def stated(text: str) -> str | None:
    """What stands behind the last "ANSWER:" on its line; None where there is none."""
    markers = list(_MARKER.finditer(text))
    if not markers:
        return None
    return text[markers[-1].end() :].split("\n", 1)[0].strip().strip("*").strip()


def anls_evalscope_answer(prediction: str, references: tuple[str, ...], policy: Policy) -> Part:
    text = spoken(prediction)
    found = stated(text)
    return anls_evalscope(text.strip() if found is None else found, references, policy)


def relaxed_accuracy_evalscope(
    prediction: str, references: tuple[str, ...], _policy: Policy
) -> Part:
    said = stated(spoken(prediction)) or ""
    return Part(1.0, 1.0) if any(_right(said, text) for text in references) else NOTHING


def _right(said: str, reference: str) -> bool:
    number, wanted = number_of(said), number_of(reference)
    if number is None or wanted is None:
        return said.lower() == reference.lower()
    if wanted == 0:
        return number == 0
    return abs(number - wanted) / abs(wanted) <= TOLERANCE


ANLS_EVALSCOPE_ANSWER = similarity(
    "anls_evalscope_answer",
    "ANLS as EvalScope's docvqa and infovqa score: behind ANSWER:, 0.5 kept",
    anls_evalscope_answer,
    worst=worst,
)
RELAXED_ACCURACY_EVALSCOPE = similarity(
    "relaxed_accuracy_evalscope",
    "relaxed accuracy as EvalScope's chartqa scores: only behind ANSWER:",
    relaxed_accuracy_evalscope,
    unit="share",
)
