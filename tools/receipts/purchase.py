"""What was bought and what it cost: seeded choices, exact arithmetic in cents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from random import Random
from typing import Literal

from tools.receipts.menus import CAFE, MARKET, RESTAURANT, WEIGHED, Good
from tools.receipts.money import Country, Moment, cents
from tools.receipts.shops import Shop

Unit = Literal["piece", "kg", "lb", "litre", "gallon"]


@dataclass(frozen=True)
class Line:
    """`unit_price` in pounds, euros or dollars; `amount` in cents, negative for a discount."""

    name: str
    quantity: Decimal
    unit: Unit
    unit_price: Decimal
    amount: int
    code: str


@dataclass(frozen=True)
class Tax:
    """One rate's share: `net + tax == gross`, in cents."""

    code: str
    rate: Decimal
    net: int
    tax: int
    gross: int


@dataclass(frozen=True)
class Purchase:
    """`total = subtotal + added_tax + extra`; `extra` is a service charge or a tip.

    `taxes` lie inside the prices, save in the US (`added_tax`). All sums in cents.
    """

    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    subtotal: int
    added_tax: int
    extra: int
    total: int
    tendered: int
    change: int
    moment: Moment
    number: int
    minutes: int


RATES: dict[Country, dict[str, Decimal]] = {
    "GB": {"A": Decimal(20), "B": Decimal(0)},
    "IE": {"A": Decimal(23), "B": Decimal(0)},
    "US": {"A": Decimal("7.25"), "B": Decimal(0)},
    "DE": {"A": Decimal(19), "B": Decimal(7)},
    "AT": {"A": Decimal(20), "B": Decimal(10)},
}


def _line(name: str, quantity: Decimal, unit: Unit, price: Decimal, code: str) -> Line:
    return Line(name, quantity, unit, price, cents(quantity * price), code)


def _pieces(rng: Random, menu: Sequence[Good], count: int, most: int) -> list[Line]:
    chosen = [menu[at] for at in sorted(rng.sample(range(len(menu)), count))]
    return [
        _line(name, Decimal(rng.choice((1, 1, 1, *range(1, most + 1)))), "piece",
              Decimal(price).scaleb(-2), code)
        for name, price, code in chosen
    ]  # fmt: skip


def _market(rng: Random, country: Country) -> list[Line]:
    lines = _pieces(rng, MARKET[country], rng.randint(6, 9), 3)
    rng.shuffle(lines)
    name, price, code = rng.choice(WEIGHED[country])
    weight = Decimal(rng.randint(312, 1640)).scaleb(-3)
    unit: Unit = "lb" if country == "US" else "kg"
    lines.insert(rng.randint(1, 4), _line(name, weight, unit, Decimal(price).scaleb(-2), code))
    cut = max(lines, key=lambda line: line.amount)
    label = "Rabatt 20%" if country in {"DE", "AT"} else "Saving 20%"
    off = -cents(Decimal(cut.amount).scaleb(-2) * Decimal("0.2"))
    at = lines.index(cut) + 1
    lines.insert(at, Line(label, Decimal(1), "piece", Decimal(off).scaleb(-2), off, cut.code))
    return lines


def _fuel(rng: Random, country: Country) -> list[Line]:
    german = country in {"DE", "AT"}
    name = rng.choice(
        ("Super E10", "Diesel") if german else ("Unleaded 87", "Diesel #2")
        if country == "US" else ("Unleaded E10", "Diesel B7")
    )  # fmt: skip
    unit: Unit = "gallon" if country == "US" else "litre"
    amount = Decimal(rng.randint(2100, 5200)).scaleb(-2)
    if country == "US":
        amount = Decimal(rng.randint(6200, 14800)).scaleb(-3)
    low, high = {"US": (2899, 3999), "GB": (1339, 1499)}.get(country, (1599, 1859))
    price = Decimal(rng.randint(low // 10, high // 10) * 10 + 9).scaleb(-3)
    lines = [_line(name, amount, unit, price, "B" if country == "US" else "A")]
    extras: tuple[Good, ...] = {
        "US": (("Bottled Water", 219, "A"), ("Trail Mix", 349, "A")),
        "GB": (("Screenwash 5L", 650, "A"), ("Mineral Water", 179, "A")),
    }.get(country, (("Scheibenreiniger", 599, "A"), ("Kaugummi Minze", 249, "A")))
    return lines + _pieces(rng, extras, rng.randint(0, 2), 1)


def _parking(minutes: int, country: Country) -> list[Line]:
    hours = Decimal(-(-minutes // 60))
    price = {"GB": "1.80", "US": "3.50"}.get(country, "2.20")
    name = "Parkgebühr" if country in {"DE", "AT"} else "Parking fee"
    return [_line(name, hours, "piece", Decimal(price), "A")]


def _lines(rng: Random, shop: Shop, minutes: int) -> list[Line]:
    if shop.doc_type == "supermarket":
        return _market(rng, shop.country)
    if shop.doc_type == "fuel":
        return _fuel(rng, shop.country)
    if shop.doc_type == "parking":
        return _parking(minutes, shop.country)
    menu, least, most = (CAFE, 3, 5) if shop.doc_type == "cafe" else (RESTAURANT, 5, 8)
    return _pieces(rng, menu[shop.country], rng.randint(least, most), 2 if least == 3 else 3)


def taxed(lines: Sequence[Line], country: Country) -> tuple[Tax, ...]:
    """The tax of each rate that occurs; on top of the prices in the US, else inside them."""
    found = []
    for code, rate in RATES[country].items():
        amount = sum(line.amount for line in lines if line.code == code)
        if not any(line.code == code for line in lines):
            continue
        money = Decimal(amount).scaleb(-2)
        if country == "US":
            tax = cents(money * rate / 100)
            found.append(Tax(code, rate, amount, tax, amount + tax))
        else:
            net = cents(money * 100 / (100 + rate))
            found.append(Tax(code, rate, net, amount - net, amount))
    return tuple(found)


def bought(rng: Random, shop: Shop) -> Purchase:
    """One seeded visit to the shop, between January 2024 and November 2025."""
    moment = Moment(
        date(rng.choice((2024, 2025)), rng.randint(1, 11), rng.randint(1, 28)),
        time(rng.randint(8, 20), rng.randint(0, 59)),
    )
    minutes = rng.randint(65, 400) if shop.doc_type == "parking" else 0
    lines = _lines(rng, shop, minutes)
    taxes = taxed(lines, shop.country)
    subtotal = sum(line.amount for line in lines)
    added = sum(tax.tax for tax in taxes) if shop.country == "US" else 0
    extra = _extra(shop, subtotal)
    total = subtotal + added + extra
    step = rng.choice((500, 1000, 2000)) if total > 500 else 500
    tendered = -(-total // step) * step if shop.pays_cash else total
    return Purchase(
        tuple(lines), taxes, subtotal, added, extra, total, tendered, tendered - total,
        moment, rng.randint(1042, 98764), minutes,
    )  # fmt: skip


def _extra(shop: Shop, subtotal: int) -> int:
    """12.5 % service in a British restaurant, 18 % tip in an American one or at its order till."""
    if shop.layout == "table-check" and shop.country == "GB":
        return cents(Decimal(subtotal).scaleb(-2) * Decimal("0.125"))
    if shop.country == "US" and shop.layout in {"table-check", "order"}:
        return cents(Decimal(subtotal).scaleb(-2) * Decimal("0.18"))
    return 0
