"""Relaxed accuracy: a number may be 5 % off, any other answer must be the same but for case.

Source: Masry et al., "ChartQA", Findings of ACL 2022, 5.1, after Methani et al. 2020. What is a
number is read as pix2struct's code does, which lmms-eval took over (relaxed_correctness): what
Python's float() takes, with a % at its end as hundredths. So "1,250" and "$5" are text, "5%" is the
number 0.05, years have the same 5 % (2010 is right for 1990), and a reference of 0 is compared as
text. Infinities and NaN are text here (in that code they are never right).

`relaxed_accuracy_vlmevalkit` is the rule in the code of VLMEvalKit (vqa_eval.py: process_line,
relaxed_correctness): the answer's ends are stripped first, and NaN and infinities stay numbers.
EvalScope's is in evalscope.py. The best reference counts.
"""

from __future__ import annotations

import math

from bench.metrics.metric import NOTHING, Part, Policy, similarity

TOLERANCE = 0.05  # of the reference, inclusive


def relaxed_accuracy(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    right = any(_right(prediction, text, _finite(prediction), _finite(text)) for text in references)
    return Part(1.0, 1.0) if right else NOTHING


def relaxed_accuracy_vlmevalkit(
    prediction: str, references: tuple[str, ...], _policy: Policy
) -> Part:
    said = prediction.strip()
    right = any(_right(said, text, number_of(said), number_of(text)) for text in references)
    return Part(1.0, 1.0) if right else NOTHING


def _right(said: str, reference: str, number: float | None, wanted: float | None) -> bool:
    if number is None or not wanted:
        return said.lower() == reference.lower()
    return abs(number - wanted) / abs(wanted) <= TOLERANCE


def number_of(text: str) -> float | None:
    try:
        return float(text.rstrip("%")) / 100.0 if text.endswith("%") else float(text)
    except ValueError:
        return None


def _finite(text: str) -> float | None:
    number = number_of(text)
    return number if number is not None and math.isfinite(number) else None


RELAXED_ACCURACY = similarity(
    "relaxed_accuracy",
    "share of answers within 5 % of the number, or the same text (ChartQA)",
    relaxed_accuracy,
    unit="share",
)
RELAXED_ACCURACY_VLMEVALKIT = similarity(
    "relaxed_accuracy_vlmevalkit",
    "relaxed accuracy by the rule of VLMEvalKit: the answer's ends stripped",
    relaxed_accuracy_vlmevalkit,
    unit="share",
)
