"""The pairing of rows with columns that has the highest sum of weights: the Hungarian method.

Kuhn 1955, by shortest augmenting paths as in Jonker and Volgenant 1987: at most
rows x rows x columns steps, rows being the shorter side. The weights are integers of any size, so
that no rounding decides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def assignment(weights: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """(row, column) pairs in the order of the rows; the shorter side is paired as a whole."""
    if not weights or not weights[0]:
        return []
    if len(weights) > len(weights[0]):
        turned = list(zip(*weights, strict=True))
        return sorted((row, column) for column, row in assignment(turned))
    row_prices, column_prices = [0] * len(weights), [0] * len(weights[0])
    row_of: list[int | None] = [None] * len(weights[0])
    for row in range(len(weights)):
        _place(row, weights, row_prices, column_prices, row_of)
    return sorted((row, column) for column, row in enumerate(row_of) if row is not None)


def _place(
    new: int,
    weights: Sequence[Sequence[int]],
    row_prices: list[int],
    column_prices: list[int],
    row_of: list[int | None],
) -> None:
    """Give the new row a column; rows on the cheapest path to a free one move along it."""
    distance: list[float] = [math.inf] * len(column_prices)
    before: list[int | None] = [None] * len(column_prices)
    unseen = list(range(len(column_prices)))
    seen: list[int] = []
    row, column, gone = new, None, 0
    while True:
        here, offset = weights[row], gone - row_prices[row]
        nearest = unseen[0]
        for other in unseen:
            length = offset - here[other] - column_prices[other]
            if length < distance[other]:
                distance[other], before[other] = length, column
            if distance[other] < distance[nearest]:
                nearest = other
        gone = int(distance[nearest])
        taken_by = row_of[nearest]
        if taken_by is None:
            break
        unseen.remove(nearest)
        seen.append(nearest)
        row, column = taken_by, nearest
    row_prices[new] += gone
    for column in seen:
        rest = gone - int(distance[column])
        row_prices[row_of[column] or 0] += rest
        column_prices[column] -= rest
    end: int | None = nearest
    while end is not None:
        previous = before[end]
        row_of[end] = new if previous is None else row_of[previous]
        end = previous
