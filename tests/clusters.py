"""Made-up documents whose true value is known: questions of a document share its difficulty."""

from __future__ import annotations

from typing import Literal

import numpy as np

from bench.statistics import Clustered

Kind = Literal["right or wrong", "graded", "error rate"]
ALIKE = 0.2  # correlation of two questions of a document, of the first two kinds


def draw(kind: Kind, true: float, documents: int, dice: np.random.Generator) -> Clustered:
    """Four to ten questions a document. Of an error rate: a page's length is log-normal, and the
    documents' rates are gamma with shape 2.
    """
    of = np.repeat(np.arange(documents), dice.integers(4, 11, documents))
    below = np.ones(len(of))
    if kind == "error rate":
        below = np.ceil(dice.lognormal(4.0, 0.7, len(of)))
        above = dice.poisson(below * dice.gamma(2.0, true / 2, documents)[of]).astype(float)
    else:
        spread = (1 - ALIKE) / ALIKE
        easy = dice.beta(true * spread, (1 - true) * spread, documents)[of].clip(1e-9, 1 - 1e-9)
        right = dice.random(len(of)) < easy
        graded = kind == "graded"
        above = dice.beta(3 * easy, 3 * (1 - easy)) if graded else right.astype(float)
    return Clustered(
        np.arange(documents),
        np.bincount(of, above, documents).astype(float),
        np.bincount(of, below, documents).astype(float),
    )
