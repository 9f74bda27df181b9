"""Reading order, on boxes drawn by hand and by hypothesis; no OCR is needed."""

import importlib.util
import math
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

Polygon = list[tuple[float, float]]


def _load() -> ModuleType:
    path = Path(__file__).parents[2] / "adapters/engines/rapidocr/reading.py"
    spec = importlib.util.spec_from_file_location("rapidocr_reading", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reading = _load()


def box(left: float, top: float, width: float, height: float = 20) -> Polygon:
    right, bottom = left + width, top + height
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def turned(polygon: Polygon, degrees: float) -> Polygon:
    """About the origin; positive is clockwise on a page, where y runs down."""
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return [(x * cosine - y * sine, x * sine + y * cosine) for x, y in polygon]


RECEIPT = [
    (box(100, 0, 300), "ACME STORE"),
    (box(20, 40, 180), "Rice 5 kg"),
    (box(420, 42, 80), "12.00"),
    (box(20, 68, 200), "Tea, green"),
    (box(420, 66, 80), "3.50"),
    (box(20, 96, 120), "TOTAL"),
    (box(420, 95, 80), "15.50"),
]
RECEIPT_TEXT = "ACME STORE\nRice 5 kg 12.00\nTea, green 3.50\nTOTAL 15.50"


def read(cells: list[tuple[Polygon, str]]) -> str:
    order: str = reading.reading_order([polygon for polygon, _ in cells], [t for _, t in cells])
    return order


def test_nothing_reads_as_nothing() -> None:
    assert read([]) == ""


def test_one_box_reads_as_its_text() -> None:
    assert read([(box(5, 5, 50), "alone")]) == "alone"


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="1 boxes, but 0 texts"):
        reading.reading_order([box(0, 0, 10)], [])


def test_cells_of_two_columns_share_a_line() -> None:
    assert read(RECEIPT[::-1]) == RECEIPT_TEXT


@pytest.mark.parametrize("degrees", [-5, -3, -1, 0.5, 2, 4, 5])
def test_a_turned_page_reads_the_same(degrees: float) -> None:
    assert read([(turned(polygon, degrees), text) for polygon, text in RECEIPT]) == RECEIPT_TEXT


def test_without_deskewing_a_turned_page_would_read_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cells = [(turned(polygon, 5), text) for polygon, text in RECEIPT]
    monkeypatch.setattr(reading, "skew", lambda _boxes: 0.0)
    assert read(cells) != RECEIPT_TEXT


def test_skew_is_told_by_long_boxes_only() -> None:
    long, short = turned(box(0, 0, 400), 2), turned(box(0, 60, 15), 12)
    assert reading.skew([long, short, short, short]) == pytest.approx(math.radians(2))
    assert reading.skew([short]) == 0.0


def test_a_tall_box_does_not_merge_the_short_rows_beside_it() -> None:
    cells = [
        (box(0, 0, 60, 50), "LOGO"),
        (box(80, 2, 200), "first row"),
        (box(80, 28, 200), "second row"),
        (box(0, 60, 280), "third row"),
    ]
    assert read(cells) == "LOGO first row\nsecond row\nthird row"


def test_a_big_amount_stands_in_the_row_of_its_small_label() -> None:
    cells = [(box(0, 0, 200), "items"), (box(0, 50, 90), "Total"), (box(300, 35, 150, 42), "9.90")]
    assert read(cells) == "items\nTotal 9.90"


def test_lines_that_touch_stay_apart_when_they_lie_above_each_other() -> None:
    cells = [(box(0, 0, 200), "upper"), (box(0, 9, 200), "lower")]
    assert read(cells) == "upper\nlower"


words = st.integers(min_value=0, max_value=2000)
sizes = st.integers(min_value=4, max_value=300)
level_boxes = st.lists(st.builds(box, words, words, sizes, sizes), max_size=25)


@given(level_boxes, st.floats(-5, 5))
def test_each_text_appears_exactly_once(boxes: list[Polygon], degrees: float) -> None:
    texts = [f"t{index}" for index in range(len(boxes))]
    tilted = [turned(polygon, degrees) for polygon in boxes]
    assert sorted(reading.reading_order(tilted, texts).split()) == sorted(texts)


@given(level_boxes, words, words, st.sampled_from([0.25, 0.5, 2.0, 8.0]))
def test_moving_or_scaling_a_page_changes_nothing(
    boxes: list[Polygon], right: int, down: int, scale: float
) -> None:
    texts = [f"t{index}" for index in range(len(boxes))]
    moved = [[((x + right) * scale, (y + down) * scale) for x, y in polygon] for polygon in boxes]
    assert reading.reading_order(moved, texts) == reading.reading_order(boxes, texts)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=12), st.randoms())
def test_a_table_reads_row_by_row_in_whatever_order_it_comes(
    cells_per_row: list[int], random: Random
) -> None:
    cells = [
        (box(150 * column, 30 * row, 100), f"r{row}c{column}")
        for row, count in enumerate(cells_per_row)
        for column in range(count)
    ]
    expected = "\n".join(
        " ".join(f"r{row}c{column}" for column in range(count))
        for row, count in enumerate(cells_per_row)
    )
    random.shuffle(cells)
    assert read(cells) == expected
