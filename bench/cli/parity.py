"""bench parity: one set of answers by every harness's own scorer, and by ours."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("parity")
@click.argument("answers", required=False, metavar="[ANSWERS]")
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="FAMILY",
    help="anls, relaxed, vqa, ocrbench, exact, choice, or a metric of bench in one of them.",
)
@click.option(
    "--harness",
    "harnesses",
    multiple=True,
    metavar="NAME",
    help="Only the scorers of this harness; may be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help="Write one page with every set of rules and an example of each.",
)
def parity_command(
    answers: str | None,
    *,
    metrics: tuple[str, ...],
    harnesses: tuple[str, ...],
    as_json: bool,
    html: Path | None,
) -> int:
    """Score answers by every harness's own code, and say by which rules the scores differ.

    ANSWERS: a run, RUN:JOB, or a file of pairs; without it the edge cases that bench ships.
    Nothing is asked of a model. Exit code 0: every score is explained, and every metric of bench
    is the scorer that it is meant to be; 1: not so.

    \b
    bench parity
    bench parity runs/one --metric anls
    bench parity pairs.jsonl --metric anls --metric exact --harness lm-eval --html parity.html
    """  # noqa: D301  (click reads the mark)
    from bench.parity.answers import answers as answers_of
    from bench.parity.parity import parity

    found = parity(answers_of(answers, metrics), harnesses, _tell)
    if html is not None:
        from bench.parity.page import write_page

        write_page(html, found)
    if as_json:
        import dataclasses

        from bench import jsonl

        click.echo(jsonl.line(dataclasses.asdict(found)), nl=False)
    else:
        from bench.parity.terminal import parity_view
        from bench.report.terminal import console

        console().print(parity_view(found))
        if html is not None:
            click.echo(f"page: {html}")
    return 0 if found.ok else 1


def _tell(text: str) -> None:
    click.echo(text, err=True)
