"""A real bundle with its images, installed and run in containers where there is no network.

It takes minutes: `pytest -m "harness and slow" tests/isolation/test_sealed_containers.py`.
"""

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
from tests.isolation.engines import forget
from tools.noloop import NO_NAMESPACE

pytestmark = [pytest.mark.harness, pytest.mark.slow, pytest.mark.timeout(3600)]
NOLOOP = [sys.executable, str(REPOSITORY / "tools" / "noloop.py"), "--watch", "--"]
CONFIG = {"backend": "echo", "model": "rapidocr", "task": "receipts:ocr", "limit": 2}
ENGINES = ("DOCKER_HOST", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF")


def bench(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "bench", *arguments], check=True, cwd=REPOSITORY)


def alone(folder: Path, *command: str, path: str = "", **more: str) -> str:
    """To its good end, without a packet that would have left the machine; what it printed."""
    done = subprocess.run(
        [*NOLOOP, *command],
        env={name: os.environ[name] for name in ENGINES}
        | {"HOME": str(folder), "PATH": f"{path}{os.environ['PATH']}"}
        | more,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "nothing tried to leave this machine" in done.stderr
    return done.stdout


def told(run: Path) -> Any:
    """Predictions, and a report's jobs without time and use, and without where it ran."""
    apart = {"performance", "usage", "environment", "engine_environment", "artifacts"}
    (job,) = (job.model_dump(exclude=apart) for job in read_report(run).jobs)
    assert job["counts"]["answered"] == CONFIG["limit"]
    return job, [one.prediction for one in read_records(run)]


def images_of(run: Path) -> dict[str, str | None]:
    (job,) = read_report(run).jobs
    assert job.engine_environment
    return {"echo": job.environment.image, "rapidocr": job.engine_environment.image}


def test_a_bundle_s_images_run_where_there_is_no_network(
    both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if subprocess.run([*NOLOOP, "true"], check=False).returncode == NO_NAMESPACE:
        pytest.skip("no namespace can be made here")
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    named = (str(tmp_path / "config.json"), "--isolation", "docker")
    bench("bundle", "build", *named, "--out", str(tmp_path / "bundle"))
    bench("eval", *named, "--out", str(tmp_path / "connected"))
    said = json.loads((tmp_path / "bundle" / "bundle.json").read_bytes())
    packed = {one["name"]: one["digest"] for one in said["images"]}
    assert images_of(tmp_path / "connected") == packed

    forget("docker")
    forget("podman")
    base = f"{Path(sys.base_prefix) / 'bin'}:"
    alone(tmp_path, "sh", "bundle/install.sh", "into", path=base)
    config = ("--offline", "into/config/run.yaml", "--out")
    alone(tmp_path, "into/bench", "eval", *config, "sealed")
    assert told(tmp_path / "sealed") == told(tmp_path / "connected")
    assert images_of(tmp_path / "sealed") == packed

    load = 'for one in bundle/images/*; do zcat "$one" | podman load; done'
    subprocess.run(["sh", "-c", load], check=True, cwd=tmp_path)
    alone(tmp_path, "into/bench", "eval", *config, "podman", "--isolation", "podman")
    assert told(tmp_path / "podman") == told(tmp_path / "connected")
    assert images_of(tmp_path / "podman") == packed

    forget("docker")
    wheels = ("--isolation", "docker", "--base", str(both), "--wheels", "bundle/wheels")
    built = alone(tmp_path, "into/bench", "env", "build", "rapidocr", *wheels, path=base)
    assert built.startswith("rapidocr: ready as localhost/vlmhyperbench/rapidocr:cpu-")
