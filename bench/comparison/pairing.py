"""Two jobs' records side by side: by sample and field, never by their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from bench.aggregate.places import Place
from bench.comparison.answers import Answer, Answers, Key
from bench.comparison.rows import KindCompared, Pairing

RIGHT = "right"
_EXAMPLES = 3


@dataclass(frozen=True)
class Paired:
    """`keys` and the two sides are parallel."""

    keys: tuple[Key, ...]
    a: tuple[Answer, ...]
    b: tuple[Answer, ...]
    pairing: Pairing

    @cached_property
    def documents(self) -> tuple[str, ...]:
        return tuple(sorted({one.doc_id for one in self.a}))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return tuple(dict.fromkeys(one.place for one in self.a))


def paired(a: Answers, b: Answers) -> Paired:
    keys = tuple(sorted((key for key in a if key in b), key=_order))
    only_a = [key for key, one in a.items() if one.whole and key not in b]
    only_b = [key for key, one in b.items() if one.whole and key not in a]
    left, right = tuple(a[key] for key in keys), tuple(b[key] for key in keys)
    wholes = [(one, other) for one, other in zip(left, right, strict=True) if one.whole]
    named = sorted(str(key[0]) for key in (*only_a, *only_b))
    return Paired(
        keys,
        left,
        right,
        Pairing(
            pairs=len(wholes),
            only_a=len(only_a),
            only_b=len(only_b),
            examples=tuple(named[:_EXAMPLES]),
            other_truth=sum(
                one.truth != other.truth or one.place != other.place
                for one, other in zip(left, right, strict=True)
            ),
            failed_a=sum(one.failed for one, _ in wholes),
            failed_b=sum(other.failed for _, other in wholes),
            fields=len(keys) - len(wholes),
        ),
    )


def _order(key: Key) -> tuple[str, str]:
    return key[0], key[1] or ""


def kinds(paired: Paired) -> tuple[tuple[KindCompared, ...], int, int]:
    """Kinds of mistakes on both sides, the most frequent first; and how many records that were
    wrong are right in B (fixed), or the other way (broken).
    """
    moves = Counter(
        (one.mistake or RIGHT, other.mistake or RIGHT)
        for one, other in zip(paired.a, paired.b, strict=True)
        if one.scores or other.scores
    )
    named = {kind for move in moves for kind in move} - {RIGHT}
    found = [_kind(kind, moves) for kind in named]
    fixed = sum(n for (old, new), n in moves.items() if old != RIGHT == new)
    broken = sum(n for (old, new), n in moves.items() if old == RIGHT != new)
    return tuple(sorted(found, key=lambda one: (-one.a - one.b, one.kind))), fixed, broken


def _kind(kind: str, moves: Counter[tuple[str, str]]) -> KindCompared:
    both = moves[kind, kind]
    old = sum(n for (one, _), n in moves.items() if one == kind)
    new = sum(n for (_, other), n in moves.items() if other == kind)
    return KindCompared(kind, old, new, old - both, new - both)


def obstacles(pairing: Pairing) -> Iterator[str]:
    """Why these records cannot be compared one with one."""
    if not pairing.pairs:
        yield "no record has a partner: the samples' ids differ"
        return
    if pairing.only_a or pairing.only_b:
        e_g = ", ".join(pairing.examples)
        yield (
            f"{pairing.only_a + pairing.only_b:,} records have no partner "
            f"({pairing.only_a:,} only in A, {pairing.only_b:,} only in B; e.g. {e_g})"
        )
    if pairing.other_truth:
        yield (
            f"{pairing.other_truth:,} paired records have other references, another document or "
            "another field"
        )


def labels(answers: Iterable[Answer]) -> set[str]:
    """The metrics that some record has a score of."""
    return {label for one in answers for label in one.scores}
