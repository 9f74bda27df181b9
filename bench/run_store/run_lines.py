"""Runs as lines of text: a thousand in a fraction of a second, so without rich."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from bench.run_store.rows import RunEntry

_COLOURS = {"ok": "green", "failed": "red", "unreadable": "red"}
_HEAD = ("run", "status", "task", "model", "harness", "failed", "tags")
_MOST = 40  # characters of a name


def run_lines(runs: Sequence[RunEntry]) -> Iterator[str]:
    """A heading, and a line a run."""
    rows = [_HEAD, *map(_cells, runs)]
    widths = [max(_width(row[place]) for row in rows) for place in range(len(_HEAD))]
    for number, row in enumerate(rows):
        padded = [
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        if number and (colour := _COLOURS.get(row[1], "yellow")):
            padded[1] = click.style(padded[1], fg=colour)
        yield "  ".join(padded).rstrip()


def _cells(run: RunEntry) -> tuple[str, ...]:
    failed = [job.counts[2] for job in run.jobs if job.counts is not None]
    return (
        _plain(run.id),
        run.status,
        _several(job.task for job in run.jobs),
        _several(job.model for job in run.jobs),
        _several(job.harness for job in run.jobs),
        str(sum(failed)) if failed else "–",
        _plain(run.why or ", ".join(run.tags)),
    )


def _several(names: Iterable[str]) -> str:
    distinct = [name for name in dict.fromkeys(names) if name]
    shown = ", ".join(_short(one) for one in distinct[:2])
    return _plain(shown + (f" +{len(distinct) - 2}" if len(distinct) > 2 else ""))


def _short(name: str) -> str:
    return name if len(name) <= _MOST else f"{name[: _MOST - 1]}…"


def _plain(text: str) -> str:
    """Nothing that a terminal would act on."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)


def _width(text: str) -> int:
    """Columns on a screen."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
