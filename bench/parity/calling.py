"""A harness's scorers.py, run in the harness's environment on cases that are given by file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import jsonl
from bench.adapter import Adapter, adapters
from bench.environment import adapter_variables, build, health, plan_environment
from bench.errors import BenchError, RunError, UsageError, suggestion
from bench.parity.cases import Case
from bench.process import Child, Ending, clean_environment, tail
from bench.protocol import PROTOCOL, JobResult, Machine, read_result
from bench.schema import AnyText

SCRIPT: Final = "scorers.py"
_POLL_S: Final = 0.2
Say = Callable[[str], None]


class Scored(Machine):
    """A line of scores.jsonl: `score` None and no `error` where the harness draws lots."""

    scorer: str
    id: str
    score: float | None
    read: AnyText | None = None
    error: AnyText | None = None


class Loaded(Machine):
    """What the harness says of a scorer of its own; `error` where it could not be imported."""

    function: str
    error: AnyText | None = None


@dataclass(frozen=True)
class Called:
    """`scores` by scorer and case; `problem`: why there are none."""

    version: str | None
    environment: str | None
    loaded: Mapping[str, Loaded]
    scores: Mapping[tuple[str, str], Scored]
    problem: str | None = None


def with_scorers() -> dict[str, Adapter]:
    """The harnesses that have a scorers.py, by name."""
    found = adapters("harness")
    return {name: one for name, one in found.items() if (one.folder / SCRIPT).is_file()}


def chosen(names: Sequence[str]) -> tuple[list[Adapter], dict[str, str]]:
    """Those that are asked, and by name why each other one is not.

    None named: those of `--backend all`, and others whose environment is built.
    """
    known = with_scorers()
    for name in names:
        if name not in known:
            hint = suggestion(name, known)
            raise UsageError(f"no harness {name!r} has a {SCRIPT}", hint=hint)
    asked = [one for name, one in known.items() if name in names or (not names and _near(one))]
    taken = {one.name for one in asked}
    if names:
        return asked, {name: "left out by --harness" for name in known if name not in taken}
    why = "left out: its environment is not built (bench env build {0}, or --harness {0})"
    return asked, {name: why.format(name) for name in known if name not in taken}


def _near(adapter: Adapter) -> bool:
    return adapter.in_all or health(plan_environment(adapter, "cpu")) is None


def call(
    adapter: Adapter, scorers: Sequence[str], cases: Mapping[str, Sequence[Case]], say: Say
) -> Called:
    """The scorers named, on the cases of each family. Its environment is built if need be.

    Whatever goes wrong in there is the harness's `problem`, not the end of the table.
    """
    try:
        environment = build(adapter, "cpu", say)
    except BenchError as error:
        return Called(None, None, {}, {}, f"no environment: {error.message}")
    say(f"{adapter.name}: {', '.join(scorers)}")
    with tempfile.TemporaryDirectory(prefix="parity-") as made:
        place = Path(made)
        spec = {"protocol": PROTOCOL, "scorers": list(scorers)}
        (place / "job.json").write_bytes(jsonl.line(spec))
        jsonl.write(place / "cases.jsonl", _lines(cases))
        ending = _run([str(environment.python), str(adapter.folder / SCRIPT)], place)
        try:
            result = _result(place, ending)
            loaded = {
                name: Loaded.model_validate(said)
                for name, said in dict(result.data.get("scorers", {})).items()
            }
            rows = [Scored.model_validate(row) for row in _rows(place)]
        except (BenchError, ValueError) as error:
            return Called(None, environment.folder.name, {}, {}, str(error))
    return Called(
        version=result.versions.get("harness"),
        environment=environment.folder.name,
        loaded=loaded,
        scores={(one.scorer, one.id): one for one in rows},
    )


def _lines(cases: Mapping[str, Sequence[Case]]) -> list[dict[str, object]]:
    return [
        {**one.model_dump(mode="json", exclude={"about"}), "family": family}
        for family, some in cases.items()
        for one in some
    ]


def _run(argv: Sequence[str], place: Path) -> Ending:
    child = Child(
        [*argv, "score", str(place)],
        log=place / "log.txt",
        environment=clean_environment(os.environ, **adapter_variables()),
        folder=place,
    )
    ending = None
    try:
        while ending is None:
            ending = child.wait(_POLL_S)
    finally:
        ended = child.end(ending) if ending else child.stop()
    return ended


def _result(place: Path, ending: Ending) -> JobResult:
    result = read_result(place)
    if result is None:
        words = tail(place / "log.txt", 1) or "none"
        raise RunError(f"its process ended without a result ({ending}); its last words: {words}")
    if result.status != "ok":
        said = result.error
        raise RunError(f"{said.type}: {said.message}" if said else result.status)
    return result


def _rows(place: Path) -> list[object]:
    path = place / "scores.jsonl"
    return list(jsonl.read(path)) if path.is_file() else []
