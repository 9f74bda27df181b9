"""How each harness makes a prediction of a model's text, as far as the record shows it.

Of a harness only pairs of text and prediction are known. Where the texts of A and B are equal, what
the predictions differ by is its doing. Where they are not, one side's way has to be applied to the
other's text: that can be done where all pairs of a side are explained by a way that is known (the
text as it is, or without the white space around it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from bench.differences.sides import JobOf
from bench.gap.asked import Exchanges

Way = Callable[[str], str]
Texts = tuple[str, ...]  # what the model said to each request of one sample
WAYS: tuple[Way, ...] = (lambda text: text, str.strip, str.rstrip, str.lstrip)


@dataclass(frozen=True)
class Said:
    """A sample that both sides answered: the model's texts, and the predictions made of them."""

    a_texts: Texts
    b_texts: Texts
    a: str
    b: str

    @property
    def same_texts(self) -> bool:
        return bool(self.a_texts) and self.a_texts == self.b_texts


@dataclass(frozen=True)
class Extraction:
    """The ways of both sides over all samples."""

    said: Mapping[str, Said]
    same_program: bool

    @cached_property
    def differs(self) -> bool:
        """Whether the same text became another prediction, or may: by another harness, without a
        text that both altered alike.
        """
        alike = False
        for one in self.said.values():
            if one.same_texts:
                if one.a != one.b:
                    return True
                alike = alike or (one.a,) != one.a_texts
        return not (self.same_program or alike)

    @cached_property
    def way_of_a(self) -> Way | None:
        return _way((one.a_texts, one.a) for one in self.said.values())

    @cached_property
    def way_of_b(self) -> Way | None:
        return _way((one.b_texts, one.b) for one in self.said.values())


def extraction(a: JobOf, b: JobOf, said: Mapping[str, Said]) -> Extraction:
    old, new = a.mark.harness, b.mark.harness
    same = old == new and (old.version is not None or a.mark.locks.harness == b.mark.locks.harness)
    return Extraction(said, same)


def texts_of(exchanges: Exchanges, sample: str) -> Texts:
    """Sorted: several requests of one sample may come back in any order."""
    return tuple(sorted(one.answer.text or "" for one in exchanges.get(sample, ())))


def _way(pairs: Iterable[tuple[Texts, str]]) -> Way | None:
    """The first that explains every pair; None where none does, or nothing is on record."""
    left = list(WAYS)
    seen = False
    for texts, prediction in pairs:
        if len(texts) != 1:
            if texts:
                return None
            continue
        seen = True
        left = [way for way in left if way(texts[0]) == prediction]
    return left[0] if seen and left else None
