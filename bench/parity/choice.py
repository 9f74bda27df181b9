"""Questions with options (MMMU, MMStar): which letter is read of the answer, and by which step.

Each reader is a row of steps; the first that finds something decides. A difference between two
readers is explained by the two steps that decided, where both readers give the letters that the
harnesses read.
"""

from __future__ import annotations

from typing import Final

from bench.parity.cases import Case
from bench.parity.choice_readers import READERS, Found
from bench.parity.rules import Family, Ours, Outcome, Setting, Switch, Theirs

GUESS: Final = "?"
STEPS: Final = {
    "bracket": "a letter in brackets, (B); of several the last",
    "word": "a letter as a word of its own; of several the last",
    "any_word_end": "a letter before a space, a word's last one as well; of several the last",
    "only_word": "the only letter that is a word of its own, among the last five words",
    "point": "a letter before a full stop",
    "start": "a letter at the answer's beginning",
    "end": "a letter at the answer's end",
    "phrase": 'a letter anywhere behind "answer is" and the like',
    "colon": "a letter before a colon",
    "right_bracket": "a letter before a closing bracket",
    "somewhere": "a letter anywhere, inside words as well",
    "marker": 'a letter behind the last "ANSWER:" that has one',
    "last_capital": "the last capital, if it is an option's letter",
    "option_text": "the only option whose text stands in the answer",
    "long_option_text": "the option whose text stands last in an answer of over five words",
    "refusal": "a refusal: no letter",
    "named": "the only option that is named, by its letter or its text; not where it is denied",
    "nothing": "no letter is found: wrong",
    "guess": "no letter is found: one is drawn by lot",
}
_SWITCH: Final = Switch("reader", "the letter is read by", {})


def found_by(case: Case, setting: Setting) -> Found:
    return READERS[setting["reader"]](case)


def measure(case: Case, setting: Setting) -> Outcome:
    letter, step = found_by(case, setting)
    if step == "guess":
        return Outcome(None, GUESS)
    return Outcome(float(letter == case.references[0]), letter)


def _closed(case: Case) -> float | None:
    return measure(case, {"reader": "bench"}).score


def _read_by(name: str) -> Setting:
    return {"reader": name}


FAMILY: Final = Family(
    name="choice",
    title="Questions with options (MMMU, MMStar)",
    kind="choice",
    switches=(_SWITCH,),
    measure=measure,
    theirs=(
        Theirs("vlmevalkit", "mcq", _read_by("vlmevalkit")),
        Theirs("lmms-eval", "mmstar", _read_by("lmms-eval mmstar")),
        Theirs("lmms-eval", "mmmu", _read_by("lmms-eval mmmu")),
        Theirs("evalscope", "mcq", _read_by("evalscope")),
        Theirs("lm-eval", "mmmu", _read_by("lm-eval mmmu")),
    ),
    ours=(Ours("closed_set", _read_by("bench"), _closed),),
    metrics=(),
    none={"hret": "has none (its string_match compares an option's text)"},
)
