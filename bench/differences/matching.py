"""Which image of B is which of A's: so that a new order and a new coding can be told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.differences.looking import Thumbnail, alike, distance, thumbnail
from bench.pixels import ImageFacts

_COMPARED = 4096  # pairs of thumbnails; a film's frames are taken in their order
# Another order is believed only where it fits clearly better than the old one: pages of a form
# look alike, and a coding must not shuffle them.
_BETTER, _MARGIN = 1.5, 1.0


class Shown(NamedTuple):
    """What a matching needs of a run's images."""

    facts: Mapping[str, ImageFacts]
    paths: Mapping[str, Path]

    def pixels(self, key: str) -> str | None:
        return self.facts[key].rgb_sha256 if key in self.facts else None

    def small(self, key: str) -> Thumbnail | None:
        return thumbnail(self.paths[key]) if key in self.paths else None


class Match(NamedTuple):
    """Places in the two lists; `sure` where bytes, pixels or a thumbnail say so."""

    a: int
    b: int
    sure: bool


def matched(a: Sequence[str], b: Sequence[str], old: Shown, new: Shown) -> list[Match]:
    """By bytes, by pixels, by thumbnails, and the rest by their order; in the order of A."""
    found: list[Match] = []
    left_a, left_b = list(range(len(a))), list(range(len(b)))

    def take(same: Callable[[int, int], bool]) -> None:
        for only_here in (True, False):
            for i in list(left_a):
                j = i if only_here else next((j for j in left_b if same(i, j)), -1)
                if j in left_b and same(i, j):
                    found.append(Match(i, j, sure=True))
                    left_a.remove(i)
                    left_b.remove(j)

    take(lambda i, j: a[i] == b[j])
    take(lambda i, j: (seen := old.pixels(a[i])) is not None and seen == new.pixels(b[j]))
    small_a = {i: old.small(a[i]) for i in left_a}
    small_b = {j: new.small(b[j]) for j in left_b}
    for i, j in _by_thumbnail(left_a, left_b, small_a, small_b):
        one, other = small_a[i], small_b[j]
        found.append(Match(i, j, sure=one is not None and other is not None and alike(one, other)))
    return sorted(found)


def _by_thumbnail(
    left_a: Sequence[int],
    left_b: Sequence[int],
    small_a: Mapping[int, Thumbnail | None],
    small_b: Mapping[int, Thumbnail | None],
) -> list[tuple[int, int]]:
    in_order = list(zip(left_a, left_b, strict=False))
    blind = any(one is None for one in [*small_a.values(), *small_b.values()])
    if blind or len(left_a) * len(left_b) > _COMPARED or max(len(left_a), len(left_b)) < 2:
        return in_order
    apart = {
        (i, j): distance(one, other)
        for i, one in small_a.items()
        for j, other in small_b.items()
        if one is not None and other is not None
    }
    greedy: list[tuple[int, int]] = []
    free_a, free_b = set(left_a), set(left_b)
    for _, _, i, j in sorted((value, abs(i - j), i, j) for (i, j), value in apart.items()):
        if i in free_a and j in free_b:
            greedy.append((i, j))
            free_a.remove(i)
            free_b.remove(j)
    if len(left_a) != len(left_b):
        return greedy
    old, new = (sum(apart[two] for two in pairs) for pairs in (in_order, greedy))
    return greedy if old > _BETTER * new + _MARGIN else in_order
