"""bench reproduce: does a published number hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bench.published import Entry
    from bench.reproduction.verdict import State, Verdict

_PATH = click.Path(path_type=Path)
_OPEN = 4
_EXIT: dict[State, int] = {"MATCH": 0, "MISMATCH": 1}


@click.command("reproduce")
@click.argument("names", nargs=-1, metavar="[ID]...")
@click.option(
    "--from-answers",
    "answers",
    metavar="RUN|FILE",
    help="Run nothing: a run, RUN:JOB, a file that the entry knows, or pairs (JSON Lines).",
)
@click.option(
    "--say",
    multiple=True,
    metavar="KEY=VALUE",
    help="Of --from-answers: how they were made, where the files do not say it.",
)
@click.option(
    "--stored", type=_PATH, metavar="FOLDER", help="Score all known answers that lie below FOLDER."
)
@click.option(
    "--published", type=_PATH, metavar="FOLDER", help="Take the entries from FOLDER/*.yaml."
)
@click.option("--out", type=_PATH, metavar="RUN", help="Where the run of one ID is kept.")
@click.option("--json", "as_json", is_flag=True, help="A verdict a line, as JSON.")
def reproduce_command(
    names: tuple[str, ...],
    *,
    answers: str | None,
    say: tuple[str, ...],
    stored: Path | None,
    published: Path | None,
    out: Path | None,
    as_json: bool,
) -> int:
    """Make published numbers anew, and say MATCH, DRIFT, MISMATCH, NOT-COMPARABLE or NOT-RUN.

    Without an ID: what there is, what each needs, its last verdict. Exit code of one ID: 0 MATCH,
    1 MISMATCH, 4 for what decides nothing; of several 1 where one is a MISMATCH.

    \b
    bench reproduce
    bench reproduce arc-challenge-smollm2-135m-instruct
    bench reproduce arc-challenge-smollm2-135m-instruct --from-answers runs/arc
    bench reproduce --stored answers
    """  # noqa: D301  (click reads the mark)
    from bench.published import load_published, named
    from bench.reproduction import anew
    from bench.reproduction.needs import gpu_memory

    entries = load_published(published)
    _check(names, answers=answers, say=say, stored=stored, out=out)
    chosen = tuple(named(entries, name) for name in names)
    if stored is not None:
        return _show(entries, list(anew.all_stored(chosen or entries, stored)), as_json=as_json)
    if answers is not None:
        found = [anew.from_answers(chosen[0], answers, say)]
    elif chosen:
        gpu = gpu_memory()
        tell = _tell
        found = [anew.run_anew(one, out, gpu, tell) for one in chosen]
    else:
        return _list(entries, gpu_memory(), as_json=as_json)
    return _show(entries, found, as_json=as_json)


def _tell(text: str) -> None:
    click.echo(text, err=True)


def _check(
    names: Sequence[str],
    *,
    answers: str | None,
    say: Sequence[str],
    stored: Path | None,
    out: Path | None,
) -> None:
    if (answers is not None or out is not None) and len(names) != 1:
        raise click.UsageError("--from-answers and --out go with one ID")
    if say and answers is None:
        raise click.UsageError("--say goes with --from-answers")
    if stored is not None and (answers is not None or out is not None):
        raise click.UsageError("--stored goes with neither --from-answers nor --out")


def _show(entries: Sequence[Entry], found: Sequence[Verdict], *, as_json: bool) -> int:
    from bench.published import named
    from bench.report.terminal import console
    from bench.reproduction import anew, terminal

    for one in found:
        anew.remember(one)
    if as_json:
        click.echo(anew.as_json(found), nl=False)
    elif len(found) == 1:
        console().print(terminal.verdict_view(named(tuple(entries), found[0].id), found[0]))
    else:
        console().print(terminal.verdicts_table(found))
    if len(found) == 1:
        return _EXIT.get(found[0].state, _OPEN)
    return int(any(one.state == "MISMATCH" for one in found))


def _list(entries: Sequence[Entry], gpu_bytes: int, *, as_json: bool) -> int:
    from bench import jsonl
    from bench.report.terminal import console
    from bench.reproduction import anew, terminal
    from bench.reproduction.needs import lack

    rows = [(entry, anew.last(entry), lack(entry, gpu_bytes)) for entry in entries]
    if not as_json:
        console().print(terminal.entries_table(rows))
        return 0
    for entry, before, missing in rows:
        said = {
            "entry": entry.model_dump(mode="json"),
            "last": None if before is None else before.state,
            "missing": missing,
        }
        click.echo(jsonl.line(said), nl=False)
    return 0
