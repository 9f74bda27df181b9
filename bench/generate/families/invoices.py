"""Invoices in Russian and English: line items, VAT on top, totals that add up."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from bench.generate.document import Document, Family, Question, questions
from bench.generate.families.invoice_words import TERMS, Terms
from bench.generate.flow import Column, Flow
from bench.generate.invoice import bill
from bench.generate.numbers import amount, date_text, day, digits, unissued_inn
from bench.generate.page import Anchor, Page
from bench.generate.words import company, postal


def invoice(language: str, rng: Random) -> Document:
    terms = TERMS[language]
    record, page = invoice_page(language, rng)
    asked = [_also(question, terms) for question in questions(terms.questions, record)]
    absent = Question(*rng.choice(terms.not_there))
    return Document(page, "invoice", language, (*asked, absent), record)


def invoice_page(language: str, rng: Random) -> tuple[dict[str, Any], Page]:
    """What it says, and how it looks."""
    terms = TERMS[language]
    goods = bill(rng, language, items=(2, 7), rate=rng.choice(terms.rates))
    issued = day(rng, date(2023, 1, 1), date(2025, 12, 28))
    due = issued + timedelta(days=rng.choice((7, 10, 14, 30)))
    seller, buyer = company(rng, language), company(rng, language)
    while buyer == seller:
        buyer = company(rng, language)
    record: dict[str, Any] = {
        "number": rng.choice(terms.numbers).format(number=digits(rng, 4), year=issued.year),
        "date": date_text(issued, rng.choice(terms.date_styles)),
        "due_date": date_text(due, terms.date_styles[0]) if rng.random() < 0.7 else None,
        "seller": seller,
        "seller_address": postal(rng, language),
        "seller_tax_number": _tax_number(rng, language),
        "buyer": buyer,
        "items": [
            {
                "name": item.name,
                "quantity": str(item.quantity),
                "unit": item.unit,
                "price": amount(item.price, language),
                "amount": amount(item.amount, language),
            }
            for item in goods.items
        ],
        "subtotal": amount(goods.net, language),
        "vat_rate": f"{goods.rate}%",
        "vat": amount(goods.tax, language),
        "total": amount(goods.total, language),
    }
    return record, _page(record, terms, language, rng)


def _tax_number(rng: Random, language: str) -> str:
    """Of an office that does not exist: 00 in ru, 000 in en and ko."""
    if language == "ru":
        return unissued_inn(rng)
    first, second = digits(rng, 4), digits(rng, 5)
    return f"GB 000 {first} {second[:2]}" if language == "en" else f"000-{first[:2]}-{second}"


def _also(question: Question, terms: Terms) -> Question:
    """An amount is right with its currency as well."""
    if question.field not in ("total", "vat", "subtotal"):
        return question
    more = tuple(terms.money.format(amount=text) for text in question.references)
    return Question(question.field, question.text, (*question.references, *more))


def _page(record: dict[str, Any], terms: Terms, language: str, rng: Random) -> Page:
    flow = Flow(language, serif=rng.random() < 0.3)
    flow.mark()
    title = terms.title.format(**record)
    flow.line(title, size=38, bold=True)
    flow.gap(0.3)
    if terms.number:
        flow.pair(terms.number, record["number"])
        flow.pair(terms.date, record["date"])
    if record["due_date"]:
        flow.pair(terms.due_date, record["due_date"])
    flow.rule()
    flow.pair(terms.seller, record["seller"], bold=rng.random() < 0.5)
    flow.pair(terms.address, record["seller_address"])
    flow.pair(terms.tax_number, record["seller_tax_number"])
    flow.pair(terms.buyer, record["buyer"])
    flow.gap(0.4)
    columns = [Column(name, *place) for name, place in zip(terms.columns, _PLACES, strict=True)]
    rows = [
        [str(number), *(item[key] for key in ("name", "quantity", "unit", "price", "amount"))]
        for number, item in enumerate(record["items"], 1)
    ]
    flow.table(columns, rows, grid=rng.random() < 0.6)
    flow.gap(0.2)
    for name, key in ((terms.subtotal, "subtotal"), (terms.vat, "vat"), (terms.total, "total")):
        value = terms.money.format(amount=record[key])
        ends = (name.format(**record), Column("", 0.74, 0.5, "right"))
        flow.row(ends, (value, Column("", 1.0, 0.24, "right")), bold=key == "total")
    flow.gap()
    for text in rng.sample(terms.notes, 2):
        flow.paragraph(text, 66)
    return flow.page()


_PLACES: tuple[tuple[float, float, Anchor], ...] = (
    (0.0, 0.06, "left"),
    (0.07, 0.42, "left"),
    (0.57, 0.09, "right"),
    (0.60, 0.10, "left"),
    (0.85, 0.14, "right"),
    (1.0, 0.145, "right"),
)  # fmt: skip

INVOICES_RU = Family("invoices-ru", "Russian invoices", 10, lambda _index, rng: invoice("ru", rng))
INVOICES_EN = Family("invoices-en", "English invoices", 10, lambda _index, rng: invoice("en", rng))
