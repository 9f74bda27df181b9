"""Exact match: the same text, or a part of it (the scorers' switches)."""

from __future__ import annotations

import re
from typing import Final

from bench.parity.cases import Case
from bench.parity.reading import ENDS, REFERENCE_ENDS, THINKING, spoken_by
from bench.parity.rules import Family, Ours, Outcome, Setting, Switch, Theirs, by

# HRET (utils/prompt_template.py: MULTILINGUAL_ANSWER_REGEXES). Of "정답은 :" and the like the part
# before the colon decides nothing: what stands behind the first match is taken.
_MARKERS: Final = (
    *(r"Answer\s*:", r"Final\s*Answer\s*:", r"답변\s*:", r"정답\s*:", r"정답은\s*:", r"답\s*:"),
    *(r"답은\s*:", r"답안\s*:", r"答案\s*[:：]", r"解答\s*[:：]", r"回答\s*[:：]", r"答\s*[:：]"),
    *(r"Jawaban\s*:", r"Réponse\s*:", r"Resposta\s*:", r"Jibu\s*:", r"Idahun\s*:"),
    *(r"Ìdáhùn\s*:", r"Idáhùn\s*:", r"Àmọ̀nà\s*:", r"Àdáhùn\s*:", r"Ànúgọ\s*:", r"Àṣàyàn\s*:"),
)
_BEHIND: Final = re.compile(rf"(?i)({'|'.join(_MARKERS)})\s*(?P<content>.+)", re.DOTALL)
_MARKDOWN: Final = re.compile(r"(\*\*|__|~~|`)")
_NUMBER: Final = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")
_SWITCHES: Final = (
    Switch(
        "reading",
        "the text that is compared",
        {
            "whole": "is the whole answer",
            "marked": 'is the first line behind "Answer:" (many languages), else of the whole',
            "bare": "is the same without marks of Markdown",
            "number": "is the last number, without commas, $ and a full stop at its end",
        },
    ),
    Switch(
        "match",
        "the answer is right",
        {"equal": "where it is the reference", "holds": "where the reference stands in it"},
    ),
    Switch("case", "capitals", {"kept": "count", "lower": "do not count (lower case)"}),
    Switch(
        "spaces",
        "white space inside",
        {"kept": "counts", "collapsed": "is one space, whatever it is"},
    ),
    THINKING,
    ENDS,
    REFERENCE_ENDS,
)


def measure(case: Case, setting: Setting) -> Outcome:
    said = _read(spoken_by(case.answer, setting), setting, reference=False)
    true = [_read(one, setting, reference=True) for one in case.references]
    if setting["match"] == "equal":
        return Outcome(float(said in true))
    return Outcome(float(any(one in said for one in true)))


def _read(text: str, setting: Setting, *, reference: bool) -> str:
    if setting["reading"] == "number":
        text = _plain_number(text if reference else _last_number(text))
    elif setting["reading"] != "whole":
        text = _marked(text, bare=setting["reading"] == "bare")
    if setting["reference_ends" if reference else "ends"] == "stripped":
        text = text.strip()
    if setting["case"] == "lower":
        text = text.lower()
    return " ".join(text.split()) if setting["spaces"] == "collapsed" else text


def _marked(text: str, *, bare: bool) -> str:
    found = _BEHIND.search(text)
    text = found["content"].strip() if found else text
    if bare:
        text = _MARKDOWN.sub("", text)
        return next((line.strip() for line in text.splitlines() if line.strip()), "")
    return next(iter(text.strip().splitlines()), "")


def _last_number(text: str) -> str:
    """lm-eval (filters/extraction.py: RegexFilter, gsm8k's flexible-extract)."""
    found = _NUMBER.findall(text)
    return next(filter(None, found[-1])).strip() if found else "[invalid]"


def _plain_number(text: str) -> str:
    """lm-eval (gsm8k.yaml: regexes_to_ignore)."""
    for left_out in (",", r"\$", r"(?s).*#### ", r"\.$"):
        text = re.sub(left_out, "", text)
    return text


_AS_IT_IS: Final = {
    "reading": "whole",
    "match": "equal",
    "case": "kept",
    "spaces": "kept",
    "thinking": "kept",
    "ends": "kept",
    "reference_ends": "kept",
}
_STRIPPED: Final = {**_AS_IT_IS, "ends": "stripped", "reference_ends": "stripped"}
_LOWER: Final = {**_STRIPPED, "case": "lower"}
_HRET: Final = {**_LOWER, "reading": "bare", "spaces": "collapsed"}

FAMILY: Final = Family(
    name="exact",
    title="Exact match",
    kind="text",
    switches=_SWITCHES,
    measure=measure,
    theirs=(
        Theirs("vlmevalkit", "ocrvqa", _LOWER),
        Theirs("lmms-eval", "exact_match", {**_AS_IT_IS, "thinking": "tags", "ends": "stripped"}),
        Theirs("evalscope", "exact_match", {**_LOWER, "thinking": "block"}),
        Theirs("lm-eval", "exact_match", _AS_IT_IS, "exact_match"),
        Theirs("lm-eval", "gsm8k", {**_AS_IT_IS, "reading": "number", "case": "lower"}),
        Theirs("hret", "string_match", _HRET),
        Theirs("hret", "partial_match", {**_HRET, "reading": "marked", "match": "holds"}),
    ),
    ours=(Ours("exact_match", _AS_IT_IS, by("exact_match")),),
    metrics=("exact_match",),
)
