"""The performance part of report.html, as text and as geometry."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bench.performance import spread
from bench.report.images import Gallery
from bench.report.page import render
from bench.report.page.plots import APART, LEFT, RIGHT, curve_plot, histogram_plot, spaced
from bench.report.page.speed import sides, speed_view
from bench.report.quantities import size
from bench.schema import JobReport
from tests.report import html_pages, reports


def page_of(*jobs: JobReport) -> str:
    return render(reports.report(*jobs, limit=None), [], {}, Gallery((), {}, "none"))


def test_each_bar_is_as_high_as_its_count() -> None:
    times = spread([0.1] * 4 + [0.2] * 2 + [0.3])
    assert times is not None
    plot = histogram_plot("latency", times)
    assert plot is not None
    heights = [bar.height for bar in plot.bars]
    assert [height / max(heights) for height in heights] == [1, 0.5, 0.25]
    assert all(LEFT <= bar.x <= bar.x + bar.width <= RIGHT for bar in plot.bars)
    assert plot.said.startswith("latency of 7 requests: p50 0.100 s, p90 0.240 s")


def test_a_quantile_stands_over_its_value_or_says_that_it_is_beyond() -> None:
    times = reports.spread(1.0, 0, 2, 3, 1)  # the axis ends at 2; p99 is 9
    plot = histogram_plot("latency", times)
    assert plot is not None
    shares = [(one.x - LEFT) / (RIGHT - LEFT) for one in plot.quantiles]
    assert [round(share, 2) for share in shares] == [0.5, 0.55, 1, 1]
    assert [one.beyond for one in plot.quantiles] == [False, False, False, True]
    assert plot.quantiles[3].value == "9.00 s"


@given(st.lists(st.floats(LEFT, RIGHT), min_size=1, max_size=4).map(sorted))
def test_labels_never_overlap_and_stay_in_the_plot(places: list[float]) -> None:
    labels = spaced(places)
    assert all(b - a >= APART - 1e-6 for a, b in pairwise(labels))
    assert labels[0] - APART / 2 + 7 >= LEFT
    assert labels[-1] + APART / 2 - 7 <= RIGHT


def test_a_curve_runs_from_left_to_right_under_its_top() -> None:
    plot = curve_plot("memory", [(0, 100e6), (1, None), (2, 400e6), (4, 200e6)], 4, size)
    assert plot is not None
    assert (plot.peak, plot.top, plot.end) == ("400 MB", "500 MB", "4.00 s")
    assert plot.line == "M6 61.2L160 22.8L314 48.4"
    assert plot.said == "memory over 4.00 s: at most 400 MB, at the end 200 MB"
    assert curve_plot("memory", [(0, None)], 4, size) is None


def test_one_sample_and_no_use_are_drawn() -> None:
    assert curve_plot("memory", [(0, 5.0)], 0, size) is not None
    idle = curve_plot("GPU", [(0, 0.0), (1, 0.0)], 1, size)
    assert idle is not None
    assert idle.line == "M6 74L314 74"


def test_the_page_shows_what_was_measured_and_says_why_the_rest_was_not() -> None:
    page = page_of(reports.job())
    for said in ("<b>latency</b>", "<b>TTFT</b>", "<b>TPOT</b>", "Engine memory", "GPU busy"):
        assert said in page
    assert "GPU memory, whole device" in page
    assert "1 beyond 0.840 s" in page
    missing = {"performance.ttft_s": "no answer was streamed", "axes": "no other axis"}
    bare = reports.job(performance=reports.performance(ttft_s=None, engine=None), absent=missing)
    page = page_of(bare)
    assert "<b>TTFT</b>" not in page
    assert "Engine memory" not in page
    told = page[page.index("Not measured:") : page.index("How it was made</h2>")]
    assert "no answer was streamed" in told
    assert "no other axis" not in told


def test_a_job_without_requests_has_no_such_part() -> None:
    assert speed_view(reports.benchmark()) is None
    assert 'class="speed"' not in page_of(reports.benchmark())


def test_jobs_stand_side_by_side_where_there_are_several() -> None:
    one = reports.job()
    assert sides(reports.report(one)) == ()
    assert sides(reports.report(reports.benchmark(), reports.benchmark())) == ()
    first, second = sides(reports.report(one, reports.benchmark()))
    assert first.sorts[:2] == (0.25, 0.21)
    assert second.sorts == (None,) * 5
    assert "Quality and what it took" in page_of(one, reports.benchmark())
    assert "Quality and what it took" not in page_of(one)


def test_a_hostile_name_is_text_and_no_style_attribute_is_written() -> None:
    use = reports.performance().engine
    assert use is not None
    ugly = use.model_copy(update={"gpu_name": f"{html_pages.SCRIPT}\u202e"})
    page = page_of(
        reports.job(
            performance=reports.performance(engine=ugly),
            absent={"performance.cost": html_pages.SCRIPT},
        )
    )
    assert html_pages.SCRIPT not in page
    assert page.count("&lt;script&gt;window.ran=1&lt;/script&gt;⟨U+202E⟩") == 1
    assert not re.search(r"<[^>]* style=", page), "the policy forbids it"
