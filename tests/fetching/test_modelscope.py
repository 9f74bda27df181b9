"""bench fetch --hub modelscope against its protocol on loopback, through ModelScope's client."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.errors import RunError
from bench.fetching import Wanted
from bench.fetching.client import Client
from bench.resources import logs
from tests.conftest import PIXEL
from tests.fetching.called import Run, command, runs, surroundings
from tests.fetching.hub import SIGNED, Hub, commit_of, serving
from tests.fetching.modelscope import CUT_OFF, ModelScopeRequests, Scope

pytestmark = pytest.mark.harness
TOKEN = "ms-a-token-that-must-stand-nowhere"
FROM = ("--hub", "modelscope", "--into", "stick")
CHUNK = 1 << 20  # the client writes no less of a file at once
WEIGHTS = bytes(range(256)) * 14_000
SMALL = {
    "config.json": b"{}",
    "empty/__init__.py": b"",
    "README.md": b"---\nlicense: mit\n---\n",
    "model.safetensors": WEIGHTS,
}
OLD = SMALL | {"config.json": b'{"old": true}'}
DATA = "lmms-lab/DocVQA"
CARD = b"""---
configs:
- config_name: DocVQA
  data_files: [{split: validation, path: D/v.jsonl}]
---
"""
ROW = b'{"questionId": "1", "question": "Total?", "answers": ["9"], "image": "images/1.png"}\n'
TABLES = {"README.md": CARD, "D/v.jsonl": ROW, "D/images/1.png": PIXEL, "I/v.jsonl": ROW}


@pytest.fixture
def tiny() -> Scope:
    large = frozenset({"model.safetensors"})
    return Scope("org/tiny", SMALL, large=large, revisions={"v1": OLD})


@pytest.fixture
def tables() -> Scope:
    pages = {f"more/{number}.txt": b"one of many" for number in range(250)}  # two pages
    return Scope(DATA, TABLES | pages, "datasets")


@pytest.fixture
def hub(tiny: Scope, tables: Scope) -> Iterator[Hub]:
    with serving(Hub(tiny, tables), ModelScopeRequests) as one:
        yield one


@pytest.fixture
def run(hub: Hub, tmp_path: Path) -> Run:
    return runs(hub, tmp_path)


def record_of(tmp_path: Path, name: str = "tiny") -> dict[str, object]:
    said: dict[str, object] = json.loads(
        (tmp_path / "stick" / "org" / f"{name}.fetched.json").read_bytes()
    )
    return said


def test_a_model_is_fetched_whole_with_its_record(
    hub: Hub, tiny: Scope, run: Run, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    known = {"MODELSCOPE_API_TOKEN": TOKEN, "HOME": str(home)}
    done = run("fetch", "org/tiny", *FROM, **known)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "stick" / "org" / "tiny"
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    assert {name: path.read_bytes() for name, path in found.items() if path.is_file()} == SMALL
    places = (home, home / ".cache")  # uv's own cache has the client, where it was built just now
    assert not [path for one in places for path in one.glob("*modelscope*")]
    record = record_of(tmp_path)
    assert (record["id"], record["kind"], record["hub"]) == ("org/tiny", "model", "modelscope")
    assert record["endpoint"] == hub.address
    assert record["revision"] == record["commit"] == tiny.commit
    assert record["licence"] == "apache-2.0"
    assert record["files"] == {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in SMALL.items()
    }
    assert sorted(path.name for path in folder.parent.iterdir()) == ["tiny", "tiny.fetched.json"]
    assert f"--weights MODEL={folder}" in done.stdout

    assert {one.token for one in hub.asked if one.at == "hub"} == {f"Bearer {TOKEN}"}
    assert {(one.token, one.cookie) for one in hub.asked if one.at == "store"} == {(None, None)}
    outside = ("/api/v1/models/org/tiny", "/models/org/tiny/model.safetensors")
    assert not [one.path for one in hub.asked if not one.path.startswith(outside)]
    written = [path for path in (*tmp_path.rglob("*"), *logs().glob("*tiny*")) if path.is_file()]
    assert not [path for path in written if TOKEN.encode() in path.read_bytes()]

    downloads = len(hub.ranges("model.safetensors"))
    again = run("fetch", "org/tiny", *FROM)
    assert "is there already" in again.stdout
    assert len(hub.ranges("model.safetensors")) == downloads


def test_a_tag_becomes_its_commit(run: Run, tmp_path: Path) -> None:
    done = run("fetch", "org/tiny@v1", *FROM)
    assert done.returncode == 0, done.stderr
    config = tmp_path / "stick" / "org" / "tiny@v1" / "config.json"
    assert config.read_bytes() == OLD["config.json"]
    record = record_of(tmp_path, "tiny@v1")
    commit = commit_of("org/tiny@v1")
    assert (record["asked"], record["revision"]) == ("v1", commit)
    by_commit = run("fetch", f"org/tiny@{commit}", *FROM)
    assert by_commit.returncode == 0, by_commit.stderr
    assert record_of(tmp_path, f"tiny@{commit}")["files"] == record["files"]


@pytest.mark.parametrize("told", [None, "of other files"], ids=["no-commit", "another-commit"])
def test_where_no_commit_is_proven_the_content_is_the_identity(
    tiny: Scope, run: Run, tmp_path: Path, told: str | None
) -> None:
    tiny.commits, tiny.newest = told is not None, commit_of("org/tiny@v1")
    done = run("fetch", "org/tiny", *FROM)
    assert done.returncode == 0, done.stderr
    record = record_of(tmp_path)
    assert (record["asked"], record["revision"], record["commit"]) == (None, "master", None)
    lines = [f"{name}\t{hashlib.sha256(SMALL[name]).hexdigest()}\n" for name in sorted(SMALL)]
    content = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert record["content_sha256"] == content
    assert f"revision master (no commit is proven; content {content[:12]})" in done.stdout
    assert run("fetch", "org/tiny", *FROM).returncode == 0

    tiny.files = OLD
    moved = run("fetch", "org/tiny", *FROM)
    assert moved.returncode == 2
    assert "holds other files than the hub lists for org/tiny now" in moved.stderr
    assert record_of(tmp_path) == record


def test_a_killed_download_goes_on_where_it_was(
    hub: Hub, tiny: Scope, run: Run, tmp_path: Path
) -> None:
    tiny.stalls["model.safetensors"] = 2 * CHUNK
    killed = subprocess.Popen(
        command("fetch", "org/tiny", *FROM),
        env=surroundings(hub, tmp_path),
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    parts, deadline = tmp_path / "stick" / "org" / ".tiny.part" / "parts", time.monotonic() + 120
    while sum(path.stat().st_size for path in parts.glob("*.folder/*")) < 2 * CHUNK:
        assert time.monotonic() < deadline
        assert killed.poll() is None
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "stick" / "org" / "tiny").exists()

    done = run("fetch", "org/tiny", *FROM)
    assert done.returncode == 0, done.stderr
    weights = tmp_path / "stick" / "org" / "tiny" / "model.safetensors"
    assert weights.read_bytes() == WEIGHTS
    assert hub.ranges("model.safetensors") == [None, f"bytes={2 * CHUNK}-"]
    assert not (tmp_path / "stick" / "org" / ".tiny.part").exists()


def test_a_benchmark_becomes_a_copy(run: Run, tmp_path: Path) -> None:
    done = run("fetch", "docvqa-val", *FROM)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "stick" / "datasets" / DATA
    assert not (folder / "I").exists()
    shown = next(line for line in done.stdout.splitlines() if " next " in line)
    taken = run(*shown.split("next", 1)[1].split()[1:])
    assert taken.returncode == 0, taken.stderr
    assert taken.stdout.startswith("docvqa-val: 1 row in 1 table")


def test_a_proxy_is_the_way_out(hub: Hub, run: Run, tmp_path: Path) -> None:
    way = {"MODELSCOPE_ENDPOINT": "http://hub.invalid", "HTTP_PROXY": hub.address}
    done = run("fetch", "org/tiny@master", *FROM, "--json", **way, HTTPS_PROXY="")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["folder"] == str(tmp_path / "stick" / "org" / "tiny@master")
    assert (said["asked"], said["hub"]) == ("master", "modelscope")


FOLDERS = {f"{folder}/{number}": b"x" for folder in "ab" for number in range(CUT_OFF // 2 + 1)}
FLAT = {str(number): b"x" for number in range(CUT_OFF + 1)}


@pytest.mark.parametrize("files", [FOLDERS, FLAT], ids=["folders", "one-folder"])
def test_a_list_that_is_cut_off_is_completed_or_refused(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    many = Wanted("model", "org/many", None)
    with serving(Hub(Scope("org/many", files)), ModelScopeRequests) as hub:
        monkeypatch.setenv("MODELSCOPE_ENDPOINT", hub.address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        client = Client.built("modelscope", lambda _text: None)
        if files is FOLDERS:
            assert {one.path for one in client.listing(many).files} == set(FOLDERS)
            return
        with pytest.raises(RunError, match="the hub lists a part of its files"):
            client.listing(many)


WRONG = {
    "unknown": ("org/tyny", "org/tyny: the hub has no such model", "did you mean 'org/tiny'?"),
    "revision": ("org/tiny@v2", "org/tiny@v2: there is no such revision", "known: master, v1"),
    "commit": (f"org/tiny@{'0' * 40}", "there is no such revision", "master"),
    "gated": ("org/tiny", "is gated: MODELSCOPE_API_TOKEN is not set", "ask for access"),
    "hash": ("org/tiny", "model.safetensors is not what the hub lists", "fetches it again"),
    "size": (
        "org/tiny",
        "model.safetensors is not what the hub lists: another size or hash",
        "goes on",
    ),
    "network": ("org/tiny", "org/tiny: the hub was not reached", "MODELSCOPE_ENDPOINT"),
    "page": (f"datasets/{DATA}", "the hub was not reached: NetworkError", "goes on"),
    "part": (f"datasets/{DATA}", "the hub lists 258 entries of 259", "would lack files"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_fetched_is_a_line(
    tiny: Scope, tables: Scope, run: Run, tmp_path: Path, wrong: str
) -> None:
    name, said, hint = WRONG[wrong]
    tiny.gated = wrong == "gated"
    tables.more, tables.broken = int(wrong == "part"), wrong == "page"
    if wrong in ("hash", "size"):
        tiny.served["model.safetensors"] = WEIGHTS[::-1] if wrong == "hash" else WEIGHTS[:-1]
    variables = {"MODELSCOPE_ENDPOINT": "http://127.0.0.1:9"} if wrong == "network" else {}
    done = run("fetch", name, *FROM, **variables)
    assert done.returncode in (1, 2), done.stdout
    error, advice = [line for line in done.stderr.splitlines() if not line.startswith("[")]
    assert said in error
    assert hint in advice
    assert SIGNED not in done.stderr
    assert not list((tmp_path / "stick").glob("**/*.fetched.json"))
    if wrong in ("hash", "size"):
        tiny.served.clear()
        assert run("fetch", name, *FROM).returncode == 0
