"""Runs are found, read once, and read again when they change; what cannot be read says why."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import UsageError
from bench.run_store import index, reading
from bench.run_store.choosing import Wanted, chosen, named
from bench.run_store.reading import TAGS
from bench.run_store.rows import RunEntry
from bench.session import RunLock
from bench.store import read_report
from tests.recorded import recorded_run, request
from tests.run_store.made import made_run, made_runs

Read = list[str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def root(tmp_path: Path, home: Path) -> Path:
    """Three runs; the newest lies in a folder of its own."""
    root = tmp_path / "root"
    made_run(root / "a", 0.5, model="one", day=1)
    made_run(root / "b", 0.6, model="two", task="other", day=2)
    made_run(root / "table" / "row-1", 0.7, model="one", day=3, status="crashed")
    return root


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Read:
    """The names of the folders that are read, not taken from the index."""
    seen: Read = []
    real: Callable[[Path], RunEntry] = reading.entry

    def entry(folder: Path) -> RunEntry:
        seen.append(folder.name)
        return real(folder)

    monkeypatch.setattr(reading, "entry", entry)
    return seen


def ids(runs: list[RunEntry]) -> list[str]:
    return [run.id for run in runs]


def test_what_is_known_is_what_the_report_says(root: Path) -> None:
    newest, _, oldest = index.runs((root,))
    job = read_report(root / "a").jobs[0]
    (known,) = oldest.jobs
    assert (oldest.id, oldest.status, oldest.folder) == ("a", "ok", str(root / "a"))
    assert (known.model, known.task, known.harness) == ("one", "tiny:m", job.harness.name)
    assert known.counts == (job.counts.expected, job.counts.answered, job.counts.failed)
    (result,) = job.results
    assert result.interval is not None
    (number,) = known.numbers
    assert number[:5] == ("exact_match", "global", "all", 0.5, result.interval.low)
    assert (newest.id, newest.status, newest.jobs[0].status) == ("row-1", "failed", "crashed")


def test_a_run_is_read_once(root: Path, reads: Read) -> None:
    first = index.runs((root,))
    assert sorted(reads) == ["a", "b", "row-1"]
    assert index.runs((root,)) == first
    assert len(reads) == 3


def test_what_changes_comes_or_goes_is_seen(root: Path, reads: Read) -> None:
    index.runs((root,))
    reads.clear()
    (root / "a" / TAGS).write_text('{"tags": ["good"]}')
    (root / "b").rename(root.parent / "b")
    made_run(root / "c", 0.1, day=9)
    found = index.runs((root,))
    assert ids(found) == ["c", "row-1", "a"]
    assert found[2].tags == ("good",)
    assert sorted(reads) == ["a", "c"]


@pytest.mark.parametrize("how", ["deleted", "cut", "of another bench", "no JSON object"])
def test_the_index_is_only_a_cache(root: Path, reads: Read, how: str) -> None:
    first = index.runs((root,))
    path = index.index_file(root)
    text = path.read_text()
    if how == "deleted":
        path.unlink()
    else:
        other = text.replace('"schema": 1', '"schema": 0')
        path.write_text({"cut": text[:-40], "of another bench": other}.get(how, "[]"))
    assert index.runs((root,)) == first
    assert len(reads) == 6
    assert json.loads(path.read_text()) == json.loads(text)


def test_a_home_that_cannot_be_written_costs_only_time(root: Path, home: Path) -> None:
    home.write_text("a file")
    assert len(index.runs((root,))) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"schema_version": 2, "jobs": []}', "has schema 2; this bench reads up to 1"),
        ('{"schema_version": 0, "jobs": []}', "has the older schema 0"),
        ("[]", "its files are no run's"),
        ('{"schema_ver', "its files are no run's"),
        ('{"schema_version": 1, "jobs": [{}]}', "its files are no run's: KeyError"),
    ],
)
def test_a_report_that_cannot_be_read_is_listed_with_the_reason(
    root: Path, content: str, said: str
) -> None:
    (root / "a" / "report.json").write_text(content)
    runs = index.runs((root,))
    (broken,) = (run for run in runs if run.folder == str(root / "a"))
    assert len(runs) == 3
    assert broken.status == "unreadable"
    assert said in str(broken.why)


def test_runs_without_a_report(root: Path) -> None:
    folder = recorded_run(root / "begun", [request(1)])
    status = {run.id: run.status for run in index.runs((root,))}
    assert status["tried"] == "unfinished"
    lock = RunLock(folder)
    assert {run.id: run.status for run in index.runs((root,))}["tried"] == "running"
    lock.release()
    assert {run.id: run.status for run in index.runs((root,))}["tried"] == "unfinished"


def test_a_root_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="is no folder"):
        index.runs((tmp_path / "none",))
    monkeypatch.chdir(tmp_path)
    assert index.runs() == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), ["row-1", "b", "a"]),
        (Wanted(model="one"), ["row-1", "a"]),
        (Wanted(model="t*"), ["b"]),
        (Wanted(task="tiny:*", status="ok"), ["a"]),
        (Wanted(model="one", task="other"), []),
        (Wanted(harness="none"), []),
        (Wanted(tags=("good",)), []),
    ],
    ids=["all", "model", "pattern", "task-and-status", "one-job-has-both", "harness", "tag"],
)
def test_which_are_wanted(root: Path, wanted: Wanted, found: list[str]) -> None:
    assert ids(chosen(index.runs((root,)), wanted)) == found


def test_a_run_is_named_by_folder_id_or_its_beginning(root: Path) -> None:
    made_run(root / "row-12", 0.5)
    runs = index.runs((root,))
    assert named("row-1", runs).folder.endswith("table/row-1")
    assert named("row-12", runs).id == "row-12"
    assert named(str(root / "b"), runs).id == "b"
    with pytest.raises(UsageError, match="'row' is 2 runs"):
        named("row", runs)
    with pytest.raises(UsageError, match="no run 'x'"):
        named("x", runs)


@pytest.mark.slow
def test_a_thousand_runs_are_listed_in_a_second(tmp_path: Path, home: Path) -> None:
    made_runs(tmp_path / "many", 1000)
    index.runs((tmp_path / "many",))
    before = resource.getrusage(resource.RUSAGE_SELF)
    assert len(index.runs((tmp_path / "many",))) == 1000
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0
