"""report.md: for pull requests and for reading without a browser."""

from __future__ import annotations

from collections.abc import Iterator

from bench.performance_rows import Performance
from bench.report import numbers, quantities
from bench.report.alike import agreement_lines
from bench.report.markdown_documents import jobs_by_group, quality
from bench.report.markdown_table import cell, table
from bench.report.native_table import native_tables
from bench.schema import JobReport, Report


def markdown(report: Report) -> str:
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    run = report.run
    yield f"# Run {cell(run.id)}"
    yield ""
    yield f"{numbers.totals(report)}. {run.started_at} to {run.finished_at}."
    if run.limit is not None:
        yield ""
        yield f"**Limited to the first {run.limit} samples of each task: not a full result.**"
    for job in report.jobs:
        yield from _job(job)
        if job.performance:
            yield from _performance(job.performance)
    if len(report.jobs) > 1:
        yield from _native_together(report)
        yield from jobs_by_group(report)
        yield from _side_by_side(report)
    yield ""
    yield "## How it was made"
    yield ""
    yield f"- command: `{' '.join(run.command)}`"
    yield f"- bench {run.bench_version}, config `{run.config_sha256[:12]}`, seed {run.seed}"
    for job in report.jobs:
        used = job.environment
        yield (
            f"- {cell(job.id)}: {job.harness.name} {job.harness.version or numbers.MISSING}, "
            f"Python {used.python or numbers.MISSING}, flavour {used.flavour or numbers.MISSING}, "
            f"locks `{(used.lock_sha256 or numbers.MISSING)[:12]}`"
            + (f"; {cell(used.note)}" if used.note else "")
        )


def _job(job: JobReport) -> Iterator[str]:
    yield ""
    yield f"## {cell(numbers.title(job))}"
    yield ""
    yield f"Status **{job.status}**; {numbers.counts_line(job)}."
    if asked := numbers.asked(job):
        yield ""
        yield f"Asks for: {cell(asked)}."
    if job.results:
        yield ""
        yield "| metric | group | value | 95 % interval | answered only | n | failed |"
        yield "|---|---|---:|---|---:|---:|---:|"
    for result in job.results:
        yield (
            f"| {cell(result.metric)} {numbers.better(result)} | {cell(numbers.group(result))} "
            f"| {numbers.value(result.value)} | {numbers.interval(result)} "
            f"| {numbers.value(result.value_answered)} | {result.n} | {result.failed} |"
        )
    if job.native:
        yield ""
        yield "The harness's own numbers (native), as it gave them:"
        yield ""
        yield "| metric | group | value | 95 % | by its rule here | n | failed, scored as answers |"
        yield "|---|---|---:|---|---|---:|---:|"
    for native in job.native:
        yield (
            f"| {cell(native.metric)} | {cell(native.group or '')} "
            f"| {numbers.native_value(native)} | {numbers.native_interval(native)} "
            f"| {cell(numbers.native_rule(native))} | {_or_missing(native.n)} "
            f"| {_or_missing(native.failed_scored)} |"
        )
    if mistakes := numbers.mistakes_line(job):
        yield ""
        yield f"{mistakes.capitalize()}."
    yield from quality(job)
    yield from _troubles(job)


def _troubles(job: JobReport) -> Iterator[str]:
    if job.notes:
        yield ""
    for note in job.notes:
        yield f"> {cell(note)}"
    if job.errors:
        yield ""
        yield "What went wrong:"
        yield ""
    for trouble in job.errors:
        more = " …" if trouble.n > len(trouble.samples) else ""
        samples = f" ({', '.join(map(cell, trouble.samples))}{more})" if trouble.samples else ""
        yield f"- {trouble.n} × {cell(trouble.kind)}: {cell(trouble.message)}{samples}"


def _performance(performance: Performance) -> Iterator[str]:
    if said := quantities.summary(performance):
        yield ""
        yield f"{said[0].upper()}{said[1:]}."
    times = list(quantities.times(performance))
    if times:
        yield ""
        yield f"| time | n | mean | {' | '.join(quantities.QUANTILES)} |"
        yield f"|---|{'---:|' * 6}"
    for name, spread in times:
        yield f"| {name} | {' | '.join(quantities.row(spread))} |"


def _native_together(report: Report) -> Iterator[str]:
    """The harnesses' own numbers, a table for each task and model."""
    for native in native_tables(report):
        yield ""
        yield f"## The harnesses' own numbers: {cell(native.task)} · {cell(native.model)}"
        yield from table(("", *native.columns), [(name, *cells) for name, cells in native.lines])
        yield ""
        yield from (f"- {cell(said)}" for said in native.said)


def _side_by_side(report: Report) -> Iterator[str]:
    yield ""
    yield "## Side by side"
    yield ""
    yield f"| job | {' | '.join(quantities.SIDE_BY_SIDE)} |"
    yield f"|---|{'---:|' * 5}"
    for job in report.jobs:
        cells = " | ".join(map(cell, quantities.side_by_side(job)))
        yield f"| {cell(numbers.title(job))} | {cells} |"
    if report.agreement:
        yield ""
    for line in agreement_lines(report):
        yield f"- {cell(line)}"


def _or_missing(number: int | None) -> str:
    return numbers.MISSING if number is None else str(number)
