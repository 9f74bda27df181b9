"""Pages of ten classes in three languages."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from bench.generate.document import Document, Family
from bench.generate.families import forms, letters, papers
from bench.generate.families.insurance import claim
from bench.generate.families.invoices import invoice_page
from bench.generate.families.statements import statement_page
from bench.generate.page import Page

LANGUAGES = ("en", "ru", "ko")


def _insurance(language: str, rng: Random) -> Page:
    return claim(0, rng).page if language == "ko" else forms.insurance_form(language, rng)


CLASSES: dict[str, Callable[[str, Random], Page]] = {
    "invoice": lambda language, rng: invoice_page(language, rng)[1],
    "receipt": papers.receipt,
    "bank_statement": lambda language, rng: statement_page(language, rng)[1],
    "identity_card": forms.identity_card,
    "insurance_form": _insurance,
    "letter": letters.letter,
    "cv": letters.cv,
    "application_form": forms.application_form,
    "table_report": papers.table_report,
    "delivery_note": papers.delivery_note,
}


def page(index: int, rng: Random) -> Document:
    """Class by class, then the next language: 30 pages hold each pair once."""
    names = list(CLASSES)
    name = names[index % len(names)]
    language = LANGUAGES[index // len(names) % len(LANGUAGES)]
    return Document(CLASSES[name](language, rng), name, language)


PAGE_CLASSES = Family(
    "page-classes", "pages of ten classes in English, Russian and Korean", 30, page,
    ("classes", "ocr"),
)  # fmt: skip
