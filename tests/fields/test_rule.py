"""Rules as task.yaml gives them: the short form, options, errors at their place, kept in a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bench import yaml
from bench.errors import SourceError
from bench.fields import FieldRule
from bench.task import Member, document_tasks
from tests.conftest import REPOSITORY

ROWS = [{"field": "total", "references": ["1.204,50 €"]}]
TASK = """\
name: tiny
version: "1"
summary: a tiny task
licence: CC0-1.0
members:
  m:
    prompt: Read it.
    metrics: [{metric: field_match}]
    field_types:
      total: %s
"""


def place_of(make_task: Callable[..., Path], declared: str) -> SourceError:
    folder = make_task(ROWS)
    (folder / "task.yaml").write_text(TASK % declared, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        document_tasks(str(folder))
    return caught.value


@pytest.mark.parametrize(
    ("declared", "rule"),
    [
        ("amount", FieldRule(type="amount")),
        ("{type: amount}", FieldRule(type="amount")),
        (
            "{type: amount, locale: de, currency: EUR}",
            FieldRule(type="amount", locale="de", currency="EUR"),
        ),
        ("{type: number, tolerance: 0.01}", FieldRule(type="number", tolerance=Decimal("0.01"))),
        (
            "{type: enumerated, values: [paid, open]}",
            FieldRule(type="enumerated", values=(("paid",), ("open",))),
        ),
        (
            "{type: enumerated, values: {yes: [ja, да], no: nein}}",
            FieldRule(type="enumerated", values=(("yes", "ja", "да"), ("no", "nein"))),
        ),
    ],
)
def test_a_declared_type(make_task: Callable[..., Path], declared: str, rule: FieldRule) -> None:
    folder = make_task(ROWS)
    (folder / "task.yaml").write_text(TASK % declared, encoding="utf-8")
    (task,) = document_tasks(str(folder))
    assert task.field_types == {"total": rule}


@pytest.mark.parametrize(
    ("declared", "column", "said"),
    [
        ("money", 7, "field_types.total.type"),
        ("{type: money}", 15, "field_types.total.type"),
        ("{type: amount, local: de}", 29, "unknown key 'members.m.field_types.total.local'"),
        ("{type: amount, locale: xx}", 29, "field_types.total.locale"),
        ("{type: amount, currency: EURO}", 29, "unknown 'EURO'; known are AED, AMD"),
        ("{type: phone, country: XX}", 28, "unknown 'XX'; known are AT, CH"),
        ("{type: text, steps: [nfkc, nfkd]}", 27, "unknown 'nfkd'; known are casefold"),
        ("{type: date, date_order: ydm}", 27, "field_types.total.date_order"),
        ("{type: date, currency: EUR}", 7, "date takes no 'currency'; it takes locale, century"),
        ("{type: number, tolerance: -1}", 29, "greater than or equal to 0"),
        ("{type: number, tolerance: .nan}", 29, "field_types.total.tolerance"),
        ("{type: enumerated}", 7, "enumerated needs its `values`"),
        (
            "{type: enumerated, values: {a: [x], b: [X]}}",
            33,
            "'X' stands for 'a' and for 'b'",
        ),
        ("{type: enumerated, values: 3}", 33, "field_types.total.values"),
        ("{type: enumerated, values: {a: 3}}", 33, "field_types.total.values"),
        ("{locale: de}", 7, "field_types.total.type' is missing"),
        ("[amount]", 7, "field_types.total"),
    ],
)
def test_a_slip_is_an_error_at_its_place(
    make_task: Callable[..., Path], declared: str, column: int, said: str
) -> None:
    error = place_of(make_task, declared)
    assert said in error.message
    assert f"task.yaml:10:{column}" in str(error)


def test_a_misspelt_key_is_answered_by_the_right_one(make_task: Callable[..., Path]) -> None:
    assert "locale" in str(place_of(make_task, "{type: amount, local: de}").hint)


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        (FieldRule(type="amount"), "amount"),
        (FieldRule(type="amount", locale="de"), {"type": "amount", "locale": "de"}),
        (
            FieldRule(type="number", tolerance=Decimal("0.10")),
            {"type": "number", "tolerance": "0.10"},
        ),
        (
            FieldRule(type="enumerated", values=(("a", "x"), ("b",))),
            {"type": "enumerated", "values": {"a": ["x"], "b": []}},
        ),
        (FieldRule(type="text", steps=("nfc",)), {"type": "text", "steps": ["nfc"]}),
    ],
)
def test_a_rule_is_kept_as_it_is_written(rule: FieldRule, kept: Any) -> None:
    assert rule.model_dump(mode="json") == kept
    assert json.loads(rule.model_dump_json()) == kept
    again = FieldRule.model_validate(kept)
    assert again == rule
    assert hash(again) == hash(rule)


def test_what_is_declared_by_name_stands_over_the_locale() -> None:
    rule = FieldRule(type="date", locale="de", date_order="ymd")
    assert (rule.convention.date_order, rule.convention.decimal_mark) == ("ymd", ",")
    assert FieldRule(type="date").convention.date_order is None


def test_the_example_of_the_page_is_a_member(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "fields.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    (tmp_path / "member.yaml").write_text(example, encoding="utf-8")
    member = yaml.validate(yaml.load(tmp_path / "member.yaml"), Member)
    assert {rule.type for rule in member.field_types.values()} >= {"date", "amount", "enumerated"}
