"""A benchmark's name on the command line -> the task that a run asks, and where its data lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from bench.adapter import Adapter
from bench.benchmarks import (
    Benchmark,
    absent,
    benchmark_of,
    find_benchmark,
    nearest,
    unknown_benchmark,
)
from bench.errors import AbsentError, UsageError, suggestion
from bench.local_data.copy import Copy, find_copy
from bench.task import AtHome, Task, shipped

TABLES = "vlmevalkit"  # the harness that reads tables (NAME.tsv) of its own


def benchmark_task(name: str, harnesses: Sequence[Adapter], folder: Path | None) -> Task | None:
    """The task behind `NAME[:PART]`; None where `name` is no benchmark but a document task.

    Our own name comes first, then a harness's own, then another spelling of ours. `folder` holds
    VLMEvalKit's tables. UsageError for a name that nobody has, for a part that there is not, and
    where the data is nowhere.
    """
    base, _, part = name.partition(":")
    if "/" in name or base in shipped() or Path(base).is_dir():
        return None
    entry = find_benchmark(base)
    if entry is None or entry.name != base:
        owners = [one for one in harnesses if base in one.benchmarks()]
        if owners:
            return _of_harness(base, part, owners, folder)
    if entry is None:
        raise _unknown(base)
    return _of_ours(entry, part, harnesses, folder)


def _unknown(name: str) -> UsageError:
    """Nobody has it; what is nearest among documents and benchmarks."""
    if absent(name) is not None:
        return unknown_benchmark(name)
    said = suggestion(name, shipped())
    return UsageError(
        f"unknown task {name!r}", hint=said if "did you mean" in said else nearest(name)
    )


def _of_harness(base: str, part: str, owners: Sequence[Adapter], folder: Path | None) -> Task:
    """A benchmark by the name that harnesses have for it."""
    ours = [found for one in owners if (found := benchmark_of(one.name, base))]
    entry = find_benchmark(ours[0]) if ours else None
    if part:
        raise UsageError(
            f"{base} is {owners[0].name}'s own name, and has no parts here",
            hint=f"--task {entry.name}:{part}" if entry else f"--task {base}",
        )
    data = _data(base, entry, owners, folder)
    homes = {}
    for one in owners:
        home = entry.homes.get(one.name) if entry else None
        known = home if home and home.name == base else None
        metric = known.metric if known else one.benchmarks()[base].get("metric") or None
        homes[one.name] = AtHome(base, metric, known.rule if known else None)
    return _task(base, entry, homes, {}, data)


def _of_ours(
    entry: Benchmark, part: str, harnesses: Sequence[Adapter], folder: Path | None
) -> Task:
    at_home = [one for one in harnesses if one.name in entry.homes]
    chosen = _chosen(entry, part)
    data = _data(entry.name, entry, at_home, folder) if at_home else (None, None)
    copy = data[0]
    if copy is not None and entry.parts:
        held = {table.config for table in copy.tables}
        parts = [name for name in chosen if entry.parts[name].config in held]
        if part and not parts:
            raise UsageError(
                f"the local copy of {entry.name} has no rows of {chosen[0]}",
                hint=f"bench data add {entry.name} --from PATH --replace",
            )
        chosen = parts
    homes, missing = {}, {}
    for one in at_home:
        home = entry.homes[one.name]
        if home.own_columns:
            missing[one.name] = (
                f"{one.name} reads another publication of {entry.name}: "
                f"--task {home.name} with a copy of its own"
            )
            continue
        parts_there = {
            name: entry.parts[name].homes[one.name]
            for name in chosen
            if one.name in entry.parts[name].homes
        }
        lacking = [name for name in chosen if name not in parts_there]
        if lacking and (part or not parts_there):
            missing[one.name] = f"{one.name} has no part {', '.join(lacking)} of {entry.name}"
            continue
        homes[one.name] = AtHome(home.name, home.metric, home.rule, parts_there)
    name = f"{entry.name}:{part}" if part else entry.name
    return _task(name, entry, homes, missing, data)


def _chosen(entry: Benchmark, part: str) -> list[str]:
    """The names of the parts that are asked for: all of them, or the one."""
    if not part:
        return list(entry.parts)
    for name, one in entry.parts.items():
        if part.casefold() in (name.casefold(), (one.config or "").casefold(), one.title):
            return [name]
    if not entry.parts:
        raise UsageError(f"{entry.name} has no parts", hint=f"--task {entry.name}")
    near = get_close_matches(part.casefold(), entry.parts, n=3)
    hint = f"nearest: {', '.join(map(repr, near))}" if near else f"bench task show {entry.name}"
    raise UsageError(f"{entry.name}: no such subject: {part!r}", hint=hint)


def _data(
    name: str, entry: Benchmark | None, harnesses: Sequence[Adapter], folder: Path | None
) -> tuple[Copy | None, Path | None]:
    """The local copy, and VLMEvalKit's own table; UsageError where a harness would have neither."""
    tables = next((one for one in harnesses if one.name == TABLES), None)
    file = None
    if tables is not None and folder is not None:
        home = entry.homes.get(TABLES) if entry else None
        file = folder / f"{home.name if home else name}.tsv"
        if not file.is_file() and len(harnesses) == 1 and find_copy(name) is None:
            raise AbsentError(f"{file} is missing", hint=f"{name} is read from there (--data)")
        file = file if file.is_file() else None
    copy = find_copy(name)
    if copy is None and (file is None or len(harnesses) > 1):
        where = f" (its data: {entry.data.hub})" if entry and entry.data else ""
        hint = f"bench data add {entry.name if entry else name} --from PATH{where}"
        if tables is not None:
            hint += "; or --data DIR with VLMEvalKit's own table"
        raise AbsentError(f"{name} has no local copy", hint=hint)
    return copy, file


def _task(
    name: str,
    entry: Benchmark | None,
    homes: Mapping[str, AtHome],
    missing: Mapping[str, str],
    data: tuple[Copy | None, Path | None],
) -> Task:
    copy, file = data
    return Task(
        name=name,
        kind="benchmark",
        version=None,
        summary=entry.summary if entry else "scored by its harness alone",
        metrics=entry.metrics if entry else (),
        levels=entry.levels if entry else ("global",),
        parameters=entry.parameters if entry else {},
        content_sha256=copy.content_sha256 if copy else None,
        data=copy.folder if copy else None,
        file=file.resolve() if file else None,
        homes=homes,
        missing=missing,
    )
