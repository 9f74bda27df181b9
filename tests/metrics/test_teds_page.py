"""TEDS over the tables of a page: which are found, how they are paired, what is left over."""

from __future__ import annotations

import pytest

from bench.metrics import METRICS, Part, Policy
from bench.metrics.tables import all_tables
from bench.metrics.teds_page import TABLES


def html(*cells: str) -> str:
    return "<table><tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr></table>"


def markdown(*cells: str) -> str:
    return "|" + "|".join(cells) + "|\n" + "|-" * len(cells) + "|\n"


ONE, TWO = html("tea", "1.00"), html("name", "of", "a bank")


def part(said: str, *trues: str, name: str = "teds_page") -> Part:
    return METRICS[name].measure(said, trues, Policy())


def texts(page: str, *, limit: int = 100, most: int = 10) -> list[str] | None:
    found = all_tables(page, limit=limit, most=most)
    return None if found is None else [table.text.replace("\n", ",") for table in found]


@pytest.mark.parametrize(
    ("page", "found"),
    [
        pytest.param(f"Text {ONE} more\n\n{TWO}", ["tea,1.00", "name,of,a bank"], id="html"),
        pytest.param(
            f"{markdown('a', 'b')}\ntext\n\n{markdown('c')}|d|", ["a,b", "c,d"], id="markdown"
        ),
        pytest.param(f"{markdown('a')}\n{html('b')}\n{markdown('c')}", ["b", "a", "c"], id="both"),
        pytest.param(f"| x {html('a|b')} |\n|-|\n", ["a|b"], id="a bar in a cell"),
        pytest.param(f"<!-- {ONE} -->{TWO}", ["name,of,a bank"], id="comment"),
        pytest.param("<table><td>a<td>b <table><td>c</table></table>", None, id="in a cell"),
        pytest.param("<table><tr><td>a</td></tr><table><td>b", ["a", "b"], id="not closed"),
        pytest.param("a | b\n--|--\n1 | 2", ["a,b,1,2"], id="no outer bars"),
        pytest.param("text", [], id="none"),
        pytest.param("", [], id="empty"),
    ],
)
def test_the_tables_of_a_page(page: str, found: list[str] | None) -> None:
    if found is None:  # a table in a cell is part of the cell
        one = all_tables(page, limit=100, most=10)
        assert one is not None
        assert len(one) == 1
    else:
        assert texts(page) == found


def test_over_the_limits_there_is_no_page() -> None:
    assert texts(ONE * 3, most=3) is not None
    assert texts(ONE * 4, most=3) is None
    assert texts(ONE * 3, limit=12) is not None  # a table, a row and two cells each
    assert texts(ONE * 3, limit=11) is None
    bars = "\n\n".join([markdown("a", "b")] * 3)
    assert texts(bars, limit=12) is not None
    assert texts(bars, limit=11) is None
    assert texts(bars, most=2) is None


@pytest.mark.parametrize(
    ("said", "true", "expected"),
    [
        pytest.param(ONE + TWO, ONE + TWO, (2, 2), id="all right"),
        pytest.param(TWO + ONE, ONE + TWO, (2, 2), id="another order"),
        pytest.param(ONE, ONE + TWO, (1, 2), id="one missed"),
        pytest.param(ONE + TWO, ONE, (1, 1), id="one made up"),
        pytest.param(html("x") + ONE, ONE, (1, 1), id="the first is no partner"),
        pytest.param(markdown("tea", "1.00"), ONE, (1, 1), id="Markdown beside HTML"),
        # Three elements, one cell with another text: half of four letters.
        pytest.param(TWO + html("tea", "1.23"), ONE + TWO, (2 - 0.5 / 3, 2), id="a cell wrong"),
        pytest.param("no table", ONE + TWO, (0, 2), id="none said"),
        pytest.param("", ONE, (0, 1), id="empty"),
        pytest.param(ONE * (2 * TABLES + 1), ONE, (0, 1), id="too many said"),
        pytest.param(ONE, "no table", (0, 0), id="none to find"),
        pytest.param(ONE, ONE * (TABLES + 1), (0, 0), id="too many to find"),
    ],
)
def test_a_page_by_hand(said: str, true: str, expected: tuple[float, float]) -> None:
    assert part(said, true)[:2] == pytest.approx(expected)


def test_structure_alone() -> None:
    said = html("x", "y") + html("1", "2", "3")
    assert part(said, ONE + TWO, name="teds_struct_page") == Part(2.0, 2.0)


def test_one_table_is_as_in_teds() -> None:
    pages = [ONE, TWO, html("tea", "2.00"), markdown("tea", "1"), html("tea") * 1]
    for said in pages:
        for true in pages:
            for one, other in (("teds", "teds_page"), ("teds_struct", "teds_struct_page")):
                assert part(said, true, name=one) == part(said, true, name=other)


def test_the_best_of_several_references_counts() -> None:
    assert part(ONE, ONE + TWO, ONE) == Part(1.0, 1.0)
    assert METRICS["teds_page"].worst((ONE, ONE + TWO, "text"), Policy()) == Part(0.0, 2.0)
    assert METRICS["teds_page"].worst(("text",), Policy()) == Part(0.0, 0.0)
