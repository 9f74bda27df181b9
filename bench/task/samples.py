"""Lines of samples.jsonl -> samples: checked, with their prompts, in the orders of a choice."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import yaml
from bench.errors import SourceError, suggestion
from bench.task.file import Member
from bench.task.prompts import OPTIONS, QUESTION, Asking, Prompt
from bench.task.rows import ROWS, ClassRow, ExtractionRow, QuestionRow, SampleRow, TextRow
from bench.task.sample import Sample


@dataclass(frozen=True)
class FoundRow:
    """A row and where it stands."""

    row: SampleRow
    images: tuple[Path, ...]
    line: int


def read_rows(rows: Path, folder: Path, member: Member) -> Iterator[FoundRow]:
    """Every line, checked by itself; SourceError names file, line and what to do."""
    seen: dict[str, int] = {}
    for line, _, row in yaml.validated_lines(rows, ROWS[member.kind]):

        def wrong(message: str, hint: str | None, line: int = line) -> SourceError:
            return SourceError(rows, message, line=line, column=1, hint=hint)

        if row.id in seen:
            raise wrong(f"duplicate id {row.id!r}", f"line {seen[row.id]} has it as well")
        seen[row.id] = line
        if isinstance(row, ClassRow):
            for name in row.references:
                if name not in member.classes:
                    hint = suggestion(name, member.classes)
                    raise wrong(f"{name!r} is none of the task's classes", hint)
        images = tuple((folder / image).resolve() for image in row.images)
        for named, image in zip(row.images, images, strict=True):
            if not image.is_file():
                raise wrong(f"image {named} is missing", f"looked for it in {folder}")
        yield FoundRow(row, images, line)


def samples_of(
    found: Iterable[FoundRow], rows: Path, member: Member, prompts: Sequence[Prompt]
) -> Iterator[Sample]:
    """One a row; of a classification one an order of its options."""
    asking = Asking(prompts, closed=bool(member.classes))
    for one in found:
        row = one.row
        prompt = asking.prompt_for(row, one.line)
        if isinstance(prompt, str):
            raise SourceError(rows, prompt, line=one.line, column=1)
        sample = Sample(
            id=row.id,
            images=one.images,
            prompt=prompt.text.replace(QUESTION, row.question or ""),
            references=texts_of(row),
            doc_id=row.doc_id or row.id,
            doc_type=row.doc_type,
            field=row.field,
            language=row.language,
            tags=row.tags,
            answerable=not isinstance(row, QuestionRow) or row.answerable,
        )
        yield from _orders(sample, member) if member.classes else (sample,)


def texts_of(row: SampleRow) -> tuple[str, ...]:
    """What is right, as texts: an extraction's is one JSON object."""
    if isinstance(row, ExtractionRow):
        if row.reference is None:
            return ()
        return (json.dumps(row.reference, ensure_ascii=False),)
    if isinstance(row, TextRow | QuestionRow | ClassRow):
        return row.references or ()
    raise AssertionError(type(row))


def _orders(sample: Sample, member: Member) -> Iterator[Sample]:
    """The sample in `orders` orders of the options, which its id and the seed decide."""
    dice = random.Random(f"{member.seed}/{sample.id}")  # noqa: S311  (no secret)
    for number in range(1, member.orders + 1):
        names = list(member.classes)
        dice.shuffle(names)
        choices = dict(_choices(names, member))
        several = member.orders > 1
        yield replace(
            sample,
            id=f"{sample.id}~{number}" if several else sample.id,
            variant_of=sample.id,
            prompt=sample.prompt.replace(OPTIONS, _listed(choices, member)),
            references=tuple(
                dict.fromkeys(text for name in sample.references for text in (name, *choices[name]))
            ),
            choices=choices,
        )


def _choices(names: Sequence[str], member: Member) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each class with the texts that name it in an answer."""
    for letter, name in zip(string.ascii_uppercase, names, strict=False):
        shown = member.classes[name]
        yield name, (letter, shown) if member.labels == "letters" else (shown,)


def _listed(choices: Mapping[str, tuple[str, ...]], member: Member) -> str:
    if member.labels == "letters":
        return "\n".join(f"{letter}. {shown}" for letter, shown in choices.values())
    return "\n".join(f"- {shown}" for (shown,) in choices.values())
