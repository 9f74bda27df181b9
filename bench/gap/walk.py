"""Each sample's way from A's score to B's, in steps that change one thing each.

The order is fixed (docs/decisions/0016): scorer, data, failures, answer extraction, answers; at the
end samples that only B has, and B's own scorer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bench.collect import Answer
from bench.gap.asked import Asked
from bench.gap.extraction import Extraction
from bench.gap.rows import OF_REQUESTS, RestKind, Samples, TermKind
from bench.gap.scoring import Cells, Rules


class Cause(NamedTuple):
    """What a step's change is put down to: a term, or (`rest`) a part of the rest."""

    term: TermKind | None = None
    rest: RestKind | None = None
    kinds: tuple[TermKind, ...] = ()
    side: str = ""  # the side or sides that it is about


STEPS: tuple[TermKind | None, ...] = (
    *("scorer", "data", "failures", "extraction", "extraction"),
    *(None, "extraction", "data", "scorer"),  # None: each sample has its own cause there
)
ANSWERS = STEPS.index(None)
SAME_REQUEST = Cause(rest="same request")


@dataclass(frozen=True)
class Walk:
    """`scores` has one more than STEPS. `cause` is of the step of answers.

    `concerns`: the terms whose cause this sample has, whether or not its score moved.
    """

    doc_id: str
    scores: tuple[Cells, ...]
    place: str
    cause: Cause | None = None
    concerns: frozenset[TermKind] = frozenset()


@dataclass(frozen=True)
class Side:
    """A side's answers by sample, and its scores as they are stored; None where none are."""

    answers: Mapping[str, Answer]
    stored: Mapping[str, Cells] | None


@dataclass(frozen=True)
class Steps:
    """Everything that walks one sample. `a_rules`: A's truth and reading; `b_truth`: B's truth,
    A's reading; `b_rules`: B's both. All are of one metric.
    """

    a: Side
    b: Side
    a_rules: Rules
    b_truth: Rules
    b_rules: Rules
    same_truth: bool
    same_reading: bool
    asked: Asked
    extraction: Extraction

    def walks(self) -> dict[str, Walk]:
        names = [*self.a.answers, *(name for name in self.b.answers if name not in self.a.answers)]
        return {name: self._walk(name) for name in names}

    def _walk(self, name: str) -> Walk:
        old, new = self.a.answers.get(name), self.b.answers.get(name)
        if old is None or new is None:
            return self._on_one_side(name, old, new)
        return self._on_both(name, old, new)

    def _on_one_side(self, name: str, old: Answer | None, new: Answer | None) -> Walk:
        nothing: Cells = ()
        concerns: frozenset[TermKind] = frozenset(("data", "scorer"))
        if old is not None:
            by_rule = self.a_rules.cells(old, old.sample, old.prediction)
            scores = (_first(self.a, name, by_rule), by_rule, *[nothing] * (len(STEPS) - 1))
            return Walk(old.sample.doc_id, scores, "only_a", concerns=concerns)
        if new is None:
            raise ValueError(f"{name} is on neither side")
        by_rule = self.b_rules.cells(new, new.sample, new.prediction)
        scores = (*[nothing] * (len(STEPS) - 1), by_rule, _first(self.b, name, by_rule))
        return Walk(new.sample.doc_id, scores, "only_b", concerns=concerns)

    def _on_both(self, name: str, old: Answer, new: Answer) -> Walk:
        end = self.b_rules.cells(new, new.sample, new.prediction)
        same_truth = self.same_truth and old.sample == new.sample
        same_answer = old.prediction == new.prediction
        alike = same_truth and same_answer and self.same_reading
        by_rule = end if alike else self.a_rules.cells(old, old.sample, old.prediction)
        held = by_rule
        if not same_truth:
            held = self.b_truth.cells(old, new.sample, old.prediction)
        begin, stored = _first(self.a, name, by_rule), _first(self.b, name, end)
        concerns: set[TermKind] = {"scorer"} if same_truth else {"scorer", "data"}
        if old.prediction is None or new.prediction is None:
            once = old.prediction is not None or new.prediction is not None
            scores = (begin, by_rule, held, *[end] * (len(STEPS) - 3), stored)
            place = "failed_once" if once else "failed_twice"
            concerns |= {"failures"} if once else set()
            return Walk(new.sample.doc_id, scores, place, concerns=frozenset(concerns))
        read = held
        if not self.same_reading:
            read = end if same_answer else self.b_rules.cells(old, new.sample, old.prediction)
            concerns.add("extraction")
        before, after, cause, place = self._answered(name, old, new, read, end)
        if cause.term is not None:
            concerns.add(cause.term)
        if self._made_otherwise(name) or before is not read or after is not end:
            concerns.add("extraction")
        scores = (begin, by_rule, held, held, read, before, after, end, end, stored)
        return Walk(new.sample.doc_id, scores, place, cause, frozenset(concerns))

    def _answered(
        self, name: str, old: Answer, new: Answer, read: Cells, end: Cells
    ) -> tuple[Cells, Cells, Cause, str]:
        """The scores around the step of answers, and what makes the answers differ."""
        kinds = self.asked.of(name)
        cause, place = _cause(kinds, self.asked.missing(name) if kinds is None else "")
        if old.prediction == new.prediction:
            return read, end, cause, place
        if self._made_otherwise(name):
            return end, end, cause, place
        if not self.extraction.differs or kinds is None:
            return read, end, cause, place
        said = self.extraction.said[name]
        by_b, by_a = self.extraction.way_of_b, self.extraction.way_of_a
        rules = self.b_rules
        if by_b is not None and len(said.a_texts) == 1:
            return rules.cells(old, new.sample, by_b(said.a_texts[0])), end, cause, place
        if by_a is not None and len(said.b_texts) == 1:
            return read, rules.cells(new, new.sample, by_a(said.b_texts[0])), cause, place
        both: tuple[TermKind, ...] = ("extraction", *_ordered(kinds))
        return read, end, Cause(rest="together", kinds=both), "several_causes"

    def _made_otherwise(self, name: str) -> bool:
        """The model's texts are equal, the predictions made of them are not."""
        said = self.extraction.said.get(name)
        return said is not None and said.same_texts and said.a != said.b


def _first(side: Side, name: str, by_rule: Cells) -> Cells:
    return by_rule if side.stored is None else side.stored.get(name, ())


def _ordered(kinds: Iterable[TermKind]) -> tuple[TermKind, ...]:
    return tuple(kind for kind in OF_REQUESTS if kind in set(kinds))


def _cause(kinds: frozenset[TermKind] | None, missing: str) -> tuple[Cause, str]:
    if kinds is None:
        return Cause(rest="not on record", side=missing), "not_recorded"
    if not kinds:
        return SAME_REQUEST, "same_request"
    if len(kinds) == 1:
        return Cause(term=next(iter(kinds))), "one_cause"
    return Cause(rest="together", kinds=_ordered(kinds)), "several_causes"


def counted(walks: Iterable[Walk]) -> Samples:
    found = Counter(walk.place for walk in walks)
    fields = [name for name in Samples.__dataclass_fields__ if name != "all"]
    return Samples(all=found.total(), **{name: found[name] for name in fields})
