from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.errors import RunError
from bench.protocol import (
    EventReader,
    Item,
    JobSpec,
    TaskSpec,
    read_asked,
    read_items,
    read_job,
    read_predictions,
    read_result,
    write_job,
)

SPEC = JobSpec(
    job="j",
    harness="h",
    task=TaskSpec(name="t:m", kind="document"),
    model=None,
    limit=None,
    concurrency=2,
)
ITEM = Item(id="s0", images=("/a.png",), prompt="Read\u2028it.\r", references=("\ud800", ""))


def result(folder: Path, **keys: Any) -> None:
    (folder / "result.json").write_text(json.dumps({"protocol": 1, "status": "ok"} | keys))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_job(tmp_path / "job", SPEC, [ITEM])
    assert read_job(tmp_path / "job") == SPEC
    assert read_items(tmp_path / "job")[0].prompt == ITEM.prompt
    assert list(read_items(tmp_path / "job")[0].references) == list(ITEM.references)


def test_a_folder_that_is_there_is_never_taken(tmp_path: Path) -> None:
    write_job(tmp_path / "job", SPEC, [ITEM])
    with pytest.raises(FileExistsError):
        write_job(tmp_path / "job", SPEC, [ITEM])


def test_no_result_is_none(tmp_path: Path) -> None:
    assert read_result(tmp_path) is None


def test_keys_of_a_newer_adapter_are_ignored(tmp_path: Path) -> None:
    result(tmp_path, colour="blue", versions={"harness": "2"})
    found = read_result(tmp_path)
    assert found is not None
    assert found.versions == {"harness": "2"}


def test_a_newer_protocol_asks_for_an_update_of_bench(tmp_path: Path) -> None:
    result(tmp_path, protocol=2)
    with pytest.raises(RunError, match=r"speaks protocol 2; this bench knows 1") as caught:
        read_result(tmp_path)
    assert caught.value.hint == "update vlmhyperbench to use this adapter"


def test_an_older_protocol_asks_for_an_update_of_the_adapter(tmp_path: Path) -> None:
    result(tmp_path, protocol=0)
    with pytest.raises(RunError, match=r"older protocol 0; this bench needs 1") as caught:
        read_result(tmp_path)
    assert "update the adapter" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"protocol": 1}', "status"),
        ('{"protocol": 1, "status": "fine"}', "status"),
        ("{", "is no JSON"),
        ('{"status": "ok"}', "protocol"),
        ("[]", "dictionary"),
    ],
)
def test_a_broken_result_says_where(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(RunError, match=what):
        read_result(tmp_path)


def test_a_reason_may_hold_what_utf_8_cannot(tmp_path: Path) -> None:
    error = {"type": "RuntimeError", "message": "odd \ud800", "traceback": "\udfff"}
    result(tmp_path, status="failed", error=error)
    found = read_result(tmp_path)
    assert found is not None
    assert found.error is not None
    assert found.error.message == "odd \ud800"


def test_a_cut_last_prediction_is_dropped(tmp_path: Path) -> None:
    whole = b'{"id": "a", "status": "answered", "prediction": "\\ud800\\u0000"}\n'
    (tmp_path / "predictions.jsonl").write_bytes(whole + b'{"id": "b", "status": "ans')
    (only,) = read_predictions(tmp_path)
    assert (only.id, only.prediction) == ("a", "\ud800\0")


@pytest.mark.parametrize(
    "line", [b'{"id": 5}', b"[]", b"{", b'{"id": "\xff"}', b'{"id": "a", "status": "maybe"}']
)
def test_a_broken_prediction_is_no_bug_of_ours(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "predictions.jsonl").write_bytes(line + b"\n")
    with pytest.raises(RunError, match=r"predictions\.jsonl: not what the protocol says"):
        read_predictions(tmp_path)


def test_nothing_asked_is_an_empty_list(tmp_path: Path) -> None:
    assert read_asked(tmp_path) == ()


def test_events_come_once_each_and_only_whole(tmp_path: Path) -> None:
    reader, path = EventReader(tmp_path), tmp_path / "events.jsonl"
    assert list(reader.new()) == []
    with path.open("ab") as file:
        file.write(b'{"event": "progress", "done": 1, "total": 3}\n{"event": "pro')
        file.flush()
        assert [(one.done, one.total) for one in reader.new()] == [(1, 3)]
        assert list(reader.new()) == []
        file.write(b'gress", "done": 2, "total": 3}\n')
        file.flush()
        assert [one.done for one in reader.new()] == [2]


def test_events_that_are_none_are_skipped(tmp_path: Path) -> None:
    lines = [b"no json", b'{"event": "progress", "done": "many"}', b"\xff", b"[]"]
    good = b'{"event": "warning", "text": "odd: \\ud800"}'
    (tmp_path / "events.jsonl").write_bytes(b"\n".join([*lines, good, b""]))
    assert [one.text for one in EventReader(tmp_path).new()] == ["odd: \ud800"]
