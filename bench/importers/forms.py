"""Forms with linked entities, as FUNSD and XFUND annotate them.

An entity has an id, a text, a box [left, top, right, bottom] in pixels, a label (question, answer,
header, other) and links [from, to] by id. Made of it are a transcript, and one request a form: the
labels that are printed on it are given, and their values are asked for as one JSON object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.importers.images import Picture
from bench.importers.row import Row
from bench.importers.snapshot import Asked, Entry

OCR, PAIRS = "ocr", "pairs"
OCR_PROMPT = (
    "Transcribe all text on this form in reading order, line by line. Answer with the text alone."
)
PAIRS_PROMPT = """\
These labels are printed on this form, one a line:

{question}

Answer with one JSON object. Its keys are these labels exactly as they stand above, its values \
are what is filled in for them on the form, exactly as it is printed. Where a label has several \
values, give a list of them."""
_OWN_PROMPT = "of our own: the set has none for models that answer in text"


@dataclass(frozen=True)
class _Entity:
    id: int
    text: str
    label: str
    box: tuple[float, float, float, float]
    links: tuple[tuple[int, int], ...]

    @property
    def middle(self) -> float:
        return (self.box[1] + self.box[3]) / 2


@dataclass
class Left:
    """What the benchmark's annotations hold and the task does not."""

    without_value: int = 0
    without_pair: int = 0

    def said(self) -> list[str]:
        order = "`ocr.jsonl`: the order is ours, by rows of boxes; read the order-free score first."
        asked = f"`pairs.jsonl`: {self.without_value} labels without a linked answer are not asked."
        none = f"`pairs.jsonl`: {self.without_pair} forms without any linked pair have no row."
        return [order, *([asked] * bool(self.without_value)), *([none] * bool(self.without_pair))]


def members(order_free: str) -> dict[str, Asked]:
    """`order_free`: the metric that leads the transcripts (a bag of words or of characters)."""
    collapsed = {"whitespace": "collapse", "unicode": "nfc"}
    folded = {"case": "fold", "whitespace": "collapse", "unicode": "nfkc"}
    return {
        OCR: Asked(
            OCR_PROMPT,
            _OWN_PROMPT,
            {
                "kind": "transcription",
                "summary": "transcribe the whole form",
                "metrics": [{"metric": order_free, **collapsed}, {"metric": "cer", **collapsed}],
                "parameters": {"max_tokens": 4096},
            },
        ),
        PAIRS: Asked(
            PAIRS_PROMPT,
            _OWN_PROMPT,
            {
                "kind": "extraction",
                "extract": "json/1",
                "summary": "the values of the labels that are printed on the form",
                "metrics": [
                    {"metric": "anls_star"},
                    {"metric": "exact_match", "of": "fields", **folded},
                ],
                "parameters": {"max_tokens": 4096},
            },
        ),
    }


def form_entry(
    listed: object, row: Row, picture: Picture, *, name: str, language: str, left: Left
) -> Entry:
    """The rows of one form. `listed`: its entities as the file has them."""
    entities = _entities(listed, row)
    text = "\n".join(one.text for one in reading_order(entities))
    common = {"id": name, "doc_id": name, "doc_type": "form", "language": language}
    rows: dict[str, dict[str, Any]] = {OCR: {**common, "references": [text] if text else []}}
    reference = _reference(entities, left)
    if reference:
        rows[PAIRS] = {**common, "question": "\n".join(reference), "reference": reference}
    else:
        left.without_pair += 1
    return Entry(picture, rows, row.wrong, text=text)


def reading_order(entities: Sequence[_Entity]) -> list[_Entity]:
    """Rows from top to bottom, a row from left to right.

    An entity is in the row whose first entity's box its middle lies in.
    """
    rows: list[list[_Entity]] = []
    for one in sorted((one for one in entities if one.text), key=lambda one: one.middle):
        first = rows[-1][0] if rows else None
        if first and first.box[1] <= one.middle <= first.box[3] and _flat(one, first):
            rows[-1].append(one)
        else:
            rows.append([one])
    return [one for row in rows for one in sorted(row, key=lambda one: one.box[0])]


def _flat(one: _Entity, other: _Entity) -> bool:
    """That neither is a paragraph beside the other's line."""
    heights = sorted(max(1.0, box[3] - box[1]) for box in (one.box, other.box))
    return heights[1] < 2 * heights[0]


def _reference(entities: Sequence[_Entity], left: Left) -> dict[str, str | list[str]]:
    """{label: value}, labels in reading order. One text that stands several times is one label."""
    known = {one.id: one for one in entities}
    values: dict[str, list[str]] = {}
    for question in reading_order([one for one in entities if one.label == "question"]):
        linked = dict.fromkeys(_answers(question, known))
        answers = reading_order([known[one] for one in linked])
        if answers:
            values.setdefault(question.text, []).extend(one.text for one in answers)
        else:
            left.without_value += 1
    return {label: found[0] if len(found) == 1 else found for label, found in values.items()}


def _answers(question: _Entity, known: Mapping[int, _Entity]) -> Iterator[int]:
    """Ids of the answers that either end of a link ties to the question."""
    for one in known.values():
        for start, end in one.links:
            other = end if start == question.id else start
            if question.id in (start, end) and other in known and known[other].label == "answer":
                yield other


def _entities(listed: object, row: Row) -> list[_Entity]:
    if not isinstance(listed, list):
        raise row.wrong("has no list of entities")
    entities = [_entity(value, index, row) for index, value in enumerate(listed)]
    if len({one.id for one in entities}) < len(entities):
        raise row.wrong("two entities have one id")
    return entities


def _entity(value: object, index: int, row: Row) -> _Entity:
    found = value if isinstance(value, dict) else {}
    text, label, number = found.get("text"), found.get("label"), found.get("id")
    if not (isinstance(text, str) and isinstance(label, str) and isinstance(number, int)):
        raise row.wrong(f"entity {index} needs an id, a text and a label")
    box, links = found.get("box"), found.get("linking") or []
    if not (isinstance(box, list) and len(box) == 4 and all(map(_number, box))):
        raise row.wrong(f"entity {number}: its box is no list of four numbers")
    if not (isinstance(links, list) and all(map(_pair, links))):
        raise row.wrong(f"entity {number}: its linking is no list of pairs of ids")
    four = (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
    ends = tuple((pair[0], pair[1]) for pair in links)
    return _Entity(number, " ".join(text.split()), label.strip().casefold(), four, ends)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(x, int) for x in value)
