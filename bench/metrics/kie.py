"""Key-information F1 over entities and over groups (line items), micro over the corpus.

Source: Khang et al., "KIEval: Evaluation Metric for Document Key Information Extraction", ICDAR
2025 (arXiv:2503.05488), and its code (UpstageAI/KIEval at 95914a47: total.kieval and
total.grouping, `hungarian`, values split). Groups of one kind are paired so that most entities
agree; an entity is right where its key and value stand in the group it is paired with, a group
where all its entities do. With TP right ones, F1 = 2 TP / (predicted + true), summed over samples.

What is an entity or a group of a JSON answer: bench/metrics/entities.py. Values are compared as
texts, by the policy. An answer that is no JSON object or list has no entity. A sample where
neither side has one has no value, and does not count; what is made up beside an empty reference
does (KIEval leaves out what is made up where the whole corpus has no true entity of the kind).

`kie_typed_*` are ours: a value is right where it means the same, by the type that the task declares
for its path (docs/fields.md); paths without one are compared as texts. Groups that are equal as
texts are paired first, and the order of several values of one key says nothing.

A reference over the limits has no score; an answer over its limits has no entity that is right,
and counts as no answer. Of several references the best counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal, NamedTuple, Protocol

from bench.fields import FieldRule, reason
from bench.fields.verdict import MATCHING
from bench.metrics.assignment import assignment
from bench.metrics.edits import measurable
from bench.metrics.entities import NONE, Extraction, Form, Group, extraction
from bench.metrics.metric import UNMEASURED, Metric, Part, Policy, similarity
from bench.metrics.structure import Limits, TooLargeError

REFERENCE = Limits(values=2000, items=300)
ANSWER = Limits(values=5000, items=600)

_Unit = Literal["entity", "group"]


class Found(NamedTuple):
    """How many entities and how many whole groups are right."""

    entities: int
    groups: int


class _Comparison(Protocol):
    def common(self, true: Group, said: Group) -> int:
        """How many entities of two groups agree."""

    def whole(self, true: Group, said: Group, common: int) -> bool:
        """Whether two groups that are not equal as texts are right as a whole."""


def kie_f1(
    prediction: str,
    references: tuple[str, ...],
    policy: Policy,
    *,
    unit: _Unit,
    typed: bool,
) -> Part:
    trues = _measurable(references, policy)
    if not trues:
        return UNMEASURED
    said = _answer(prediction, policy)
    by = _ByType(policy.fields) if typed else _ByText()
    parts = [_part(_found(true, said, by), true, said, unit) for true in trues]
    return max(parts, key=_nearness)


def worst(references: tuple[str, ...], policy: Policy, *, unit: _Unit) -> Part:
    """The largest reference, all of it missing."""
    trues = _measurable(references, policy)
    return Part(0.0, float(max((_count(one, unit) for one in trues), default=0)))


def _found(true: Extraction, said: Extraction, by: _Comparison) -> Found:
    entities, groups = by.common(true.alone, said.alone), 0
    for kind in true.kinds.keys() & said.kinds.keys():
        more, whole = _paired(true.kinds[kind], said.kinds[kind], by)
        entities, groups = entities + more, groups + whole
    return Found(entities, groups)


def _measurable(references: tuple[str, ...], policy: Policy) -> list[Extraction]:
    trees = []
    for text in measurable(references):
        try:
            tree = extraction(text, REFERENCE, policy.apply)
        except TooLargeError:
            continue
        trees += [tree] if tree is not None else []
    return trees


def _answer(prediction: str, policy: Policy) -> Extraction:
    try:
        return extraction(prediction, ANSWER, policy.apply) or NONE
    except TooLargeError:
        return NONE


def _part(right: Found, true: Extraction, said: Extraction, unit: _Unit) -> Part:
    both = 2.0 * (right.entities if unit == "entity" else right.groups)
    return Part(both, float(_count(true, unit) + _count(said, unit)))


def _count(one: Extraction, unit: _Unit) -> int:
    return one.entities if unit == "entity" else one.groups


def _nearness(part: Part) -> tuple[float, float]:
    """Nothing found where there is nothing is all right."""
    return (1.0 if part.value is None else part.value), -part.denominator


def _paired(true: Sequence[Group], said: Sequence[Group], by: _Comparison) -> Found:
    """Equal groups first: some pairing with the most common entities always has them all."""
    equal = Counter(one.form for one in true) & Counter(one.form for one in said)
    sizes = {one.form: one.size for one in true}
    entities = sum(sizes[form] * count for form, count in equal.items())
    more = _assigned(_without(true, equal), _without(said, equal), by)
    return Found(entities + more.entities, equal.total() + more.groups)


def _without(groups: Sequence[Group], forms: Counter[Form]) -> list[Group]:
    gone, left = forms.copy(), []
    for one in groups:
        if gone[one.form]:
            gone[one.form] -= 1
        else:
            left.append(one)
    return left


def _assigned(true: list[Group], said: list[Group], by: _Comparison) -> Found:
    """For the most common entities and, among such pairings, the most whole groups."""
    more_than_all = len(true) + 1
    weights = []
    for one in true:
        agreeing = [(other, by.common(one, other)) for other in said]
        weights.append([n * more_than_all + by.whole(one, other, n) for other, n in agreeing])
    chosen = [divmod(weights[i][j], more_than_all) for i, j in assignment(weights)]
    return Found(sum(entities for entities, _ in chosen), sum(whole for _, whole in chosen))


class _ByText:
    def common(self, true: Group, said: Group) -> int:
        return len(true.marks & said.marks)

    def whole(self, true: Group, said: Group, common: int) -> bool:  # noqa: ARG002
        """KIEval asks for the order of several values of one key as well: equal or not right."""
        return False


class _ByType:
    """By the declared types; each two values are compared once."""

    def __init__(self, rules: Mapping[str, FieldRule]) -> None:
        self._rules = rules
        self._known: dict[tuple[str, str, str], bool] = {}

    def common(self, true: Group, said: Group) -> int:
        return sum(
            self._agreeing(path, values, said.values[path])
            for path, values in true.values.items()
            if path in said.values
        )

    def whole(self, true: Group, said: Group, common: int) -> bool:
        return common == true.size == said.size

    def _agreeing(self, path: str, true: tuple[str, ...], said: tuple[str, ...]) -> int:
        rule = self._rules.get(path)
        if rule is None:
            return (Counter(true) & Counter(said)).total()
        if len(true) == len(said) == 1:
            return int(self._agree(path, true[0], said[0], rule))
        weights = [[int(self._agree(path, one, other, rule)) for other in said] for one in true]
        return sum(weights[i][j] for i, j in assignment(weights))

    def _agree(self, path: str, true: str, said: str, rule: FieldRule) -> bool:
        key = (path, true, said)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = reason(said, (true,), rule) in MATCHING
        return known


def _metric(name: str, summary: str, unit: _Unit, *, typed: bool) -> Metric:
    return similarity(
        name,
        summary,
        partial(kie_f1, unit=unit, typed=typed),
        unit="F1",
        worst=partial(worst, unit=unit),
        takes_policy=True,
    )


KIEVAL_ENTITY_F1 = _metric(
    "kieval_entity_f1", "F1 over keys and values of JSON answers (KIEval)", "entity", typed=False
)
KIEVAL_GROUP_F1 = _metric(
    "kieval_group_f1", "F1 over whole line items of JSON answers (KIEval)", "group", typed=False
)
KIE_TYPED_ENTITY_F1 = _metric(
    "kie_typed_entity_f1", "as kieval_entity_f1, values by their types", "entity", typed=True
)
KIE_TYPED_GROUP_F1 = _metric(
    "kie_typed_group_f1", "as kieval_group_f1, values by their types", "group", typed=True
)
