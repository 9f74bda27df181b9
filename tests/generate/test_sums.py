"""Totals, taxes and balances add up, as they are printed."""

from __future__ import annotations

import re
from random import Random

import pytest

from bench.generate import FAMILIES, labelled, numbers
from bench.generate.families.papers import receipt, table_report
from bench.generate.families.statements import statement_page

SEEDS = range(40)
EACH_LANGUAGE = pytest.mark.parametrize("language", ["en", "ru", "ko"])


def hundredths(printed: str) -> int:
    """Of `1,234.50`, `-1 234,50` or `123,450원`, read without the generator's own code."""
    sign, digits = "-" * printed.startswith("-"), re.sub(r"\D", "", printed)
    whole = re.search(r"[.,]\d\d$", printed.removesuffix("원")) is None
    return int(sign + digits) * (100 if whole else 1)


@pytest.mark.parametrize("name", ["invoices-ru", "invoices-en"])
def test_invoices(name: str) -> None:
    for one in labelled(FAMILIES[name], 40, 2):
        record = one.document.record
        for item in record["items"]:
            assert int(item["quantity"]) * hundredths(item["price"]) == hundredths(item["amount"])
        net = sum(hundredths(item["amount"]) for item in record["items"])
        tax = hundredths(record["vat"])
        assert hundredths(record["subtotal"]) == net
        assert abs(tax - net * int(record["vat_rate"].removesuffix("%")) / 100) <= 0.5
        assert hundredths(record["total"]) == net + tax


def test_insurance_forms() -> None:
    for one in labelled(FAMILIES["insurance-ko"], 40, 2):
        record = one.document.record
        costs = [hundredths(item["amount"]) for item in record["items"]]
        assert sum(costs) == hundredths(record["total"])
        dates = [item["date"] for item in record["items"]]
        assert dates == sorted(dates)


@EACH_LANGUAGE
def test_bank_statements(language: str) -> None:
    for seed in SEEDS:
        record, _ = statement_page(language, Random(seed))
        balance = hundredths(record["opening_balance"])
        moved = [hundredths(row["amount"]) for row in record["transactions"]]
        for row, amount in zip(record["transactions"], moved, strict=True):
            balance += amount
            assert hundredths(row["balance"]) == balance >= 0
        assert hundredths(record["closing_balance"]) == balance
        assert hundredths(record["paid_in"]) == sum(one for one in moved if one > 0)
        assert hundredths(record["paid_out"]) == -sum(one for one in moved if one < 0)


@EACH_LANGUAGE
def test_receipts(language: str) -> None:
    for seed in SEEDS:
        lines = [[part.text for part in row] for row in receipt(language, Random(seed)).rows]
        sold = [row[1] for row in lines if re.match(r"\d+ x ", row[0])]
        total = next(row[1] for row in lines if row[0] in ("Total", "ИТОГО", "합계"))
        assert len(sold) >= 3
        assert sum(map(hundredths, sold)) == hundredths(total)


@EACH_LANGUAGE
def test_tables(language: str) -> None:
    for seed in SEEDS:
        rows = [[part.text for part in row] for row in table_report(language, Random(seed)).rows]
        table = [list(map(int, row[1:])) for row in rows if len(row) == 6 and row[1].isdigit()]
        *places, sums = table
        assert all(sum(row[:4]) == row[4] for row in table)
        assert [sum(column) for column in zip(*places, strict=True)] == sums


def test_check_digits_on_the_cards() -> None:
    """By the rule read the other way round: the weighted sum less the check is a multiple."""
    for one in labelled(FAMILIES["snils-ru"], 100, 4):
        digits = [int(letter) for letter in one.document.record["number"] if letter.isdigit()]
        weighted = sum(digit * (9 - place) for place, digit in enumerate(digits[:9]))
        check = 10 * digits[9] + digits[10]
        assert (weighted - check) % 101 in ((0, 100) if check == 0 else (0,))
    invoices = labelled(FAMILIES["invoices-ru"], 40, 4)
    for number in (one.document.record["seller_tax_number"] for one in invoices):
        assert numbers.inn(number[:9]) == number
