from __future__ import annotations

from syrupy.assertion import SnapshotAssertion

from bench.report.markdown import markdown
from tests.report.reports import job, report, result


def test_the_whole_page(snapshot: SnapshotAssertion) -> None:
    assert markdown(report()) == snapshot


def test_a_limit_is_marked_and_only_then() -> None:
    assert "Limited to the first 8 samples" in markdown(report())
    assert "Limited" not in markdown(report(limit=None))


def test_text_stays_in_its_cell_and_is_no_markup() -> None:
    page = markdown(report(job(results=(result(level="field", group="a|b\n# *c*"),), errors=())))
    (row,) = (line for line in page.splitlines() if "field" in line)
    assert r"field a\|b # \*c\*" in row


def test_the_dots_say_that_there_are_more() -> None:
    page = markdown(report())
    assert "(s2, s5)" in page
    assert "(a, b, c …)" in page
