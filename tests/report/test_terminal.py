from __future__ import annotations

import io

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from bench.report.terminal import console, listing, report_table, side_by_side
from bench.schema import Counts, Report
from tests.report.reports import job, report, result


def shown(report: Report, width: int = 100) -> str:
    """As it stands on a terminal of that width, without colours."""
    stream = io.StringIO()
    plain = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    plain.print(report_table(report))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def test_the_whole_table(snapshot: SnapshotAssertion) -> None:
    assert shown(report()) == snapshot


def test_a_narrow_terminal_keeps_the_numbers(snapshot: SnapshotAssertion) -> None:
    assert shown(report(job(errors=())), width=60) == snapshot


def test_answered_only_is_shown_where_something_failed() -> None:
    fine = job(
        results=(result(failed=0, answered=8),),
        counts=Counts(expected=8, answered=8, failed=0, unscored=0),
        errors=(),
    )
    assert "answered only" in shown(report())
    assert "answered only" not in shown(report(fine))


def test_many_groups_are_cut_to_the_headline() -> None:
    groups = tuple(
        result(metric, "field", f"field{number}", n=4)
        for metric in ("cer", "wer")
        for number in range(20)
    )
    text = shown(report(job(results=(result(), *groups[:20], result("wer"), *groups[20:]))))
    assert "field0 " in text
    assert text.count("cer ↓") == 9
    assert text.count("wer ↓") == 1


def test_brackets_and_colons_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    odd = "[/x] [red]total[/red] :smile:"
    console().print(
        report_table(report(job(results=(result(), result(level="field", group=odd, n=1)))))
    )
    console().print(listing(["name"], [[odd]]))
    assert capsys.readouterr().out.count(odd) == 2


def test_a_pipe_is_wide_enough(capsys: pytest.CaptureFixture[str]) -> None:
    console().print(listing(["name", "other"], [["x" * 100, "y" * 30]]))
    assert "x" * 100 + "   " + "y" * 30 in capsys.readouterr().out


def test_the_wide_table_is_for_bench_report(snapshot: SnapshotAssertion) -> None:
    stream = io.StringIO()
    plain = Console(file=stream, width=100, highlight=False, markup=False, emoji=False)
    plain.print(report_table(report(job(errors=(), results=())), performance=True))
    plain.print(side_by_side(report()))
    assert "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) == snapshot


def test_a_run_ends_with_one_quiet_line_of_it() -> None:
    said = shown(report(job(errors=())), width=200).splitlines()
    assert sum("latency" in line for line in said) == 1
    assert "8 requests in 6.10 s: 0.984/s, latency p50 0.210 s p95 0.420 s" in "\n".join(said)
