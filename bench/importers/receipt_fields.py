"""The member `fields` of a receipts task: one question a receipt and field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import yaml
from bench.errors import SourceError
from bench.importers.writing import NewSample
from bench.schema import FieldType

FIELD_TYPES: dict[str, FieldType] = {
    "company": "text",
    "date": "date",
    "address": "text",
    "total": "amount",
}
QUESTIONS = {
    "company": "What is the name of the company that issued this receipt?",
    "date": "What is the date of this receipt?",
    "address": "What is the address of the company that issued this receipt?",
    "total": "What is the total amount of this receipt?",
}
PROMPT = (
    "{question}\n"
    "Answer with the value alone, exactly as it is printed, on one line. "
    "If the receipt does not show it, answer with nothing."
)
_SIGN = r"(?:RM|MYR|USD|SGD|[$£€])"


@dataclass(frozen=True)
class Valued:
    """A receipt with the values that are known of it, by field."""

    sample: NewSample
    values: Mapping[str, str]


def values_of(found: object, path: Path, line: int | None = None) -> dict[str, str]:
    """The values of a `fields` object or a key file; SourceError where one is no text."""
    if not isinstance(found, dict):
        raise SourceError(path, "the fields must be a JSON object", line=line)
    values = {}
    for name in FIELD_TYPES:
        value = found.get(name, "")
        if not isinstance(value, str):
            raise SourceError(path, f"field {name!r} is no text", line=line)
        if value.strip():
            values[name] = value.strip()
    return values


def key_values(folder: Path, name: str) -> dict[str, str]:
    """What key/NAME.json or key/NAME.txt says; nothing where there is no such file."""
    for suffix in (".json", ".txt"):
        path = folder / f"{name}{suffix}"
        if path.is_file():
            text = yaml.decoded(path, path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
            try:
                return values_of(json.loads(text), path)
            except json.JSONDecodeError as error:
                raise SourceError(path, error.msg, line=error.lineno, column=error.colno) from None
    return {}


def field_rows(receipts: Sequence[Valued]) -> Iterator[dict[str, Any]]:
    """Rows of fields.jsonl, receipt by receipt."""
    for receipt in receipts:
        for name, value in receipt.values.items():
            text = "\n".join(receipt.sample.row["references"])
            yield {
                **receipt.sample.row,
                "id": f"{receipt.sample.id}:{name}",
                "images": [receipt.sample.stored],
                "references": printed_amounts(value, text) if name == "total" else [value],
                "field": name,
                "question": QUESTIONS[name],
            }


def printed_amounts(value: str, text: str) -> list[str]:
    """The value as annotated, without a currency, and with each that `text` prints before it."""
    bare = re.sub(rf"^{_SIGN}\s*", "", value)
    printed = re.findall(rf"(?<![A-Z]){_SIGN} ?{re.escape(bare)}(?![\d.,]*\d)", text)
    return list(dict.fromkeys([value, bare, *printed]))


def without_value(receipts: Sequence[Valued]) -> str:
    """`no value: 2 date`, or an empty text where every receipt has every field."""
    absent = {name: sum(name not in receipt.values for receipt in receipts) for name in FIELD_TYPES}
    said = ", ".join(f"{count} {name}" for name, count in absent.items() if count)
    return f"no value: {said}" if said else ""


def fields_member(receipts: Sequence[Valued]) -> dict[str, Any]:
    """The member as task.yaml says it."""
    folded = {"case": "fold", "whitespace": "collapse", "unicode": "nfkc"}
    absent = without_value(receipts)
    known = {name for receipt in receipts for name in receipt.values}
    return {
        "summary": f"company, date, address, total{f' ({absent})' if absent else ''}",
        "samples": "fields.jsonl",
        "prompt": PROMPT,
        "extract": "value/1",
        "metrics": [{"metric": "exact_match", **folded}, {"metric": "anls"}],
        "levels": ["global", "field"],
        "field_types": {name: kind for name, kind in FIELD_TYPES.items() if name in known},
        "parameters": {"max_tokens": 128},
    }
