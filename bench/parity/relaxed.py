"""ChartQA: relaxed accuracy (the scorers' switches)."""

from __future__ import annotations

import math
import re
import string
from typing import Final

from bench.metrics.relaxed_accuracy import TOLERANCE, number_of
from bench.parity.cases import Case
from bench.parity.reading import (
    ENDS,
    REFERENCE_ENDS,
    REFERENCES,
    THINKING,
    behind_marker,
    spoken_by,
    wanted,
)
from bench.parity.rules import Family, Ours, Outcome, Setting, Switch, Theirs, by

_SWITCHES: Final = (
    Switch(
        "marker",
        "the answer",
        {
            "ignored": "is taken whole",
            "behind": 'is what stands behind the last "ANSWER:" on its line, nothing without one',
            "below": 'is the first line behind the last "answer:" that says something, without'
            " marks of Markdown and brackets; nothing without one",
        },
    ),
    Switch(
        "numbers",
        "numbers",
        {
            "plain": "are what Python's float takes, a % at the end as hundredths",
            "lenient": "lose commas, $ and marks at their end; 5% may be 5 or 0.05; one letter is"
            " right for an answer that begins with it; quotes around a text go",
        },
    ),
    Switch(
        "zero",
        "a reference of 0",
        {"text": "is compared as text: 0.0 is wrong", "number": "is a number: 0.0 is right"},
    ),
    Switch(
        "infinite",
        "inf and nan",
        {"number": "are numbers, and never within 5 %", "text": "are texts"},
    ),
    REFERENCES,
    THINKING,
    ENDS,
    REFERENCE_ENDS,
)


def measure(case: Case, setting: Setting) -> Outcome:
    said = _said(spoken_by(case.answer, setting), setting)
    if said is None:
        return Outcome(0.0)
    right = _lenient if setting["numbers"] == "lenient" else _plain
    return Outcome(
        float(any(right(said, one, setting) for one in wanted(case.references, setting)))
    )


def _said(text: str, setting: Setting) -> str | None:
    if setting["marker"] == "below":
        return _below(text) or None
    if setting["marker"] == "behind":
        text = behind_marker(text) or ""
    return text.strip() if setting["ends"] == "stripped" else text


def _below(text: str) -> str:
    """lm-eval (tasks/chartqa/utils.py: _get_final_answer)."""
    text = re.sub(r"([aA]nswer)\**:\**", r"\1:", text)
    place = text.lower().rfind("answer:")
    if place < 0:
        return ""
    lines = (line.strip() for line in text[place + len("answer:") :].split("\n"))
    return re.sub(r"[*_\[\]\(\)]", "", next(filter(None, lines), ""))


def _plain(said: str, reference: str, setting: Setting) -> bool:
    number, true = _number(said, setting), _number(reference, setting)
    if number is None or true is None or (true == 0 and setting["zero"] == "text"):
        return said.lower() == reference.lower()
    return number == 0 if true == 0 else abs(number - true) / abs(true) <= TOLERANCE


def _number(text: str, setting: Setting) -> float | None:
    found = number_of(text)
    if found is not None and setting["infinite"] == "text" and not math.isfinite(found):
        return None
    return found


def _lenient(said: str, reference: str, setting: Setting) -> bool:
    """lm-eval (tasks/chartqa/utils.py: RelaxedCorrectness)."""
    said, reference = _tidied(said), _tidied(reference)
    number, true = _percent(said, setting), _percent(reference, setting)
    if number is not None and true is not None:
        if setting["zero"] == "text" and true[0] == 0:
            return said.lower() == reference.lower()
        sides = [(number[0], true[0])]
        if number[1] or true[1]:
            sides += [(_share(*number), true[0]), (number[0], _share(*true))]
        return any(abs(a - b) / max(abs(b), 1e-10) <= TOLERANCE for a, b in sides)
    if len(reference) == 1 and reference.isalpha() and said:
        return said[0].lower() == reference.lower()
    return said.rstrip(string.punctuation).lower() == reference.lower()


def _tidied(text: str) -> str:
    if not any(character.isdigit() for character in text):
        quoted = any(text.startswith(mark) and text.endswith(mark) for mark in "\"'")
        return text[1:-1] if quoted else text
    while text and text[-1] != "%" and (text[-1] in string.punctuation or text[-1].isspace()):
        text = text[:-1]
    return text.replace(",", "").replace("$", "")


def _percent(text: str, setting: Setting) -> tuple[float, bool] | None:
    """The number, and whether a % stands behind it."""
    text = text.strip()
    try:
        number = float(text.rstrip("%"))
    except ValueError:
        return None
    if setting["infinite"] == "text" and not math.isfinite(number):
        return None
    return number, text.endswith("%")


def _share(number: float, percent: bool) -> float:  # noqa: FBT001  (a pair that _percent made)
    return number / 100 if percent else number


def _by(metric: str, setting: Setting) -> Ours:
    return Ours(metric, setting, by(metric))


_VLMEVALKIT: Final = {
    "marker": "ignored",
    "numbers": "plain",
    "zero": "text",
    "infinite": "number",
    "references": "best",
    "thinking": "kept",
    "ends": "stripped",
    "reference_ends": "kept",
}
_LMMS: Final = {**_VLMEVALKIT, "thinking": "tags"}
_EVALSCOPE: Final = {
    **_VLMEVALKIT,
    "marker": "behind",
    "thinking": "block",
    "zero": "number",
    "reference_ends": "stripped",
}
_LM_EVAL: Final = {
    **_VLMEVALKIT,
    "marker": "below",
    "numbers": "lenient",
    "zero": "number",
    "references": "first",
    "ends": "kept",
}

FAMILY: Final = Family(
    name="relaxed",
    title="Relaxed accuracy (ChartQA)",
    kind="text",
    switches=_SWITCHES,
    measure=measure,
    theirs=(
        Theirs("vlmevalkit", "chartqa", _VLMEVALKIT, "relaxed_accuracy_vlmevalkit"),
        Theirs("lmms-eval", "chartqa", _LMMS, "relaxed_accuracy"),
        Theirs("evalscope", "chartqa", _EVALSCOPE, "relaxed_accuracy_evalscope"),
        Theirs("lm-eval", "chartqa", _LM_EVAL),
    ),
    ours=(
        _by("relaxed_accuracy", {**_VLMEVALKIT, "infinite": "text", "ends": "kept"}),
        _by("relaxed_accuracy_vlmevalkit", _VLMEVALKIT),
        _by("relaxed_accuracy_evalscope", {**_EVALSCOPE, "reference_ends": "kept"}),
    ),
    metrics=("relaxed_accuracy", "relaxed_accuracy_vlmevalkit", "relaxed_accuracy_evalscope"),
    none={"hret": "has none"},
)
