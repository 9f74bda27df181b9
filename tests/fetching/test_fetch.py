"""bench fetch against a hub on loopback, through the hub's own client in its environment."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.model import Model
from bench.weights import FOLDERS, locate
from tests.conftest import PIXEL
from tests.fetching.called import Run, command, runs, surroundings
from tests.fetching.hub import SIGNED, Hub, Repository, commit_of, serving

pytestmark = pytest.mark.harness
TOKEN = "hf_a_token_that_must_stand_nowhere"
WEIGHTS = bytes(range(256)) * 96_000
CHUNK = 10 << 20  # the client writes no less of a file at once
SMALL = {
    "config.json": b"{}",
    "README.md": b"---\nlicense: mit\n---\n",
    "model.safetensors": WEIGHTS,
}
DATA = "lmms-lab/DocVQA"
CARD = b"""---
configs:
- config_name: DocVQA
  data_files: [{split: validation, path: DocVQA/validation.jsonl}]
- config_name: InfographicVQA
  data_files: [{split: validation, path: Info/validation.jsonl}]
---
"""
ROW = b'{"questionId": "1", "question": "Total?", "answers": ["9"], "image": "images/1.png"}\n'


def tiny(**changes: object) -> Repository:
    return Repository("org/tiny", SMALL, large=frozenset({"model.safetensors"}), **changes)  # type: ignore[arg-type]


@pytest.fixture
def hub() -> Iterator[Hub]:
    docvqa = {
        "README.md": CARD,
        "DocVQA/validation.jsonl": ROW,
        "DocVQA/images/1.png": PIXEL,
        "Info/validation.jsonl": ROW,
    }
    with serving(Hub(tiny(), Repository(DATA, docvqa, "datasets"))) as one:
        yield one


@pytest.fixture
def run(hub: Hub, tmp_path: Path) -> Run:
    return runs(hub, tmp_path)


def test_a_model_is_fetched_whole_with_its_record(hub: Hub, run: Run, tmp_path: Path) -> None:
    done = run("fetch", "org/tiny", "--into", "stick", HF_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "stick" / "org" / "tiny"
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    assert {name: path.read_bytes() for name, path in found.items() if path.is_file()} == SMALL
    record = json.loads((folder.parent / "tiny.fetched.json").read_bytes())
    assert record["revision"] == commit_of("org/tiny")
    assert (record["id"], record["kind"], record["hub"]) == ("org/tiny", "model", "huggingface")
    assert record["licence"] == "apache-2.0"
    assert record["files"]["model.safetensors"] == {
        "sha256": hashlib.sha256(WEIGHTS).hexdigest(),
        "bytes": len(WEIGHTS),
    }
    assert sorted(path.name for path in folder.parent.iterdir()) == ["tiny", "tiny.fetched.json"]
    assert f"--weights MODEL={folder}" in done.stdout

    sent = {one.token for one in hub.asked if one.at == "hub"}
    assert sent == {f"Bearer {TOKEN}"}
    assert {one.token for one in hub.asked if one.at == "store"} == {None}
    assert not [one.path for one in hub.asked if "harness" in one.path or "telemetry" in one.path]
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in written if TOKEN.encode() in path.read_bytes()]

    model = Model(name="m", engine="transformers", weights="org/tiny")
    assert locate(model, None, {FOLDERS: str(tmp_path / "stick")}) == folder
    hub.asked.clear()
    again = run("fetch", "org/tiny", "--into", "stick")
    assert "is there already" in again.stdout
    assert [one.path for one in hub.asked] == ["/api/models/org/tiny"]


def test_a_killed_download_goes_on_where_it_was(hub: Hub, run: Run, tmp_path: Path) -> None:
    hub.repositories["models", "org/tiny"].stalls["model.safetensors"] = 2 * CHUNK + 1
    killed = subprocess.Popen(
        command("fetch", "org/tiny", "--into", "stick"),
        env=surroundings(hub, tmp_path, HF_HUB_DOWNLOAD_TIMEOUT="100"),
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    parts, deadline = tmp_path / "stick" / "org" / ".tiny.part" / "parts", time.monotonic() + 120
    while sum(path.stat().st_size for path in parts.glob("*")) < 2 * CHUNK:
        assert time.monotonic() < deadline
        assert killed.poll() is None
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "stick" / "org" / "tiny").exists()

    done = run("fetch", "org/tiny", "--into", "stick")
    assert done.returncode == 0, done.stderr
    weights = tmp_path / "stick" / "org" / "tiny" / "model.safetensors"
    assert weights.read_bytes() == WEIGHTS
    assert hub.ranges("model.safetensors") == [None, f"bytes={2 * CHUNK}-"]


def test_a_benchmark_becomes_a_copy(run: Run, tmp_path: Path) -> None:
    done = run("fetch", "docvqa-val", "--into", "stick")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "stick" / "datasets" / DATA
    assert not (folder / "Info").exists()
    assert "1 files are left out" in done.stderr
    shown = next(line for line in done.stdout.splitlines() if " next " in line)
    taken = run(*shown.split("next", 1)[1].split()[1:])
    assert taken.returncode == 0, taken.stderr
    assert taken.stdout.startswith("docvqa-val: 1 row in 1 table, 1 image")


def test_a_proxy_is_the_way_out(hub: Hub, run: Run, tmp_path: Path) -> None:
    way = {"HF_ENDPOINT": "http://hub.invalid", "HTTP_PROXY": hub.address, "HTTPS_PROXY": ""}
    done = run("fetch", "org/tiny@main", "--into", "stick", "--json", **way)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["folder"] == str(tmp_path / "stick" / "org" / "tiny@main")
    assert (said["asked"], said["revision"]) == ("main", commit_of("org/tiny"))


WRONG = {
    "unknown": ("org/tyny", "org/tyny: the hub has no such model", "did you mean 'org/tiny'?"),
    "revision": ("org/tiny@man", "org/tiny@man: there is no such revision", "'main'"),
    "gated": ("org/tiny", "org/tiny is gated: HF_TOKEN is not set", "ask for access"),
    "hash": ("org/tiny", "model.safetensors is not what the hub lists", "fetches it again"),
    "network": ("org/tiny", "org/tiny: the hub was not reached", "HF_ENDPOINT"),
    "offline": ("org/tiny", "HF_HUB_OFFLINE forbids it", "unset HF_HUB_OFFLINE"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_fetched_is_a_line(hub: Hub, run: Run, tmp_path: Path, wrong: str) -> None:
    name, said, hint = WRONG[wrong]
    repository = hub.repositories["models", "org/tiny"]
    repository.gated = wrong == "gated"
    if wrong == "hash":
        repository.served["model.safetensors"] = WEIGHTS[::-1]
    variables = {
        "network": {"HF_ENDPOINT": "http://127.0.0.1:9"},
        "offline": {"HF_HUB_OFFLINE": "1"},
    }.get(wrong, {})
    done = run("fetch", name, "--into", "stick", **variables)
    assert done.returncode in (1, 2), done.stdout
    error, advice = [line for line in done.stderr.splitlines() if not line.startswith("[")]
    assert said in error
    assert hint in advice
    assert SIGNED not in done.stderr
    organisation = tmp_path / "stick" / "org"
    assert not (organisation / "tiny").exists()
    assert not list(tmp_path.rglob("*.fetched.json"))
    if wrong == "hash":
        repository.served.clear()
        assert run("fetch", name, "--into", "stick").returncode == 0
