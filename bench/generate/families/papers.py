"""Receipts, reports with a table, delivery notes."""

from __future__ import annotations

from datetime import date
from random import Random

from bench.generate.families.forms import STYLE
from bench.generate.families.paper_words import PAPERS
from bench.generate.flow import Column, Flow
from bench.generate.invoice import bill
from bench.generate.numbers import amount, date_text, day, digits, unissued_phone
from bench.generate.page import Anchor, Page
from bench.generate.words import WORDS, company, person, postal


def receipt(language: str, rng: Random) -> Page:
    """Of a till: narrow, everything between two margins."""
    words = PAPERS[language]
    goods = bill(rng, language, items=(3, 8), rate=0)
    flow = Flow(language, size=23, width=620, height=1120, left=40, right=580, top=36)
    flow.mark(anchor="middle")
    flow.line(company(rng, language), anchor="middle", size=30, bold=True)
    street, _, town = postal(rng, language).partition(", ")
    flow.lines([part for part in (street, town) if part], anchor="middle")
    flow.line(unissued_phone(rng, language), anchor="middle")
    flow.rule()
    sold = date_text(day(rng, date(2023, 1, 1), date(2025, 12, 31)), STYLE[language])
    flow.ends(f"{words.receipt} {digits(rng, 5)}", sold)
    flow.rule()
    for item in goods.items:
        flow.row(
            (f"{item.quantity} x {item.name}", Column("", 0.0, 0.72)),
            (amount(item.amount, language), Column("", 1.0, 0.26, "right")),
        )
    flow.rule()
    total = amount(goods.total, language)
    flow.ends(words.sum, total, size=30, bold=True)
    flow.ends(rng.choice(words.paid), total)
    flow.gap()
    flow.line(rng.choice(words.thanks), anchor="middle")
    flow.height = round(flow.y) + 50  # torn off
    return flow.page()


def table_report(language: str, rng: Random) -> Page:
    """A title, a few sentences, numbers by place and quarter with their sums."""
    words = PAPERS[language]
    flow = Flow(language, serif=rng.random() < 0.4)
    flow.mark()
    year = rng.randint(2019, 2025)
    flow.line(rng.choice(words.reports).format(year=year), size=32, bold=True)
    flow.gap(0.3)
    for text in rng.sample(words.findings, 2):
        flow.paragraph(text, 38 if language == "ko" else 66)
    flow.gap(0.4)
    places = rng.sample(WORDS[language].towns, rng.randint(5, 8))
    numbers = [[rng.randint(40, 980) for _ in range(4)] for _ in places]
    rows = [
        [place, *map(str, row), str(sum(row))] for place, row in zip(places, numbers, strict=True)
    ]
    sums = [sum(column) for column in zip(*numbers, strict=True)]
    rows.append([words.sum, *map(str, sums), str(sum(sums))])
    at = (0.0, 0.5, 0.62, 0.74, 0.86, 1.0)
    columns = [
        Column(title, place, 0.36 if not number else 0.11, "right" if number else "left")
        for number, (title, place) in enumerate(zip(words.quarters, at, strict=True))
    ]
    flow.table(columns, rows, grid=True)
    flow.gap()
    flow.paragraph(words.source, 38 if language == "ko" else 66)
    return flow.page()


def delivery_note(language: str, rng: Random) -> Page:
    """What was delivered, without prices."""
    words = PAPERS[language]
    goods = bill(rng, language, items=(3, 7), rate=0)
    flow = Flow(language)
    flow.mark()
    flow.line(words.delivery_note, size=36, bold=True)
    flow.gap(0.2)
    flow.pair(words.number, digits(rng, 6))
    flow.pair(
        words.date, date_text(day(rng, date(2023, 1, 1), date(2025, 12, 31)), STYLE[language])
    )
    flow.pair(words.sender, company(rng, language))
    flow.pair(words.recipient, company(rng, language))
    flow.pair(words.place, postal(rng, language))
    flow.gap(0.4)
    columns = [Column(title, *place) for title, place in zip(words.goods, _GOODS, strict=True)]
    rows = [
        [str(number), item.name, str(item.quantity), item.unit]
        for number, item in enumerate(goods.items, 1)
    ]
    flow.table(columns, rows, grid=rng.random() < 0.6)
    flow.gap()
    flow.pair(words.packages, str(rng.randint(1, 9)))
    flow.pair(words.handed, person(rng, language).full)
    flow.signature(words.complete, words.signature)
    return flow.page()


_GOODS: tuple[tuple[float, float, Anchor], ...] = (
    (0.0, 0.08, "left"),
    (0.09, 0.6, "left"),
    (0.83, 0.12, "right"),
    (0.86, 0.14, "left"),
)
