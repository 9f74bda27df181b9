"""DocVQA: average normalised Levenshtein similarity (the scorers' switches)."""

from __future__ import annotations

from typing import Final

from rapidfuzz.distance import Levenshtein

from bench.parity.cases import Case
from bench.parity.reading import ENDS, THINKING, behind_marker, spoken_by
from bench.parity.rules import Family, Ours, Outcome, Setting, Switch, Theirs, by

_SWITCHES: Final = (
    Switch(
        "half",
        "a similarity of exactly 0.5",
        {"kept": "counts 0.5", "dropped": "counts 0, as published"},
    ),
    Switch(
        "length",
        "the distance is divided by the length of",
        {
            "normalised": "the longer text in lower case with single spaces",
            "raw": "the longer text as it came, in upper case",
        },
    ),
    Switch(
        "marker",
        'an answer with "ANSWER:" in it',
        {"ignored": "is taken whole", "behind": "is what stands behind the last one"},
    ),
    THINKING,
    ENDS,
)


def measure(case: Case, setting: Setting) -> Outcome:
    said = spoken_by(case.answer, setting)
    if setting["marker"] == "behind":
        stated = behind_marker(said)
        said = said if stated is None else stated
    if setting["ends"] == "stripped":
        said = said.strip()
    raw = setting["length"] == "raw"
    best = 1.0 - min(_distance(said, text, raw=raw) for text in case.references)
    enough = best >= 0.5 if setting["half"] == "kept" else best > 0.5
    return Outcome(best if enough else 0.0)


def _distance(said: str, reference: str, *, raw: bool) -> float:
    one, two = " ".join(said.lower().split()), " ".join(reference.lower().split())
    length = max(len(said.upper()), len(reference.upper())) if raw else max(len(one), len(two))
    return Levenshtein.distance(one, two) / length if length else 0.0


def _by(metric: str, setting: Setting) -> Ours:
    return Ours(metric, setting, by(metric))


_PUBLISHED: Final = {
    "half": "dropped",
    "length": "normalised",
    "marker": "ignored",
    "thinking": "kept",
    "ends": "kept",
}
_KEPT: Final = {**_PUBLISHED, "half": "kept"}
_RAW: Final = {**_KEPT, "length": "raw"}
_BEHIND: Final = {**_KEPT, "marker": "behind", "thinking": "block"}

FAMILY: Final = Family(
    name="anls",
    title="ANLS (DocVQA, InfoVQA)",
    kind="text",
    switches=_SWITCHES,
    measure=measure,
    theirs=(
        Theirs("vlmevalkit", "docvqa", _RAW, "anls_vlmevalkit"),
        Theirs(
            "lmms-eval",
            "docvqa",
            {**_RAW, "thinking": "tags", "ends": "stripped"},
            "anls_vlmevalkit",
        ),
        Theirs("evalscope", "docvqa", _BEHIND, "anls_evalscope_answer"),
    ),
    ours=(
        _by("anls", _PUBLISHED),
        _by("anls_vlmevalkit", _RAW),
        _by("anls_evalscope", _KEPT),
        _by("anls_evalscope_answer", _BEHIND),
    ),
    metrics=("anls", "anls_vlmevalkit", "anls_evalscope", "anls_evalscope_answer"),
    none={"lm-eval": "has none (no DocVQA among its tasks)", "hret": "has none"},
)
