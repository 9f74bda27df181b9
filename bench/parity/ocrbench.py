"""OCRBench: a reference stands in the answer (the scorers' switches)."""

from __future__ import annotations

from typing import Final

from bench.parity.cases import Case
from bench.parity.reading import THINKING, spoken_by
from bench.parity.rules import Family, Ours, Outcome, Setting, Switch, Theirs, by

_NARROW: Final = str.maketrans(
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
)
_SWITCHES: Final = (
    Switch(
        "width",
        "full-width letters and spaces",
        {"kept": "stay what they are", "folded": "become ASCII (not in formulas)"},
    ),
    Switch(
        "empty",
        "an empty reference",
        {"held": "stands in every answer", "alone": "is right for an empty answer only"},
    ),
    THINKING,
)


def measure(case: Case, setting: Setting) -> Outcome:
    said = _folded(spoken_by(case.answer, setting).strip(), case, setting)
    for text in case.references:
        true = _folded(text, case, setting)
        if (true in said) if true or setting["empty"] == "held" else not said:
            return Outcome(1.0)
    return Outcome(0.0)


def _folded(text: str, case: Case, setting: Setting) -> str:
    if case.formula:
        return text.strip().replace("\n", " ").replace(" ", "")
    if setting["width"] == "folded":
        text = text.translate(_NARROW)
    return text.lower().strip().replace("\n", " ")


def _score(case: Case) -> float | None:
    """Formulas are a task's part of their own, with a metric of their own."""
    name = "ocrbench_containment_hme" if case.formula else "ocrbench_containment"
    return by(name)(case)


_OURS: Final = {"width": "kept", "empty": "alone", "thinking": "kept"}
_VLMEVALKIT: Final = {**_OURS, "empty": "held"}
_EVALSCOPE: Final = {**_VLMEVALKIT, "thinking": "block"}

FAMILY: Final = Family(
    name="ocrbench",
    title="Containment (OCRBench)",
    kind="text",
    switches=_SWITCHES,
    measure=measure,
    theirs=(
        Theirs("vlmevalkit", "ocrbench", _VLMEVALKIT, "ocrbench_containment"),
        Theirs("lmms-eval", "ocrbench", {**_VLMEVALKIT, "width": "folded", "thinking": "tags"}),
        Theirs(
            "evalscope", "ocrbench", {**_VLMEVALKIT, "thinking": "block"}, "ocrbench_containment"
        ),
    ),
    ours=(Ours("ocrbench_containment", _OURS, _score),),
    metrics=("ocrbench_containment", "ocrbench_containment_hme"),
    none={"lm-eval": "has none (no OCRBench among its tasks)", "hret": "has none"},
)
