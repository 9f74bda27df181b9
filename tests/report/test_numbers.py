from __future__ import annotations

from bench.report import numbers
from bench.schema import Counts
from tests.report.reports import benchmark, job, report, result


def test_what_is_missing_is_never_0() -> None:
    assert numbers.value(None) == "–"
    assert numbers.value(0.0) == "0.0000"
    assert numbers.interval(result(interval=None)) == "–"


def test_four_places_show_one_of_ten_thousand() -> None:
    assert numbers.value(1 / 10_000) == "0.0001"


def test_counts_stand_beside_every_number() -> None:
    assert numbers.counts_line(job()) == "8 expected = 6 answered + 2 failed (1 unscored)"
    counts = Counts(expected=1, answered=1, failed=0, unscored=0)
    assert numbers.counts_line(job(counts=counts)) == "1 expected = 1 answered + 0 failed"


def test_totals() -> None:
    assert numbers.totals(report()) == "1 of 2 jobs ok, 2 requests failed"
    assert numbers.totals(report(benchmark())) == "0 of 1 jobs ok, no request failed"


def test_a_pipeline_is_named_one() -> None:
    assert numbers.title(job()) == "tiny:m · m (pipeline) · echo"
    assert numbers.title(benchmark()) == "DocVQA · m · kit"


def test_a_native_number_keeps_its_scale() -> None:
    assert [numbers.native_value(one) for one in benchmark().native] == ["61.5 of 100", "0.5"]
