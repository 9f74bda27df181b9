"""Environments of echo, really built: the marker last, once, and again when something is wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench import uv
from bench.adapter import Adapter, find_adapter, load_adapter
from bench.environment import (
    Environment,
    build,
    built,
    environments_folder,
    health,
    may_be,
    plan_environment,
    prepared,
    remove,
)
from bench.errors import EnvironmentBuildError, UsageError
from tests.conftest import REPOSITORY

BUILD = """
import sys
from bench.adapter import find_adapter
from bench.environment import build
print(build(find_adapter("harness", "echo"), "cpu", lambda line: print(line, flush=True)).key)
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def echo() -> Adapter:
    return find_adapter("harness", "echo")


@pytest.fixture
def environment(home: Path, echo: Adapter) -> Environment:
    """Echo's, built in a home of the test's own."""
    return build(echo, "cpu")


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Adapter]:
    """An adapter of the test's own: its lock, and lines of its adapter.toml."""

    def make(lock: str = "", *lines: str) -> Adapter:
        folder = tmp_path / "own"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "run.py").write_text("")
        (folder / "requirements.lock").write_text(lock)
        least = 'protocol = 1\nname = "own"\nkind = "harness"\nsummary = "s"\npython = "3.11"\n'
        flavours = 'flavours = ["cpu", "cuda"]\n'
        (folder / "adapter.toml").write_text(least + flavours + "\n".join(lines))
        return load_adapter(folder / "adapter.toml")

    return make


def test_a_build_is_ready_and_runs(environment: Environment) -> None:
    assert health(environment) is None
    ready = json.loads((environment.folder / "ready.json").read_bytes())
    assert ready["key"] == environment.key
    assert ready["python"] == environment.interpreter.version
    assert ready["lock_sha256"] == environment.lock_sha256
    assert ready["packages"] == []
    newest = max(environment.folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert newest.name == "ready.json"
    asked = [str(environment.python), "-c", "import sys; print(sys.prefix != sys.base_prefix)"]
    assert subprocess.run(asked, capture_output=True, check=True).stdout == b"True\n"


def test_a_second_build_does_nothing(environment: Environment, echo: Adapter) -> None:
    before = (environment.folder / "ready.json").stat().st_mtime_ns
    said: list[str] = []
    assert build(echo, "cpu", said.append) == environment
    assert said == []
    assert (environment.folder / "ready.json").stat().st_mtime_ns == before


def no_marker(environment: Environment) -> None:
    (environment.folder / "ready.json").unlink()


def cut_marker(environment: Environment) -> None:
    (environment.folder / "ready.json").write_bytes(b'{"key": "')


def list_as_marker(environment: Environment) -> None:
    (environment.folder / "ready.json").write_bytes(b"[1]")


def another_key(environment: Environment) -> None:
    (environment.folder / "ready.json").write_text(json.dumps({"key": "0" * 64}))


def base_removed(environment: Environment) -> None:
    environment.python.unlink()
    environment.python.symlink_to(environment.folder / "gone" / "python3.11")


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (no_marker, "was left half-built"),
        (cut_marker, "has a broken ready.json"),
        (list_as_marker, "has a broken ready.json"),
        (another_key, "was built for other locks"),
        (base_removed, "has a Python that does not run (was the base interpreter removed?)"),
    ],
)
def test_what_is_wrong_is_told_and_built_anew(
    environment: Environment, echo: Adapter, harm: Callable[[Environment], None], message: str
) -> None:
    stale = environment.folder / "stale"
    stale.write_text("")
    harm(environment)
    assert health(environment) == message
    said: list[str] = []
    assert health(build(echo, "cpu", said.append)) is None
    assert said == [f"Python {environment.interpreter.version}"]
    assert not stale.exists()


def test_a_python_of_another_version_is_told(environment: Environment) -> None:
    planned = replace(environment.interpreter, version="3.11.99")
    message = health(replace(environment, interpreter=planned))
    assert message == f"has Python {environment.interpreter.version}, not 3.11.99"


