"""The committed questions of `receipts:fields` against the generator and the printed text."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bench.importers.receipt_fields import FIELD_TYPES, PROMPT, QUESTIONS
from bench.task import document_tasks
from tools.receipts import content

TASK = Path(__file__).resolve().parents[1] / "docs_tasks" / "receipts"
RECEIPTS = {receipt.id: receipt for receipt in content.receipts()}
(ASKED,) = document_tasks("receipts:fields")


def test_the_generator_gives_the_committed_questions_byte_for_byte() -> None:
    made = content.fields_jsonl(RECEIPTS.values())
    assert made.encode() == (TASK / "fields.jsonl").read_bytes()


def test_every_receipt_is_asked_for_every_field() -> None:
    assert len(ASKED.samples) == 4 * len(RECEIPTS)
    assert Counter(sample.field for sample in ASKED.samples) == dict.fromkeys(QUESTIONS, 24)
    for sample in ASKED.samples:
        assert sample.id == f"{sample.doc_id}:{sample.field}"
        assert (sample.doc_type, sample.language) == (
            RECEIPTS[sample.doc_id].doc_type,
            RECEIPTS[sample.doc_id].language,
        )


def test_the_first_reference_stands_on_the_receipt() -> None:
    for sample in ASKED.samples:
        printed = RECEIPTS[sample.doc_id].text
        for part in sample.references[0].split(", "):
            assert part in printed, sample.id


def test_a_total_is_right_with_and_without_its_currency() -> None:
    totals = [sample.references for sample in ASKED.samples if sample.field == "total"]
    assert ("£23.80", "23.80") in totals
    assert ("30,66 €", "30,66") in totals
    assert all(bare in full and bare[-1].isdigit() for full, bare in totals)


def test_an_address_is_right_with_and_without_commas_between_its_lines() -> None:
    addresses = [sample.references for sample in ASKED.samples if sample.field == "address"]
    assert ("14 Mill Lane, Hexham NE46 3PF", "14 Mill Lane Hexham NE46 3PF") in addresses


def test_prompt_and_types_are_those_of_the_import() -> None:
    assert (TASK / "prompts" / "fields.txt").read_text("utf-8").strip() == PROMPT
    assert {name: rule.type for name, rule in ASKED.field_types.items()} == FIELD_TYPES
    assert all(sample.prompt.startswith(QUESTIONS[sample.field or ""]) for sample in ASKED.samples)
