"""`bench judge --offline`: what it lacks is said at once, and its processes are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.adapter import find_adapter
from bench.environment import build
from bench.offline import VARIABLES
from tests.cli.said import Cli
from tests.endpoint import Reply, endpoint
from tests.runs import run, use_fakes

JUDGE = {"name": "wise", "package": "umpire", "base_url": "https://api.example.com/v1"}
EMBEDDINGS = {"served_id": "v", "base_url": "https://vectors.example.com/v1"}


@pytest.fixture
def ran(make_task: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of one answer."""
    use_fakes(monkeypatch)
    task = str(make_task([{"question": "Is it so?"}], prompt="{question}"))
    return run(backend="echo", task=task, out=str(tmp_path / "run")).folder


def judge_file(folder: Path, **keys: Any) -> str:
    (folder / "judge.json").write_text(json.dumps(JUDGE | keys))
    return str(folder / "judge.json")


def test_what_is_missing_is_named_before_anything_is_built(
    ran: Path, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    words = ("judge", str(ran), "--offline", "--model", judge_file(tmp_path, embeddings=EMBEDDINGS))
    said = cli(*words)
    assert (said.code, said.out) == (2, "")
    first, *each = said.err.splitlines()
    assert first == "error: --offline: 3 things that this run needs are not here"
    assert [one.partition(": ")[0].strip() for one in each] == [
        "1. the environment umpire (cpu) is not built",
        "2. the server of wise is outside this network",
        "3. the server of wise's embeddings is outside this network",
    ]
    assert "vectors.example.com" not in cli(*words, "--metric", "faithfulness").err
    assert not (tmp_path / "home").exists()
    assert not (ran / "judge").exists()


def test_its_process_has_hubs_clients_offline(
    ran: Path, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(find_adapter("judge", "umpire"), "cpu")
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with endpoint(lambda _prompt, _number: Reply("1")) as server:
        model = judge_file(tmp_path, base_url=server.url, embeddings={"served_id": "v"})
        words = ("judge", str(ran), "--model", model, "--metric", "answer_relevancy")
        said = cli(*words, "--offline")
    assert said.code == 0, said.err
    (told,) = ran.glob("judge/session-1/*/environment.json")
    assert VARIABLES.items() <= json.loads(told.read_bytes()).items()
