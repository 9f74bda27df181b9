"""Bank statements in English and Russian: each balance is the one before and the row's amount."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from bench.generate.document import Document, Family, Question, questions
from bench.generate.families.statement_words import TERMS, Terms
from bench.generate.flow import Column, Flow
from bench.generate.numbers import amount, date_text, digits
from bench.generate.page import Page
from bench.generate.words import company, person


@dataclass(frozen=True)
class Entry:
    """Amounts in hundredths; `moved` is negative where money went out."""

    when: date
    text: str
    moved: int
    balance: int


def entries(rng: Random, terms: Terms, first: date, opening: int) -> list[Entry]:
    """Of one month; the account never goes below nothing."""
    days = sorted(rng.randrange(28) for _ in range(rng.randint(6, 13)))
    made: list[Entry] = []
    balance = opening
    for offset in days:
        text, least, most = rng.choice(terms.payments)
        moved = -_money(rng, least, most, terms.language)
        if balance + moved < 0 or rng.random() < 0.2:
            text, least, most = rng.choice(terms.receipts)
            moved = _money(rng, least, most, terms.language)
        if "{company}" in text:
            text = text.format(company=company(rng, terms.language))
        balance += moved
        made.append(Entry(first + timedelta(days=offset), text, moved, balance))
    return made


def _money(rng: Random, least: int, most: int, language: str) -> int:
    """In Korean whole tens of won."""
    step = 1000 if language == "ko" else 1
    return rng.randint(least // step, most // step) * step


def statement(index: int, rng: Random) -> Document:
    """Turn by turn English and Russian."""
    terms = TERMS["ru" if index % 2 else "en"]
    record, page = statement_page(terms.language, rng)
    asked = questions(terms.questions, record)
    absent = Question(*rng.choice(terms.not_there))
    return Document(page, "bank_statement", terms.language, (*asked, absent), record)


def statement_page(language: str, rng: Random) -> tuple[dict[str, Any], Page]:
    """What it says, and how it looks."""
    terms = TERMS[language]
    holder = person(rng, terms.language)
    first = date(rng.randint(2022, 2025), rng.randint(1, 12), 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    opening = _money(rng, *terms.opening, language)
    rows = entries(rng, terms, first, opening)
    paid_in = sum(row.moved for row in rows if row.moved > 0)
    paid_out = -sum(row.moved for row in rows if row.moved < 0)

    def money(hundredths: int) -> str:
        return amount(hundredths, terms.language)

    record: dict[str, Any] = {
        "holder": holder.full,
        "account": terms.account.format(number=digits(rng, 8)),
        "bank_code": terms.bank_code.format(number=digits(rng, 4), more=digits(rng, 3)),
        "card": f"**** {digits(rng, 4)}" if rng.random() < 0.6 else None,
        "period_start": date_text(first, terms.date_style),
        "period_end": date_text(last, terms.date_style),
        "opening_balance": money(opening),
        "transactions": [
            {
                "date": date_text(row.when, terms.date_style),
                "description": row.text,
                "amount": money(row.moved),
                "balance": money(row.balance),
            }
            for row in rows
        ],
        "paid_in": money(paid_in),
        "paid_out": money(paid_out),
        "closing_balance": money(rows[-1].balance),
    }
    return record, _page(record, terms, rng.choice(terms.banks), grid=rng.random() < 0.4)


_PLACES = ((0.0, 0.16), (0.17, 0.45), (0.8, 0.17), (1.0, 0.19))


def _page(record: dict[str, Any], terms: Terms, bank: str, *, grid: bool) -> Page:
    flow = Flow(terms.language, size=23)
    flow.mark()
    flow.line(bank, size=36, bold=True)
    flow.line(terms.title, size=28)
    flow.rule(3)
    for name, key in terms.head:
        if record[key] is not None:
            flow.pair(name, record[key])
    flow.pair(terms.period, f"{record['period_start']} – {record['period_end']}")
    flow.pair(terms.opening_balance, record["opening_balance"], bold=True)
    flow.gap(0.4)
    columns = [
        Column(name, at, room, "left" if number < 2 else "right")
        for number, (name, (at, room)) in enumerate(zip(terms.columns, _PLACES, strict=True))
    ]
    keys = ("date", "description", "amount", "balance")
    flow.table(columns, [[row[key] for key in keys] for row in record["transactions"]], grid=grid)
    flow.gap(0.3)
    for name, key in terms.foot:
        flow.ends(name, record[key], bold=key == "closing_balance")
    flow.rule()
    flow.paragraph(terms.note, 70)
    return flow.page()


STATEMENTS = Family("bank-statements", "bank statements in English and Russian", 10, statement)
