"""Average normalised Levenshtein similarity, as published and as three harnesses compute it.

Published: Biten et al., "Scene Text Visual Question Answering", ICCV 2019, eq. 1. With
NL = distance / length of the longer text, a sample scores 1 - NL where NL < 0.5, else 0; the best
reference counts. Letters are compared in lower case, runs of white space as one space.

`anls_evalscope` is the rule in the code of EvalScope (metrics/nlp/metrics.py: ANLS): as published,
but a similarity of exactly 0.5 is kept.

`anls_vlmevalkit` is the rule in the code of VLMEvalKit (vqa_eval.py: anls_compute, hit_calculate)
and lmms-eval (api/metrics.py: anls): 0.5 is kept as well, and the distance between normalised texts
is divided by the length of the longer text as it came (in upper case, where "ß" counts twice).
Numbers of the three rules must not be compared with each other.
"""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from bench.metrics.metric import NOTHING, Part, Policy, similarity

THRESHOLD = 0.5

_similarity = Levenshtein.normalized_similarity


def anls(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    best = _best(prediction, references)
    return Part(best, 1.0) if best > THRESHOLD else NOTHING


def anls_evalscope(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    return Part(_best(prediction, references), 1.0)


def anls_vlmevalkit(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    best = 1.0 - min(_raw_length_distance(prediction, text) for text in references)
    return NOTHING if best < THRESHOLD else Part(best, 1.0)


def _best(prediction: str, references: tuple[str, ...]) -> float:
    """0 where it would be below the threshold: rapidfuzz then stops early."""
    said = " ".join(prediction.lower().split())
    best = 0.0
    for text in references:
        found = _similarity(said, " ".join(text.lower().split()), score_cutoff=THRESHOLD)
        if found > best:  # noqa: PLR1730, half the time of max()
            best = found
    return best


def _raw_length_distance(prediction: str, reference: str) -> float:
    said, true = " ".join(prediction.lower().split()), " ".join(reference.lower().split())
    length = max(len(reference.upper()), len(prediction.upper()))
    return Levenshtein.distance(true, said) / length if length else 0.0


ANLS = similarity("anls", "ANLS as published: distance below 0.5 counts", anls)
ANLS_EVALSCOPE = similarity(
    "anls_evalscope", "ANLS by the rule of EvalScope: as published, but 0.5 kept", anls_evalscope
)
ANLS_VLMEVALKIT = similarity(
    "anls_vlmevalkit",
    "ANLS by the rule of VLMEvalKit and lmms-eval: 0.5 kept, raw lengths",
    anls_vlmevalkit,
)
