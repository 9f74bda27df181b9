"""TEDS over all tables of a page: each table of the reference beside the one it is paired with.

Source: OmniDocBench (Ouyang et al., CVPR 2025) and its code (match_gt2pred_simple, call_TEDS): the
tables of both sides are paired for the lowest sum of normalised edit distances; a table of the
reference without a partner scores 0; a result is the mean over the tables of the reference. A table
that is made up beside them costs nothing. There the distance is that of the tables' HTML after its
own clean-up; here it is that of the texts of the cells. How a table is read and scored is
bench/metrics/teds.py.

A reference without a table, with more than TABLES, or with more than NODES nodes in all has no
score (null); an answer with more than twice as many of either scores 0.
"""

from __future__ import annotations

from functools import partial

from rapidfuzz.distance import Levenshtein

from bench.metrics.assignment import assignment
from bench.metrics.edits import WORK, measurable
from bench.metrics.metric import UNMEASURED, Part, Policy, similarity
from bench.metrics.tables import Table, all_tables
from bench.metrics.teds import ANSWER_NODES, NODES, table_similarity

TABLES = 100

_UNIT = 2**40  # distances as integers, so that no rounding decides between pairings


def _measure(
    prediction: str, references: tuple[str, ...], _policy: Policy, *, content: bool
) -> Part:
    pages = _measurable(references)
    if not pages:
        return UNMEASURED
    said = all_tables(prediction, limit=ANSWER_NODES, most=2 * TABLES) or []
    parts = [_page(said, true, content=content) for true in pages]
    return max(parts, key=lambda part: (part.numerator / part.denominator, -part.denominator))


def worst(references: tuple[str, ...], _policy: Policy) -> Part:
    """The page with the most tables, all of them missing."""
    return Part(0.0, float(max(map(len, _measurable(references)), default=0)))


def _measurable(references: tuple[str, ...]) -> list[list[Table]]:
    pages = (all_tables(text, limit=NODES, most=TABLES) for text in measurable(references))
    return [page for page in pages if page]


def _page(said: list[Table], true: list[Table], *, content: bool) -> Part:
    pairs = _pairs([one.text for one in said], [one.text for one in true])
    scores = (table_similarity(said[i], true[j], content=content) for i, j in pairs)
    return Part(sum(scores), float(len(true)))


def _pairs(said: list[str], true: list[str]) -> list[tuple[int, int]]:
    if sum(map(len, said)) * sum(map(len, true)) > WORK:
        return []
    near = Levenshtein.normalized_similarity
    return assignment([[round(near(one, other) * _UNIT) for other in true] for one in said])


TEDS_PAGE = similarity(
    "teds_page",
    "mean TEDS over the tables of a page, paired",
    partial(_measure, content=True),
    worst=worst,
)
TEDS_STRUCT_PAGE = similarity(
    "teds_struct_page",
    "mean TEDS over the tables of a page, paired, structure alone",
    partial(_measure, content=False),
    worst=worst,
)
