"""The records as one compact JSON value; static/records.js reads it.

Names that repeat stand once in `words`. A text is a string, or [beginning, full length] where it
was cut; a prediction that equals a reference is that reference's number. What another job's record
of the same sample has said before is -1 and below for a prediction (-1 is line 0), and the number
of that record's line for references: nothing is written twice, and the same number is the same
answer byte for byte, even where the text is cut. A field of an extraction is told by what its own
record has; the rest is its answer's, which stands before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bench.report import numbers
from bench.report.images import Gallery, Key, Missing
from bench.report.page.repeats import Repeats, repeats
from bench.report.plain import script_json, short
from bench.schema import JobReport, Record, Report, Score, Share

LONGEST = 20_000  # characters of one text in the page
REFERENCES = 10  # of one record in the page
PAGES = 8  # images of one record
Cut = str | list[str | int]


@dataclass
class Words:
    """Each distinct string once; -1 stands for None."""

    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, word: str | None, length: int = 200) -> int:
        if word is None:
            return -1
        return self.numbers.setdefault(short(word, length), len(self.numbers))


@dataclass(frozen=True)
class Source:
    report: Report
    records: Sequence[Record]
    prompts: Mapping[Key, str]
    gallery: Gallery

    @cached_property
    def jobs(self) -> dict[str, int]:
        return {job.id: index for index, job in enumerate(self.report.jobs)}

    @cached_property
    def repeats(self) -> Repeats:
        return repeats(self.report, self.records)

    @cached_property
    def answers(self) -> dict[Key, int]:
        """Where each whole answer stands."""
        whole = (one for one in enumerate(self.records) if one[1].part_of is None)
        return {(record.job, record.id): place for place, record in whole}

    def answer_of(self, place: int) -> int | None:
        """Where the answer stands that the record is a field of."""
        record = self.records[place]
        found = self.answers.get((record.job, record.part_of or ""))
        return found if found is not None and found < place else None

    @cached_property
    def few_prompts(self) -> bool:
        return len(set(self.prompts.values())) <= 200


def records_json(source: Source, room: int) -> str:
    """At most `room` bytes without inlined images, as far as cutting the texts can reach that."""
    longest = _fitting(source, room)
    while True:
        text = script_json(_value(source, longest))
        excess = len(text.encode()) - _inlined(source.gallery) - room
        if excess <= 0 or longest < 40:
            return text
        longest = longest * 9 // 10


def _inlined(gallery: Gallery) -> int:
    return sum(len(one.src) for one in gallery.pictures) if gallery.mode == "inline" else 0


def _fitting(source: Source, room: int) -> int:
    """A first guess at the longest text: bytes fall in proportion to the characters kept."""
    costs = []
    for place, record in enumerate(source.records):
        for text in _texts(source.repeats, place, record):
            head = text[:LONGEST]
            costs.append((len(head), len(script_json(head).encode())))
    fixed = len(script_json(_value(source, 0)).encode()) - _inlined(source.gallery)
    low, high = 0, LONGEST
    while low < high:
        middle = (low + high + 1) // 2
        total = sum(cost if size <= middle else cost * middle // size for size, cost in costs)
        if total + fixed <= room:
            low = middle
        else:
            high = middle - 1
    return max(low, 39)


def _texts(said: Repeats, place: int, record: Record) -> Iterator[str]:
    references = record.references[:REFERENCES]
    if said.references[place] is None:
        yield from references
    new = said.prediction[place] is None and record.prediction not in references
    if record.prediction is not None and new:
        yield record.prediction
    if record.value is not None and record.value != record.prediction:
        yield record.value


def _value(source: Source, longest: int) -> dict[str, Any]:
    words = Words()
    metrics = _metrics(source)
    names = numbers.told_apart(source.report.jobs)
    rows = [
        _row(source, place, words, list(metrics), longest) for place in range(len(source.records))
    ]
    return {
        "longest": longest,
        "metrics": list(metrics.values()),
        "jobs": [
            _job(job, name, list(metrics))
            for job, name in zip(source.report.jobs, names, strict=True)
        ],
        "pairs": [
            [source.jobs[one] for one in pair.jobs]
            for pair in source.report.agreement
            if pair.same < pair.of
        ],
        "pictures": [[one.src, one.width, one.height] for one in source.gallery.pictures],
        "rows": rows,
        "words": list(words.numbers),
    }


def _metrics(source: Source) -> dict[str, dict[str, Any]]:
    """Every metric that has a score; one without a result is taken to grow with quality."""
    known = {result.metric: result for job in source.report.jobs for result in job.results}
    scored = dict.fromkeys(name for record in source.records for name in record.scores)
    return {
        name: {
            "name": short(name),
            "up": known[name].higher_is_better if name in known else True,
            "low": known[name].range.low if name in known else 0.0,
            "high": known[name].range.high if name in known else 1.0,
        }
        for name in dict.fromkeys([*known, *scored])
    }


def _job(job: JobReport, name: str, metrics: list[str]) -> dict[str, Any]:
    headline = metrics.index(job.results[0].metric) if job.results else -1
    return {"title": short(numbers.title(job)), "name": short(name, 80), "headline": headline}


def _row(
    source: Source,
    place: int,
    words: Words,
    metrics: Sequence[str],
    longest: int,
) -> list[Any]:
    record, said = source.records[place], source.repeats
    references = list(record.references[:REFERENCES])
    prediction: Any = _cut(record.prediction, longest)
    if (before := said.prediction[place]) is not None:
        prediction = -1 - before
    elif record.prediction in references:
        prediction = references.index(record.prediction)
    known = said.references[place]
    same = record.value == record.prediction
    answer = source.answer_of(place)
    of_answer = answer is not None
    key = (record.job, record.id)
    first, more = said.sample[place], _more(record, answer, words, metrics)
    return [
        source.jobs.get(record.job, -1),
        short(record.id.removeprefix(record.part_of or "") if of_answer else record.id),
        0 if record.doc_id == record.id or of_answer else short(record.doc_id),
        words.number(record.doc_type),
        words.number(record.field),
        words.number(record.language),
        [] if of_answer else [words.number(tag) for tag in record.tags[:20]],
        [_cut(text, longest) for text in references] if known is None else known,
        len(record.references),
        prediction,
        0 if same else _cut(record.value, longest),
        int(record.status == "answered"),
        _trimmed([_score(record.scores.get(name)) for name in metrics]),
        words.number(record.mistake),
        words.number(record.error_kind),
        0 if record.error is None or of_answer else short(record.error, 500),
        -1 if of_answer else words.number(record.finish_reason),
        None if of_answer else record.tokens,
        None if record.latency_s is None or of_answer else round(record.latency_s, 3),
        words.number(source.prompts.get(key), 600 if source.few_prompts else 120),
        [_page(one, words) for one in source.gallery.of.get(key, ())[:PAGES]],
        *([] if first is None and not more else [-1 if first is None else first]),
        *([more] if more else []),
    ]


def _more(
    record: Record, answer: int | None, words: Words, metrics: Sequence[str]
) -> dict[str, Any]:
    """What few records have: `p` the place of a field's answer, `v` the sample of an order of
    options, `n` nothing is the right answer; by metric `r` reasons, `s` strict and `w` raw scores
    where they are others than the score.
    """

    def by_metric(told: Callable[[Score], Any]) -> dict[int, Any]:
        scores = ((number, record.scores.get(name)) for number, name in enumerate(metrics))
        said = {number: told(score) for number, score in scores if score is not None}
        return {number: one for number, one in said.items() if one is not None}

    more = {
        "p": answer,
        "v": None if record.variant_of is None else words.number(record.variant_of),
        "n": None if record.answerable else 1,
        "r": by_metric(lambda one: None if one.reason is None else words.number(one.reason)),
        "s": by_metric(lambda one: _other(one, one.strict)),
        "w": by_metric(lambda one: _other(one, one.raw)),
    }
    return {name: one for name, one in more.items() if one not in (None, {})}


def _other(score: Score, other: Share | None) -> float | None:
    value = _score(other)
    return None if value == _score(score) else value


def _page(one: int | Missing, words: Words) -> int:
    """A picture's number, or -2 and below for the word that says why there is none."""
    return -2 - words.number(one.why) if isinstance(one, Missing) else one


def _cut(text: str | None, longest: int) -> Cut | None:
    if text is None or len(text) <= longest:
        return text
    return [text[:longest], len(text)]


def _score(score: Share | None) -> float | None:
    if score is None or score.value is None or not math.isfinite(score.value):
        return None
    value = float(f"{score.value:.6g}")
    return int(value) if value.is_integer() else value


def _trimmed(values: list[float | None]) -> list[float | None]:
    while values and values[-1] is None:
        values.pop()
    return values
