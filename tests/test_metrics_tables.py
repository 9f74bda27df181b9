"""TEDS: tables as they are read, and the tree edit distance against the textbook's recursion."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.metrics import METRICS, Part, Policy
from bench.metrics.tables import Node, first_table
from bench.metrics.teds import ANSWER_NODES, NODES
from bench.metrics.tree_distance import tree_distance

HEADED = (
    "<table><thead><tr><td>a</td><td>b</td></tr></thead>"
    "<tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
)
BARE = "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>"
MARKDOWN = "| a | b |\n|---|:-:|\n| 1 | 2 |"


def value(name: str, prediction: str, reference: str) -> float | None:
    return METRICS[name].measure(prediction, (reference,), Policy()).value


def read(text: str) -> str:
    """The tree in brackets: tags, spans where they are not 1, contents."""
    table = first_table(text, limit=1000)
    return "none" if table is None else _shown(table.root)


def _shown(node: Node) -> str:
    spans = "" if node.spans == (1, 1) else f"{node.spans[0]}x{node.spans[1]}"
    return f"{node.tag}{spans}({node.content}{' '.join(map(_shown, node.children))})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        (BARE, "table(tr(td(a) td(b)) tr(td(1) td(2)))"),
        (HEADED, "table(thead(tr(td(a) td(b))) tbody(tr(td(1) td(2))))"),
        (MARKDOWN, "table(tr(td(a) td(b)) tr(td(1) td(2)))"),
        ("Said:\n```html\n<TABLE border=1><TR><TH>a</TH></TR></TABLE>\n```", "table(tr(td(a)))"),
        ("<table><tr><td>a<td>b<tr><td>c", "table(tr(td(a) td(b)) tr(td(c)))"),
        ("<table><caption>x</caption><tr><td> a\n b </td></tr></table>", "table(tr(td(a b)))"),
        ("<table><td>a</table><table><td>b</table>", "table(td(a))"),
        ('<table><td colspan="2" rowspan=3>a</table>', "table(td2x3(a))"),
        ("<table><td colspan='two'>a</table>", "table(td(a))"),
        ("<table><td data-colspan=2>a</table>", "table(td(a))"),
        ("<table><td>a &amp; b&nbsp;c</table>", "table(td(a & b c))"),
        ("<table><!-- <td>x --><td>a</table>", "table(td(a))"),
        ("<table></table>", "table()"),
        ("text\n| a |\n|---|\n| x \\| y |\n\n| b |", "table(tr(td(a)) tr(td(x | y)))"),
        ("a | b\n--|--\n1 | 2 | 3\n4 |", "table(tr(td(a) td(b)) tr(td(1) td(2)) tr(td(4) td()))"),
        ("| a | b |\n|---|\n| 1 | 2 |", "none"),
        ("no table | here", "none"),
        ("<tablet>x</tablet>", "none"),
        ("", "none"),
    ],
)
def test_how_a_table_is_read(text: str, tree: str) -> None:
    assert read(text) == tree


def test_tags_in_a_cell_are_tokens_and_elements() -> None:
    table = first_table("<table><tr><td>a<b>c</b><br></td></tr></table>", limit=9)
    assert table is not None
    assert table.elements == 4  # tr, td, b, br
    assert len(table.root.children[0].children[0].content) == 6  # a <b> c </b> <br> </br>


def test_a_table_in_a_cell_is_its_content() -> None:
    assert read("<table><tr><td><table><tr><td>x</table></td><td>y").count("td(") == 2


@pytest.mark.parametrize(
    ("prediction", "reference", "teds", "struct"),
    [
        (BARE, BARE, 1.0, 1.0),
        # One cell of six elements has another letter.
        (BARE.replace("2", "3"), BARE, 1 - 1 / 6, 1.0),
        # Half of a cell's letters.
        (BARE.replace("2", "23"), BARE.replace("2", "24"), 1 - 0.5 / 6, 1.0),
        # thead and tbody are missing: two nodes of eight.
        (BARE, HEADED, 1 - 2 / 8, 1 - 2 / 8),
        # Markdown cannot say them.
        (MARKDOWN, HEADED, 1.0, 1.0),
        (HEADED, MARKDOWN, 1.0, 1.0),
        # A row of three elements is missing.
        ("<table><tr><td>a</td><td>b</td></tr></table>", BARE, 0.5, 0.5),
        # A cell of another span is another node.
        (BARE.replace("<td>a", "<td colspan=2>a"), BARE, 1 - 1 / 6, 1 - 1 / 6),
        (BARE.replace("td", "th"), BARE, 1.0, 1.0),
        ("<table></table>", BARE, 0.0, 0.0),
        ("<table></table>", "<table></table>", 1.0, 1.0),
        ("a b 1 2", BARE, 0.0, 0.0),
        ("", BARE, 0.0, 0.0),
    ],
)
def test_teds_by_hand(prediction: str, reference: str, teds: float, struct: float) -> None:
    assert value("teds", prediction, reference) == pytest.approx(teds)
    assert value("teds_struct", prediction, reference) == pytest.approx(struct)


@pytest.mark.parametrize("name", ["teds", "teds_struct"])
def test_what_is_too_large(name: str) -> None:
    def rows(count: int) -> str:
        return f"<table>{'<tr><td>1' * count}</table>"

    metric = METRICS[name]
    assert value(name, rows(1), rows(NODES)) is None
    assert metric.worst((rows(NODES),), Policy()) == Part(0.0, 0.0)
    assert metric.worst(("no table",), Policy()) == Part(0.0, 0.0)
    assert metric.worst((BARE, "no table"), Policy()) == Part(0.0, 1.0)
    assert value(name, rows(ANSWER_NODES), rows(9)) == 0.0
    assert value(name, rows(90), rows(9)) == pytest.approx(0.1)
    long = "|a|\n|-|\n" + "|1|\n" * NODES
    assert value(name, long, long) is None


# A tree is a label and its subtrees; a forest is a tuple of trees.
Tree = tuple[str, tuple["Tree", ...]]
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.tuples(st.sampled_from("ab"), st.just(())),
    lambda inner: st.tuples(st.sampled_from("ab"), st.lists(inner, max_size=3).map(tuple)),
    max_leaves=6,
)


def cost(one: str, other: str) -> float:
    return 0.0 if one == other else 0.7


def size(forest: tuple[Tree, ...]) -> int:
    return sum(1 + size(children) for _, children in forest)


@cache
def textbook(one: tuple[Tree, ...], other: tuple[Tree, ...]) -> float:
    """Zhang and Shasha's recursion on the last trees of two forests."""
    if not one or not other:
        return size(one) + size(other)
    (label, children), (into, offspring) = one[-1], other[-1]
    return min(
        textbook(one[:-1] + children, other) + 1,
        textbook(one, other[:-1] + offspring) + 1,
        textbook(one[:-1], other[:-1]) + textbook(children, offspring) + cost(label, into),
    )


def post_order(tree: Tree, labels: list[str], first: list[int]) -> None:
    start = len(labels)
    for child in tree[1]:
        post_order(child, labels, first)
    labels.append(tree[0])
    first.append(start)


@settings(max_examples=300)
@given(TREES, TREES)
def test_the_tree_edit_distance_is_the_textbook_s(one: Tree, other: Tree) -> None:
    labels, first, others, opposite = [list[str](), list[int](), list[str](), list[int]()]
    post_order(one, labels, first)
    post_order(other, others, opposite)
    rename = np.array([[cost(a, b) for b in others] for a in labels])
    assert tree_distance(first, opposite, rename) == pytest.approx(textbook((one,), (other,)))
