"""Parts that receipts share: head, items, sums, tax table, card slip, foot."""

from dataclasses import dataclass
from random import Random

from tools.receipts.money import number, percent, plain, priced
from tools.receipts.purchase import Line, Purchase
from tools.receipts.rows import (
    Anchor,
    Cell,
    Code,
    Gap,
    Row,
    Rule,
    Size,
    Text,
    columns,
    left,
    middle,
    pair,
)
from tools.receipts.shops import Shop
from tools.receipts.words import WORDS, Words


@dataclass(frozen=True)
class Slip:
    """Everything a layout prints from."""

    shop: Shop
    purchase: Purchase
    rng: Random

    @property
    def words(self) -> Words:
        return WORDS[self.shop.country]

    @property
    def german(self) -> bool:
        return self.shop.country in {"DE", "AT"}

    @property
    def rule(self) -> Rule:
        return Rule(self.shop.rule)

    @property
    def date(self) -> str:
        return self.purchase.moment.date_as(self.shop.date_style)

    @property
    def clock(self) -> str:
        return self.purchase.moment.time_as(self.shop.country)

    def plain(self, amount: int) -> str:
        return plain(amount, self.shop.country)

    def priced(self, amount: int) -> str:
        return priced(amount, self.shop.country)

    def quantity(self, line: Line) -> str:
        return number(line.quantity, self.shop.country)

    def unit_price(self, line: Line) -> str:
        return number(line.unit_price, self.shop.country)

    def digits(self, count: int) -> str:
        return "".join(str(self.rng.randrange(10)) for _ in range(count))


def head(slip: Slip, size: Size = "tall") -> list[Row]:
    shop = slip.shop
    rows: list[Row] = [middle(shop.company, size=size, bold=True), Gap(0.2)]
    rows += [middle(part) for part in (*shop.address, shop.phone, shop.tax_number) if part]
    return [*rows, Gap()]


def head_left(slip: Slip) -> list[Row]:
    shop = slip.shop
    rows: list[Row] = [left(shop.company, size="big", bold=True), Gap(0.3)]
    rows += [left(part) for part in (", ".join(shop.address), shop.phone, shop.tax_number) if part]
    return [*rows, Gap()]


def multiplied(slip: Slip, line: Line) -> str:
    """`2 x 1.40`, or `0,482 kg x 2,49 €/kg`."""
    if line.unit == "piece":
        return f"{slip.quantity(line)} x {slip.unit_price(line)}"
    sign = "EUR" if slip.german else {"GB": "£", "US": "$"}.get(slip.shop.country, "€")
    gap = " " if slip.german else ""
    price = slip.unit_price(line)
    price = f"{price}{gap}{sign}" if slip.german else f"{sign}{price}"
    return f"{slip.quantity(line)} {line.unit} x {price}/{line.unit}"


def sums(slip: Slip, size: Size = "tall") -> list[Row]:
    """Subtotal where something comes on top of it, then the total."""
    bought, words = slip.purchase, slip.words
    rows: list[Row] = []
    if bought.added_tax or bought.extra:
        rows.append(pair(words.subtotal, slip.priced(bought.subtotal)))
    if bought.added_tax:
        rate = percent(bought.taxes[0].rate, slip.shop.country)
        rows.append(pair(f"{words.tax} {rate}", slip.priced(bought.added_tax)))
    if bought.extra:
        label = "Tip 18%" if slip.shop.country == "US" else "Service 12.5%"
        rows.append(pair(label, slip.priced(bought.extra)))
    return [*rows, pair(words.total, slip.priced(bought.total), size=size, bold=True)]


def payment(slip: Slip) -> list[Row]:
    bought, words = slip.purchase, slip.words
    if not slip.shop.pays_cash:
        return [pair(words.card, slip.priced(bought.total))]
    return [
        pair(words.cash, slip.priced(bought.tendered)),
        pair(words.change, slip.priced(bought.change)),
    ]


def tax_table(slip: Slip) -> list[Row]:
    """Code and rate, net, tax, gross; nothing in the US, where tax stands above the total."""
    if slip.shop.country == "US":
        return []
    words = slip.words
    places: tuple[tuple[float, Anchor], ...] = (
        (0.0, "left"), (0.5, "right"), (0.74, "right"), (1.0, "right"),
    )  # fmt: skip
    rows: list[Row] = [columns((words.rate, words.net, words.tax, words.gross), places)]
    for tax in slip.purchase.taxes:
        rate = f"{tax.code} {percent(tax.rate, slip.shop.country)}"
        amounts = (slip.plain(amount) for amount in (tax.net, tax.tax, tax.gross))
        rows.append(columns((rate, *amounts), places))
    return rows


def tax_line(slip: Slip) -> list[Row]:
    """The tax in one sentence for each rate."""
    country = slip.shop.country
    if country == "US":
        return []
    inside = "inkl." if slip.german else "incl."
    return [
        middle(f"{inside} {slip.words.tax} {percent(tax.rate, country)}: {slip.priced(tax.tax)}")
        for tax in slip.purchase.taxes
    ]


def card_slip(slip: Slip) -> list[Row]:
    """What the card terminal adds; nothing after a cash payment."""
    if slip.shop.pays_cash:
        return []
    tail, total = slip.digits(4), slip.priced(slip.purchase.total)
    if slip.german:
        return [
            middle(
                "Bankomatkarte" if slip.shop.country == "AT" else "Kartenzahlung girocard",
                bold=True,
            ),
            pair("Terminal-ID", slip.digits(8)),
            pair("Karte", f"######{tail}"),
            pair("Betrag", total),
            middle("Zahlung erfolgt"),
        ]
    brand = slip.rng.choice(("Visa Debit", "Mastercard", "Contactless"))
    return [
        pair(brand, f"XXXX {tail}"),
        pair("Auth code", slip.digits(6)),
        pair("Terminal", slip.digits(8)),
        middle("APPROVED", bold=True),
    ]


def bars(slip: Slip) -> list[Row]:
    number_below = slip.digits(13)
    return [Gap(), Code("bars", number_below), Gap(0.2), middle(number_below)]


def squares(slip: Slip) -> list[Row]:
    return [Gap(), Code("squares", slip.digits(12)), Gap(0.4)]


def foot(slip: Slip, count: int = 1) -> list[Row]:
    words = slip.words
    shopped = words.thanks_for_shopping if slip.shop.doc_type == "supermarket" else None
    texts = slip.rng.sample(words.thanks, count)
    return [Gap(), *(middle(text) for text in ([shopped, *texts[1:]] if shopped else texts))]


def note(text: str, indent: float = 0.06) -> Text:
    return Text((Cell(text, indent, "left"),))
