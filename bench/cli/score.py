"""bench score: a run that is there, or pairs of predictions and references from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bench.fields import FieldRule
    from bench.schema import Level, Report

_PATH = click.Path(path_type=Path)
_OF_PAIRS = ("metric", "field_type", "locale", "normalize", "reading", "level", "seed", "out")


@click.command("score")
@click.argument("run", type=_PATH, required=False)
@click.option(
    "--pairs",
    type=_PATH,
    metavar="FILE.jsonl",
    help="Score lines of id, prediction and references instead of a run.",
)
@click.option("--metric", multiple=True, metavar="NAME", help="Of --pairs: docs/metrics.md.")
@click.option(
    "--type",
    "field_type",
    multiple=True,
    metavar="[FIELD=]TYPE",
    help="Of --pairs: what field_match takes a field for; without FIELD all others.",
)
@click.option("--locale", metavar="NAME", help="Of --pairs: how its values are written (ru, de …).")
@click.option("--normalize", metavar="STEPS", help="Of --pairs: a list of steps, such as text/1.")
@click.option(
    "--extract", "reading", metavar="READING", help="Of --pairs: read values out: value/1, json/1."
)
@click.option("--level", multiple=True, metavar="NAME", help="Of --pairs [default: what rows say].")
@click.option("--seed", type=click.IntRange(min=0), help="Of --pairs: of the intervals.")
@click.option("--out", type=_PATH, metavar="RUN", help="Of --pairs: keep the run's folder here.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def score_command(run: Path | None, *, pairs: Path | None, as_json: bool, **given: Any) -> int:
    """Score RUN again with this bench's metrics, or pairs of predictions; no model is asked.

    \b
    bench score runs/20260101-120000-receipts
    bench score --pairs answers.jsonl --metric anls --metric exact_match
    bench score --pairs fields.jsonl --metric field_match --type total=amount --locale ru
    """  # noqa: D301  (click reads the mark)
    if (run is None) == (pairs is None):
        raise click.UsageError("name the run's folder, or a file of pairs by --pairs")
    if pairs is not None:
        return _score_pairs(pairs, given, as_json=as_json)
    for name in _OF_PAIRS:
        if given[name] not in (None, ()):
            option = {"field_type": "type", "reading": "extract"}.get(name, name)
            raise click.UsageError(f"--{option} goes with --pairs; a run has its own")
    from bench import api, store
    from bench.runner import exit_code

    assert run is not None  # noqa: S101  (one of the two is there)
    described = store.open_run(run)
    report = api.rescore(run)
    _show(report, as_json=as_json)
    return exit_code(report, lenient=described.lenient)


def _score_pairs(source: Path, given: dict[str, Any], *, as_json: bool) -> int:
    from bench import api, store
    from bench.pairs import Pairs, metric_uses, write_pairs
    from bench.runner import exit_code
    from bench.scratch import scratch

    if not given["metric"]:
        raise click.UsageError("name a --metric; `docs/metrics.md` has them all")
    how = Pairs(
        metrics=metric_uses(given["metric"], _step_list(given["normalize"])),
        types=_types(given["field_type"], given["locale"]),
        levels=_levels(given["level"]),
        reading=_reading(given["reading"]),
        seed=given["seed"] or 0,
    )
    with scratch("pairs") as nowhere:
        out = given["out"]
        folder = store.create_run(out, source.stem) if out else nowhere / source.stem
        written = write_pairs(source, folder, how)
        report = api.rescore(folder) if out else api.scored(folder)
        if written.ignored:
            click.echo(f"ignored keys: {', '.join(written.ignored)}", err=True)
        _show(report, as_json=as_json)
        if out and not as_json:
            click.echo(f"run: {out}")
    return exit_code(report, lenient=False)


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        click.echo(report.model_dump_json())
        return
    from bench.report.terminal import console, report_table

    console().print(report_table(report))


def _step_list(name: str | None) -> str | None:
    from bench.fields.normalise import STEP_LISTS

    return _known("--normalize", name, STEP_LISTS)


def _reading(name: str | None) -> str | None:
    from bench.reading import READINGS

    return _known("--extract", name, READINGS)


def _known(option: str, name: str | None, known: Any) -> str | None:
    from bench.errors import UsageError, suggestion

    if name is not None and name not in known:
        raise UsageError(f"{option}: unknown {name!r}", hint=suggestion(name, known))
    return name


def _levels(names: Sequence[str]) -> tuple[Level, ...] | None:
    from typing import cast, get_args

    from bench.schema import Level

    for name in names:
        _known("--level", name, get_args(Level))
    return cast("tuple[Level, ...]", tuple(dict.fromkeys(names))) or None


def _types(given: Sequence[str], locale: str | None) -> dict[str, FieldRule]:
    """`total=amount`, or `amount` for every other field."""
    from pydantic import ValidationError

    from bench.errors import UsageError
    from bench.fields import FieldRule

    if locale and not given:
        raise UsageError("--locale says how values of a --type are written", hint="add --type TYPE")
    found = {}
    for text in given:
        field, _, kind = text.rpartition("=")
        rule = {"type": kind} | ({"locale": locale} if locale else {})
        try:
            found[field] = FieldRule.model_validate(rule)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(map(str, first["loc"])) or "type"
            raise UsageError(f"--type {text}: {key}: {first['msg']}") from None
    return found
