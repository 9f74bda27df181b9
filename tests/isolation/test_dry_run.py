"""What --dry-run shows of a container, without an engine: nothing is asked and nothing is built."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.said import Cli
from tests.runs import write_model


def test_the_words_are_shown(
    make_task: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "podman").write_text("#!/bin/sh\nexit 9\n")
    (tmp_path / "bin" / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setenv("A_KEY", "do not show")
    task = make_task([{}])
    model = write_model(tmp_path, base_url="http://127.0.0.1:9/v1", api_key_env="A_KEY")
    (tmp_path / "c.json").write_text(json.dumps({"container": {"memory_gb": 1, "pids": 50}}))
    said = Cli(monkeypatch, capsys)(
        *("eval", str(tmp_path / "c.json"), "--backend", "echo", "--model", model),
        *("--task", f"{task}:m", "--isolation", "podman", "--dry-run", "--json"),
    )
    (job,) = json.loads(said.out)["jobs"]
    words = shlex.split(job["invocation"])
    assert job["isolation"] == "podman"
    assert job["environment"].startswith("an image of echo-cpu-")
    assert words[:3] == ["podman", "run", "--rm"]
    assert words[words.index("--memory") + 1] == "1000000000"
    assert words[words.index("--pids-limit") + 1] == "50"
    mounted = [words[number + 1] for number, word in enumerate(words) if word == "--mount"]
    assert f"type=bind,source={task}/images,target={task}/images,readonly" in mounted
    assert [one for one in mounted if not one.endswith(",readonly")] == [
        "type=bind,source=RUN/jobs/echo--m--tiny-m,target=RUN/jobs/echo--m--tiny-m"
    ]
    assert words[words.index("--network") + 1] == "none"
    assert "do not show" not in said.out
