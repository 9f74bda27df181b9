"""A bundle made with network, installed and run in a namespace without: the same scores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.store import read_records, read_report
from tests.conftest import REPOSITORY
from tools.noloop import NO_NAMESPACE

pytestmark = pytest.mark.harness
NOLOOP = [sys.executable, str(REPOSITORY / "tools" / "noloop.py"), "--watch"]
CONFIG = {"backend": "echo", "model": "rapidocr", "task": "receipts:ocr", "limit": 2}


def bench(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "bench", *arguments], check=True, cwd=REPOSITORY)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """config.json and the bundle made of it."""
    folder = tmp_path_factory.mktemp("sealed")
    if subprocess.run([*NOLOOP, "true"], check=False).returncode == NO_NAMESPACE:
        pytest.skip("no namespace can be made here")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    bench("bundle", "build", str(folder / "config.json"), "--out", str(folder / "bundle"))
    return folder


@pytest.fixture(scope="module")
def installed(scene: Path) -> Path:
    """By sh and the Python that it finds; nothing of this machine's caches or settings."""
    base = Path(sys.base_prefix) / "bin"
    alone({"PATH": f"{base}:{os.defpath}"}, "sh", str(scene / "bundle" / "install.sh"), "into",
          folder=scene)  # fmt: skip
    return scene / "into"


def alone(variables: dict[str, str], *command: str, folder: Path) -> None:
    """To its good end, without a packet that would have left the machine."""
    home = folder / "empty"
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        [*NOLOOP, "--", *command],
        env={"HOME": str(home)} | variables,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "nothing tried to leave this machine" in done.stderr
    assert list(home.iterdir()) == []


def test_the_same_scores_without_a_network(scene: Path, installed: Path) -> None:
    connected, sealed = scene / "connected", scene / "sealed"
    bench("eval", str(scene / "config.json"), "--out", str(connected))
    command = ("into/bench", "eval", "--offline", "into/config/run.yaml", "--out", "sealed")
    alone({"PATH": os.defpath}, *command, folder=scene)
    assert told(sealed) == told(connected)
    assert [one.prediction for one in read_records(sealed)] == [
        one.prediction for one in read_records(connected)
    ]


def told(run: Path) -> list[Any]:
    """What a report says of its jobs, without time and use, and where it ran."""
    apart = {"performance", "usage", "environment", "engine_environment", "artifacts"}
    jobs = [job.model_dump(exclude=apart) for job in read_report(run).jobs]
    assert jobs[0]["counts"]["answered"] == CONFIG["limit"]
    return jobs


def test_the_environments_are_those_of_the_connected_machine(installed: Path, scene: Path) -> None:
    said = json.loads((scene / "bundle" / "bundle.json").read_bytes())
    keys = {one["key"] for one in said["environments"]}
    folders = (installed / "home" / "environments").glob("*/ready.json")
    assert {json.loads(path.read_bytes())["key"] for path in folders} == keys
    assert len(keys) == 2


def test_a_second_installation_changes_nothing(installed: Path, scene: Path) -> None:
    before = (installed / "installed.json").stat().st_mtime_ns
    bench("bundle", "install", str(scene / "bundle"), "--into", str(installed))
    assert (installed / "installed.json").stat().st_mtime_ns == before
