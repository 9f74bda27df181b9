"""CORD v2: `gt_parse` -> one JSON object a receipt."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import SourceError
from bench.importers import import_benchmark
from tests.importers.published import cord, cord_folder, drawn, lines, tasks

FIRST = {
    "menu": [
        {"nm": "Nasi Campur Bali", "cnt": "1 x", "price": "75,000"},
        {
            "nm": ["ES", "TEH"],
            "price": "8.000",
            "vatyn": None,
            "sub": [{"nm": "less ice", "cnt": "1"}],
        },
    ],
    "sub_total": {"subtotal_price": "83,000"},
    "total": {"total_price": "83,000"},
}
SECOND = {"menu": [{"nm": "KOPI", "cnt": "1"}], "total": {"total_price": "15.000"}}


@pytest.mark.parametrize("layout", [cord, cord_folder])
def test_receipts_keep_their_values_and_items_are_always_a_list(
    tmp_path: Path, layout: Callable[[Path], Path]
) -> None:
    out = import_benchmark("cord", layout(tmp_path / "source"), tmp_path / "task")
    assert [(row["id"], row["reference"]) for row in lines(out, "receipt")] == [
        ("test-0005", FIRST),
        ("test-0000", SECOND),
    ]
    task = tasks(out)["receipt"]
    assert (task.asks, task.reading) == ("extraction", "json/1")
    assert [(use.label, use.of) for use in task.metrics] == [
        ("anls_star", "answer"),
        ("field_match", "fields"),
    ]
    assert task.levels == ("global", "doc_type", "field")
    assert json.loads(task.samples[1].references[0]) == SECOND
    assert [one.images[0].read_bytes() for one in task.samples] == [drawn(0), drawn(1)]
    assert "void_menu" in task.samples[0].prompt


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        ("{", "its ground_truth is no JSON: "),
        ("[]", "its ground_truth is no JSON object"),
        ('{"valid_line": []}', "its ground_truth has no 'gt_parse' object"),
        ('{"gt_parse": {"menu": [[{}]]}}', "'menu' in its gt_parse is neither text, list nor"),
        ('{"gt_parse": {"total": 7}}', "'total' in its gt_parse is neither text, list nor object"),
        (" ", "'ground_truth' is missing or no text"),
    ],
    ids=["broken", "list", "first-publication", "nested", "number", "blank"],
)
def test_a_broken_receipt_is_named_by_its_row(tmp_path: Path, truth: str, said: str) -> None:
    right = json.dumps({"gt_parse": SECOND})
    source = cord(tmp_path / "source", [right, truth])
    with pytest.raises(SourceError) as caught:
        import_benchmark("cord", source, tmp_path / "task")
    file = source / "data" / "test-00000-of-00001-9c20.parquet"
    assert caught.value.message.startswith(f"{file}: row 2: {said}")


def test_receipts_without_an_id_are_numbered(tmp_path: Path) -> None:
    source = cord(tmp_path / "source", [json.dumps({"gt_parse": SECOND})])
    out = import_benchmark("cord", source, tmp_path / "task")
    assert [row["id"] for row in lines(out, "receipt")] == ["test-0000"]
