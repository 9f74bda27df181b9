"""The conformance check passes the adapter of the docs page, and finds each way to break it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.adapter import find_adapter
from bench.conformance.check import verdicts
from bench.conformance.checks import CHECKS, Broken
from bench.conformance.trial import Trial
from bench.errors import BenchError, UsageError
from tests.conftest import REPOSITORY

PAGE = REPOSITORY / "docs" / "write-an-adapter.md"
# Check -> what the adapter does instead.
BREAKS = {
    "describe": ('{"harness": "1.0"}', "{}"),
    "completes": ("items = job.items()", "items = job.items()[:-1]"),
    "asks_once": (
        "text, error = ask(",
        'ask(job.spec["model"], item["id"], parts)\n        text, error = ask(',
    ),
    "prompts": ('item["prompt"]', 'item["prompt"].rstrip()'),
    "images": ('item["images"]', 'item["images"][::-1]'),
    "parameters": ('ask(job.spec["model"]', 'ask(dict(job.spec["model"], system_prompt=None)'),
    "answers": ('job.answered(item["id"], text)', 'job.answered(item["id"], text.strip())'),
    "progress": ("job.progress(done, len(items))", "pass"),
    "failures": ('job.failed(item["id"], error)', "raise RuntimeError(error)"),
    "retries": (
        "if error is None",
        "error and ask(job.spec['model'], item['id'], parts)\n        if error is None",
    ),
    "limit": (
        "def one(item)",
        "items = items[1:] if len(items) == 3 else items\n\n    def one(item)",
    ),
    "resume": (
        'ask(job.spec["model"]',
        'ask(dict(job.spec["model"], parameters={"user": str(__import__("os").getpid())})',
    ),
    "own_folder": (
        "items = job.items()",
        'items = job.items()\n    open(__file__ + "x", "w").close()',
    ),
}


def page_files(folder: Path) -> Path:
    """The adapter as the page has it."""
    files = re.findall(r"(?ms)^cat > adapters/(mine/\S+) <<EOF\n(.*?)^EOF$", PAGE.read_text())
    assert [name for name, _ in files] == ["mine/adapter.toml", "mine/run.py"]
    (folder / "mine").mkdir(parents=True)
    for name, text in files:
        (folder / name).write_text(text)
    (folder / "mine" / "requirements.in").touch()
    (folder / "mine" / "requirements.lock").touch()
    return folder / "mine"


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BENCH_ADAPTERS", str(tmp_path / "adapters"))
    return page_files(tmp_path / "adapters")


def trial(tmp_path: Path) -> Trial:
    return Trial(find_adapter("harness", "mine"), tmp_path / "trial", {}, print)


@pytest.mark.thorough
def test_the_adapter_of_the_page_keeps_the_protocol(mine: Path) -> None:
    found = list(verdicts(find_adapter("harness", "mine"), {}, print))
    assert {one.name: one.broken for one in found} == dict.fromkeys(CHECKS)


@pytest.mark.thorough
@pytest.mark.parametrize("name", BREAKS)
def test_each_break_is_found(mine: Path, tmp_path: Path, name: str) -> None:
    before, after = BREAKS[name]
    script = mine / "run.py"
    text = script.read_text()
    assert text.count(before) == 1
    script.write_text(text.replace(before, after))
    with pytest.raises(Broken):
        CHECKS[name](trial(tmp_path))


def test_an_environment_that_does_not_build_is_found(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # no test asks an index
    (mine / "requirements.lock").write_text("no-such-package==1 --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(BenchError):
        CHECKS["environment"](trial(tmp_path))


def test_every_check_has_a_way_to_fail() -> None:
    assert set(BREAKS) | {"environment"} == set(CHECKS)


def test_an_adapter_without_document_tasks_is_refused(mine: Path) -> None:
    path = mine / "adapter.toml"
    path.write_text(path.read_text().replace('tasks = "document"', 'tasks = "benchmark"'))
    with pytest.raises(UsageError, match="mine takes no document tasks"):
        list(verdicts(find_adapter("harness", "mine"), {}, print))


@pytest.mark.thorough
def test_the_command_says_what_is_broken_and_exits_1(mine: Path) -> None:
    script = mine / "run.py"
    script.write_text(script.read_text().replace('item["prompt"]', 'item["prompt"].rstrip()'))
    argv = [sys.executable, "-m", "bench", "backend", "check", "mine"]
    done = subprocess.run([*argv, "--json"], capture_output=True, text=True, check=False)
    rows = {row["name"]: row["broken"] for row in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1, done.stderr
    assert {name for name, broken in rows.items() if broken} == {"prompts"}
    assert "'1: Two\\nlines, a\\ttab and a trailing space '" in rows["prompts"]
