"""CORD: photographed receipts of Indonesian shops and restaurants, with line items and totals.

Read are the hub's parquet files (naver-clova-ix/cord-v2: `image`, `ground_truth`) and folders as
the Donut code takes them (SPLIT/metadata.jsonl: `file_name`, `ground_truth`). `ground_truth` is
JSON text, its `gt_parse` the receipt. The first publication's folders have no `gt_parse` and are
not read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.importers.images import Picture
from bench.importers.json_rows import jsonl_rows
from bench.importers.layouts import first_of, not_found, parquet_files, pictured
from bench.importers.parquet import parquet_rows, picture
from bench.importers.row import Row
from bench.importers.snapshot import Asked, Entry, Snapshot

SPLITS = ("test", "validation", "train")
LISTS = ("menu", "void_menu", "sub")  # a single one is annotated without its list
PROMPT = """\
Read this receipt and answer with one JSON object with these keys:

- menu: a list of the items that were bought, each an object with nm (name), num (item number), \
unitprice (price of one), cnt (quantity), discountprice (discount), price (price of the line), \
itemsubtotal (price of the line after its discount), vatyn (whether tax is included), etc (other), \
and sub: a list of what belongs to the item, with nm, num, unitprice, cnt, discountprice, price, \
etc
- void_menu: a list of items that were cancelled, with nm and price
- sub_total: an object with subtotal_price, discount_price, service_price, othersvc_price, \
tax_price, etc
- total: an object with total_price, total_etc, cashprice, changeprice, creditcardprice, \
emoneyprice, menutype_cnt (number of kinds of items), menuqty_cnt (number of items)

Every value is a text exactly as it is printed. Leave out what is not printed."""


def read_cord(source: Path, split: str) -> Snapshot:
    total, entries = _entries(source, split)
    folded = {"case": "fold", "whitespace": "collapse", "unicode": "nfkc"}
    return Snapshot(
        name="cord",
        title="CORD v2",
        split=split,
        licence="CC BY 4.0, as its publishers state",
        origin="CORD, github.com/clovaai/cord; version 2 of naver-clova-ix",
        languages=("id", "en"),
        members={
            "receipt": Asked(
                PROMPT,
                "of our own, after the classes in CORD's README; it has none for such models",
                {
                    "kind": "extraction",
                    "extract": "json/1",
                    "summary": "line items, subtotals and totals as one JSON object",
                    "metrics": [
                        {"metric": "anls_star"},
                        {"metric": "field_match", "of": "fields", **folded},
                    ],
                    "parameters": {"max_tokens": 4096},
                },
                more_levels=("field",),
            )
        },
        entries=entries,
        total=total,
        notes=lambda: (
            "`menu`, `void_menu` and `sub` are always lists here, also with a single item.",
            "An annotated value without text is null: nothing is asked of it.",
            "No `field_types`: dots and commas both part thousands, so fields are texts.",
            "No transcripts: the annotation leaves out shop and payment details.",
        ),
    )


def _entries(source: Path, split: str) -> tuple[int, Iterator[Entry]]:
    if files := parquet_files(source, split):
        total, rows = parquet_rows(files, ["image", "ground_truth"])
        return total, (_entry(row, picture, split, at) for at, row in enumerate(rows))
    name = "metadata.jsonl"
    places = [f"{split}/{name}", f"*/{split}/{name}"]
    found = first_of(source, places)
    if not found and source.name == split:
        found = first_of(source, [name])
    if not found:
        raise not_found(source, f"{split} split of CORD v2", [f"{split}-*.parquet", places[0]])
    listed = list(jsonl_rows(found[0]))

    def beside(row: Row) -> Picture:
        return pictured(row, row.text("file_name"), [found[0].parent])

    return len(listed), (_entry(row, beside, split, at) for at, row in enumerate(listed))


def _entry(row: Row, image: Callable[[Row], Picture], split: str, number: int) -> Entry:
    truth = _truth(row)
    meta = truth.get("meta")
    official = meta.get("image_id") if isinstance(meta, dict) else None
    known = isinstance(official, int) and not isinstance(official, bool)
    name = f"{split}-{official if known else number:04}"
    receipt = truth.get("gt_parse")
    if not isinstance(receipt, dict) or not receipt:
        raise row.wrong("its ground_truth has no 'gt_parse' object")
    found = image(row)
    asked = {
        "id": name,
        "doc_id": name,
        "doc_type": "receipt",
        "reference": _plain(receipt, row, "gt_parse"),
    }
    return Entry(Picture(name, found.content), {"receipt": asked}, row.wrong)


def _truth(row: Row) -> Mapping[str, Any]:
    try:
        truth = json.loads(row.text("ground_truth"))
    except (ValueError, RecursionError) as error:
        raise row.wrong(f"its ground_truth is no JSON: {error}") from None
    if not isinstance(truth, dict):
        raise row.wrong("its ground_truth is no JSON object")
    return truth


def _listed(value: Any, row: Row, key: str) -> Any:
    """As annotated, but what may be a list is one, and a blank text is null."""
    if isinstance(value, list):
        return [_plain(one, row, key) for one in value]
    plain = _plain(value, row, key)
    return [plain] if key in LISTS and isinstance(value, dict) else plain


def _plain(value: Any, row: Row, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _listed(one, row, name) for name, one in value.items()}
    if value is None or isinstance(value, str):
        return value if value and value.strip() else None
    raise row.wrong(f"{key!r} in its gt_parse is neither text, list nor object")
