"""The families of drawn documents, by the name of their task."""

from __future__ import annotations

from bench.errors import UsageError, suggestion
from bench.generate.document import Family
from bench.generate.families.insurance import INSURANCE
from bench.generate.families.invoices import INVOICES_EN, INVOICES_RU
from bench.generate.families.page_classes import PAGE_CLASSES
from bench.generate.families.passports import PASSPORTS
from bench.generate.families.snils import SNILS
from bench.generate.families.statements import STATEMENTS

FAMILIES: dict[str, Family] = {
    one.name: one
    for one in (PASSPORTS, SNILS, INVOICES_RU, INVOICES_EN, INSURANCE, STATEMENTS, PAGE_CLASSES)
}


def family(name: str) -> Family:
    """UsageError where there is none of that name."""
    if name not in FAMILIES:
        raise UsageError(f"no drawn task is named {name!r}", hint=suggestion(name, FAMILIES))
    return FAMILIES[name]
