"""bench import: results that a harness left without bench -> a run."""

from __future__ import annotations

from pathlib import Path

import click

_PATH = click.Path(path_type=Path)
HARNESSES = ("vlmevalkit", "lmms-eval", "lm-eval", "evalscope", "hret", "vlmhyperbench")


@click.command("import")
@click.argument("path", type=_PATH)
@click.option("--as", "harness", type=click.Choice(HARNESSES), help="Whose it is [default: look].")
@click.option("--out", type=_PATH, metavar="RUN", help="The run's folder [default: under runs/].")
@click.option(
    "--benchmark",
    metavar="NAME",
    help="Our name of the benchmark, where the folder has a name of its own.",
)
@click.option(
    "--metric",
    multiple=True,
    metavar="NAME",
    help="Score again by this [default: the benchmark's]: docs/metrics.md.",
)
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def import_command(  # noqa: PLR0917
    path: Path,
    harness: str | None,
    out: Path | None,
    benchmark: str | None,
    metric: tuple[str, ...],
    as_json: bool,  # noqa: FBT001
) -> int:
    """Make a run of a result folder of VLMEvalKit, lmms-eval, lm-eval, EvalScope or HRET.

    \b
    bench import outputs/Qwen2-VL-2B/
    bench import results/ --as lm-eval --out runs/theirs
    bench import outputs/mine/ --benchmark docvqa-val
    """  # noqa: D301  (click reads the mark)
    from bench import api, store
    from bench.importing import Wanted, check_wanted, read_results, write_results
    from bench.pairs import metric_uses
    from bench.report.terminal import console, report_table
    from bench.runner import exit_code

    wanted = Wanted(benchmark, metric_uses(metric, None) if metric else ())
    found = read_results(path, harness)
    check_wanted(found, wanted)
    run = store.create_run(out, path.resolve().name or "imported")
    write_results(found, run, wanted)
    report = api.rescore(run)
    if as_json:
        click.echo(report.model_dump_json())
        return exit_code(report, lenient=False)
    console().print(report_table(report))
    click.echo(f"run: {out or run}")
    return exit_code(report, lenient=False)
