"""One set of answers by the scorers of all harnesses, each in its environment, and by ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.parity.calling import Called, Say, call, chosen
from bench.parity.cases import Case
from bench.parity.found import family_found
from bench.parity.rows import HarnessUsed, Parity
from bench.parity.rules import Family, Kind


@dataclass(frozen=True)
class Answers:
    """Cases by kind. `source` says where they are from, `notes` what was left out."""

    source: str
    cases: Mapping[Kind, Sequence[Case]]
    families: tuple[Family, ...]
    notes: tuple[str, ...] = ()


def parity(answers: Answers, harnesses: Sequence[str], say: Say) -> Parity:
    """`harnesses` empty: all that are near. UsageError where one is not known."""
    asked, absent = chosen(harnesses)
    cases = {one.name: answers.cases[one.kind] for one in answers.families}
    called: dict[str, Called] = {}
    for adapter in asked:
        wanted = [
            (family, one.name)
            for family in answers.families
            for one in family.theirs
            if one.harness == adapter.name
        ]
        if wanted:
            mine = {family.name: cases[family.name] for family, _ in wanted}
            called[adapter.name] = call(adapter, [name for _, name in wanted], mine, say)
    families = tuple(family_found(one, cases[one.name], called, absent) for one in answers.families)
    return Parity(
        source=answers.source,
        harnesses=tuple(
            HarnessUsed(name, one.version, one.environment) for name, one in called.items()
        ),
        families=families,
        notes=answers.notes,
        ok=all(one.fair for one in families),
    )
