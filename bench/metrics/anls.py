"""Average normalised Levenshtein similarity, as published and as three harnesses compute it.

Published: Biten et al., "Scene Text Visual Question Answering", ICCV 2019, eq. 1. With
NL = distance / length of the longer text, a sample scores 1 - NL where NL < 0.5, else 0; the best
reference counts. Letters are compared in lower case, runs of white space as one space.

`anls_evalscope` is the rule in the code of EvalScope (metrics/nlp/metrics.py: ANLS): as published,
but a similarity of exactly 0.5 is kept.

`anls_vlmevalkit` is the rule in the code of VLMEvalKit (vqa_eval.py: anls_compute, hit_calculate)
and lmms-eval (api/metrics.py: anls): 0.5 is kept as well, and the distance between normalised texts
is divided by the length of the longer text as it came (in upper case, where "ß" counts twice).
Numbers of the three rules must not be compared with each other. A reference that is too long has no
score (bench/metrics/edits.py).
"""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from bench.metrics.edits import LONGEST, measurable
from bench.metrics.metric import NOTHING, TOO_LONG, Part, Policy, similarity

THRESHOLD = 0.5

_similarity = Levenshtein.normalized_similarity


def anls(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    best = _best(prediction, references)
    if best > THRESHOLD:
        return Part(best, 1.0)
    return NOTHING if best >= 0.0 else TOO_LONG


def anls_evalscope(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    best = _best(prediction, references)
    return Part(best, 1.0) if best >= 0.0 else TOO_LONG


def anls_vlmevalkit(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    nearest = [_raw_length_distance(prediction, text) for text in measurable(references)]
    if not nearest:
        return TOO_LONG
    best = 1.0 - min(nearest)
    return Part(best, 1.0) if best >= THRESHOLD else NOTHING


def worst(references: tuple[str, ...], _policy: Policy) -> Part:
    return NOTHING if measurable(references) else TOO_LONG


def _best(prediction: str, references: tuple[str, ...]) -> float:
    """0 where it would be below the threshold: rapidfuzz then stops early. -1: all are too long."""
    said = " ".join(prediction.lower().split())
    best = -1.0
    for text in references:
        if len(text) > LONGEST:
            continue
        found = _similarity(said, " ".join(text.lower().split()), score_cutoff=THRESHOLD)
        if found > best:  # noqa: PLR1730, half the time of max()
            best = found
    return best


def _raw_length_distance(prediction: str, reference: str) -> float:
    """Above the threshold only that it is above, so that rapidfuzz can stop early."""
    said, true = " ".join(prediction.lower().split()), " ".join(reference.lower().split())
    length = max(len(reference.upper()), len(prediction.upper()))
    distance = Levenshtein.distance(true, said, score_cutoff=length // 2)
    return distance / length if length else 0.0


ANLS = similarity("anls", "ANLS as published: distance below 0.5 counts", anls, worst=worst)
ANLS_EVALSCOPE = similarity(
    "anls_evalscope",
    "ANLS by the rule of EvalScope: as published, but 0.5 kept",
    anls_evalscope,
    worst=worst,
)
ANLS_VLMEVALKIT = similarity(
    "anls_vlmevalkit",
    "ANLS by the rule of VLMEvalKit and lmms-eval: 0.5 kept, raw lengths",
    anls_vlmevalkit,
    worst=worst,
)
