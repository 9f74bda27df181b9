"""bench export: a run in somebody else's form."""

from __future__ import annotations

from pathlib import Path

import click

from bench.errors import UsageError

FORMS = ("csv", "parquet", "markdown", "every-eval-ever", "inspect", "breakdown")
_OF_FORM = {
    "job": ("breakdown",),
    "images": ("inspect",),
    "model_id": ("every-eval-ever",),
    "organisation": ("every-eval-ever",),
    "relationship": ("every-eval-ever",),
}


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", "form", required=True, type=click.Choice(FORMS), help="See docs/export.md.")
@click.option(
    "--into",
    required=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A folder; of `markdown` and `breakdown` a file. Made if absent.",
)
@click.option("--job", metavar="ID", help="breakdown: which job, where several fit.")
@click.option("--images", is_flag=True, default=None, help="inspect: put the pages into the log.")
@click.option(
    "--model-id",
    multiple=True,
    metavar="[MODEL=]DEVELOPER/NAME",
    help="every-eval-ever: whose model it is; needed where its file names no hub id.",
)
@click.option("--organisation", metavar="NAME", help="every-eval-ever: who publishes.")
@click.option(
    "--relationship",
    type=click.Choice(["first_party", "third_party", "collaborative", "other"]),
    help="every-eval-ever: of the publisher to the model [default: other].",
)
def export_command(run: Path, *, form: str, into: Path, **given: object) -> None:
    """Write RUN's numbers and answers in a form that other tools read.

    \b
    bench export runs/20260101-120000-receipts --to csv --into tables/
    bench export runs/20260101-120000-receipts --to inspect --into logs/ --images
    bench export runs/20260101-120000-kmmlu --to breakdown --into summary.json
    """  # noqa: D301  (click reads the mark)
    said = {key: value for key, value in given.items() if value not in (None, ())}
    for key in said:
        if form not in _OF_FORM[key]:
            only = " and ".join(_OF_FORM[key])
            raise UsageError(f"--{key.replace('_', '-')} is for --to {only}, not for {form}")
    _FORMS[form](run, into, **said)


def _csv(run: Path, into: Path) -> None:
    from bench.exporters.tables import write_csv

    _say(write_csv(run, into))


def _parquet(run: Path, into: Path) -> None:
    from bench.exporters.tables import write_parquet

    _say(write_parquet(run, into))


def _markdown(run: Path, into: Path) -> None:
    from bench import store
    from bench.exporters.whole import whole_file
    from bench.report.markdown import markdown

    text = markdown(store.read_report(run))
    _say([whole_file(into, text.encode("utf-8", "backslashreplace"))])


def _inspect(run: Path, into: Path, *, images: bool = False) -> None:
    from bench.exporters.inspect_log import write_inspect_logs

    _say(write_inspect_logs(run, into, images=images))
    click.echo(f"open with: inspect view --log-dir {into}", err=True)


def _every_eval_ever(
    run: Path,
    into: Path,
    *,
    model_id: tuple[str, ...] = (),
    organisation: str = "unknown",
    relationship: str = "other",
) -> None:
    from bench.exporters.every_eval_ever import Publisher, write_every_eval_ever

    publisher = Publisher(organisation, relationship)
    for one in write_every_eval_ever(run, into, publisher, _model_ids(run, model_id)):
        click.echo(f"{one.path}: {one.numbers} numbers, {one.samples} samples")
        if one.unnamed:
            click.echo(
                f"  note: the maker of {one.job}'s model is unknown: no reader will search there",
                err=True,
            )


def _model_ids(run: Path, given: tuple[str, ...]) -> dict[str, str]:
    from bench import store

    names = {job.model.name for job in store.read_report(run).jobs}
    found = {}
    for text in given:
        name, mark, model_id = text.rpartition("=")
        if not mark:
            if len(names) > 1:
                raise UsageError(
                    f"--model-id {text}: of which model?", hint=f"MODEL={text}, of {sorted(names)}"
                )
            (name,) = names
        if name not in names:
            raise UsageError(f"--model-id {text}: the run has no model {name!r}")
        if model_id.count("/") != 1 or not all(model_id.split("/")):
            raise UsageError(f"--model-id {text}: {model_id!r} is not DEVELOPER/NAME")
        found[name] = model_id
    return found


def _breakdown(run: Path, into: Path, *, job: str | None = None) -> None:
    from bench.exporters.breakdown import kmmlu_accuracy, write_breakdown

    found = kmmlu_accuracy(run, job)
    write_breakdown(found, into)
    click.echo(
        f"{into}: kmmlu_accuracy {found.value:.4f} over {found.questions} questions "
        f"in {len(found.by_subject)} subjects, job {found.job}"
    )
    if found.failed:
        click.echo(f"  note: {found.failed} failed requests count as wrong", err=True)


def _say(paths: list[Path]) -> None:
    for path in paths:
        click.echo(str(path))


_FORMS = {
    "csv": _csv,
    "parquet": _parquet,
    "markdown": _markdown,
    "every-eval-ever": _every_eval_ever,
    "inspect": _inspect,
    "breakdown": _breakdown,
}
