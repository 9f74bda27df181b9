"""What was found in words, the same on the terminal and on the page."""

from __future__ import annotations

from typing import Final

from bench.parity.rows import FamilyFound, Group, Parity, Row, RuleSaid
from bench.report import numbers

LONGEST: Final = 100  # characters of an answer that is shown
_NOTHING: Final = "–"


def letters(family: FamilyFound) -> dict[str, str]:
    """A, B, … by scorer."""
    return {one.key: chr(ord("A") + place) for place, one in enumerate(family.rows)}


def heading(family: FamilyFound) -> str:
    failed = f", and {family.failed} where no answer came" if family.failed else ""
    return f"{family.title}: {family.answers:,} answers{failed}"


def value(row: Row) -> str:
    """The mean, or the bounds of what it may be."""
    if row.value is not None or row.low is None or row.high is None:
        return numbers.value(row.value)
    return f"{row.low:.4f} … {row.high:.4f}"


def counted(row: Row) -> str:
    """What the value is over: a number, or also what has no score."""
    if row.scored and not (row.guessed or row.unmeasured or row.raised):
        return f"{row.scored:,}"
    parts = (
        (row.scored, "scored"),
        (row.guessed, "guessed"),
        (row.unmeasured, "no score"),
        (row.raised, "raised"),
    )
    return ", ".join(f"{n:,} {said}" for n, said in parts if n) or _NOTHING


def difference(row: Row, other: Row) -> str:
    """On how many answers; empty on the diagonal."""
    if row.key == other.key:
        return ""
    return f"{row.differs[other.key]:,}" if other.key in row.differs else _NOTHING


def claim(row: Row, answers: int) -> str:
    """Whether the metric of ours that is meant to be this scorer is it."""
    if row.problem:
        return f"could not be called: {row.problem}"
    if row.metric is None:
        return "" if row.unit == "bench" else "no metric of ours is meant to be it"
    said = f"{row.metric} is equal on {row.equal:,} of {answers:,}"
    if row.departed:
        said += f", another one on {row.departed:,} by {', '.join(row.departs)}"
    elif row.departed is None:
        said += "; the others are not explained"
    return said


def versions(found: Parity) -> str:
    return " · ".join(f"{one.name} {one.version or 'unknown'}" for one in found.harnesses)


def title(group: Group) -> str:
    n = len(group.ids)
    return f"{n:,} answer{'s' if n != 1 else ''} by {' + '.join(one.name for one in group.rules)}"


def ways(rule: RuleSaid, by_key: dict[str, str]) -> str:
    """`a similarity of exactly 0.5: counts 0.5 (A B C); counts 0, as published (D)`."""
    said = (f"{way.words} ({' '.join(by_key[key] for key in way.scorers)})" for way in rule.ways)
    return f"{rule.about}: {'; '.join(said)}"


def silences(family: FamilyFound, by_key: dict[str, str]) -> list[str]:
    """What the scorers make of cases without an answer, those that do the same together."""
    found: dict[tuple[str, int], list[str]] = {}
    for one in family.silences:
        found.setdefault((one.words, len(one.ids)), []).append(by_key[one.scorer])
    return [f"{' '.join(some)} {said} ({n:,})" for (said, n), some in found.items()]


def scores(group: Group, by_key: dict[str, str]) -> str:
    """Scorers of one score together: `1.0000 A B, 0.0000 C`."""
    found: dict[str, list[str]] = {}
    for key, score in group.example.scores.items():
        letter = group.example.read.get(key)
        read = f" ({'by lot' if letter == '?' else letter or 'none'})" if letter is not None else ""
        found.setdefault(f"{numbers.value(score)}{read}", []).append(by_key[key])
    return " · ".join(f"{number} {' '.join(some)}" for number, some in found.items())


def shown(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def verdict(found: Parity) -> str:
    """What the exit code says."""
    left = sum(len(one.unexplained) for one in found.families)
    problems = [row.key for one in found.families for row in one.rows if row.problem]
    if problems:
        return f"not all scorers could be called: {', '.join(problems)}"
    if left:
        return f"{left:,} scores are not explained by the rules that are known of their scorers"
    if not found.ok:
        return "a metric of ours is not what it is meant to be"
    return "every score is explained, and every metric of ours is what it is meant to be"
