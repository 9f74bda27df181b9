"""Task folders: every row, image and metric is checked before a model is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.errors import SourceError, UsageError
from bench.metrics import Policy
from bench.task import MetricUse, document_tasks, shipped
from tests.conftest import PIXEL

MakeTask = Callable[..., Path]
YAML = """\
name: tiny
version: "1"
summary: a tiny task
licence: Apache-2.0
members:
  ocr:
    prompt: Read it.
    metrics: [{metric: cer}]
"""


def written(folder: Path, rows: bytes | None = None, text: str = YAML) -> Path:
    (folder / "images").mkdir()
    (folder / "images" / "a.png").write_bytes(PIXEL)
    (folder / "task.yaml").write_text(text)
    row = b'{"id": "s0", "images": ["images/a.png"], "references": ["x"]}\n'
    (folder / "samples.jsonl").write_bytes(row if rows is None else rows)
    return folder


def refused(folder: Path, task: str = "") -> SourceError:
    with pytest.raises(SourceError) as caught:
        document_tasks(task or str(folder))
    assert "\n" not in caught.value.message
    return caught.value


def row(**changed: Any) -> bytes:
    least = {"id": "s0", "images": ["images/a.png"], "references": ["x"]}
    kept = {key: value for key, value in (least | changed).items() if value is not ...}
    return json.dumps(kept).encode() + b"\n"


@pytest.mark.parametrize(
    ("rows", "said", "hint"),
    [
        (row(images=["images/b.png"]), "1:1: image images/b.png is missing", "looked for it in"),
        (row() + b"\n" + row(), "3:1: duplicate id 's0'", "line 1 has it as well"),
        (row() + b'{"id": "s1" "x"}\n', "2:13: Expecting ',' delimiter", None),
        (row() + b'{"id": "\xff"}\n', "2:9: is not UTF-8", None),
        (row(refrences=["x"]), "1:1: unknown key 'refrences'", "did you mean 'references'?"),
        (row(references=...), "1:1: 'references' is missing", None),
        (row(references="x"), "1:1: 'references': input should be a valid tuple", None),
        (row(references=[7]), "1:1: 'references.0': input should be a valid string, not 7", None),
        (row(id=7), "1:1: 'id': input should be a valid string, not 7", None),
        (row(id=""), "1:1: 'id': string should have at least 1 character", None),
        (row(images=[]), "1:1: 'images': tuple should have at least 1 item", None),
        (b"[1]\n", "1:1: must be a JSON object", None),
        (b"", " the task is empty: it has no samples", None),
        (b"\n\n", " the task is empty: it has no samples", None),
    ],
)
def test_a_wrong_row_is_one_line_at_its_place(
    tmp_path: Path, rows: bytes, said: str, hint: str | None
) -> None:
    error = refused(written(tmp_path, rows))
    assert error.message.startswith(f"{tmp_path / 'samples.jsonl'}:{said}")
    assert error.hint is None if hint is None else str(error.hint).startswith(hint)


@pytest.mark.parametrize(
    ("old", "new", "said", "hint"),
    [
        ("metric: cer", "metric: crr", "8:16: unknown metric 'crr'", "did you mean 'cer'?"),
        ("prompt:", "promt:", "7:5: unknown key 'members.ocr.promt'", "did you mean 'prompt'?"),
        ("members:", "membrs:", "5:1: unknown key 'membrs'", "did you mean 'members'?"),
        ("{metric: cer}", "{metric: cer, cas: fold}", "8:29: unknown key", "did you mean 'case'?"),
        (
            "{metric: cer}",
            "{metric: cer, case: lower}",
            "8:29: 'members.ocr.metrics.0.case': input should be 'keep' or 'fold'",
            None,
        ),
        (
            "{metric: cer}",
            "{metric: anls, case: fold}",
            "8:15: anls takes no case",
            "its rule is fixed by its source",
        ),
        (
            "{metric: cer}",
            "{metric: cer}, {metric: cer, case: fold}",
            "8:30: two metrics are named 'cer'",
            "give each use a `name`",
        ),
        ("[{metric: cer}]", "[]", "8:5: 'members.ocr.metrics': tuple should have at least 1", None),
        (
            "[{metric: cer}]",
            "[{metric: cer}]\n    levels: [page]",
            "9:14: 'members.ocr.levels.0': input should be 'global'",
            None,
        ),
        ("licence: Apache-2.0\n", "", "1:1: 'licence' is missing", None),
        ('"1"', "1.0", "2:1: 'version': input should be a valid string, not 1.0", None),
        ("Read it.", "prompts/ocr.txt", "7:5: the prompt file prompts/ocr.txt is missing", None),
    ],
)
def test_a_wrong_task_file_is_one_line_at_its_place(
    tmp_path: Path, old: str, new: str, said: str, hint: str | None
) -> None:
    error = refused(written(tmp_path, text=YAML.replace(old, new)))
    assert error.message.startswith(f"{tmp_path / 'task.yaml'}:{said}")
    assert error.hint is None if hint is None else str(error.hint).startswith(hint)


def test_a_missing_samples_file_and_a_prompt_that_is_no_utf8_are_named(tmp_path: Path) -> None:
    written(tmp_path, text=YAML.replace("Read it.", "ask.txt"))
    (tmp_path / "ask.txt").write_bytes(b"Read it.\n\xff\n")
    assert refused(tmp_path).message == f"{tmp_path / 'ask.txt'}:2:1: is not UTF-8"
    (tmp_path / "ask.txt").write_text("Read it.\n")
    (tmp_path / "samples.jsonl").unlink()
    assert "samples.jsonl: cannot be read: No such file" in refused(tmp_path).message


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("receits", "unknown task 'receits'", "did you mean 'receipts'?"),
        ("receipts:orc", "task 'receipts' has no member 'orc'", "did you mean 'ocr'?"),
    ],
)
def test_an_unknown_name_comes_with_the_nearest(name: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        document_tasks(name)
    assert (caught.value.message, caught.value.hint) == (said, hint)


def test_a_folder_without_a_task_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no task\.yaml"):
        document_tasks(str(tmp_path))


def test_a_sample_is_what_its_row_says(make_task: MakeTask) -> None:
    full = {
        "question": "What is {this}?",
        "doc_id": "d1",
        "doc_type": "receipt",
        "field": "total",
        "language": "de",
        "tags": ["blur", "fold"],
        "references": ["4,20", "4.20"],
    }
    folder = make_task([{}, full], prompt="Q: {question} A:")
    with pytest.raises(SourceError, match=r"asks for \{question\}") as caught:
        document_tasks(str(folder))
    assert caught.value.line == 1
    (task,) = document_tasks(str(make_task([{"question": "?"}, full], prompt="Q: {question} A:")))
    first, second = task.samples
    assert (first.doc_id, first.doc_type, first.tags) == ("s0", None, ())
    assert second.prompt == "Q: What is {this}? A:"
    assert second.images[0].read_bytes() == PIXEL
    assert (second.doc_id, second.doc_type, second.field) == ("d1", "receipt", "total")
    assert (second.language, second.tags) == ("de", ("blur", "fold"))
    assert second.references == ("4,20", "4.20")


def test_members_limits_and_prompt_files(tmp_path: Path) -> None:
    rows = row() + row(id="s1") + row(id="s2")
    text = YAML + "  ask:\n    prompt: ask.txt\n    summary: ask\n    metrics: [{metric: anls}]\n"
    written(tmp_path, rows, text)
    (tmp_path / "ask.txt").write_text("\nWhat is it?\n\n")
    both = document_tasks(str(tmp_path), limit=2)
    assert [task.name for task in both] == ["tiny:ocr", "tiny:ask"]
    assert [sample.id for sample in both[0].samples] == ["s0", "s1"]
    (ask,) = document_tasks(f"{tmp_path}:ask")
    assert {sample.prompt for sample in ask.samples} == {"What is it?"}
    assert (ask.summary, both[0].summary, len(ask.samples)) == ("ask", "a tiny task", 3)


def digest(folder: Path, limit: int | None = None) -> str | None:
    (task,) = document_tasks(str(folder), limit=limit)
    return task.content_sha256


def test_the_content_digest_is_of_what_is_asked_and_right(make_task: MakeTask) -> None:
    rows = [{"references": ["x"]}, {"references": ["y"]}]
    first = digest(make_task(rows))
    assert digest(make_task(rows)) == first
    assert digest(make_task([rows[0], {"references": ["z"]}])) != first
    assert digest(make_task(rows, prompt="Read this.")) != first
    assert digest(make_task(rows), limit=1) != first
    renamed = make_task([row | {"images": ["images/b.png"]} for row in rows])
    (renamed / "images" / "a.png").rename(renamed / "images" / "b.png")
    assert digest(renamed) == first
    other = make_task(rows)
    (other / "images" / "a.png").write_bytes(PIXEL + b"\0")
    assert digest(other) != first


@pytest.mark.parametrize(
    ("use", "label", "policy"),
    [
        (MetricUse(metric="cer"), "cer", Policy()),
        (MetricUse(metric="cer", name="c", case="fold"), "c", Policy(case="fold")),
        (
            MetricUse(metric="cer", whitespace="collapse", unicode="nfkc"),
            "cer",
            Policy(whitespace="collapse", unicode="nfkc"),
        ),
    ],
)
def test_a_metric_s_use_has_a_label_and_a_policy(
    use: MetricUse, label: str, policy: Policy
) -> None:
    assert (use.label, use.policy) == (label, policy)


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_task_loads(name: str) -> None:
    tasks = document_tasks(name)
    assert tasks
    assert all(task.samples and task.content_sha256 for task in tasks)
