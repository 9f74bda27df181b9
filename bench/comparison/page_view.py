"""What the page is filled with: everything said in words here, nothing computed there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.comparison import words
from bench.comparison.rows import (
    Choice,
    Compared,
    Comparison,
    Estimate,
    Flip,
    MetricCompared,
    Said,
    Side,
    TaskCompared,
)
from bench.report import numbers
from bench.report.levels import NAMES
from bench.report.page.charts import Mark, Scale, round_up
from bench.report.plain import short

GROUPS = 300  # of one level
TEXT = 3000  # characters of an answer


@dataclass(frozen=True)
class Asked:
    """`pictures`: numbers of the page's pictures; `more`: pages that have none."""

    prompt: str | None
    pictures: tuple[int, ...]
    missing: tuple[str, ...]
    more: int


@dataclass(frozen=True)
class Line:
    """`mark`: the difference on a scale with 0 in its middle."""

    name: str
    a: str
    b: str
    difference: str
    interval: str
    mark: Mark | None
    p: str
    adjusted: str
    records: str
    n: int
    verdict: str
    css: str


@dataclass(frozen=True)
class LevelLines:
    title: str
    lines: tuple[Line, ...]
    left_out: int
    is_open: bool


@dataclass(frozen=True)
class Answered:
    letter: str
    label: str
    text: str
    cut: bool
    failed: bool
    score: str
    mistake: str


@dataclass(frozen=True)
class FlipView:
    title: str
    where: str
    gain: str
    better: bool
    references: tuple[str, ...]
    said: tuple[Answered, ...]
    asked: Asked | None


@dataclass(frozen=True)
class PairView:
    number: int
    a: Side
    b: Side
    verdict: str
    css: str
    obstacles: tuple[str, ...]
    notes: tuple[str, ...]
    metric: str
    arrow: str
    difference: str
    interval: str
    mark: Mark | None
    ends: tuple[str, str]
    values: str
    paired: str
    answered: str | None
    smallest: str | None
    metrics: tuple[Line, ...]
    levels: tuple[LevelLines, ...]
    kinds: tuple[tuple[str, str, tuple[int, ...]], ...]
    moved: str
    flipped_by: str
    losses: tuple[FlipView, ...]
    wins: tuple[FlipView, ...]


@dataclass(frozen=True)
class ChoiceRow:
    label: str
    css: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class TaskView:
    number: int
    title: str
    metric: str
    heads: tuple[str, ...]
    choice: tuple[ChoiceRow, ...]
    absences: tuple[str, ...]
    pairs: tuple[PairView, ...]


@dataclass(frozen=True)
class PageView:
    title: str
    tasks: tuple[TaskView, ...]
    unmatched: tuple[str, ...]


def page_view(found: Comparison, asked: Mapping[tuple[str, str], Asked]) -> PageView:
    """`asked`: by the pair's number, from 0, and the sample."""
    numbered = iter(range(10**6))
    tasks = tuple(
        _task(number, task, [next(numbered) for _ in task.pairs], asked)
        for number, task in enumerate(found.tasks, start=1)
    )
    sides = list(dict.fromkeys(row.side.label for task in found.tasks for row in task.choice))
    return PageView(short(" and ".join(sides[:3]), 120), tasks, found.unmatched)


def _task(
    number: int,
    task: TaskCompared,
    places: Sequence[int],
    asked: Mapping[tuple[str, str], Asked],
) -> TaskView:
    head = next((pair.headline for pair in task.pairs if pair.headline), None)
    return TaskView(
        number=number,
        title=short(task.task),
        metric=f"{head.name} {words.arrow(head)}" if head else "",
        heads=words.CHOICE,
        choice=tuple(_choice(row) for row in task.choice),
        absences=words.absences(task.choice),
        pairs=tuple(
            _pair(place, pair, asked) for place, pair in zip(places, task.pairs, strict=True)
        ),
    )


def _choice(row: Choice) -> ChoiceRow:
    return ChoiceRow(short(row.side.label, 100), row.standing or "", words.choice_cells(row))


