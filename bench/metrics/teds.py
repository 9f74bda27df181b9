"""TEDS: how near a table's tree is to that of the reference, by structure and content.

Source: Zhong, ShafieiBavani and Jimeno Yepes, "Image-based table recognition: data, model, and
evaluation", ECCV 2020, eq. 3, and the code of PubTabNet (metric.py): 1 - tree edit distance /
elements of the larger table. A node of another tag or span costs 1 to rename, a cell of other
content its normalised Levenshtein distance. `teds_struct` takes no look at content.

How tables are found and read: bench/metrics/tables.py. Where PubTabNet's code would go on from the
bytes, cells here have white space collapsed and th is td; where either table is Markdown, which has
no thead and tbody, these are taken out of the other. Only the first table of a text counts; a score
below 0 is 0; two tables without a cell score 1. Of several references the best counts. For all
tables of a page: bench/metrics/teds_page.py.

A reference without a table, with one of more than NODES nodes (sections, rows, cells), or that is
too long (bench/metrics/edits.py) has no score (null). An answer without a table scores 0, and so
does one of more than ANSWER_NODES, which would be below 0.5 beside a reference at the limit. Two
tables of 500 nodes take about half a second of CPU, two at the limits 5 to 10.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from bench.metrics.edits import WORK, measurable
from bench.metrics.metric import NOTHING, UNMEASURED, Part, Policy, similarity
from bench.metrics.tables import Node, Table, first_table
from bench.metrics.tree_distance import tree_distance

if TYPE_CHECKING:
    from bench.metrics.tree_distance import Costs

NODES = 1000
ANSWER_NODES = 2 * NODES


def _measure(
    prediction: str, references: tuple[str, ...], _policy: Policy, *, content: bool
) -> Part:
    tables = _measurable(references)
    if not tables:
        return UNMEASURED
    said = first_table(prediction, limit=ANSWER_NODES)
    if said is None:
        return NOTHING
    return Part(max(table_similarity(said, true, content=content) for true in tables), 1.0)


def worst(references: tuple[str, ...], _policy: Policy) -> Part:
    return NOTHING if _measurable(references) else UNMEASURED


def _measurable(references: tuple[str, ...]) -> list[Table]:
    found = (first_table(text, limit=NODES) for text in measurable(references))
    return [table for table in found if table is not None]


def table_similarity(said: Table, true: Table, *, content: bool) -> float:
    """From 0 to 1; 0 where the texts of both are too long together."""
    if len(said.text) * len(true.text) > WORK:
        return 0.0
    if not (said.has_sections and true.has_sections):
        said, true = said.without_sections(), true.without_sections()
    elements = max(said.elements, true.elements)
    if said.root == true.root or not elements:
        return 1.0
    one, first = _post_order(said.root)
    other, opposite = _post_order(true.root)
    costs = _rename(one, other, content=content)
    return max(0.0, 1.0 - tree_distance(first, opposite, costs) / elements)


def _rename(one: list[Node], other: list[Node], *, content: bool) -> Costs:
    import numpy as np

    kinds: dict[tuple[str, tuple[int, int]], int] = {}
    kind, into = (
        np.array([kinds.setdefault((node.tag, node.spans), len(kinds)) for node in nodes])
        for nodes in (one, other)
    )
    other_kind = kind[:, None] != into[None, :]
    if not content:
        costs: Costs = other_kind.astype(np.float64)
        return costs
    texts, wanted = ([node.content for node in nodes] for nodes in (one, other))
    far: Costs = cdist(texts, wanted, scorer=Levenshtein.normalized_distance, dtype=np.float64)
    far[other_kind] = 1.0
    return far


def _post_order(root: Node) -> tuple[list[Node], list[int]]:
    """The nodes, and for each the place of the first one of its subtree."""
    nodes: list[Node] = []
    first: list[int] = []

    def add(node: Node) -> None:
        start = len(nodes)
        for child in node.children:
            add(child)
        nodes.append(node)
        first.append(start)

    add(root)
    return nodes, first


TEDS = similarity(
    "teds",
    "nearness of table trees, structure and content",
    partial(_measure, content=True),
    worst=worst,
)
TEDS_STRUCT = similarity(
    "teds_struct",
    "nearness of table trees, structure alone",
    partial(_measure, content=False),
    worst=worst,
)
