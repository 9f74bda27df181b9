"""The 24 receipts as values: what was bought, what is printed, how worn it is. Draws nothing."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from bench.importers.receipt_fields import QUESTIONS
from tools.receipts.blocks import Slip
from tools.receipts.layouts import laid_out
from tools.receipts.look import Look, drawn
from tools.receipts.money import SYMBOLS, Country
from tools.receipts.purchase import Purchase, bought
from tools.receipts.rows import Row, capitals, transcript
from tools.receipts.shops import SHOPS, DocType, Shop, Typeface

SEED = 20250321
LOSSLESS = ("clean",)


@dataclass(frozen=True)
class Receipt:
    """`company`, `address`, `date` and `total` as printed; address parts joined by a comma."""

    id: str
    doc_type: DocType
    language: Literal["en", "de"]
    company: str
    address_lines: tuple[str, ...]
    date: str
    total: str
    country: Country
    purchase: Purchase
    rows: tuple[Row, ...]
    typeface: Typeface
    columns: int
    look: Look
    tags: tuple[str, ...]

    @property
    def address(self) -> str:
        return ", ".join(self.address_lines)

    @property
    def text(self) -> str:
        return transcript(self.rows)

    @property
    def image(self) -> str:
        """Path in the task folder; receipts without wear are kept lossless."""
        return f"images/{self.id}.{'png' if self.tags == LOSSLESS else 'jpg'}"

    def sample(self) -> dict[str, object]:
        """The receipt's row of samples.jsonl."""
        return {
            "id": self.id,
            "images": [self.image],
            "references": [self.text],
            "doc_id": self.id,
            "doc_type": self.doc_type,
            "language": self.language,
            "tags": list(self.tags),
        }

    def field_rows(self) -> Iterator[dict[str, object]]:
        """The receipt's rows of fields.jsonl. Several printed forms of a value are right: an
        address with and without commas between its lines, a total with and without its currency.
        """
        amount = self.total.strip(f"{SYMBOLS[self.country]} ")
        forms = {
            "company": (self.company,),
            "date": (self.date,),
            "address": (self.address, " ".join(self.address_lines)),
            "total": (self.total, amount),
        }
        for name, question in QUESTIONS.items():
            references = list(dict.fromkeys(forms[name]))
            yield self.sample() | {
                "id": f"{self.id}:{name}",
                "references": references,
                "field": name,
                "question": question,
            }


def receipt(ident: str, shop: Shop, seed: int) -> Receipt:
    rng = Random(f"{seed}:{ident}")
    look = drawn(rng, tuple(shop.wear.split()))
    slip = Slip(shop, bought(rng, shop), rng)
    rows = laid_out(slip)
    company, *address = (
        capitals(part) if shop.capitals else part for part in (shop.company, *shop.address)
    )
    return Receipt(
        id=ident,
        doc_type=shop.doc_type,
        language="de" if slip.german else "en",
        company=company,
        address_lines=tuple(address),
        date=slip.date.upper() if shop.capitals else slip.date,
        total=slip.priced(slip.purchase.total),
        country=shop.country,
        purchase=slip.purchase,
        rows=rows,
        typeface=shop.typeface,
        columns=shop.columns,
        look=look,
        tags=tuple(shop.wear.split()),
    )


def receipts(seed: int = SEED) -> tuple[Receipt, ...]:
    return tuple(receipt(f"r{n:03}", shop, seed) for n, shop in enumerate(SHOPS, 1))


def samples_jsonl(drawn_receipts: Iterable[Receipt]) -> str:
    """samples.jsonl: one row a receipt, UTF-8, the same bytes for the same seed."""
    return _lines(each.sample() for each in drawn_receipts)


def fields_jsonl(drawn_receipts: Iterable[Receipt]) -> str:
    """fields.jsonl: one row a receipt and field, in the same way."""
    return _lines(row for each in drawn_receipts for row in each.field_rows())


def _lines(rows: Iterable[dict[str, object]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
