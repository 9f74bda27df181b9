from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.style import Style

from bench.errors import RunError, UsageError
from bench.gateway.record import effective, read_requests
from bench.report.request_page import Page, half_blocks
from bench.report.request_rows import find, found_row, rows
from bench.report.request_table import request_table
from bench.report.requests import Wanted, select
from bench.report.visible import first_words, visible
from tests.recorded import (
    failed,
    recorded_run,
    replay,
    request,
    said_by,
    store_file,
    store_image,
    text_part,
    write_replays,
)

HOSTILE = "\x1b[2J\x07a\rb\x00\x9b\u202egnp\u2028\ud800\ufeff\x7f"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Two jobs; of the first, two requests failed and one of these was asked again."""
    other = "echo--m2--t"
    image = store_image(tmp_path)
    asked = [said_by("user", image, image, text_part("Read."))]
    listed = [
        request(1, messages=asked),
        failed(2, session=1),
        failed(3, "timeout", "no answer within 2 s", session=1),
        request(4, job=other, ttft_s=0.1, usage={"prompt_tokens": 3, "completion_tokens": 11}),
        failed(5, "timeout", "no answer within 2 s", job=other),
        request(6, sample="s2", session=2),
        failed(7, "timeout", "again", sample="s3", session=2),
    ]
    folder = recorded_run(tmp_path, listed)
    write_replays(folder, [replay(listed[0]), replay(listed[3])])
    return folder


def numbers(run: Path, wanted: Wanted, **how: int | bool) -> list[int]:
    return [line.number for line in select(run, wanted, **how).lines]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [1, 2, 3, 4, 5, 6, 7]),
        (Wanted(job="echo--m2--t"), [4, 5]),
        (Wanted(sample="s2"), [2, 6]),
        (Wanted(statuses=("failed",)), [2, 3, 5, 7]),
        (Wanted(statuses=("ok",)), [1, 4, 6]),
        (Wanted(statuses=("failed", "timeout")), [3, 5, 7]),
        (Wanted(statuses=("500",)), [2]),
        (Wanted(job="echo--m2--t", sample="s2"), []),
    ],
)
def test_filters(run: Path, wanted: Wanted, found: list[int]) -> None:
    assert numbers(run, wanted) == found


def test_a_limit_and_the_slowest(run: Path) -> None:
    assert numbers(run, Wanted(), limit=3) == [1, 2, 3]
    assert numbers(run, Wanted(), limit=3, slowest=True) == [7, 6, 5]
    assert [row["number"] for row in rows(run, select(run, Wanted(), limit=2, slowest=True))] == [
        7,
        6,
    ]


def test_totals_are_over_all_that_was_wanted(run: Path) -> None:
    said = "7 requests: 3 answered, 4 failed (1 http, 3 timeout), 2 of them asked again later"
    assert str(select(run, Wanted(), limit=1).totals) == f"{said}; 4 retries, 2 replayed"
    other = select(run, Wanted(job="echo--m2--t"), limit=1).totals
    assert str(other) == "2 requests: 1 answered, 1 failed (1 timeout); 1 retries, 1 replayed"


def test_what_is_superseded_is_what_the_report_leaves_out(run: Path) -> None:
    selection = select(run, Wanted())
    counting = {line.id for line in selection.lines if not selection.superseded(line)}
    requests = list(read_requests(run / "gateway"))
    jobs = {one.job for one in requests}
    expected = [one for job in jobs for one in effective([r for r in requests if r.job == job])]
    assert counting == {one.id for one in expected}
    assert [line.number for line in selection.lines if selection.superseded(line)] == [2, 3]
    filtered = select(run, Wanted(sample="s3"))  # the latest session is the job's, not the filter's
    assert [filtered.superseded(line) for line in filtered.lines] == [True, False]


def test_only_the_limit_is_held_in_memory(tmp_path: Path) -> None:
    folder = recorded_run(
        tmp_path,
        (request(n, text="x" * 5000, response="y" * 5000) for n in range(2000)),
        jobs=("echo--m--t",),
    )
    for how in ({"limit": 20}, {"limit": 20, "slowest": True}):
        tracemalloc.start()
        assert len(numbers(folder, Wanted(), **how)) == 20
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 1_000_000  # all lines would take 2, all requests 20 million


def table(run: Path, width: int | None, wanted: Wanted | None = None) -> list[str]:
    selection = select(run, wanted or Wanted())
    return [line.text for line in request_table(run, selection, width)]


def test_the_whole_table(run: Path) -> None:
    head, *lines = table(run, None)
    names = "# id job session sample status tries http queue s ttft s latency s tpot ms"
    assert " ".join(head.split()) == f"{names} in tok out tok finish images answer"
    assert lines[0].split()[:8] == ["1", "00016b86", "m", "1", "s1", "ok", "1", "200"]
    assert "  2 PNG 40×20  answer 1" in lines[0]
    assert lines[1].split()[5:8] == ["http", "↻", "2"]
    assert lines[1].endswith("HTTP 500: no")
    assert lines[3].split()[2] == "m2"
    assert "  0.100      0.400     30.0       3       11  stop" in lines[3]
    assert lines[-1] == "↻ asked again in a later session: does not count"


def test_columns_without_anything_in_them_are_left_out(run: Path) -> None:
    only = table(run, None, Wanted(job="echo--m--t", sample="s1"))
    assert "ttft" not in only[0]
    assert "tpot" not in only[0]


@pytest.mark.parametrize("width", [60, 80, 100, 120, 140, 200])
def test_no_line_is_wider_than_the_screen(run: Path, width: int) -> None:
    lines = table(run, width)
    left_out = [line for line in lines if line.startswith("too narrow for: ")]
    assert max(cell_len(line) for line in lines if line not in left_out) <= width
    for name in ("#", "id", "sample", "status", "answer", "latency s")[: 5 if width < 80 else 6]:
        assert f" {name}" in f" {lines[0]}"
    assert bool(left_out) == (width < 200)
    assert "queue s" in "".join(left_out) or width == 200


def test_wide_characters_and_hostile_ones_stay_in_their_columns(tmp_path: Path) -> None:
    folder = recorded_run(
        tmp_path,
        [
            request(1, sample="收据" * 20, text="人" * 300),
            request(2, sample=HOSTILE, text=HOSTILE, finish_reason=HOSTILE),
            request(3, sample=None, text="a\n\n b"),
        ],
    )
    head, *lines = table(folder, 80)
    assert max(map(cell_len, [head, *lines])) <= 80
    start = head.index("latency s")
    assert lines[2][start : start + 9] == "    0.300"
    assert "\x1b" not in "".join(lines)
    assert lines[2].endswith("a b")


@pytest.mark.parametrize(
    ("ids", "shown"),
    [
        (["short", "a-very-long-name-1:total"], ["short", "a-very-long-nam…"]),
        (
            [f"scan-2024-0{n}:total-amount" for n in (1, 2)],
            ["…2024-01:total-…", "…2024-02:total-…"],
        ),
        (["x" * 30 + "1", "x" * 30 + "2"], ["…" + "x" * 13 + "1", "…" + "x" * 13 + "2"]),
        (["1" + "x" * 30, "2" + "x" * 30], ["1" + "x" * 13 + "…", "2" + "x" * 13 + "…"]),
        (["y" * 30], ["…" + "y" * 14]),
        ([f"{n}" * 30 for n in (1, 2)], ["1" * 15 + "…", "2" * 15 + "…"]),
    ],
)
def test_long_ids_are_shortened_where_they_agree(
    tmp_path: Path, ids: list[str], shown: list[str]
) -> None:
    folder = recorded_run(tmp_path, [request(n, sample=one) for n, one in enumerate(ids)])
    assert [line.split()[2] for line in table(folder, 80)[1 : 1 + len(ids)]] == shown


def test_hidden_characters_are_shown() -> None:
    shown = "␛[2J␇a␍b␀\\u009b\\u202egnp\\u2028\\ud800\\ufeff␡"
    assert visible(HOSTILE) == shown
    assert visible("a\n\tb é 😀 \u00a0") == "a\n\tb é 😀 \u00a0"
    assert first_words(" a\n\n b\x00 ", 200) == "a b␀"


def test_no_record_and_a_broken_one(tmp_path: Path, run: Path) -> None:
    with (run / "gateway" / "requests.jsonl").open("ab") as file:
        file.write(b'{"cut')
    assert len(select(run, Wanted()).lines) == 7
    with (run / "gateway" / "requests.jsonl").open("ab") as file:
        file.write(b"\n")
    with pytest.raises(RunError, match="line 8 cannot be read"):
        select(run, Wanted())
    (run / "gateway" / "requests.jsonl").unlink()
    with pytest.raises(UsageError, match="no model was asked"):
        select(run, Wanted())


def test_a_request_is_found_by_its_id_or_sample(run: Path) -> None:
    assert find(run, "0004").number == 4
    assert find(run, "s4").number == 4
    assert find(run, find(run, "0004").request.id).number == 4
    assert find(run, "s1").replays[0].session == 2
    assert find(run, "0002").superseded
    with pytest.raises(UsageError, match="no request has the sample 'x'"):
        find(run, "x")
    with pytest.raises(UsageError, match="fits 7 requests") as several:
        find(run, "000")
    assert "0004" in several.value.message
    with pytest.raises(UsageError, match="fits 2 requests") as several:
        find(run, "s3")
    assert "(s3 in echo--m--t, timeout), 0007" in several.value.message
    assert "(s3 in echo--m--t, timeout, session 2)" in several.value.message
    with pytest.raises(UsageError, match="fits 2 requests"):
        find(run, "000", "echo--m2--t")
    assert find(run, "s5", "echo--m2--t").number == 5


def test_two_ids_that_begin_alike_are_told_apart(tmp_path: Path) -> None:
    folder = recorded_run(tmp_path, [request(n, id=f"{'ab' * 10}{n}{'0' * 11}") for n in range(12)])
    with pytest.raises(UsageError) as several:
        find(folder, "abab")
    assert "and 4 more" in several.value.message
    assert f"{'ab' * 10}7" in several.value.message


def page(run: Path, key: str, preview: tuple[int, int] | None = None) -> str:
    return "\n".join(line.plain for line in Page(run, find(run, key), preview).lines())


def test_one_request_in_full(tmp_path: Path) -> None:
    image = store_image(tmp_path)
    asked = [
        said_by("system", text_part("Be brief.")),
        said_by("user", text_part("first"), image, {"type": "odd", "n": 1}, text_part("a\n b ")),
        {"role": "user", "content": "plain", "name": "me"},
    ]
    tried = failed(0)["attempts"][:1] + request(0)["attempts"]
    folder = recorded_run(
        tmp_path,
        [request(1, messages=asked, text=" x\n\x1b\ud800 ", attempts=tried, ttft_s=0.05)],
    )
    said = page(folder, "s1")
    places = [
        *("Be brief.", "│ first\n", "image       PNG 40×20, 93 bytes, sent as image/png"),
        *("images/", image["image_url"]["sha256"], "  pixels    ", '{"detail": "high"}'),
        *('{"type": "odd", "n": 1}', "│ a\n  │  b \n", "│ plain\n", '{"name": "me"}'),
        *("HTTP 500  http\n", "│ first\n", "HTTP 200  ok\n"),
        "queue 0.001 s, first token 0.050 s, latency 0.100 s, 12.50 ms a token\n",
        *('{"prompt_tokens": 11, "completion_tokens": 5}', "stop\n", "│  x\n  │ ␛\\ud800 "),
    ]
    at = 0
    for place in places:
        assert place in said[at:], place
        at = said.index(place, at) + len(place)
    assert said.encode()


def test_a_failed_request_in_full(tmp_path: Path) -> None:
    stopped = failed(2, "interrupted", "gateway stopped", attempts=[], latency_s=None)
    null = request(3, text=None, content_null=True, finish_reason=None, messages=None)
    folder = recorded_run(tmp_path, [failed(1, response="<html>"), stopped, null])
    assert "none\n  what the endpoint sent instead: --raw" in page(folder, "s1")
    assert page(folder, "s1").count("HTTP 500: no") == 1
    assert "none: it never reached the endpoint" in page(folder, "s2")
    assert "interrupted gateway stopped" in page(folder, "s2")
    assert "a null content" in page(folder, "s3")
    assert "(no reason was given)" in page(folder, "s3")


def test_images_that_are_broken_or_gone(tmp_path: Path) -> None:
    broken, gone = store_file(tmp_path, b"\x89PNG\r\n\x1a\nno", "png"), store_image(tmp_path)
    folder = recorded_run(tmp_path, [request(1, messages=[said_by("user", broken, gone)])])
    (tmp_path / "gateway" / "images" / f"{gone['image_url']['sha256']}.png").unlink()
    said = page(folder, "s1", (60, 30))
    assert "unknown: UnidentifiedImageError" in said
    assert "not stored, 93 bytes" in said
    assert "▀" not in said
    assert "2 image/png" in "\n".join(table(folder, None))


def test_a_preview_shows_the_picture(tmp_path: Path) -> None:
    image = store_image(tmp_path, (400, 202), "#ff0000")
    folder = recorded_run(tmp_path, [request(1, messages=[said_by("user", image)])])
    assert "▀" not in page(folder, "s1")
    assert page(folder, "s1", (60, 30)).count("▀") == 60 * 15
    (path,) = (tmp_path / "gateway" / "images").iterdir()
    lines = list(half_blocks(path, 60, 30))
    (span,) = {span.style for span in lines[0].spans}
    assert isinstance(span, Style)
    assert span.color == span.bgcolor
    red, green, blue = span.color.triplet if span.color and span.color.triplet else (0, 0, 0)
    assert (red > 250, green < 5, blue < 5) == (True, True, True)  # a JPEG lies between
    assert len(list(half_blocks(path, 5, 30))) == 2  # 3 pixels high


def test_the_row_of_a_request_has_all(run: Path) -> None:
    row = found_row(run, find(run, "s1"))
    record = request(1, messages=row["messages"])
    assert {name: row[name] for name in record} == record
    assert (row["number"], row["superseded"], row["prompt_tokens"]) == (1, False, 11)
    assert row["replays"] == [replay(record)]
    one, again = row["images"]
    assert one == again
    assert (one["format"], one["width"], one["height"], one["bytes"]) == ("PNG", 40, 20, 93)
    assert Path(one["path"]).is_file()
    assert len(one["rgb_sha256"]) == 64
    every = list(rows(run, select(run, Wanted())))
    assert [row["superseded"] for row in every] == [False, True, True, False, False, False, False]
    assert every[3]["tpot_s"] == pytest.approx(0.03)
