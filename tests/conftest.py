"""Fixtures for every test. No test may touch the home of the person who runs it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.cli.said import Cli
from tests.outside import Outside
from tests.valid_reports import Reports

# A test's first example may wait for a busy machine; the whole test has a time-out.
settings.register_profile("bench", deadline=None)
settings.load_profile("bench")

# A shell's background jobs ignore ^C, and so would every process that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared" / "data"

# A valid PNG of one grey pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a4944415478da6368000000820081c40c4c980000000049454e44ae426082"
)


@pytest.fixture(scope="session")
def bench_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One BENCH_HOME for the whole session: echo's environment is built once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _own_home(
    request: pytest.FixtureRequest, bench_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if request.node.get_closest_marker("harness") is None:
        monkeypatch.setenv("BENCH_HOME", str(bench_home))
    for name in ("BENCH_ADAPTERS", "VLMEVAL_ROOT", "LMUData"):
        monkeypatch.delenv(name, raising=False)


OUTSIDE = Outside()
OUTSIDE.watch()


@pytest.fixture(autouse=True)
def outside() -> Iterator[Outside]:
    """A test that tries to reach another machine fails, even where the error is hidden."""
    OUTSIDE.taken()
    yield OUTSIDE
    tried = OUTSIDE.taken()
    assert not tried, f"reached outside this machine: {', '.join(tried)}"


REPORTS = Reports()
REPORTS.watch()


@pytest.fixture(autouse=True)
def valid_reports(request: pytest.FixtureRequest) -> Iterator[Reports]:
    """A test fails where a report.json that it wrote is not what its JSON Schema says."""
    own = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    REPORTS.taken()
    yield REPORTS
    if REPORTS.processes and own is not None:
        REPORTS.search(own)
    wrong = REPORTS.taken()
    assert not wrong, f"against configs/report.schema.json: {'; '.join(wrong[:3])}"


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """`bench` in this process; folders of tests that need made adapters have their own."""
    return Cli(monkeypatch, capsys)


@pytest.fixture
def make_task(tmp_path: Path) -> Callable[..., Path]:
    """A task folder of one member `m`: rows may override any key of a sample."""

    def make(rows: list[dict[str, Any]], **member: Any) -> Path:
        folder = tmp_path / f"task-{len(os.listdir(tmp_path))}"  # noqa: PTH208
        (folder / "images").mkdir(parents=True)
        (folder / "images" / "a.png").write_bytes(PIXEL)
        described = {
            "name": "tiny",
            "version": "1",
            "summary": "a tiny task",
            "licence": "Apache-2.0",
            "members": {"m": {"prompt": "Read it.", "metrics": [{"metric": "cer"}], **member}},
        }
        (folder / "task.yaml").write_text(json.dumps(described))
        defaults = {"images": ["images/a.png"], "references": ["hello"]}
        lines = [
            json.dumps({"id": f"s{number}"} | defaults | row) for number, row in enumerate(rows)
        ]
        (folder / "samples.jsonl").write_text("\n".join(lines) + "\n")
        return folder

    return make


@pytest.fixture
def shared_data() -> Path:
    """Real documents that are not part of the project; a test skips where they are absent."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared data is not at {SHARED}")
    return SHARED
