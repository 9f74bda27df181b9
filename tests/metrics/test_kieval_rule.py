"""`kieval_*` against KIEval's rule written anew: counts key by key, all pairings of groups tried.

Its code pairs by scipy's Hungarian method, which takes any of the pairings that are equally good.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from itertools import permutations

import pytest

from bench.metrics import METRICS, Part, Policy

Item = dict[str, list[str]]  # the values of a key, as KIEval joins them by a delimiter
Page = tuple[dict[str, list[str]], dict[str, list[Item]]]  # entities alone, kinds of groups
Counts = tuple[int, int, int]  # right, made up, missed


def counted(true: list[str], said: list[str]) -> Counts:
    left, right = list(true), 0
    for value in said:
        if value in left:
            left.remove(value)
            right += 1
    return right, len(said) - right, len(left)


def of_keys(true: Item, said: Item) -> Counts:
    each = [counted(true.get(key, []), said.get(key, [])) for key in true.keys() | said.keys()]
    return sum(c[0] for c in each), sum(c[1] for c in each), sum(c[2] for c in each)


def pairings(true: list[Item], said: list[Item]) -> list[list[tuple[int, int]]]:
    """All of those with the most entities in common."""
    short, long = sorted((len(true), len(said)))
    turned = len(true) > len(said)
    by_sum: dict[int, list[list[tuple[int, int]]]] = defaultdict(list)
    for chosen in permutations(range(long), short):
        pairs = [(j, i) if turned else (i, j) for i, j in enumerate(chosen)]
        by_sum[sum(of_keys(true[i], said[j])[0] for i, j in pairs)].append(pairs)
    return by_sum[max(by_sum)]


def kieval(true: Page, said: Page) -> tuple[Counts, list[Counts]]:
    """Of the entities, and of the groups by every pairing that it could take."""
    total, whole = of_keys(true[0], said[0]), [(0, 0, 0)]
    for kind in true[1].keys() | said[1].keys():
        trues, saids = true[1].get(kind, []), said[1].get(kind, [])
        found = []
        for pairs in pairings(trues, saids):
            equal = sum(trues[i] == saids[j] for i, j in pairs)
            found.append((equal, len(saids) - equal, len(trues) - equal))
            entities = [of_keys(trues[i], saids[j]) for i, j in pairs]
            entities += [of_keys(one, {}) for i, one in enumerate(trues) if i not in dict(pairs)]
            taken = {j for _, j in pairs}
            entities += [of_keys({}, one) for j, one in enumerate(saids) if j not in taken]
        total = plus(total, *entities)
        whole = [plus(one, other) for one in whole for other in found]
    return total, whole


def plus(*each: Counts) -> Counts:
    return sum(c[0] for c in each), sum(c[1] for c in each), sum(c[2] for c in each)


def f1(right: int, made_up: int, missed: int) -> float:
    """By way of precision and recall, as there."""
    precision = right / (right + made_up) if right + made_up else 0.0
    recall = right / (right + missed) if right + missed else 0.0
    both = precision + recall
    return 2 * precision * recall / both if both else 0.0


def page(g: random.Random) -> Page:
    def values() -> list[str]:
        return g.choices(["1", "2", "3", "tea"], k=g.choice([1, 1, 1, 2]))

    def item() -> Item:
        return {key: values() for key in g.sample("abc", g.randint(1, 3))}

    alone = {key: values() for key in g.sample("uvwx", g.randint(0, 3))}
    names = g.sample("kl", g.choice([0, 1, 1, 2]))
    return alone, {kind: [item() for _ in range(g.randint(1, 4))] for kind in names}


def near(true: Page, g: random.Random) -> Page:
    """Some of it, some of another page, the rows in another order."""
    other = page(g)

    def mixed(one: Item, two: Item) -> Item:
        chosen = {key: list(value) for key, value in one.items() if g.random() < 0.8}
        return chosen | {key: value for key, value in two.items() if g.random() < 0.2}

    kinds: dict[str, list[Item]] = {}
    for kind, rows in true[1].items():
        said = [mixed(row, g.choice(rows)) if g.random() < 0.5 else row for row in rows]
        said = [row for row in said if row and g.random() < 0.9] + other[1].get(kind, [])[:1]
        g.shuffle(said)
        kinds |= {kind: said} if said else {}
    return mixed(true[0], other[0]), kinds


def as_json(one: Page, g: random.Random) -> str:
    def short(values: list[str]) -> str | list[str]:
        return values[0] if len(values) == 1 and g.random() < 0.5 else values

    rows = {
        kind: [{key: short(values) for key, values in item.items()} for item in items]
        for kind, items in one[1].items()
    }
    return json.dumps({key: short(values) for key, values in one[0].items()} | rows)


@pytest.mark.parametrize("seed", range(4))
def test_entities_and_groups_are_counted_as_there(seed: int) -> None:
    g = random.Random(seed)
    entities, groups, mine = [], [], []
    told_apart = 0
    for _ in range(250):
        true = page(g)
        said = near(true, g) if g.random() < 0.9 else page(g)
        texts = as_json(said, g), (as_json(true, g),)
        total, whole = kieval(true, said)
        entity = METRICS["kieval_entity_f1"].measure(*texts, Policy())
        group = METRICS["kieval_group_f1"].measure(*texts, Policy())
        assert entity == Part(2.0 * total[0], 2.0 * total[0] + total[1] + total[2])
        best = max(whole)
        assert group == Part(2.0 * best[0], 2.0 * best[0] + best[1] + best[2])
        told_apart += len(set(whole)) > 1
        entities.append(total)
        groups.append(best)
        mine.append((entity, group))
    for counts, parts in zip((entities, groups), zip(*mine, strict=True), strict=True):
        corpus = Part(sum(p.numerator for p in parts), sum(p.denominator for p in parts)).value
        assert corpus == pytest.approx(f1(*plus(*counts)), abs=1e-9)
        assert 0.3 < f1(*plus(*counts)) < 0.95
    assert 0 < told_apart < 125  # where its number hangs on the solver, ours is the highest
