"""Each kind of task: what its rows must say, and what is asked of a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from pydantic import ValidationError

from bench.cli.task import KINDS
from bench.errors import SourceError, UsageError
from bench.schema import TaskKind
from bench.task import ROWS as ROWS_READ
from bench.task import Task, document_tasks, shipped
from bench.task.rows import row_schema
from bench.task.typed import unreadable
from tests.conftest import PIXEL

INVOICE = {"total": "12.50", "paid": None, "items": [{"name": "tea", "price": 3.5}]}


def task(folder: Path, member: str, *rows: dict[str, Any], above: str = "") -> Task:
    """The one member `m` of a task in `folder`."""
    (folder / "images").mkdir(exist_ok=True)
    (folder / "images" / "a.png").write_bytes(PIXEL)
    head = f'name: tiny\nversion: "1"\nsummary: tiny\nlicence: CC0-1.0\n{above}members:\n  m:\n'
    lines = "".join(f"    {line}\n" for line in member.splitlines())
    (folder / "task.yaml").write_text(head + lines)
    full = [{"id": f"s{n}", "images": ["images/a.png"], **row} for n, row in enumerate(rows)]
    (folder / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in full))
    (only,) = document_tasks(str(folder))
    return only


def refused(folder: Path, member: str, *rows: dict[str, Any], above: str = "") -> str:
    with pytest.raises(SourceError) as caught:
        task(folder, member, *rows, above=above)
    return caught.value.message.removeprefix(f"{folder}/")


ASK = 'kind: question\nprompt: "{question}"\nmetrics: [{metric: anls}]'
EXTRACT = "kind: extraction\nprompt: JSON, please.\nmetrics: [{metric: anls_star}]"
CHOOSE = (
    'kind: classification\nprompt: "One of:\\n{options}"\nclasses: [bill, letter, form]\n'
    "metrics: [{metric: exact_match}]"
)


def test_a_question_may_have_no_answer_on_the_page(tmp_path: Path) -> None:
    found = task(
        tmp_path,
        ASK,
        {"question": "When?", "answerable": False},
        {"question": "?", "references": []},
    )
    assert [(one.references, one.answerable) for one in found.samples] == [((), False), ((), True)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"question": "?"}, "samples.jsonl:1:1: 'references' is missing; [] says that no right"),
        (
            {"question": "?", "references": ["a"], "answerable": False},
            "samples.jsonl:1:1: `answerable: false` goes with no references",
        ),
        ({"question": "?", "reference": {}}, "samples.jsonl:1:1: unknown key 'reference'"),
    ],
    ids=["no references", "both", "an object"],
)
def test_a_wrong_question_is_named(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    assert refused(tmp_path, ASK, row).startswith(said)


def test_whether_there_is_an_answer_is_part_of_the_content(tmp_path: Path) -> None:
    no_answer = task(tmp_path, ASK, {"question": "?", "answerable": False})
    unknown = task(tmp_path, ASK, {"question": "?", "references": []})
    assert no_answer.content_sha256 != unknown.content_sha256


def test_an_extraction_asks_one_request_a_document(tmp_path: Path) -> None:
    types = EXTRACT + "\nfield_types: {total: amount, items.price: amount}"
    found = task(tmp_path, types, {"reference": INVOICE}, {"reference": None})
    assert [json.loads(text) for text in found.samples[0].references] == [INVOICE]
    assert found.samples[1].references == ()
    assert (found.asks, list(found.field_types)) == ("extraction", ["total", "items.price"])


@pytest.mark.parametrize(
    ("member", "row", "said"),
    [
        (EXTRACT, {"references": ["x"]}, "samples.jsonl:1:1: unknown key 'references'"),
        (EXTRACT, {}, "samples.jsonl:1:1: 'reference' is missing"),
        (
            EXTRACT,
            {"reference": [1]},
            "samples.jsonl:1:1: 'reference': input should be a valid dic",
        ),
        (
            EXTRACT,
            {"reference": {"a": float("nan")}},
            "samples.jsonl:1:1: reference: nan is no JSON",
        ),
        (
            EXTRACT,
            {"reference": json.loads('{"a":' * 25 + "1" + "}" * 25)},
            "samples.jsonl:1:1: reference: it is nested deeper than 20",
        ),
        (
            EXTRACT + "\nfield_types: {items.prise: amount}",
            {"reference": INVOICE},
            "task.yaml:10:19: no sample has the field 'items.prise'",
        ),
        (
            EXTRACT.replace("extraction", "question"),
            {"references": ["x"], "reference": {}},
            "samples.jsonl:1:1: unknown key 'reference'",
        ),
    ],
    ids=["texts", "nothing", "list", "nan", "deep", "field type", "question"],
)
def test_a_wrong_extraction_is_named(
    tmp_path: Path, member: str, row: dict[str, Any], said: str
) -> None:
    assert refused(tmp_path, member, row).startswith(said)


def test_only_an_extraction_has_metrics_of_its_fields(tmp_path: Path) -> None:
    said = refused(
        tmp_path, ASK.replace("anls}", "anls, of: fields}"), {"question": "?", "references": ["a"]}
    )
    assert "only `kind: extraction` takes a metric `of: fields`" in said


def test_the_options_are_asked_in_shuffled_orders(tmp_path: Path) -> None:
    found = task(tmp_path, CHOOSE + "\norders: 4", {"references": ["form"]}, {"references": []})
    ids = [one.id for one in found.samples]
    assert ids == [f"s{n}~{order}" for n in (0, 1) for order in (1, 2, 3, 4)]
    assert {one.variant_of for one in found.samples} == {"s0", "s1"}
    assert {one.doc_id for one in found.samples} == {"s0", "s1"}
    assert {tuple(sorted(one.choices)) for one in found.samples} == {("bill", "form", "letter")}
    assert len({tuple(one.choices) for one in found.samples}) > 1
    first = found.samples[0]
    assert first.prompt == "One of:\n" + "\n".join(f"- {name}" for name in first.choices)
    assert first.references == ("form",)


def test_the_orders_are_those_of_the_seed_and_the_sample(tmp_path: Path) -> None:
    rows = [{"references": ["form"]} for _ in range(6)]
    several = CHOOSE + "\norders: 3"
    once, again = (task(tmp_path, several, *rows).samples for _ in range(2))
    assert once == again
    fewer = task(tmp_path, several, *rows[:2]).samples
    assert fewer == once[: len(fewer)]
    other = task(tmp_path, several + "\nseed: 7", *rows).samples
    assert [tuple(one.choices) for one in other] != [tuple(one.choices) for one in once]


def test_letters_name_the_options_where_they_stand(tmp_path: Path) -> None:
    shown = CHOOSE.replace(
        "[bill, letter, form]", "{bill: Rechnung, letter: Brief, form: Formular}"
    )
    (sample,) = task(tmp_path, shown + "\nlabels: letters", {"references": ["bill"]}).samples
    letter, text = sample.choices["bill"]
    assert text == "Rechnung"
    assert f"{letter}. Rechnung" in sample.prompt.splitlines()
    assert sample.references == ("bill", letter, "Rechnung")
    assert [letters[0] for letters in sample.choices.values()] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("old", "new", "row", "said"),
    [
        (
            "form",
            "form",
            {"references": ["leter"]},
            "samples.jsonl:1:1: 'leter' is none of the tas",
        ),
        (
            "{options}",
            "them",
            {"references": ["bill"]},
            "samples.jsonl:1:1: the prompt 'm' of this ",
        ),
        (
            "[bill, letter, form]",
            "[bill]",
            {},
            "task.yaml:6:3: members.m: a classification needs two",
        ),
        (
            "letter, form",
            "bill",
            {},
            "task.yaml:9:5: members.m.classes: a class stands in it twice",
        ),
        (
            "[bill, letter, form]",
            "{bill: Form, form: form}",
            {},
            "task.yaml:6:3: members.m: two `classes` are shown by one text",
        ),
        (
            "classification",
            "question",
            {},
            "task.yaml:6:3: members.m: only `kind: classification` ",
        ),
    ],
    ids=["unknown class", "no options", "one class", "twice", "same text", "another kind"],
)
def test_a_wrong_classification_is_named(
    tmp_path: Path, old: str, new: str, row: dict[str, Any], said: str
) -> None:
    assert refused(tmp_path, CHOOSE.replace(old, new), row).startswith(said)


def test_transcripts_are_those_of_the_documents_asked(tmp_path: Path) -> None:
    lines = [{"doc_id": "d", "text": "Total 4"}, {"doc_id": "other", "text": ""}]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    row = {"question": "?", "references": ["4"], "doc_id": "d"}
    assert task(tmp_path, ASK, row, above="transcripts: t.jsonl\n").transcripts == {"d": "Total 4"}
    (tmp_path / "t.jsonl").write_text(json.dumps(lines[0]) + "\n" + json.dumps(lines[0]) + "\n")
    said = refused(tmp_path, ASK, row, above="transcripts: t.jsonl\n")
    assert said == "t.jsonl:2:1: duplicate doc_id 'd'"


def test_a_reading_and_a_normalisation_are_known_by_name(tmp_path: Path) -> None:
    row = {"question": "?", "references": ["a"]}
    found = task(tmp_path, ASK + "\nextract: value/1", row)
    assert found.reading == "value/1"
    assert "unknown 'value/9'; known are " in refused(tmp_path, ASK + "\nextract: value/9", row)
    steps = ASK.replace("anls}", "cer, normalize: txt/1}")
    assert "unknown 'txt/1'; known are " in refused(tmp_path, steps, row)
    fixed = ASK.replace("anls}", "anls, normalize: text/1}")
    assert "anls takes no case, whitespace, unicode or normalize" in refused(tmp_path, fixed, row)


def test_tasks_of_others_are_known_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "theirs" / "letters"
    place.mkdir(parents=True)
    task(place, ASK, {"question": "?", "references": ["a"]})
    with pytest.raises(UsageError, match="unknown task 'letters'"):
        document_tasks("letters")
    monkeypatch.setenv("BENCH_TASKS", str(tmp_path / "theirs"))
    assert shipped()["letters"] == place
    assert document_tasks("letters:m")[0].name == "tiny:m"
    assert document_tasks("receipts:ocr")[0].name == "receipts:ocr"


ROWS: list[tuple[TaskKind, dict[str, Any]]] = [
    ("transcription", {"references": ["x"]}),
    ("transcription", {}),
    ("question", {"references": []}),
    ("question", {"answerable": False}),
    ("question", {"answerable": True}),
    ("question", {"answerable": False, "references": ["x"]}),
    ("question", {"references": None}),
    ("extraction", {"reference": {"a": [1, None, {"b": True}]}}),
    ("extraction", {"reference": None}),
    ("extraction", {"reference": "text"}),
    ("extraction", {}),
    ("classification", {"references": ["x"]}),
    ("parsing", {"references": ["x"], "colour": "red"}),
    ("parsing", {"references": "x"}),
]


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=json.dumps)
def test_the_json_schema_says_what_is_read(kind: TaskKind, row: dict[str, Any]) -> None:
    full = {"id": "a", "images": ["a.png"], **row}
    schema = row_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    try:
        ROWS_READ[kind](**full)
    except ValidationError:
        assert not jsonschema.Draft202012Validator(schema).is_valid(full)
    else:
        jsonschema.validate(full, schema)


def test_the_command_offers_every_kind() -> None:
    assert set(KINDS) == set(get_args(TaskKind)) == set(ROWS_READ)


def test_references_that_their_field_s_type_cannot_read_are_named(tmp_path: Path) -> None:
    typed = EXTRACT + "\nfield_types: {total: amount, items.price: amount}"
    odd = {"total": "12.50", "items": [{"price": "three"}, {"price": 3.5}, {"price": None}]}
    found = list(unreadable(task(tmp_path, typed, {"reference": odd}, {"reference": INVOICE})))
    assert found == [("s0", "items.price", "three")]
    asked = ASK + "\nfield_types: {day: {type: date, date_order: dmy}}"
    rows = [{"question": "?", "field": "day", "references": [day]} for day in ("1.2.2020", "soon")]
    assert list(unreadable(task(tmp_path, asked, *rows))) == [("s1", "day", "soon")]


def test_a_transcription_says_what_stands_on_the_documents_of_its_task(tmp_path: Path) -> None:
    """Where the task has no transcripts of its own; the transcription itself needs none."""
    page = {"id": "p1", "images": ["images/a.png"], "doc_id": "d", "references": ["Total 4"]}
    lines = [page, page | {"id": "p2", "references": ["Thanks"]}, page | {"id": "e", "doc_id": "e"}]
    (tmp_path / "pages.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(PIXEL)
    row = {
        "id": "s",
        "images": ["images/a.png"],
        "question": "?",
        "references": ["4"],
        "doc_id": "d",
    }
    (tmp_path / "samples.jsonl").write_text(json.dumps(row) + "\n")
    head = 'name: tiny\nversion: "1"\nsummary: tiny\nlicence: CC0-1.0\nmembers:\n  m:\n    '
    (tmp_path / "task.yaml").write_text(
        head
        + ASK.replace("\n", "\n    ")
        + (
            "\n  ocr:\n    kind: transcription\n    samples: pages.jsonl\n    prompt: Read.\n"
            "    metrics: [{metric: cer}]\n"
        )
    )
    asked, ocr = document_tasks(str(tmp_path))
    assert asked.transcripts == {"d": "Total 4\nThanks"}
    assert ocr.transcripts == {}
