"""bench task show BENCHMARK: who has it, under which name, and by which rule they differ."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from bench.benchmarks import find_benchmark, homes_of, native_list, unknown_benchmark

if TYPE_CHECKING:
    from bench.benchmarks import Benchmark, Home, Native

_LEFT = 12


def is_benchmark(name: str) -> bool:
    """Whether `NAME[:PART]` is a benchmark's name here or in a harness, and no document task's."""
    from pathlib import Path

    from bench.task import shipped

    base = name.partition(":")[0]
    if base in shipped() or "/" in base or Path(base).is_dir():
        return False
    if find_benchmark(base) or homes_of(base):
        return True
    raise unknown_benchmark(base)


def show_benchmark(name: str, *, as_json: bool) -> None:
    base = name.partition(":")[0]
    entry = find_benchmark(base)
    natives = homes_of(base)
    if natives and (entry is None or base not in (entry.name, *entry.aliases)):
        ours = {one.benchmark for one in natives if one.benchmark}
        entry = find_benchmark(ours.pop()) if len(ours) == 1 else None
    if as_json:
        shown = described(entry) if entry else [_native(one) for one in natives]
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
    elif entry:
        click.echo("\n".join(lines(entry, name.partition(":")[2])))
    else:
        for one in natives:
            click.echo(f"{one.name}, a benchmark of {one.harness} that has no name of ours")
            for key, value in one.row.items():
                if value and key != "name":
                    click.echo(_line(key, value))


def described(entry: Benchmark) -> dict[str, Any]:
    copy = _copy(entry.name)
    return {**entry.model_dump(mode="json", exclude_none=True), "copy": copy and str(copy.folder)}


def _native(one: Native) -> dict[str, Any]:
    return {"backend": one.harness, **one.row}


def lines(entry: Benchmark, part: str = "") -> Iterator[str]:
    """What a person reads."""
    yield f"{click.style(entry.name, bold=True)}  {entry.title}: {entry.summary}"
    told = {
        "modality": entry.modality,
        "languages": ", ".join(entry.languages),
        "split": entry.split,
        "judge": entry.judge,
        "licence": entry.licence,
        "also": ", ".join(entry.aliases),
        "note": entry.note,
    }
    yield from (_line(key, value) for key, value in told.items() if value)
    for harness, home in entry.homes.items():
        yield from _home_lines(entry, harness, home)
    rules = {harness: home.rule for harness, home in entry.homes.items() if home.rule}
    if len(set(rules.values())) > 1:
        said = ", ".join(f"{rule} ({harness})" for harness, rule in rules.items())
        yield _line("differ", f"they score by different rules: {said}; see docs/metrics.md")
    labels = ", ".join(use.label for use in entry.metrics)
    yield _line("here", f"scored again with {labels}" if labels else "by the harness's rule alone")
    yield from _part_lines(entry, part)
    yield from _data_lines(entry)


def _home_lines(entry: Benchmark, harness: str, home: Home) -> Iterator[str]:
    top = "" if home.scale is None else f" of {home.scale:g}"
    way = "higher" if home.higher_is_better else "lower"
    named = home.name + (f" (its subset {home.subset})" if home.subset else "")
    facts = [f"{named}: {home.metric}{top}, {way} is better"]
    facts += [f"rule {home.rule}"] if home.rule else []
    facts += [f"judge {home.judge}"] if home.judge and home.judge != entry.judge else []
    facts += [f"split {home.split}"] if home.split and home.split != entry.split else []
    facts += ["a local copy does not serve it"] if home.own_columns else []
    yield _line(harness, "; ".join(facts))
    if home.note:
        yield _line("", home.note)
    listed = native_list(harness)
    if listed is not None and home.name not in listed:
        yield _line("", f"{harness} does not list it at this version")


def _part_lines(entry: Benchmark, part: str) -> Iterator[str]:
    """All parts, or the one that is named; UsageError where there is no such part."""
    if part:
        from bench.errors import UsageError, suggestion

        if part not in entry.parts:
            hint = suggestion(part, entry.parts)
            raise UsageError(f"{entry.name} has no part {part!r}", hint=hint)
        one = entry.parts[part]
        said = "; ".join(f"{harness}: {name}" for harness, name in one.homes.items())
        yield _line("part", f"{part} ({one.title}); {said}")
    elif entry.parts:
        named = ", ".join(f"{name} ({one.title})" for name, one in entry.parts.items())
        yield _line("parts", f"{len(entry.parts)}, as {entry.name}:PART: {named}")


def _data_lines(entry: Benchmark) -> Iterator[str]:
    shape = entry.data
    if shape is None:
        yield _line("data", "no official columns are known: `bench data add` takes it as it is")
    else:
        tables = [f"{table.config}/{table.split}" for table in shape.asked]
        more = f" and {len(tables) - 3} more" if len(tables) > 3 else ""
        needed = ", ".join(shape.required)
        yield _line("data", f"{shape.hub}, {', '.join(tables[:3])}{more}; needs {needed}")
    copy = _copy(entry.name)
    if copy is None:
        yield _line("copy", f"none here: bench data add {entry.name} --from PATH")
    else:
        yield _line("copy", f"{copy.folder}, {copy.rows} rows")


def _copy(name: str) -> Any:
    from bench.local_data import find_copy

    return find_copy(name)


def _line(key: str, text: str) -> str:
    indent = " " * (_LEFT + 3)
    return textwrap.fill(
        text,
        width=100,
        initial_indent=f"  {key:{_LEFT}} ",
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