def _pair(number: int, pair: Compared, asked: Mapping[tuple[str, str], Asked]) -> PairView:
    head = pair.headline
    whole = head.whole if head else None
    scale = _scale([whole]) if whole else None
    flips = [_flip(flip, pair, asked.get((str(number), flip.sample))) for flip in pair.flips]
    return PairView(
        number=number + 1,
        a=pair.a,
        b=pair.b,
        verdict=short(words.verdict(pair), 600),
        css="no_verdict" if pair.obstacles or whole is None else whole.verdict,
        obstacles=pair.obstacles,
        notes=tuple(short(note, 400) for note in pair.notes),
        metric=head.name if head else "",
        arrow=words.arrow(head) if head else "",
        difference=words.difference(whole) if whole else numbers.MISSING,
        interval=words.interval(whole) if whole else numbers.MISSING,
        mark=_mark(whole, scale) if whole and scale else None,
        ends=_ends(scale),
        values=f"{numbers.value(whole.a)} → {numbers.value(whole.b)}" if whole else "",
        paired=words.pairing(pair.pairing),
        answered=words.answered_only(head) if head else None,
        smallest=_smallest(whole),
        metrics=tuple(_metric_lines(pair.metrics)),
        levels=tuple(
            level
            for one in pair.metrics
            for level in _levels(
                one, pair.detailed.get(one.name, ()), several=len(pair.detailed) > 1
            )
        ),
        kinds=tuple(
            (one.kind, one.kind.replace("_", " "), (one.a, one.b, one.gone, one.new))
            for one in pair.kinds
        ),
        moved=words.moved(pair),
        flipped_by=pair.flipped_by or "",
        losses=tuple(one for one in flips if not one.better),
        wins=tuple(one for one in flips if one.better),
    )


def _smallest(whole: Estimate | None) -> str | None:
    if whole is None or whole.detectable is None:
        return None
    return (
        f"{whole.n:,} records of {whole.documents:,} documents: these pairs show differences of "
        f"{numbers.small(whole.detectable)} or more with 80 % power"
    )


def _metric_lines(metrics: Iterable[MetricCompared]) -> Iterator[Line]:
    for one in metrics:
        yield _line(f"{one.name} {words.arrow(one)}", one.whole, _scale([one.whole]))


def _levels(
    of: MetricCompared, groups: Sequence[Estimate], *, several: bool
) -> Iterator[LevelLines]:
    scale = _scale(groups)
    by = f" ({of.name} {words.arrow(of)})" if several else ""
    for level in dict.fromkeys(one.level for one in groups):
        some = [one for one in groups if one.level == level]
        yield LevelLines(
            title=f"By {NAMES.get(level, level)}{by}",
            lines=tuple(_line(short(one.group, 100), one, scale) for one in some[:GROUPS]),
            left_out=max(0, len(some) - GROUPS),
            is_open=level in ("doc_type", "field"),
        )


def _line(name: str, one: Estimate, scale: Scale) -> Line:
    return Line(
        name=name,
        a=numbers.value(one.a),
        b=numbers.value(one.b),
        difference=words.difference(one),
        interval=words.interval(one),
        mark=_mark(one, scale),
        p=words.probability(one.p),
        adjusted="" if one.level == "global" else words.probability(one.p_adjusted),
        records=words.records(one),
        n=one.n,
        verdict=words.short_verdict(one),
        css=one.verdict,
    )


def _scale(some: Sequence[Estimate]) -> Scale:
    """One for all of them, as far to the left of 0 as to the right."""
    ends = [abs(end) for one in some for end in (one.difference, one.low, one.high) if end]
    reach = round_up(max(ends, default=1.0))
    return Scale(-reach, reach)


def _ends(scale: Scale | None) -> tuple[str, str]:
    return ("", "") if scale is None else (f"{scale.low:+g}", f"{scale.high:+g}")


def _mark(one: Estimate, scale: Scale) -> Mark | None:
    if one.difference is None:
        return None
    point = scale.place(one.difference)
    said = f"{one.difference:+.4f} on a scale from {scale.low:g} to {scale.high:g}"
    if one.low is None or one.high is None:
        return Mark(point, None, 0.0, said)
    start, end = scale.place(one.low), scale.place(one.high)
    said += f", interval {one.low:+.4f} to {one.high:+.4f}"
    return Mark(point, start, round(end - start, 2), said)


def _flip(flip: Flip, pair: Compared, asked: Asked | None) -> FlipView:
    where = [flip.doc_id, flip.doc_type, flip.field]
    return FlipView(
        title=short(flip.id, 100),
        where=short(" · ".join(one for one in where if one and one != flip.id), 160),
        gain=f"{flip.gain:+.4f}",
        better=flip.gain > 0,
        references=tuple(short(one, TEXT) for one in flip.references[:5]),
        said=(_answered("A", pair.a, flip.a), _answered("B", pair.b, flip.b)),
        asked=asked,
    )


def _answered(letter: str, side: Side, said: Said) -> Answered:
    text = said.prediction or ""
    return Answered(
        letter=letter,
        label=short(side.label, 60),
        text=text[:TEXT],
        cut=len(text) > TEXT,
        failed=said.failed,
        score=numbers.value(said.score),
        mistake=(said.mistake or "").replace("_", " "),
    )
