"""Average normalised Levenshtein similarity, as published and as two harnesses compute it.

Published: Biten et al., "Scene Text Visual Question Answering", ICCV 2019, eq. 1. With
NL = distance / length of the longer text, a sample scores 1 - NL where NL < 0.5, else 0; the best
reference counts. Letters are compared in lower case, runs of white space as one space.

`anls_vlmevalkit` is the rule in the code of VLMEvalKit (vqa_eval.py: anls_compute, hit_calculate)
and lmms-eval: the distance is taken between normalised texts, but divided by the length of the
longer text as it came (in upper case, where "ß" counts twice), and a similarity of exactly 0.5 is
kept. Numbers of the two rules must not be compared with each other.
"""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from bench.metrics.metric import Metric, Part, Policy, zero

THRESHOLD = 0.5


def anls(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    said = _normalised(prediction)
    distance = min(_distance(said, _normalised(text)) for text in references)
    return Part(1.0 - distance if distance < THRESHOLD else 0.0, 1.0)


def anls_vlmevalkit(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    similarity = 1.0 - min(_raw_length_distance(prediction, text) for text in references)
    return Part(0.0 if similarity < THRESHOLD else similarity, 1.0)


def _normalised(text: str) -> str:
    return " ".join(text.lower().split())


def _distance(one: str, other: str) -> float:
    longer = max(len(one), len(other))
    return Levenshtein.distance(one, other) / longer if longer else 0.0


def _raw_length_distance(prediction: str, reference: str) -> float:
    edits = Levenshtein.distance(_normalised(reference), _normalised(prediction))
    length = max(len(reference.upper()), len(prediction.upper()))
    return edits / length if length else 0.0


ANLS = Metric(
    name="anls",
    summary="ANLS as published: distance below 0.5 counts",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="similarity",
    measure=anls,
    worst=zero,
    takes_policy=False,
)

ANLS_VLMEVALKIT = Metric(
    name="anls_vlmevalkit",
    summary="ANLS by the rule of VLMEvalKit and lmms-eval: 0.5 kept, raw lengths",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="similarity",
    measure=anls_vlmevalkit,
    worst=zero,
    takes_policy=False,
)
