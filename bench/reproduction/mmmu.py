"""MMMU's rule for open questions, on an answer as it was given.

Source: Yue et al., "MMMU", CVPR 2024, and its evaluation code (eval_utils.py). The end of each
sentence that has a key word ("is", "answer", …) is looked at, and every number in it. A number
must equal the reference to two decimals; of a text the reference must stand somewhere in it.
Choices are not read here: `exact_match` on the letter that was read out. The code draws a letter
at random where none can be read, so its numbers move from run to run.
"""

from __future__ import annotations

import re

from bench.metrics.metric import Metric, Part, Policy, similarity

_SENTENCE = re.compile(r"\.\s(?=[A-Z])|\n")
_BEFORE_ANSWER = ("could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result ")
_NOTHING_SAID = frozenset(":,.!?;'")
_NUMBER = re.compile(
    r"-?\b\d{1,3}(?:,\d{3})+\b"
    r"|-?\d+(?:\.\d+)?[eE][+-]?\d+"
    r"|-?(?:\d+\.\d+|\.\d+|\d+\b)(?![eE][+-]?\d+)(?![,\d])"
)


def mmmu_open(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    right = [value for text in references for value in _values(text)]
    return Part(float(any(_fits(value, right) for value in _said(prediction))), 1.0)


def _said(response: str) -> list[str | float]:
    ends = _ends(response)
    texts = [*ends, *(number for end in ends for number in _NUMBER.findall(end))]
    return [value for text in texts for value in _values(text)]


def _ends(response: str) -> list[str]:
    """What stands behind the last key word of each sentence; the whole where none has one."""
    whole = response.strip().strip(".").lower()
    sentences = _SENTENCE.split(whole)
    found = []
    for place, sentence in enumerate(sentences):
        keys = (*_BEFORE_ANSWER, "=") if place == len(sentences) - 1 else _BEFORE_ANSWER
        ends = [sentence.rpartition(key)[2].strip() for key in keys if key in sentence]
        shortest = min(ends, key=len, default="")
        if shortest and shortest not in _NOTHING_SAID:
            found.append(shortest)
    return found or [whole]


def _values(text: str) -> list[str | float]:
    """A number to two decimals, or the text; of a single letter both ways to stand in a text."""
    text = text.strip()
    try:
        return [round(float(text.replace(",", "")), 2)]
    except ValueError:
        low = text.lower()
        return [f" {low}", f"{low} "] if len(low) == 1 else [low]


def _fits(said: str | float, right: list[str | float]) -> bool:
    if isinstance(said, str):
        return any(isinstance(one, str) and one in said for one in right)
    return said in right


MMMU_OPEN: Metric = similarity(
    "mmmu_open", "share of open answers that hold a reference", mmmu_open, unit="share"
)