def test_what_is_not_there_is_not_built(home: Path, echo: Adapter) -> None:
    planned = plan_environment(echo, "cpu")
    assert health(planned) == "is not built"
    assert not home.exists(), "planning builds nothing"


def test_two_processes_build_once(home: Path, environment: Environment) -> None:
    remove(environment.folder)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", BUILD], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert {lines[-1] for lines in said} == {environment.key}
    builders = [lines for lines in said if f"Python {environment.interpreter.version}" in lines]
    assert len(builders) == 1
    assert health(environment) is None


def test_a_failed_build_names_its_log_and_is_half_built(
    home: Path, own: Callable[..., Adapter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    adapter = own("iniconfig==2.0.0 --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(EnvironmentBuildError, match="uv pip sync failed: ") as caught:
        build(adapter, "cpu")
    planned = plan_environment(adapter, "cpu")
    assert caught.value.hint == f"log: {planned.log}"
    assert "iniconfig" in planned.log.read_text()
    assert health(planned) == "was left half-built"
    assert [one.ready for one in built()] == [None]


def test_removal_leaves_nothing(home: Path, environment: Environment) -> None:
    assert [one.folder for one in built()] == [environment.folder]
    remove(environment.folder)
    assert list(built()) == []
    assert list(environments_folder().iterdir()) == []
    assert not environment.log.exists()


def test_the_key_is_of_what_the_lock_says(home: Path, own: Callable[..., Adapter]) -> None:
    def key(lock: str) -> str:
        return plan_environment(own(lock), "cpu").key

    plain = key("a==1 \\\n    --hash=sha256:00\n")
    assert key("# made yesterday\n\na==1 \\\n    --hash=sha256:00   \n  # why\n") == plain
    assert key("a==1 \\\n    --hash=sha256:01\n") != plain
    assert key("a==2 \\\n    --hash=sha256:00\n") != plain
    assert plan_environment(own("a==1 \\\n    --hash=sha256:00\n"), "cuda").key != plain


def test_what_cannot_be_planned_is_told(
    home: Path, echo: Adapter, own: Callable[..., Adapter]
) -> None:
    with pytest.raises(UsageError) as caught:
        plan_environment(echo, "cuda")
    assert (caught.value.message, caught.value.hint) == (
        "echo has no flavour 'cuda'",
        "it has cpu",
    )
    adapter = own()
    adapter.lock.unlink()
    with pytest.raises(EnvironmentBuildError, match=r"requirements\.lock is missing") as missing:
        plan_environment(adapter, "cpu")
    assert missing.value.hint == "bench env lock own"


@pytest.mark.parametrize(
    ("flavour", "offered", "locks", "noted"),
    [
        ("cpu", True, ["requirements.lock", "torch.cpu.lock"], False),
        ("cpu", False, ["requirements.lock", "torch.cuda.lock"], True),
        ("cuda", True, ["requirements.lock", "torch.cuda.lock"], False),
        ("cuda", False, ["requirements.lock", "torch.cuda.lock"], False),
    ],
)
def test_torch_without_its_cpu_build_is_the_registry_s_and_that_is_said(
    home: Path,
    own: Callable[..., Adapter],
    monkeypatch: pytest.MonkeyPatch,
    flavour: str,
    locks: list[str],
    *,
    offered: bool,
    noted: bool,
) -> None:
    asked: list[str] = []

    def available(_python: Path, requirement: str) -> bool:
        asked.append(requirement)
        return offered

    monkeypatch.setattr(uv, "available", available)
    adapter = own("", "torch = true")
    found = prepared(adapter, "cpu" if flavour == "cpu" else "cuda")
    assert [path.name for path in found.locks] == locks
    assert len(asked) == (flavour == "cpu"), "asked once, and only where there is a choice"
    assert all(pin.startswith("torch==") and pin.endswith("+cpu") for pin in asked)
    assert (found.note is not None) == noted
    if found.note:
        assert "+cpu is not offered here" in found.note


def test_a_plan_asks_no_index_and_names_both_that_may_be_built(
    home: Path, own: Callable[..., Adapter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uv, "available", lambda _python, _pin: pytest.fail("no network here"))
    adapter = own("", "torch = true")
    planned = plan_environment(adapter, "cpu")
    assert planned.otherwise is not None
    assert planned.locks[-1].name == "torch.cpu.lock"
    assert planned.otherwise.locks[-1].name == "torch.cuda.lock"
    assert (planned.note is None, planned.otherwise.note is None) == (True, False)
    assert may_be(adapter, "cpu") == {planned.lock_sha256, planned.otherwise.lock_sha256}
    assert plan_environment(adapter, "cuda").otherwise is None
    assert plan_environment(own(), "cpu").otherwise is None


@pytest.mark.parametrize("number", [0, 1], ids=["cpu", "cuda"])
def test_what_it_is_to_be_like_is_kept_to_without_asking_an_index(
    home: Path, own: Callable[..., Adapter], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(uv, "available", lambda _python, _pin: pytest.fail("no network here"))
    adapter = own("", "torch = true")
    planned = plan_environment(adapter, "cpu")
    wanted = (planned, planned.otherwise)[number]
    assert wanted is not None
    found = prepared(adapter, "cpu", like=["of another adapter", wanted.lock_sha256])
    assert found == replace(wanted, otherwise=None)


def test_what_it_cannot_be_like_is_left_to_the_index(
    home: Path, own: Callable[..., Adapter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uv, "available", lambda _python, _pin: False)
    found = prepared(own("", "torch = true"), "cpu", like=["of yesterday's locks"])
    assert found.locks[-1].name == "torch.cuda.lock"


@pytest.mark.parametrize("built", ["torch.cpu.lock", "torch.cuda.lock"])
def test_what_is_built_is_taken_without_asking_an_index(
    home: Path, own: Callable[..., Adapter], monkeypatch: pytest.MonkeyPatch, built: str
) -> None:
    adapter = own("", "torch = true")
    monkeypatch.setattr(uv, "available", lambda _python, _pin: built == "torch.cpu.lock")
    before = prepared(adapter, "cpu")
    before.folder.mkdir(parents=True)
    (before.folder / "ready.json").write_text("{}")
    monkeypatch.setattr(uv, "available", lambda _python, _pin: pytest.fail("no network here"))
    assert plan_environment(adapter, "cpu") == prepared(adapter, "cpu") == before
    assert before.locks[-1].name == built


def test_torchvision_comes_with_its_lock_and_patch(home: Path, own: Callable[..., Adapter]) -> None:
    without = plan_environment(own("", "torch = true"), "cpu")
    planned = plan_environment(own("", "torch = true", "torchvision = true"), "cpu")
    assert [path.name for path in planned.locks[1:]] == ["torch.cpu.lock", "torchvision.lock"]
    assert [path.name for path in planned.patches] == ["torchvision_cpu.py"]
    assert (without.patches, without.key == planned.key) == ((), False)


@pytest.mark.slow
def test_what_the_machine_offers_decides(
    home: Path, own: Callable[..., Adapter], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With a find-links folder that holds the +cpu wheel, and with no setting of pip at all."""
    adapter = own("", "torch = true")
    if "PIP_FIND_LINKS" in os.environ:
        planned = prepared(adapter, "cpu")
        assert [path.name for path in planned.locks[1:]] == ["torch.cpu.lock"]
        assert planned.note is None
    (tmp_path / "empty").mkdir()
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    planned = prepared(adapter, "cpu")
    assert [path.name for path in planned.locks[1:]] == ["torch.cuda.lock"]
    assert "with CUDA is used instead" in str(planned.note)
