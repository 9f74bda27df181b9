"""The metric: by the sample's field in a real run, kept with the run, and scored again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from bench.assemble import report_run
from bench.fields import FieldRule
from bench.metrics import METRICS, Part, Policy
from tests.endpoint import Reply, endpoint
from tests.runs import run, write_model

MATCH = METRICS["field_match"]
ANSWERS = {
    "date": ("6. März 2018", ["06.03.2018"]),
    "total": ("1204.50 EUR", ["1.204,50 €"]),
    "phone": ("+49 30 1234567", ["030 1234567"]),
    "company": ("the wren", ["The Wren"]),
    "paid": ("bezahlt", ["open"]),
    "note": ("Thanks", ["thanks"]),
}
TYPES = {
    "date": {"type": "date", "locale": "de"},
    "total": {"type": "amount", "locale": "de", "currency": "EUR"},
    "phone": "phone",
    "company": "text",
    "paid": {"type": "enumerated", "values": {"paid": ["bezahlt"], "open": ["offen"]}},
}
ROWS = [
    {"id": field, "field": field, "question": field, "references": references}
    for field, (_, references) in ANSWERS.items()
]
MEMBER = {
    "prompt": "{question}",
    "metrics": [{"metric": "field_match"}, {"metric": "exact_match"}],
    "levels": ["global", "field"],
}
EXPECTED = {
    "date": (1.0, "equal_value"),
    "total": (1.0, "equal_value"),
    "phone": (0.0, "ambiguous"),
    "company": (1.0, "equal_text"),
    "paid": (0.0, "different_value"),
    "note": (0.0, None),
}


def test_it_measures_by_the_rule_and_without_one_by_the_policy() -> None:
    amount = Policy(field=FieldRule(type="amount"))
    assert MATCH.measure("$5.00", ("5",), amount) == Part(1.0, 1.0, "unit_unstated")
    assert MATCH.measure("5.01", ("5",), amount) == Part(0.0, 1.0, "different_value")
    assert MATCH.measure("$5.00", ("5",), Policy()) == Part(0.0, 1.0)
    assert MATCH.measure("ABC", ("abc",), Policy(case="fold")) == Part(1.0, 1.0)
    assert MATCH.worst(("5",), amount) == Part(0.0, 1.0)


def test_no_other_metric_looks_at_the_rule() -> None:
    rule = FieldRule(type="amount", locale="de")
    for name, metric in METRICS.items():
        if name != "field_match":
            typed = metric.measure("1,204", ("1204", "1.204"), Policy(field=rule))
            assert typed == metric.measure("1,204", ("1204", "1.204"), Policy())


def test_a_run_is_scored_by_its_types_and_scored_again(
    make_task: Callable[..., Path], tmp_path: Path
) -> None:
    task = make_task(ROWS, field_types=TYPES, **MEMBER)

    def reply(prompt: str, _number: int) -> Reply:
        return Reply(ANSWERS[prompt][0])

    with endpoint(reply) as served:
        model = write_model(tmp_path, served_id="m", base_url=served.url)
        ended = run(backend="echo", model=model, task=str(task), out=str(tmp_path / "run"))
    kept = {row["field"]: row for row in ended.records()}
    found = {name: row["scores"]["field_match"] for name, row in kept.items()}
    assert {name: (one["value"], one["reason"]) for name, one in found.items()} == EXPECTED
    assert sum(row["scores"]["exact_match"]["value"] for row in kept.values()) == 0
    assert {row["scores"]["exact_match"]["reason"] for row in kept.values()} == {None}
    overall = next(one for one in ended.job.results if one.metric == "field_match")
    assert (overall.value, overall.n) == (0.5, 6)
    assert kept["total"]["mistake"] == kept["date"]["mistake"] == "wrong_format"
    assert kept["paid"]["mistake"] == "wrong_value"

    (place,) = (ended.folder / "jobs").glob("*/described.json")
    described = json.loads(place.read_text(encoding="utf-8"))
    assert described["field_types"] == TYPES
    task.rename(tmp_path / "gone")
    records = (ended.folder / "records.jsonl").read_bytes()
    again = report_run(ended.folder)
    assert (ended.folder / "records.jsonl").read_bytes() == records
    assert again.jobs[0].results == ended.job.results

    described["field_types"] = {"total": "amount", "date": "date"}  # as runs had them before
    place.write_text(json.dumps(described), encoding="utf-8")
    older = next(one for one in report_run(ended.folder).jobs[0].results)
    assert older.value == 1 / 6  # the total; 06.03 may be March or June
