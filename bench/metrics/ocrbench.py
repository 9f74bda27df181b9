"""Containment: 1 where a reference stands somewhere in the answer.

Source: Liu et al., "OCRBench", 2023, and its code, which VLMEvalKit runs (image_vqa.py: OCRBench):
answer and reference in lower case, their ends stripped, line breaks as spaces. There is no look at
word ends: "142" holds "42"; long answers are favoured. `ocrbench_containment_hme` is its rule for
handwritten formulas (HME100k): case kept, all spaces removed.

Departing from the code, an empty reference is right only for an empty answer: every text holds the
empty one, and OCRBench has none. lmms-eval folds full-width letters first, and so is another rule.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.metrics.metric import NOTHING, Part, Policy, similarity


def ocrbench_containment(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    return _contained(_plain, prediction, references)


def ocrbench_containment_hme(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    return _contained(_unspaced, prediction, references)


def _contained(fold: Callable[[str], str], prediction: str, references: tuple[str, ...]) -> Part:
    said = fold(prediction)
    wanted = [fold(text) for text in references]
    right = any(text in said if text else not said for text in wanted)
    return Part(1.0, 1.0) if right else NOTHING


def _plain(text: str) -> str:
    return text.lower().strip().replace("\n", " ")


def _unspaced(text: str) -> str:
    return text.strip().replace("\n", " ").replace(" ", "")


OCRBENCH_CONTAINMENT = similarity(
    "ocrbench_containment",
    "share of answers that hold a reference (OCRBench)",
    ocrbench_containment,
    unit="share",
)
OCRBENCH_CONTAINMENT_HME = similarity(
    "ocrbench_containment_hme",
    "share of answers that hold a reference, spaces removed (OCRBench's formulas)",
    ocrbench_containment_hme,
    unit="share",
)
