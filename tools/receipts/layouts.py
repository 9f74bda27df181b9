"""The eight ways in which the invented tills lay out a receipt."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tools.receipts.blocks import (
    Slip,
    bars,
    card_slip,
    foot,
    head,
    head_left,
    multiplied,
    note,
    payment,
    squares,
    sums,
    tax_line,
    tax_table,
)
from tools.receipts.money import Moment, percent
from tools.receipts.rows import Anchor, Cell, Gap, Row, Text, columns, left, middle, pair, upper


def counter(slip: Slip) -> list[Row]:
    """Quantity first, one row an item."""
    words, bought = slip.words, slip.purchase
    items = [
        Text((
            Cell(slip.quantity(line), 0.0, "left"),
            Cell(line.name, 0.1, "left"),
            Cell(slip.plain(line.amount), 1.0, "right"),
        ))
        for line in bought.lines
    ]  # fmt: skip
    served = f"{words.served_by}: {slip.rng.choice(words.staff)}"
    return [
        *head(slip, "big" if len(slip.shop.company) < 16 else "tall"),
        pair(slip.date, slip.clock), pair(f"{words.receipt} {bought.number}", f"{words.till} 2"),
        left(served), slip.rule, *items, slip.rule, *sums(slip), *payment(slip), slip.rule,
        *tax_line(slip), *foot(slip),
    ]  # fmt: skip


def order(slip: Slip) -> list[Row]:
    """A tablet till: head at the left, wishes under the items, a block of squares."""
    wishes = ("oat milk", "extra hot", "no butter", "to go", "large")
    rows: list[Row] = [
        *head_left(slip),
        left(f"Order {slip.purchase.number % 100}", size="big", bold=True),
        left(f"{slip.date} at {slip.clock}"), Gap(0.3), slip.rule, Gap(0.3),
    ]  # fmt: skip
    for line in slip.purchase.lines:
        name = line.name if line.quantity == 1 else f"{line.name} x {slip.quantity(line)}"
        rows.append(pair(name, slip.priced(line.amount)))
        if slip.rng.random() < 0.5:
            rows.append(note(f"+ {slip.rng.choice(wishes)}"))
    return [
        *rows, Gap(0.3), slip.rule, Gap(0.3), *sums(slip), Gap(), *card_slip(slip),
        *tax_line(slip), *squares(slip), middle("Scan to join our coffee club"),
        middle("10th drink free"),
    ]  # fmt: skip


def market_codes(slip: Slip) -> list[Row]:
    """Tax codes behind the amounts, several pieces and weights on a row of their own."""
    bought, words = slip.purchase, slip.words
    end = 0.92
    rows: list[Row] = [
        *head(slip, "wide" if len(slip.shop.company) < 16 else "tall"),
        Text((Cell("GBP" if slip.shop.country == "GB" else "EUR", end, "right"),)),
    ]
    for line in bought.lines:
        amount = (Cell(slip.plain(line.amount), end, "right"), Cell(line.code, 1.0, "right"))
        rows.append(Text((Cell(line.name, 0.0, "left"), *amount)))
        if line.quantity != 1:
            rows.append(note(multiplied(slip, line)))
    points = bought.total // 100
    loyalty = f"Treuepunkte: {points}" if slip.german else f"Points earned today: {points}"
    meta = f"{slip.date} {slip.clock}"
    rows += [slip.rule, *sums(slip, "big"), *payment(slip), slip.rule, *tax_table(slip), slip.rule]
    rows += [*card_slip(slip), Gap(0.4), middle(loyalty)]
    rows += [pair(meta, f"{words.till} 4"), pair(words.receipt, str(bought.number))]
    return [*rows, *foot(slip, 2), *bars(slip)]


def market_columns(slip: Slip) -> list[Row]:
    """Name, quantity, price and amount in columns."""
    bought, words = slip.purchase, slip.words
    places: tuple[tuple[float, Anchor], ...] = (
        (0.0, "left"), (0.65, "right"), (0.82, "right"), (1.0, "right"),
    )  # fmt: skip
    rows: list[Row] = [
        *head(slip),
        pair(f"{slip.date} {slip.clock}", f"{words.till} 07"),
        pair(words.receipt, str(bought.number)), slip.rule,
        columns((words.item, words.quantity, words.price, words.amount), places, bold=True),
        slip.rule,
    ]  # fmt: skip
    for line in bought.lines:
        cells = (line.name, slip.quantity(line), slip.unit_price(line), slip.plain(line.amount))
        off = line.amount < 0
        rows.append(columns((line.name, "", "", cells[3]) if off else cells, places))
    sold = sum(
        int(line.quantity) if line.unit == "piece" else 1
        for line in bought.lines
        if line.amount > 0
    )
    rows += [slip.rule, *sums(slip), *payment(slip), left(f"{words.items}: {sold}"), slip.rule]
    return [*rows, *tax_table(slip), *card_slip(slip), *foot(slip, 2), *bars(slip)]


def pump(slip: Slip) -> list[Row]:
    """A block of names and values for the pump, the shop's goods below it."""
    bought, words = slip.purchase, slip.words
    fuel, *goods = bought.lines
    unit = {"US": "Gallons", "GB": "Litres"}.get(slip.shop.country, "Liter")
    nozzle = "Säule" if slip.german else "Pump"
    price = {"US": "Price/gal", "GB": "Price/litre"}.get(slip.shop.country, "Preis/Liter")
    rows: list[Row] = [
        *head(slip), pair(slip.date, slip.clock), pair(words.receipt, str(bought.number)),
        slip.rule, pair(nozzle, str(slip.rng.randint(1, 12))),
        pair("Sorte" if slip.german else "Product", fuel.name),
        pair(unit, slip.quantity(fuel)), pair(price, slip.unit_price(fuel)),
        pair("Kraftstoff" if slip.german else "Fuel sale", slip.priced(fuel.amount), bold=True),
    ]  # fmt: skip
    rows += [pair(line.name, slip.priced(line.amount)) for line in goods]
    rows += [slip.rule, *sums(slip, "big"), slip.rule, *tax_table(slip), Gap(0.5)]
    rows += card_slip(slip)
    return [*rows, *foot(slip)]


