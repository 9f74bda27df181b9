"""TextVQA: VQA accuracy (the scorers' switches)."""

from __future__ import annotations

import re
from typing import Final

from bench.metrics.vqa_accuracy import normalised
from bench.parity.cases import Case
from bench.parity.reading import TAGS_ONLY, spoken_by
from bench.parity.rules import Family, Ours, Outcome, Setting, Switch, Theirs, by

_ENOUGH: Final = 3  # annotators of one opinion
_FIRST: Final = 32  # what re.UNICODE is as a number: it stands where a count belongs
_KEPT: Final = "\ue000"  # a full stop that stays: normalised() would look at it again
_MARKS: Final = ';/[]"{}()=+\\_-><@`,?!'
_STOPS: Final = {
    "before_no_digit": re.compile(r"\.(?!\d)"),
    "beside_no_digit": re.compile(r"(?<!\d)\.(?!\d)"),
}
_SWITCHES: Final = (
    Switch(
        "few",
        "fewer than four references",
        {"scored": "are scored: no answer can reach 1", "unmeasured": "give no score"},
    ),
    Switch(
        "stops",
        "a full stop",
        {
            "before_no_digit": "goes unless a digit follows: 5. is 5",
            "beside_no_digit": "goes unless a digit stands on either side: 5. is not 5",
        },
    ),
    Switch(
        "count",
        "more than 32 full stops in an answer",
        {"all": "all go", "first": "only the first 32 go"},
    ),
    Switch(
        "words",
        "commas, question marks and 's",
        {
            "marks": "are marks like others",
            "split": "go first, wherever they stand, and 's becomes a word",
        },
    ),
    TAGS_ONLY,
)


def measure(case: Case, setting: Setting) -> Outcome:
    references = case.references
    if len(references) <= _ENOUGH and setting["few"] == "unmeasured":
        return Outcome(None)
    said = _normal(spoken_by(case.answer, setting), setting)
    equal = sum(_normal(text, setting) == said for text in references)
    others = len(references) - equal
    shares = equal * min(1.0, (equal - 1) / _ENOUGH) + others * min(1.0, equal / _ENOUGH)
    return Outcome(shares / len(references))


def _normal(text: str, setting: Setting) -> str:
    if setting["words"] == "split":
        text = text.lower().replace(",", "").replace("?", "").replace("'s", " 's").strip()
    bare = _unmarked(text.replace("\n", " ").replace("\t", " ").strip())
    stop = _STOPS[setting["stops"]]
    bare = stop.sub("", bare, count=_FIRST if setting["count"] == "first" else 0)
    return normalised(bare.replace(".", _KEPT)).replace(_KEPT, ".")


def _unmarked(text: str) -> str:
    """Marks but full stops, as the code of VQA takes them out."""
    removes_all = re.search(r"\d,\d", text) is not None
    bare = text
    for mark in _MARKS:
        goes = removes_all or f"{mark} " in text or f" {mark}" in text
        bare = bare.replace(mark, "" if goes else " ")
    return bare


_OURS: Final = {
    "few": "unmeasured",
    "stops": "before_no_digit",
    "count": "all",
    "words": "marks",
    "thinking": "kept",
}
_VLMEVALKIT: Final = {
    **_OURS,
    "few": "scored",
    "stops": "beside_no_digit",
    "count": "first",
}
_LMMS: Final = {**_OURS, "few": "scored", "count": "first", "words": "split", "thinking": "tags"}

FAMILY: Final = Family(
    name="vqa",
    title="VQA accuracy (TextVQA)",
    kind="text",
    switches=_SWITCHES,
    measure=measure,
    theirs=(
        Theirs("vlmevalkit", "textvqa", _VLMEVALKIT),
        Theirs("lmms-eval", "textvqa", _LMMS),
    ),
    ours=(Ours("vqa_accuracy", _OURS, by("vqa_accuracy")),),
    metrics=("vqa_accuracy",),
    none={
        "evalscope": "has none (no TextVQA among its benchmarks)",
        "lm-eval": "has none (no TextVQA among its tasks)",
        "hret": "has none",
    },
)
