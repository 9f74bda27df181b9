"""Where the answers come from: a run, RUN:JOB, a file of pairs, or the shipped edge cases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench import store, yaml
from bench.errors import SourceError, UsageError
from bench.pairs import PairRow
from bench.parity.cases import Case, edge_cases
from bench.parity.families import FAMILIES, families, of_metrics
from bench.parity.parity import Answers
from bench.parity.rules import Family
from bench.schema import AnyText


class ParityRow(PairRow):
    """A pair (docs/pairs.md), with the options of a question that has some."""

    choices: tuple[AnyText, ...] = ()
    formula: bool = False


def answers(given: str | None, metrics: Sequence[str]) -> Answers:
    """`metrics`: names of families, or of metrics of ours. UsageError says what is wrong."""
    asked = families(metrics)
    if given is None:
        found = edge_cases()
        return Answers(
            source="the edge cases that bench ships",
            cases={"text": found["text"], "choice": found["choice"]},
            families=asked,
        )
    if Path(given).is_file():
        return _of_pairs(Path(given), asked if metrics else ())
    return _of_run(given, asked if metrics else ())


def _of_pairs(path: Path, asked: tuple[Family, ...]) -> Answers:
    found: dict[str, Case] = {}
    left_out = 0
    for line, _, row in yaml.validated_lines(path, ParityRow):
        if row.id in found:
            raise SourceError(path, f"duplicate id {row.id!r}", line=line, column=1)
        if not row.references:
            left_out += 1
            continue
        found[row.id] = Case(
            id=row.id,
            references=row.references,
            prediction=row.prediction,
            choices=row.choices,
            formula=row.formula,
        )
    return _answers(path.name, tuple(found.values()), asked, left_out, str(path))


def _of_run(given: str, asked: tuple[Family, ...]) -> Answers:
    folder, named = store.run_and_job(given)
    if not folder.is_dir():
        hint = "a run's folder, RUN:JOB, or a file of pairs (docs/pairs.md)"
        raise UsageError(f"{given}: no such file or folder", hint=hint)
    jobs = store.jobs_named(folder, store.read_report(folder), named)
    if len(jobs) != 1:
        said = f"{folder} has {len(jobs)} jobs: name one"
        raise UsageError(said, hint=f"{folder}:{jobs[0].id if jobs else 'JOB'}")
    (job,) = jobs
    records = [one for one in store.read_records(folder) if one.job == job.id and not one.part_of]
    cases = [
        Case(
            id=one.id if one.field is None else f"{one.id} · {one.field}",
            references=one.references,
            prediction=one.prediction if one.status == "answered" else None,
        )
        for one in records
        if one.references
    ]
    own = {result.metric for result in job.results}
    chosen = asked or of_metrics(sorted(own))
    left_out = len(records) - len(cases)
    return _answers(f"{folder.name}: {job.id}", tuple(cases), chosen, left_out, given)


def _answers(
    source: str, cases: tuple[Case, ...], asked: tuple[Family, ...], left_out: int, given: str
) -> Answers:
    if not cases:
        raise UsageError(f"{given} has no answer with a reference", hint="nothing can be scored")
    with_choices = all(one.choices for one in cases)
    fitting = [one for one in FAMILIES.values() if one.kind == "text" or with_choices]
    chosen = asked or tuple(fitting)
    if any(one.kind == "choice" for one in chosen) and not with_choices:
        first = next(one.id for one in cases if not one.choices)
        raise UsageError(
            f"{given}: the answer {first!r} has no options, which the family `choice` reads",
            hint='each row needs "choices": ["…", …], and its letter as the reference',
        )
    notes = (f"{left_out} without a reference: left out",) if left_out else ()
    return Answers(source, {"text": cases, "choice": cases}, chosen, notes)
