"""In which parts the requests of one sample differ between two jobs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bench.differences.pairing import Pair, pair_requests
from bench.differences.prompts import form, text_changes
from bench.differences.sides import Exchange, JobOf
from bench.fingerprint import WIRE
from bench.fingerprint_rows import Fingerprint
from bench.gap.rows import TermKind
from bench.pixels import ImageFacts
from bench.wire import Piece, Sent, canonical

Kinds = frozenset[TermKind]
Exchanges = Mapping[str, Sequence[Exchange]]


class Asked:
    """Two jobs' requests. `of` is None where a side has none of the sample on record.

    An image of equal pixels in other bytes is a cause only where it is the only one.
    """

    def __init__(self, a: JobOf, b: JobOf) -> None:
        self._a, self._b = by_sample(a), by_sample(b)
        self._everywhere = frozenset(_of_the_jobs(a, b))
        old, new = a.mark, b.mark
        self._names = old.answered_by != new.answered_by
        self._alike = not self._names and not any(_apart(old, new, part) for part in WIRE)
        self._forms = _apart(old, new, "message_form")
        looked_at = self._forms or _apart(old, new, "image_bytes")
        self._facts = (_facts(a), _facts(b)) if looked_at else ({}, {})

    def of(self, sample: str) -> Kinds | None:
        old, new = self._a.get(sample, ()), self._b.get(sample, ())
        if not old or not new:
            return None
        if self._alike:
            return self._everywhere
        kinds = self._everywhere | frozenset(self._differing(old, new))
        if kinds - {"image"} and self._same_pixels(old, new):
            return kinds - {"image"}
        return kinds

    def missing(self, sample: str) -> str:
        """The sides that have no request of the sample."""
        sides = [name for name, one in (("A", self._a), ("B", self._b)) if not one.get(sample)]
        return " and ".join(sides)

    def _differing(self, a: Sequence[Exchange], b: Sequence[Exchange]) -> Iterator[TermKind]:
        pairs, more = _paired(a, b)
        said = [_said(side) for side in (a, b)]
        if more or any(self._said_otherwise(pair, said) for pair in pairs):
            yield "prompt"
        if any(one.keys != two.keys for one, two in pairs):
            yield "image"
        if not all(_same_parameters(one, two) for one, two in pairs):
            yield "parameters"
        names = (sorted({one.answered_by or "" for one in side}) for side in (a, b))
        served = any(one.served_model != two.served_model for one, two in pairs)
        if served or (self._names and len({tuple(one) for one in names}) > 1):
            yield "model"

    def _said_otherwise(self, pair: Pair, said: Sequence[Sequence[str]]) -> bool:
        one, two = pair
        if text_changes(one.system, two.system):
            return True
        if text_changes(one.prompt, two.prompt):
            quoted = (_unquoted(side.prompt, words) for side, words in zip(pair, said, strict=True))
            if text_changes(*quoted):
                return True
        old, new = self._facts
        return self._forms and form(one, old) != form(two, new)

    def _same_pixels(self, a: Sequence[Exchange], b: Sequence[Exchange]) -> bool:
        """Coded otherwise, at most: beside another cause that is none."""
        shown = [
            [_pixels(facts, key) for one in side for key in one.asked.keys]
            for side, facts in zip((a, b), self._facts, strict=True)
        ]
        return shown[0] == shown[1] and None not in shown[0]


def by_sample(job: JobOf) -> Exchanges:
    found: dict[str, list[Exchange]] = {}
    for one in job.exchanges:
        if one.asked.sample is not None:
            found.setdefault(one.asked.sample, []).append(one)
    return found


def _paired(a: Sequence[Exchange], b: Sequence[Exchange]) -> tuple[Sequence[Pair], bool]:
    """And whether one side asked something more."""
    if len(a) == len(b) == 1:
        return [(a[0].asked, b[0].asked)], False
    sides = [[_of_people(side, one) for one in side] for side in (a, b)]
    paired = pair_requests(*sides)
    return paired.pairs, bool(paired.more_a or paired.more_b)


def _same_parameters(one: Sent, two: Sent) -> bool:
    if repr(one.parameters) == repr(two.parameters):
        return True
    return canonical(one.parameters) == canonical(two.parameters)


def _of_people(all_of_sample: Sequence[Exchange], one: Exchange) -> Sent:
    """Without what the model itself had said before: that is an answer, not a prompt."""
    said = {other.answer.text for other in all_of_sample if other is not one}
    kept = tuple(
        piece for piece in one.asked.prompt if piece.role != "assistant" or piece.text not in said
    )
    if len(kept) == len(one.asked.prompt):
        return one.asked
    return replace(one.asked, prompt=kept)


def _said(side: Sequence[Exchange]) -> list[str]:
    """What a later request may quote; of one request alone there is nothing."""
    return [one.answer.text for one in side if one.answer.text] if len(side) > 1 else []


def _unquoted(pieces: tuple[Piece, ...], said: Sequence[str]) -> tuple[Piece, ...]:
    """With a mark where a text repeats, as whole words, what the model said to this sample."""
    if not said:
        return pieces
    longest_first = sorted(map(re.escape, said), key=len, reverse=True)
    answer = re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)")
    return tuple(
        piece if piece.text is None else piece._replace(text=answer.sub("\0", piece.text))
        for piece in pieces
    )


def _of_the_jobs(a: JobOf, b: JobOf) -> Iterator[TermKind]:
    """What differs for each sample, whatever was asked."""
    old, new = a.mark, b.mark
    served = (
        *((one.model, one.engine, one.locks.engine, one.python.engine) for one in (old, new)),
    )
    ran = [(one.in_process, one.weights, one.pipeline) for one in (a.job.model, b.job.model)]
    versions = canonical(old.engine_versions) != canonical(new.engine_versions)
    if served[0] != served[1] or ran[0] != ran[1] or versions:
        yield "model"


def _apart(a: Fingerprint, b: Fingerprint, part: str) -> bool:
    return bool(getattr(a, part) != getattr(b, part))


def _facts(job: JobOf) -> Mapping[str, ImageFacts]:
    return job.side.gallery.facts({key for one in job.requests for key in one.keys})


def _pixels(facts: Mapping[str, ImageFacts], key: str) -> str | None:
    return facts[key].rgb_sha256 if key in facts else None
