"""Several harnesses' own numbers in one table, and the terms that their differences split into."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from bench.report.images import Gallery
from bench.report.markdown import markdown
from bench.report.native_table import NativeTable, native_tables
from bench.report.page import render
from bench.report.terminal import report_table
from bench.schema import HarnessUsed, JobReport, NativeResult, Report
from tests.report import reports

RULES = ("anls", "anls_vlmevalkit", "anls_evalscope_answer")


def harness(
    name: str, value: float, rule: str | None, ours: tuple[float, ...], **keys: Any
) -> JobReport:
    """`ours`: what each of RULES gives on the answers of this job; `value` is on the scale."""
    known = dict(zip(RULES, ours, strict=False))
    native: dict[str, Any] = {"metric": "anls", "value": value, "scale": 1.0, "n": 8}
    by_rule = known.get(rule or "")
    native |= {"rule": rule, "by_rule": by_rule, "agrees": by_rule is not None, "source": "x.json"}
    native |= keys
    return reports.job(
        id=name,
        harness=HarnessUsed(name=name, version="1"),
        results=tuple(reports.result(metric, value=one) for metric, one in known.items()),
        native=(
            NativeResult(metric="anls", group="charts", value=0.9, source="x.json"),
            NativeResult(**native),
        ),
        errors=(),
        notes=(),
    )


def table(*jobs: JobReport) -> NativeTable:
    (found,) = native_tables(reports.report(*jobs))
    return found


def line(found: NativeTable, name: str) -> tuple[str, ...]:
    return dict(found.lines)[name]


def three() -> Report:
    """lmms-eval was answered otherwise, EvalScope scores otherwise, and leaves failures out."""
    left_out = {"by_rule": 0.8, "n": 6}
    return reports.report(
        harness("kit", 50.0, RULES[1], (0.4, 0.5, 0.7), scale=100.0, by_rule=50.0),
        harness("lmms", 0.6, RULES[1], (0.45, 0.6, 0.75)),
        harness("scope", 0.8, RULES[2], (0.4, 0.55, 0.65), **left_out),
    )


def test_a_column_a_harness_and_a_line_a_rule() -> None:
    (found,) = native_tables(three())
    assert (found.task, found.model) == ("tiny:m", "m")
    assert found.columns == ("kit", "lmms", "scope")
    assert found.lines == (
        ("its own anls", ("50 of 100", "0.6", "0.8")),
        ("95 %", ("–", "–", "–")),
        ("as a share", ("0.5000", "0.6000", "0.8000")),
        ("samples", ("8", "8", "6")),
        ("by anls", ("0.4000", "0.4500", "0.4000")),
        ("by anls_vlmevalkit", ("0.5000 =", "0.6000 =", "0.5500")),
        ("by anls_evalscope_answer", ("0.7000", "0.7500", "0.8000 =")),
        ("above kit", ("", "+0.1000", "+0.3000")),
        ("· by its rule", ("", "0", "+0.2000")),
        ("· by its answers", ("", "+0.1000", "-0.0500")),
        ("· failures, rounding", ("", "0", "+0.1500")),
    )
    assert found.said[1].endswith("0.5 kept, raw lengths; the rule of kit, lmms")


@pytest.mark.parametrize("place", range(1, 3), ids=["lmms", "scope"])
def test_the_terms_add_up_to_the_difference(place: int) -> None:
    (found,) = native_tables(three())
    signed = [float(line(found, name)[place]) for name, _ in found.lines[-4:]]
    assert signed[0] == pytest.approx(sum(signed[1:]), abs=2e-4)


def test_no_rest_is_shown_where_nothing_is_left() -> None:
    found = table(
        harness("kit", 0.5, RULES[1], (0.4, 0.5, 0.7)),
        harness("scope", 0.7, RULES[2], (0.4, 0.5, 0.7)),
    )
    assert line(found, "above kit") == ("", "+0.2000")
    assert line(found, "· by its rule") == ("", "+0.2000")
    assert found.lines[-1] == ("· by its answers", ("", "0"))
    assert "as a share" not in dict(found.lines)


def test_a_number_that_its_rule_does_not_give_is_marked() -> None:
    off = harness("kit", 0.9, RULES[1], (0.4, 0.5), agrees=False)
    found = table(off, harness("lmms", 0.5, RULES[1], (0.4, 0.5)))
    assert line(found, "by anls_vlmevalkit") == ("0.5000 ≠", "0.5000 =")
    assert line(found, "· failures, rounding") == ("", "-0.4000")


@pytest.mark.parametrize("rule", [None, RULES[2]], ids=["unknown", "not-applied"])
def test_without_a_rule_on_both_no_difference_is_explained(rule: str | None) -> None:
    found = table(
        harness("kit", 0.5, RULES[1], (0.4, 0.5)), harness("scope", 0.7, rule, (0.4, 0.5))
    )
    assert "above kit" not in dict(found.lines)
    assert line(found, "its own anls") == ("0.5", "0.7")


def test_one_harness_or_numbers_of_groups_alone_make_no_table() -> None:
    one = harness("kit", 0.5, RULES[1], (0.4, 0.5))
    grouped = one.model_copy(update={"native": one.native[:1]})
    assert native_tables(reports.report(one, grouped)) == ()


def test_metrics_of_two_names_are_told_apart() -> None:
    one = harness("kit", 0.5, RULES[1], (0.4, 0.5))
    found = table(one, harness("lmms", 0.5, RULES[1], (0.4, 0.5), metric="accuracy"))
    assert line(found, "its own metric") == ("anls", "accuracy")
    assert line(found, "its number") == ("0.5", "0.5")


@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal_shows_each_number_whole(width: int) -> None:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(report_table(three()))
    lines = out.getvalue().splitlines()
    first = lines.index("tiny:m · m: the harnesses' own numbers")
    assert lines[first + 1].split() == ["kit", "lmms", "scope"]
    shown = {" ".join(one.split()) for one in lines[first:]}
    assert "by anls_evalscope_answer 0.7000 0.7500 0.8000 =" in shown
    assert "· by its rule 0 +0.2000" in shown


def test_markdown_and_the_page_show_it_too() -> None:
    text = markdown(three())
    assert "| by anls\\_evalscope\\_answer | 0.7000 | 0.7500 | 0.8000 = |" in text
    page = render(three(), [], {}, Gallery((), {}, "none"))
    assert "The harnesses' own numbers for <bdi>m</bdi>" in page
    assert '<td class="num">0.8000 =</td>' in page
