"""ANLS*: ANLS over texts, lists and objects, each leaf compared on its own.

Source: Peer et al., "ANLS*: A Universal Document Processing Metric for Generative Large Language
Models", 2024 (arXiv:2402.03848), and its package anls_star 1.0.1. The similarities of all leaves
are summed and divided by the number of leaves that either side has, so what is left out and what
is made up both cost. A leaf scores 1 - NL where that is 0.5 or more, else 0 (lower case, white
space collapsed). A list's order says nothing: its items are paired for the highest sum of scores.

A reference that is a JSON object or list is taken as structure, any other as text; several
references are the options of which the best counts (a list of texts is never taken for options).
An answer to a structure is read as JSON; one that is no JSON is text, and scores 0 there.

Where several pairings of a list have the same sum of scores, the package's number depends on the
order of the items and on its solver's version. Here the pairing with the most similarity, then the
fewest leaves, decides, so that order never changes a score.

A reference over REFERENCE, nested deeper than 50 or too long (bench/metrics/edits.py) has no score
(null); an answer over ANSWER or so nested scores 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from bench.metrics.anls import THRESHOLD
from bench.metrics.assignment import assignment
from bench.metrics.edits import measurable
from bench.metrics.metric import NOTHING, UNMEASURED, Part, Policy, similarity
from bench.metrics.structure import (
    ABSENT,
    Absent,
    Keyed,
    Leaf,
    Limits,
    Many,
    TooLargeError,
    Tree,
    leaf,
    structure,
)

REFERENCE = Limits(values=2000, items=300)
ANSWER = Limits(values=5000, items=600)

_UNIT = 2**40  # scores as integers, so that equal sums are equal
_FIRST, _SECOND = 2**104, 2**36  # each is more than all that the next can add up to

Found = tuple[float, int]  # similarities of leaves, and how many leaves they are out of


@dataclass(frozen=True)
class KeyScore:
    """A key's mean score from 0 to 1, and those of the keys within it."""

    score: float
    children: dict[str, KeyScore] = field(default_factory=dict)


def anls_star(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    trees = _measurable(references)
    if not trees:
        return UNMEASURED
    text = leaf(prediction)
    read = text if all(isinstance(tree, Leaf) for tree in trees) else _answer(prediction)
    best = max(_mean(_compare(tree, text if isinstance(tree, Leaf) else read)) for tree in trees)
    return Part(best, 1.0)


def worst(references: tuple[str, ...], _policy: Policy) -> Part:
    return NOTHING if _measurable(references) else UNMEASURED


def key_scores(prediction: str, reference: str) -> dict[str, KeyScore]:
    """The score of each key of the answer and the reference, nested as they are.

    The items of a list share their keys: each has the mean over the paired items. Empty where
    either is no JSON object or list, or too large.
    """
    true = _measurable((reference,))
    if not true:
        return {}
    by_way: dict[tuple[str, ...], list[float]] = {}
    for way, score in _keys(true[0], _answer(prediction), ()):
        by_way.setdefault(way, []).append(score)
    return _nested(by_way, ())


def _measurable(references: tuple[str, ...]) -> list[Tree]:
    trees: list[Tree] = []
    for text in measurable(references):
        try:
            tree = structure(text, REFERENCE)
        except TooLargeError:
            continue
        trees.append(leaf(text) if tree is None else tree)
    return trees


def _answer(prediction: str) -> Tree:
    try:
        return structure(prediction, ANSWER) or leaf(prediction)
    except TooLargeError:
        return leaf(prediction)


def _mean(found: Found) -> float:
    total, leaves = found
    return total / leaves if leaves else 1.0


def _compare(true: Tree, said: Tree) -> Found:
    if isinstance(true, Leaf) and isinstance(said, Leaf):
        near = Levenshtein.normalized_similarity(true.text, said.text, score_cutoff=THRESHOLD)
        return near, 1
    if isinstance(true, Keyed) and isinstance(said, Keyed):
        found = [(key, _compare(*both)) for key, both in _by_key(true, said)]
        # A key made up without a value is no similarity, but counts as a leaf.
        total = sum(one[0] for key, one in found if key in true.items)
        return total, sum(one[1] for _, one in found)
    if isinstance(true, Many) and isinstance(said, Many):
        pairs = _pairs(true, said)
        single = true.leaves + said.leaves
        single -= sum(one.leaves + other.leaves for one, other, _ in pairs)
        return sum(one[0] for *_, one in pairs), single + sum(one[1] for *_, one in pairs)
    right = isinstance(true, Absent) and said.void
    return float(right), max(true.leaves, said.leaves)


def _by_key(true: Keyed, said: Keyed) -> Iterator[tuple[str, tuple[Tree, Tree]]]:
    for key in {**true.items, **said.items}:
        yield key, (true.items.get(key, ABSENT), said.items.get(key, ABSENT))


def _pairs(true: Many, said: Many) -> list[tuple[Tree, Tree, Found]]:
    grid = [[_compare(one, other) for other in said.items] for one in true.items]
    weights = [
        [
            _weight(found, spared=one.leaves + other.leaves - found[1])
            for other, found in zip(said.items, row, strict=True)
        ]
        for one, row in zip(true.items, grid, strict=True)
    ]
    return [(true.items[i], said.items[j], grid[i][j]) for i, j in assignment(weights)]


def _weight(found: Found, *, spared: int) -> int:
    return round(_mean(found) * _UNIT) * _FIRST + round(found[0] * _UNIT) * _SECOND + spared


def _keys(true: Tree, said: Tree, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    if isinstance(true, Keyed) and isinstance(said, Keyed):
        for key, (one, other) in _by_key(true, said):
            if key in true.items or not other.void:
                yield from _keys(one, other, (*way, key))
                yield (*way, key), _mean(_compare(one, other))
    elif isinstance(true, Many) and isinstance(said, Many):
        for one, other, _ in _pairs(true, said):
            yield from _keys(one, other, way)


def _nested(
    by_way: dict[tuple[str, ...], list[float]], above: tuple[str, ...]
) -> dict[str, KeyScore]:
    here = [way for way in by_way if way[:-1] == above]
    return {
        way[-1]: KeyScore(sum(by_way[way]) / len(by_way[way]), _nested(by_way, way)) for way in here
    }


ANLS_STAR = similarity(
    "anls_star",
    "ANLS*: ANLS over the leaves of JSON answers",
    anls_star,
    worst=worst,
)
