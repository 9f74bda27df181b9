"""ANLS as three harnesses compute it, from their descriptions; edit scores against rapidfuzz.

tests/parity/test_in_harnesses.py runs the harnesses' own code, where they are installed.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from rapidfuzz.distance import Levenshtein

from bench.metrics import METRICS, Policy
from tests.parity.made_pairs import fuzzed
from tests.test_metrics_equality import texts

FOLDED = Policy(case="fold", whitespace="collapse", unicode="nfkc")


def distance(one: str, other: str) -> int:
    """Wagner and Fischer, row by row."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, beside in enumerate(other, 1):
            changed = diagonal + (letter != beside)
            diagonal, row[j] = row[j], min(changed, row[j] + 1, row[j - 1] + 1)
    return row[-1]


def folded(text: str) -> str:
    return " ".join(text.strip().lower().split())


def evalscope(said: str, references: list[str]) -> float:
    nearest = 1.0
    for true in references:
        longer = max(len(folded(said)), len(folded(true)))
        far = distance(folded(said), folded(true)) / longer if longer else 0.0
        nearest = min(nearest, far)
    return 0.0 if 1 - nearest < 0.5 else 1 - nearest


def lmms_eval(said: str, references: list[str]) -> float:
    """And VLMEvalKit: the length is that of the texts as they came, in upper case."""
    nearest = []
    for true in references:
        longer = max(len(true.upper()), len(said.upper()))
        nearest.append(distance(folded(true), folded(said)) / longer if longer else 0.0)
    score = 1 - min(nearest)
    return 0.0 if score < 0.5 else score


def published(said: str, references: list[str]) -> float:
    found = evalscope(said, references)
    return found if found > 0.5 else 0.0


RULES: dict[str, Callable[[str, list[str]], float]] = {
    "anls": published,
    "anls_evalscope": evalscope,
    "anls_vlmevalkit": lmms_eval,
}


@pytest.mark.parametrize("name", RULES)
def test_anls_is_its_rule_and_no_other(name: str) -> None:
    wrong = dict.fromkeys(RULES, 0)
    for pair in fuzzed(2000):
        said, references = str(pair["prediction"]), list(pair["references"])  # type: ignore[call-overload]
        found = METRICS[name].measure(said, tuple(references), Policy())
        for rule, score in RULES.items():
            wrong[rule] += abs(score(said, references) - found.numerator) > 1e-9
    assert wrong.pop(name) == 0
    assert all(count > 100 for count in wrong.values())


def test_edit_scores_are_rapidfuzz_s() -> None:
    g = random.Random(7)
    for true, said in texts(2000, 7):
        policy = g.choice([Policy(), FOLDED])
        one, other = policy.apply(said), policy.apply(true)
        near = METRICS["1-ned"].measure(said, (true,), policy)
        assert near.value == pytest.approx(Levenshtein.normalized_similarity(one, other), abs=1e-9)
        cer = METRICS["cer"].measure(said, (true,), policy)
        assert cer[:2] == (Levenshtein.distance(one, other), len(other))
        wer = METRICS["wer"].measure(said, (true,), FOLDED)
        words = FOLDED.apply(said).split(), FOLDED.apply(true).split()
        assert wer[:2] == (Levenshtein.distance(*words), len(words[1]))
        anls = METRICS["anls_evalscope"].measure(said, (true,), policy)
        folds = folded(said), folded(true)
        kept = Levenshtein.normalized_similarity(*folds, score_cutoff=0.5)
        assert anls.value == pytest.approx(kept, abs=1e-9)
