"""Who agrees with whom, in a few lines of the terminal and of Markdown."""

from __future__ import annotations

import io
from itertools import combinations

import pytest
from rich.console import Console

from bench.report.alike import MOST_LINES, agreement_lines
from bench.report.markdown import markdown
from bench.report.terminal import report_table
from bench.schema import Report
from tests.report import several_jobs

Said = dict[tuple[str, str], tuple[str | None, ...]]


def run_of(*answers: str) -> Report:
    """One job of one model for each word, a letter a sample: `ab-` failed in the last."""
    said: Said = {
        (f"h{number}", "m"): tuple(None if one == "-" else one for one in word)
        for number, word in enumerate(answers)
    }
    return several_jobs.made(said)[0]


@pytest.mark.parametrize(
    ("answers", "lines"),
    [
        (["ab", "ab"], ["h0 = h1: 2 of 2"]),
        (["ab", "ax"], ["h0 ≠ h1: 1 of 2"]),
        (["ab", "ab", "ab"], ["h0 = h1 = h2: 2 of 2"]),
        (["ab", "xb", "ab"], ["h0 = h2: 2 of 2", "h0 = h2 ≠ h1: 1 of 2"]),
        (["a-", "a-"], ["h0 ≠ h1: 1 of 2"]),
        (["ab", "--", "ab"], ["h0 = h2: 2 of 2"]),
        (["ab"], []),
    ],
)
def test_jobs_that_agree_in_all_share_a_line(answers: list[str], lines: list[str]) -> None:
    assert list(agreement_lines(run_of(*answers))) == [
        f"{line} answers identical" for line in lines
    ]


def test_a_line_speaks_for_every_pair_of_its_groups() -> None:
    report = run_of("abc", "abx", "abc", "aby", "abx")
    of = {pair.jobs: f"{pair.same} of {pair.of}" for pair in report.agreement}
    told: dict[frozenset[str], str] = {}
    for line in agreement_lines(report):
        names, said = line.removesuffix(" answers identical").split(": ")
        groups = [group.split(" = ") for group in names.split(" ≠ ")]
        pairs = combinations(groups[0], 2) if len(groups) == 1 else _between(*groups)
        told |= {frozenset(f"{name}--m" for name in pair): said for pair in pairs}
    assert told == {frozenset(jobs): said for jobs, said in of.items()}


def _between(left: list[str], right: list[str]) -> list[tuple[str, str]]:
    return [(one, other) for one in left for other in right]


def test_many_pairs_are_not_many_lines() -> None:
    lines = list(agreement_lines(run_of(*"abcdef")))
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "9 more pairs are in report.html"


def test_the_model_is_named_where_several_have_pairs() -> None:
    both: Said = {(harness, model): ("a",) for model in "mn" for harness in ("h0", "h1")}
    assert [line.split(": h")[0] for line in agreement_lines(several_jobs.made(both)[0])] == [
        "tiny:m · m",
        "tiny:m · n",
    ]


def test_the_terminal_and_markdown_say_it() -> None:
    report = several_jobs.made()[0]
    stream = io.StringIO()
    Console(file=stream, width=140, markup=False).print(report_table(report))
    for said in (
        "echo ≠ kit: 3 of 4 answers identical",
        "echo ≠ scope: 2 of 4 answers identical",
        "kit ≠ scope: 1 of 4 answers identical",
    ):
        assert said in stream.getvalue()
        assert f"\n- {said}\n" in markdown(report)
    alone = several_jobs.made({("echo", "m"): ("a",)})[0]
    assert "identical" not in markdown(alone)
