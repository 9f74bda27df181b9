"""`bench reproduce`: run it, take answers that are there, and remember what was found."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

import bench
from bench import api, jsonl, resources, store
from bench.errors import BenchError, UsageError, suggestion
from bench.published import Entry, Protocol
from bench.reproduction.from_run import from_run
from bench.reproduction.needs import lack
from bench.reproduction.stored import from_file, recognised
from bench.reproduction.verdict import Measured, Verdict, judged, not_run

_VERDICT = TypeAdapter(Verdict)


def run_anew(
    entry: Entry, out: Path | None, gpu_bytes: int, tell: Callable[[str], None]
) -> Verdict:
    """The real run where this machine can do it, else NOT-RUN with what is missing."""
    route = entry.run
    missing = lack(entry, gpu_bytes)
    if missing or route is None:
        return not_run(entry, missing or "no way to run it is known")
    try:
        plan = api.planned(
            backend=route.backend,
            model=route.model,
            task=route.task,
            in_process=route.in_process,
            flavour="cuda" if entry.needs.gpu_gb else "cpu",
            out=out,
        )
        for problem in plan.absent:
            return not_run(entry, problem.message)
    except BenchError as error:
        return not_run(entry, f"{error.message}. {error.hint or ''}".strip())
    run = api.begin(plan, ("bench", "reproduce", entry.id))
    tell(f"run: {run.folder}")
    for _ in run.events():
        pass
    report = api.finish(run)
    if not any(job.status == "ok" for job in report.jobs):
        troubles = [one.message for job in report.jobs for one in job.errors]
        return not_run(entry, f"the run failed: {troubles[0] if troubles else run.folder}")
    return judged(entry, from_run(entry, run.folder))


def from_answers(entry: Entry, given: str, say: Iterable[str]) -> Verdict:
    """`given`: a run, RUN:JOB, or a file of answers. `say`: KEY=VALUE of the protocol."""
    path, job = store.run_and_job(given)
    ours = from_run(entry, path, job or None) if path.is_dir() else from_file(entry, path)
    return judged(entry, with_said(ours, say))


def with_said(ours: Measured, say: Iterable[str]) -> Measured:
    """What a person vouches for, where the files do not say it. UsageError where they do."""
    given: dict[str, str] = {}
    for text in say:
        key, mark, value = text.partition("=")
        if key not in Protocol.model_fields:
            raise UsageError(
                f"--say: unknown key {key!r}", hint=suggestion(key, Protocol.model_fields)
            )
        if not mark or not value:
            raise UsageError(f"--say {text}: write KEY=VALUE")
        given[key] = value
    try:
        said = Protocol.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UsageError(f"--say {first['loc'][0]}: {first['msg']}") from None
    for key, value in said.known().items():
        found = getattr(ours.known, key)
        if found is not None and found != value:
            raise UsageError(
                f"--say {key}={value}: it was {found!r}", hint="what is measured is not said anew"
            )
    new = {key: one for key, one in said.known().items() if getattr(ours.known, key) is None}
    return dataclasses.replace(
        ours, known=ours.known.model_copy(update=new), said=(*ours.said, *new)
    )


def all_stored(entries: Iterable[Entry], folder: Path) -> Iterator[Verdict]:
    """Of every entry with stored answers: scored where the file is below `folder`."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", hint="name the one with the stored answers")
    for entry in entries:
        for known in entry.answers:
            paths = sorted(folder.rglob(known.predictions.name))
            path = next((one for one in paths if recognised(entry, one) == known), None)
            if path is None:
                other = "; a file of that name has other content" if paths else ""
                said = f"{known.predictions.name} is not below {folder}{other}: {known.source}"
                yield not_run(entry, said)
            else:
                yield judged(entry, from_file(entry, path))


def remember(verdict: Verdict) -> None:
    """The last verdict of each entry, under BENCH_HOME; NOT-RUN says nothing of the number."""
    if verdict.state == "NOT-RUN":
        return
    folder = resources.home() / "reproduced"
    folder.mkdir(parents=True, exist_ok=True)
    kept = {
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "bench_version": bench.__version__,
        "verdict": dataclasses.asdict(verdict),
    }
    store.write_text(folder / f"{verdict.id}.json", json.dumps(kept, ensure_ascii=False))


def last(entry: Entry) -> Verdict | None:
    """None where there is none, or where the entry is another now."""
    path = resources.home() / "reproduced" / f"{entry.id}.json"
    try:
        found = _VERDICT.validate_python(json.loads(path.read_bytes())["verdict"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    same = (found.published, found.scale, found.tolerance) == (
        entry.value,
        entry.scale,
        entry.tolerance,
    )
    return found if same else None


def as_json(verdicts: Iterable[Verdict]) -> str:
    return "".join(jsonl.line(dataclasses.asdict(one)).decode() for one in verdicts)
