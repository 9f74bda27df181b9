from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from bench import store
from bench.errors import RunError, UsageError


def test_a_run_gets_a_folder_with_time_and_name(tmp_path: Path) -> None:
    first = store.create_run(None, "a/b:c d", root=tmp_path / "runs")
    assert re.fullmatch(r"\d{8}-\d{6}-a-b-c-d", first.name)
    assert first.is_dir()


def test_two_runs_of_one_second_get_two_folders(tmp_path: Path) -> None:
    made = {store.create_run(None, "x", root=tmp_path) for _ in range(3)}
    assert len(made) == 3


def test_out_may_be_there_if_it_is_empty(tmp_path: Path) -> None:
    assert store.create_run(tmp_path, "x") == tmp_path
    assert store.create_run(tmp_path / "new" / "deep", "x").is_dir()


def test_out_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old").touch()
    with pytest.raises(UsageError, match="is there already and is not empty"):
        store.create_run(tmp_path, "x")
    with pytest.raises(UsageError, match="is there already and is not empty"):
        store.create_run(tmp_path / "old", "x")


def test_out_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be made: Not a directory"):
        store.create_run(tmp_path / "file" / "below", "x")


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no run"):
        store.open_run(tmp_path)
    with pytest.raises(UsageError, match=r"has no report\.json"):
        store.read_report(tmp_path)


@pytest.mark.parametrize(
    ("version", "said"), [(2, "has schema 2; this bench reads up to 1"), (0, "older schema 0")]
)
def test_reports_of_other_versions(tmp_path: Path, version: int, said: str) -> None:
    used = {
        "id": "r",
        "started_at": "",
        "finished_at": "",
        "command": [],
        "seed": 0,
        "config_sha256": "",
        "bench_version": "9",
    }
    report = {"schema_version": version, "run": used, "jobs": []}
    (tmp_path / "report.json").write_text(json.dumps(report))
    with pytest.raises(RunError, match=said):
        store.read_report(tmp_path)


def test_a_broken_file_says_where(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text('{"schema_version": 1, "run": {}}')
    with pytest.raises(RunError, match=r"report\.json: run\.id: Field required"):
        store.read_report(tmp_path)


def test_records_that_are_gone_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no records\.jsonl"):
        store.read_records(tmp_path)


def test_text_is_written_whole_and_as_it_is(tmp_path: Path) -> None:
    store.write_text(tmp_path / "t", "a\r\nb\n\ud800")
    assert (tmp_path / "t").read_bytes() == b"a\r\nb\n\\ud800"
    assert [path.name for path in tmp_path.iterdir()] == ["t"]


def test_an_artifact_has_its_sha256(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "f").write_bytes(b"\0x")
    found = store.artifact(tmp_path, tmp_path / "jobs" / "f")
    assert (found.path, found.sha256) == ("jobs/f", hashlib.sha256(b"\0x").hexdigest())