def table_check(slip: Slip) -> list[Row]:
    """A table's check with service or tip on top."""
    bought, words = slip.purchase, slip.words
    number = bought.number
    table, guests = slip.rng.randint(2, 31), slip.rng.randint(2, 5)
    rows: list[Row] = [
        *head(slip), pair(f"Table {table}", f"Guests {guests}"),
        pair(f"{words.served_by} {slip.rng.choice(words.staff)}", f"Check {number}"),
        pair(slip.date, slip.clock), slip.rule,
    ]  # fmt: skip
    for line in bought.lines:
        many = Cell(slip.quantity(line), 0.04, "middle")
        rows.append(
            Text((many, Cell(line.name, 0.1, "left"), Cell(slip.plain(line.amount), 1.0, "right")))
        )
    rows += [slip.rule, *sums(slip), Gap(0.4), *tax_line(slip), Gap(), *card_slip(slip)]
    if slip.shop.country == "GB":
        rows += [Gap(0.4), middle("Service charge is optional"), middle("and shared by our team")]
    return [*rows, *foot(slip)]


def bill_columns(slip: Slip) -> list[Row]:
    """Quantity, name, price and amount; a tax table below."""
    bought, words = slip.purchase, slip.words
    places: tuple[tuple[float, Anchor], ...] = (
        (0.0, "left"), (0.15, "left"), (0.8, "right"), (1.0, "right"),
    )  # fmt: skip
    titles = (words.quantity, words.item, words.price, words.amount)
    table = "Tisch" if slip.german else "Table"
    served = f"{words.served_by}: {slip.rng.choice(words.staff)}"
    items = [
        columns(
            (slip.quantity(line), line.name, slip.unit_price(line), slip.plain(line.amount)),
            places,
        )
        for line in bought.lines
    ]
    return [
        *head(slip), middle("RECHNUNG" if slip.german else "BILL", size="wide", bold=True),
        Gap(0.4), pair(f"{words.receipt} {bought.number}", f"{table} {slip.rng.randint(1, 24)}"),
        pair(slip.date, slip.clock), left(served), slip.rule, columns(titles, places, bold=True),
        slip.rule, *items, slip.rule, *sums(slip, "big"), *payment(slip), Gap(0.4),
        *tax_table(slip), slip.rule, *foot(slip, 2),
    ]  # fmt: skip


def ticket(slip: Slip) -> list[Row]:
    """A parking receipt: way in, way out, the fee in large print."""
    bought, words, country = slip.purchase, slip.words, slip.shop.country
    out = datetime.combine(bought.moment.day, bought.moment.clock)
    came = out - timedelta(minutes=bought.minutes)
    start = Moment(came.date(), came.time())
    names = ("Einfahrt", "Ausfahrt", "Parkdauer") if slip.german else ("Entry", "Exit", "Stay")
    title = "QUITTUNG" if slip.german else "PARKING RECEIPT"
    hours = f"{bought.minutes // 60} h {bought.minutes % 60:02} min"
    fee = bought.lines[0]
    rows: list[Row] = [
        middle(title, size="tall", bold=True, inverse=True), Gap(), *head(slip, "normal"),
        pair("Ticket-Nr." if slip.german else "Ticket no.", f"{slip.digits(3)}-{slip.digits(5)}"),
        slip.rule,
        pair(names[0], f"{start.date_as(slip.shop.date_style)} {start.time_as(country)}"),
        pair(names[1], f"{slip.date} {slip.clock}"), pair(names[2], hours), slip.rule,
        pair(f"{fee.name} {multiplied(slip, fee)}", slip.priced(fee.amount)),
        *sums(slip, "big"), *payment(slip), Gap(0.4),
    ]  # fmt: skip
    if country != "US":
        rows += [
            pair(f"{words.tax} {percent(tax.rate, country)}", slip.priced(tax.tax))
            for tax in bought.taxes
        ]
    rows += [*card_slip(slip), *squares(slip)]
    last = "Gute Fahrt!" if slip.german else "Drive safely"
    return [*rows, middle(last)]


LAYOUTS: dict[str, Callable[[Slip], list[Row]]] = {
    "counter": counter,
    "order": order,
    "market-codes": market_codes,
    "market-columns": market_columns,
    "pump": pump,
    "table-check": table_check,
    "bill-columns": bill_columns,
    "ticket": ticket,
}


def laid_out(slip: Slip) -> tuple[Row, ...]:
    rows = LAYOUTS[slip.shop.layout](slip)
    return tuple(upper(row) for row in rows) if slip.shop.capitals else tuple(rows)
