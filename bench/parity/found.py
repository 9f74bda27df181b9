"""From scores to what is found: rows, the rules behind differences, and what no rule explains."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from bench.parity import choice
from bench.parity.calling import Called, Scored
from bench.parity.cases import Case
from bench.parity.rows import (
    Example,
    FamilyFound,
    Group,
    Row,
    RuleSaid,
    Silence,
    Unexplained,
    Way,
)
from bench.parity.rules import (
    Family,
    Ours,
    Outcome,
    Setting,
    Theirs,
    differing,
    explanation,
    same,
)

_NO_ANSWER: Final = "no score"
Scorer = Theirs | Ours


@dataclass(frozen=True)
class _Column:
    """A scorer with its scores by case; `sound`: the cases where our rules give them as well."""

    scorer: Scorer
    scores: Mapping[str, Scored]
    sound: frozenset[str]
    function: str | None
    problem: str | None


def family_found(
    family: Family,
    cases: Sequence[Case],
    called: Mapping[str, Called],
    none: Mapping[str, str],
) -> FamilyFound:
    """`called` by harness; `none`: the harnesses that were not asked, and why."""
    family = replace(family, measure=_remembered(family.measure))
    answered = [one for one in cases if one.prediction is not None]
    unexplained: list[Unexplained] = []
    columns = []
    for scorer in family.scorers:
        column = _column(family, scorer, cases, called)
        if column is None:
            continue
        wrong = [] if column.problem else list(_unexplained(family, column, answered))
        unexplained += wrong
        sound = frozenset() if column.problem else {one.id for one in answered}
        columns.append(replace(column, sound=frozenset(sound - {one.id for one in wrong})))
    harnesses = {one.harness for one in family.theirs}
    absent = {name: why for name, why in none.items() if name in harnesses}
    return FamilyFound(
        name=family.name,
        title=family.title,
        answers=len(answered),
        failed=len(cases) - len(answered),
        rows=tuple(_row(one, columns, answered) for one in columns),
        groups=tuple(_groups(family, columns, answered)),
        unexplained=tuple(unexplained),
        silences=tuple(_silences(columns, [one for one in cases if one.prediction is None])),
        none={**family.none, **absent},
    )


def _remembered(
    measure: Callable[[Case, Setting], Outcome],
) -> Callable[[Case, Setting], Outcome]:
    known: dict[tuple[str, tuple[str, ...]], Outcome] = {}

    def remembered(case: Case, setting: Setting) -> Outcome:
        key = case.id, tuple(setting.values())
        if key not in known:
            known[key] = measure(case, setting)
        return known[key]

    return remembered


def _column(
    family: Family, scorer: Scorer, cases: Sequence[Case], called: Mapping[str, Called]
) -> _Column | None:
    if isinstance(scorer, Ours):
        rows = {one.id: _ours(family, scorer, one) for one in cases if one.prediction is not None}
        return _Column(scorer, rows, frozenset(), None, None)
    run = called.get(scorer.harness)
    if run is None:
        return None
    loaded = run.loaded.get(scorer.name)
    problem = run.problem or (loaded.error if loaded else "its scorers.py does not have it")
    found = {one.id: run.scores.get((scorer.name, one.id)) for one in cases}
    rows = {name: row for name, row in found.items() if row is not None}
    if not problem and len(rows) < len(cases):
        problem = f"{len(cases) - len(rows)} of {len(cases)} scores did not come back"
    return _Column(scorer, rows, frozenset(), loaded.function if loaded else None, problem)


def _ours(family: Family, scorer: Ours, case: Case) -> Scored:
    read = family.measure(case, scorer.setting).read if family.kind == "choice" else None
    return Scored(scorer=scorer.key, id=case.id, score=scorer.score(case), read=read)


def _unexplained(
    family: Family, column: _Column, answered: Sequence[Case]
) -> Iterator[Unexplained]:
    for case in answered:
        row, expected = column.scores[case.id], family.measure(case, column.scorer.setting)
        if row.error is None and same(row.score, expected.score) and row.read == expected.read:
            continue
        yield Unexplained(
            scorer=column.scorer.key,
            id=case.id,
            expected=expected.score,
            expected_read=expected.read,
            found=row.score,
            found_read=row.read,
            error=row.error,
        )


def _row(column: _Column, columns: Sequence[_Column], answered: Sequence[Case]) -> Row:
    scorer = column.scorer
    rows = [] if column.problem else [column.scores[one.id] for one in answered]
    scores = [one.score for one in rows if one.score is not None]
    empty = [one for one in rows if one.score is None and one.error is None]
    guessed = sum(one.read == choice.GUESS for one in empty)
    open_ = len(rows) - len(scores) - (len(empty) - guessed)
    total, over = math.fsum(scores), len(scores) + open_
    metric, equal, departed = _claim(column, columns, answered)
    others = [one for one in columns if one is not column and not one.problem]
    return Row(
        key=scorer.key,
        unit="bench" if isinstance(scorer, Ours) else "harness",
        harness="bench" if isinstance(scorer, Ours) else scorer.harness,
        name=scorer.name,
        function=column.function,
        metric=metric.name if metric else None,
        value=total / over if over and not open_ else None,
        low=total / over if over else None,
        high=(total + open_) / over if over else None,
        scored=len(scores),
        guessed=guessed,
        unmeasured=len(empty) - guessed,
        raised=sum(one.error is not None for one in rows),
        equal=equal,
        departed=departed,
        departs=differing(metric.setting, scorer.setting) if metric else (),
        differs={
            one.scorer.key: _count(column, one, answered) for one in others if not column.problem
        },
        problem=column.problem,
    )


def _claim(
    column: _Column, columns: Sequence[_Column], answered: Sequence[Case]
) -> tuple[Ours | None, int | None, int | None]:
    """The metric that claims the scorer; on how many answers it is equal, and on how many it is
    another one by rules that are known. None for the last where an answer is left over.
    """
    if isinstance(column.scorer, Ours) or column.scorer.claimed_by is None or column.problem:
        return None, None, None
    name = column.scorer.claimed_by
    ours = next(one for one in columns if isinstance(one.scorer, Ours) and one.scorer.name == name)
    equal = len(answered) - _count(column, ours, answered)
    both = column.sound & ours.sound
    departed = sum(
        not same(column.scores[one.id].score, ours.scores[one.id].score)
        for one in answered
        if one.id in both
    )
    metric = ours.scorer if isinstance(ours.scorer, Ours) else None
    return metric, equal, departed if equal + departed == len(answered) else None


def _count(one: _Column, other: _Column, answered: Sequence[Case]) -> int:
    return sum(not _equal(one.scores[case.id], other.scores[case.id]) for case in answered)


def _equal(one: Scored, other: Scored) -> bool:
    return one.error is None and other.error is None and same(one.score, other.score)


def _groups(
    family: Family, columns: Sequence[_Column], answered: Sequence[Case]
) -> Iterator[Group]:
    """The largest first; the example is a case that no other set of rules has, if there is one."""
    found: dict[tuple[str, ...], list[Case]] = defaultdict(list)
    for case in answered:
        sound = [one for one in columns if case.id in one.sound]
        behind = {
            rules
            for one, other in combinations(sound, 2)
            if not _equal(one.scores[case.id], other.scores[case.id])
            and (rules := _rules(family, case, one.scorer, other.scorer))
        }
        for rules in behind:
            found[rules].append(case)
    sets = Counter(case.id for some in found.values() for case in some)
    shown: set[str] = set()
    for rules, some in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        example = min(some, key=lambda one: (one.id in shown, sets[one.id], len(one.answer) < 2))
        shown.add(example.id)
        yield Group(
            rules=tuple(_said(family, name, columns, example) for name in rules),
            ids=tuple(one.id for one in some),
            example=_example(example, columns),
        )


def _rules(family: Family, case: Case, one: Scorer, other: Scorer) -> tuple[str, ...]:
    if family.kind == "choice":
        steps = {choice.found_by(case, side.setting).step for side in (one, other)}
        return tuple(name for name in choice.STEPS if name in steps)
    return explanation(family, case, one.setting, other.setting) or ()


def _said(family: Family, name: str, columns: Sequence[_Column], case: Case) -> RuleSaid:
    """Of a switch all its ways; of a step who took it in the example."""
    there = [one.scorer for one in columns if case.id in one.sound]
    if family.kind == "choice":
        takers = [one.key for one in there if choice.found_by(case, one.setting).step == name]
        return RuleSaid(name, "the letter", (Way(choice.STEPS[name], tuple(takers)),))
    switch = next(one for one in family.switches if one.name == name)
    ways = (
        Way(words, tuple(one.key for one in there if one.setting[name] == value))
        for value, words in switch.values.items()
    )
    return RuleSaid(name, switch.about, tuple(one for one in ways if one.scorers))


def _example(case: Case, columns: Sequence[_Column]) -> Example:
    rows = {one.scorer.key: one.scores[case.id] for one in columns if case.id in one.sound}
    return Example(
        id=case.id,
        about=case.about,
        references=case.references,
        prediction=case.answer,
        choices=case.choices,
        scores={key: row.score for key, row in rows.items()},
        read={key: row.read for key, row in rows.items() if row.read is not None},
    )


def _silences(columns: Sequence[_Column], failed: Sequence[Case]) -> Iterator[Silence]:
    for column in columns:
        if isinstance(column.scorer, Ours) or column.problem:
            continue
        found: dict[str, list[str]] = defaultdict(list)
        for case in failed:
            row = column.scores[case.id]
            number = _NO_ANSWER if row.score is None else f"scores {row.score:.4g}"
            found[f"raises {row.error}" if row.error else number].append(case.id)
        for words, ids in found.items():
            yield Silence(column.scorer.key, words, tuple(ids))
