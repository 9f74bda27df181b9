"""Two jobs -> the gap between their numbers and the terms that it is the sum of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bench.aggregate.places import Place
from bench.differences import Compared
from bench.differences.jobs import compare_jobs
from bench.differences.sides import JobOf
from bench.errors import RunError
from bench.gap.asked import Asked, by_sample
from bench.gap.choice import Choice, NoChoice, chosen, native
from bench.gap.extraction import Said, extraction, texts_of
from bench.gap.named import by_term
from bench.gap.rows import EXACT, TERMS, WORDS, Gap, GroupGap, Rest, Samples, Term, TermKind
from bench.gap.scoring import Cells, Rules, Truth, stored
from bench.gap.sums import Ends, Summed, summed, table
from bench.gap.walk import Cause, Side, Steps, Walk, counted
from bench.inferred import Gathered
from bench.metrics.plugins import metric_named
from bench.schema import Level

ONLY_A_REPORT = "terms are made from the answers in a run's folder; a report alone has none"


@dataclass(frozen=True)
class Wanted:
    """`metric`: by its label, else A's first that B has too. `native`: of the harnesses' own
    numbers instead, by their names.
    """

    metric: str | None = None
    native: bool = False
    level: Level | None = None


def split(
    a: JobOf,
    b: JobOf,
    metric: str | None = None,
    *,
    wanted: Wanted | None = None,
    named: Compared | None = None,
) -> Gap:
    """`named`: what differs, where it has been found already. No model is asked.

    UsageError for a metric that is not known. Where no split can be made (no folder, a file of it
    that cannot be read, no metric) `absent` says why.
    """
    want = wanted or Wanted(metric)
    try:
        return _split(a, b, want, named)
    except RunError as error:
        return _absent(a, b, want, error.message)


def _split(a: JobOf, b: JobOf, want: Wanted, named: Compared | None) -> Gap:
    old, new = a.gathered, b.gathered
    if old is None or new is None:
        return _absent(a, b, want, ONLY_A_REPORT)
    choose = native if want.native else chosen
    choice = choose(a, b, old.job, new.job, want.metric)
    if isinstance(choice, NoChoice):
        return _absent(a, b, want, choice.why)
    for name, one in (("A", old), ("B", new)):
        if one.never_asked:
            return _absent(a, b, want, f"{name} has no answers")
    walks = _steps(a, b, old, new, choice).walks()
    seed = a.side.report.run.seed
    whole = summed(table(list(walks.values())), choice.ends, seed=seed)
    said = by_term(named or compare_jobs(a, b), a, b)
    samples = counted(walks.values())
    differs = None if whole.a is None or whole.b is None else whole.b - whole.a
    without = [name for name, value in (("A", whole.a), ("B", whole.b)) if value is None]
    terms, rest = _parts(whole, list(walks.values()), said)
    return Gap(
        a_job=a.job.id,
        b_job=b.job.id,
        metric=choice.name,
        higher_is_better=metric_named(choice.use.metric).higher_is_better,
        a=whole.a,
        b=whole.b,
        value=differs,
        terms=terms,
        rest=rest,
        samples=samples,
        low=whole.bounds[0],
        high=whole.bounds[1],
        notes=(*choice.notes, *_unpaired(samples)),
        groups=_groups(list(walks.values()), want.level, seed) if want.level else (),
        absent=f"{' and '.join(without)} has no {choice.name}" if without else None,
    )


def _unpaired(samples: Samples) -> Iterator[str]:
    if samples.all and samples.only_a + samples.only_b == samples.all:
        yield "no sample has the same id on both sides: what else differs cannot be told from data"


def _steps(a: JobOf, b: JobOf, old: Gathered, new: Gathered, choice: Choice) -> Steps:
    answers_a, answers_b = ({one.sample.id: one for one in side.answers} for side in (old, new))
    asked_a, asked_b = by_sample(a), by_sample(b)
    said = {
        name: Said(
            texts_of(asked_a, name), texts_of(asked_b, name), one.prediction, other.prediction
        )
        for name, one in answers_a.items()
        if (other := answers_b.get(name)) is not None
        and one.prediction is not None
        and other.prediction is not None
    }
    truth_a, truth_b = Truth.of(old.job), Truth.of(new.job)
    reading_a, reading_b = old.job.task.reading, new.job.task.reading
    return Steps(
        a=Side(answers_a, _stored(a, choice.a_label)),
        b=Side(answers_b, _stored(b, choice.b_label)),
        a_rules=Rules(choice.use, truth_a, reading_a),
        b_truth=Rules(choice.use, truth_b, reading_a),
        b_rules=Rules(choice.use, truth_b, reading_b),
        same_truth=truth_a == truth_b,
        same_reading=reading_a == reading_b,
        asked=Asked(a, b),
        extraction=extraction(a, b, said),
    )


def _stored(job: JobOf, label: str | None) -> Mapping[str, Cells] | None:
    folder = job.side.folder
    return None if label is None or folder is None else stored(folder, job.job.id, label)


def _parts(
    found: Summed, walks: Sequence[Walk], said: Mapping[TermKind, tuple[str, ...]]
) -> tuple[tuple[Term, ...], tuple[Rest, ...]]:
    """All terms, whether or not they moved anything; of the rest what there is."""
    if found.a is None or found.b is None:
        return (), ()
    terms = []
    for kind in TERMS:
        part = found.parts.get(Cause(term=kind))
        low, high = part.bounds if part else (None, None)
        terms.append(
            Term(
                kind=kind,
                value=part.value if part else 0.0,
                moved=part.moved if part else 0,
                samples=sum(kind in walk.concerns for walk in walks),
                differences=said.get(kind, ()),
                low=low,
                high=high,
            )
        )
    rest = [
        Rest(
            kind=cause.rest,
            said=_said(cause),
            value=part.value,
            moved=part.moved,
            samples=sum(walk.cause == cause for walk in walks),
            kinds=cause.kinds,
            low=part.bounds[0],
            high=part.bounds[1],
        )
        for cause, part in found.parts.items()
        if cause.rest is not None and (part.moved or abs(part.value) > EXACT)
    ]
    return tuple(terms), tuple(rest)


def _said(cause: Cause) -> str:
    named = " and ".join(WORDS[kind] for kind in cause.kinds)
    if cause.rest == "same request":
        return "the same request, another answer: chance, or what no request shows"
    if cause.rest == "not on record":
        return f"what was asked is not on record in {cause.side}"
    if cause.rest == "own count":
        return f"how the harness of {cause.side} counts failed requests, and rounds"
    if cause.rest == "no number":
        return f"{named}: in between there is no number"
    if len(cause.kinds) == 1:
        return f"{named} and chance together: the requests are the same, the model's texts are not"
    return (
        f"{named} together: both differ in the same samples"
        if len(cause.kinds) == 2
        else (f"{named} together: all differ in the same samples")
    )


def _groups(walks: Sequence[Walk], level: Level, seed: int) -> tuple[GroupGap, ...]:
    """In the order of their names; a record of two tags is in two of them."""
    members: dict[str, list[Walk]] = {}
    for walk in walks:
        distinct = {id(cells): cells for cells in walk.scores}
        places = {cell.place for cells in distinct.values() for cell in cells}
        for name in {name for place in places for name in place.groups(level)}:
            members.setdefault(name, []).append(walk)
    return tuple(_group(members[name], level, name, seed) for name in sorted(members))


def _group(walks: Sequence[Walk], level: Level, name: str, seed: int) -> GroupGap:
    found = summed(table(walks, partial(_within, level, name)), Ends(), seed=seed)
    terms, rest = _parts(found, walks, {})
    value = None if found.a is None or found.b is None else found.b - found.a
    return GroupGap(level, name, found.a, found.b, value, terms, rest)


def _within(level: Level, name: str, place: Place) -> bool:
    return name in place.groups(level)


def _absent(a: JobOf, b: JobOf, want: Wanted, why: str) -> Gap:
    return Gap(
        a_job=a.job.id,
        b_job=b.job.id,
        metric=want.metric or "",
        higher_is_better=None,
        a=None,
        b=None,
        value=None,
        terms=(),
        rest=(),
        samples=None,
        absent=why,
    )
