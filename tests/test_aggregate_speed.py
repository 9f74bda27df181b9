"""CPU of 10,000 documents with ten typed fields each, at every level, with 1,000 draws."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterator
from typing import get_args

import pytest

from bench.aggregate import results
from bench.collect import Answer
from bench.fields import FieldRule
from bench.metrics import METRICS, Policy
from bench.schema import Level, Record, Score
from bench.score import records
from bench.store import SampleKept
from bench.task import MetricUse

FIELD_MATCH = MetricUse(metric="field_match")
LEVELS: tuple[Level, ...] = get_args(Level)
DATE = FieldRule(type="date", locale="ru")
AMOUNT = FieldRule(type="amount", locale="ru", currency="RUB")
PHONE = FieldRule(type="phone", country="RU")
NAME, TEXT = FieldRule(type="person_name", locale="ru"), FieldRule(type="text")
TYPES = {
    "issued": DATE,
    "due": DATE,
    "total": AMOUNT,
    "tax": AMOUNT,
    "phone": PHONE,
    "fax": PHONE,
    "seller": NAME,
    "buyer": NAME,
    "subject": TEXT,
    "comment": TEXT,
}
MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
WORDS = ("поставка", "оборудования", "по", "договору", "услуги", "аренда", "ремонт", "Соколов")
PLACES = (("blur",), ("skew", "stain"), (), ("low",))


def value(rule: FieldRule, dice: random.Random) -> tuple[str, str]:
    """A value as it stands on the document, and in another form."""
    number = dice.randrange(100, 10_000_000)
    if rule is DATE:
        day = dt.date(1990, 1, 1) + dt.timedelta(number % 14_000)
        return f"{day:%d.%m.%Y}", f"{day.day} {MONTHS[day.month - 1]} {day.year} г."
    if rule is AMOUNT:
        whole = f"{number // 100:,}".replace(",", " ")
        return f"{whole},{number % 100:02} ₽", f"{number // 100}.{number % 100:02} RUB"
    if rule is PHONE:
        return f"+7 (912) {number:07}", f"8912{number:07}"
    words = dice.sample(WORDS, 3 if rule is NAME else 6)
    if rule is NAME:
        return " ".join(words), f"{words[0]}, {' '.join(words[1:])}".upper()
    return " ".join(words), "  ".join(words).capitalize()


def answers(documents: int) -> Iterator[Answer]:
    """55 % as the reference, 20 % in another form, 23 % wrong, 2 % failed."""
    dice = random.Random(3)
    for document in range(documents):
        for name, rule in TYPES.items():
            reference, other = value(rule, dice)
            chance = dice.random()
            said = reference if chance < 0.55 else other if chance < 0.75 else value(rule, dice)[0]
            sample = SampleKept(
                id=f"{document}:{name}",
                doc_id=f"document{document}",
                doc_type=f"type{document % 8}",
                field=name,
                language=("ru", "en", "ko")[document % 3],
                tags=PLACES[document % 4],
                references=(reference,),
            )
            late = Answer(sample, None, "timeout", "no answer")
            yield Answer(sample, said) if chance < 0.98 else late


def compared(given: list[Answer]) -> Iterator[Record]:
    """Typed comparison alone: no kind of mistake is told."""
    metric, policies = METRICS["field_match"], {}
    for name, rule in TYPES.items():
        policies[name] = Policy(field=rule)
    template = records("j", given[:1], [FIELD_MATCH], TYPES)[0].model_dump() | {"mistake": None}
    for one in given:
        sample, policy = one.sample, policies[one.sample.field or ""]
        if one.prediction is None:
            part = metric.worst(sample.references, policy)
        else:
            part = metric.measure(one.prediction, sample.references, policy)
        scored = Score.unchecked(
            value=part.value,
            numerator=part.numerator,
            denominator=part.denominator,
            strict=None,
            raw=None,
            reason=part.reason,
        )
        own = sample.model_dump(
            include={"id", "doc_id", "doc_type", "field", "language", "tags", "references"}
        )
        yield Record.unchecked(
            **template | own | {"status": one.status, "scores": {"field_match": scored}}
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kinds", "most"), [(False, 5.0), (True, 14.0)], ids=["compared", "with-kinds-of-mistakes"]
)
def test_a_hundred_thousand_typed_fields(*, kinds: bool, most: float) -> None:
    """Seconds of CPU, in all. The kinds of mistakes read each wrong answer's whole document."""
    given = list(answers(10_000))
    started = time.process_time()
    kept = records("j", given, [FIELD_MATCH], TYPES) if kinds else compared(given)
    found = results(kept, [FIELD_MATCH], LEVELS, seed=0)
    took = time.process_time() - started
    assert found[0].n == 100_000
    assert 0.7 < (found[0].value or 0) < 0.8
    assert found[0].interval is not None
    assert found[0].interval.clusters == 10_000
    assert took < most
