"""VLMEvalKit's command line: what is given to it, and what of `harness_args` is taken."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.adapter import find_adapter
from tests.adapters.vlmevalkit_stub.process import (
    ADAPTER,
    Endpoint,
    document,
    part,
    picture,
    run,
    serving,
)

GOLDEN = json.loads(
    (Path(__file__).with_name("vlmevalkit_recorded") / "invocations.json").read_text()
)


invocation, collect = part("invocation"), part("collect")


def job(**keys: Any) -> dict[str, Any]:
    model: dict[str, Any] = {"name": "tiny/model.tsv:1", "served_id": "org/tiny"}
    model |= {"system_prompt": None, "parameters": {"temperature": 0, "max_tokens": 64}}
    task = {"name": "receipts", "kind": "document", "benchmark": None, "file": None}
    spec: dict[str, Any] = {"task": task, "limit": None, "concurrency": 4, "options": {}}
    spec["harness_args"] = {}
    return spec | keys | {"model": model | keys.get("model", {})}


def pinned() -> argparse.ArgumentParser:
    """A parser with the pinned arguments, as arguments.tsv describes them."""
    parser = argparse.ArgumentParser()
    types: dict[str, Callable[[str], Any]] = {"int": int, "float": float}
    for name, row in invocation.rows().items():
        if row["type"] == "switch":
            parser.add_argument("--" + name, action="store_true")
        else:
            parser.add_argument("--" + name, type=types.get(row["type"], str))
    return parser


@pytest.mark.parametrize(
    "name",
    [
        *("plain", "system prompt and parameters", "limit and harness_args", "benchmark"),
        *("weights in this process", "a listed model"),
    ],
)
def test_the_exact_invocation(name: str) -> None:
    golden = GOLDEN[name]
    spec = job(**golden["job"])
    assert invocation.command_line(spec) == golden["argv"]
    assert invocation.config(collect.label(spec["model"]["name"]), spec) == golden["config"]
    assert invocation.taken(spec["harness_args"], None) is None
    assert invocation.refusal(spec, pinned()) is None


def test_every_argument_has_one_owner() -> None:
    rows = find_adapter("harness", "vlmevalkit").harness_arguments()
    assert len(rows) == 39
    assert {row["owner"].partition(":")[0] for row in rows.values()} == {"core", "adapter", "free"}
    assert [name for name, row in rows.items() if row["owner"] == "free"] == ["judge-api-nproc"]
    set_by_us = {word[2:] for word in invocation.command_line(job()) if word.startswith("--")}
    assert set_by_us == {"config", "work-dir", "mode", "judge", "api-nproc", "retry"}
    assert set_by_us <= set(rows)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"judge-api-nprok": 2}, "VLMEvalKit has no argument 'judge-api-nprok'"),
        ({"judge_api_nproc": 2}, "VLMEvalKit has no argument 'judge_api_nproc'"),
        ({"help": True}, "VLMEvalKit has no argument 'help'"),
        ({"judge-api-nproc": 2, "limit": 3}, "'limit' is not free (core: limit)"),
        ({"reuse": True}, "'reuse' is not free (adapter: nothing of an earlier job is used;"),
    ],
)
def test_only_free_arguments_are_taken(given: dict[str, Any], said: str) -> None:
    assert said in invocation.taken(given, None)


def test_a_checkout_is_asked_for_what_the_table_does_not_know() -> None:
    assert invocation.taken({"first-n": 2, "judge-api-nproc": 2}, "checkout") is None
    assert "'limit' is not free" in invocation.taken({"limit": 2}, "checkout")
    parser = pinned()
    parser.add_argument("--first-n", type=int)
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--names", nargs="+")
    parser.add_argument("--version", action="version", version="7")
    parser.add_argument("--outputs", dest="work_dir")
    wrong = {
        "first-m": (2, "this VLMEvalKit has no argument 'first-m'"),
        "first-n": ("two", "'first-n': argument --first-n: invalid int value: 'two'"),
        "first": (2, "this VLMEvalKit has no argument 'first'"),  # no abbreviations
        "fast": ("yes", "'fast' takes true or false, not 'yes'"),
        "names": (["a", "--reuse"], "'names' takes one text or number, not ['a', '--reuse']"),
        "version": (True, "'version': it only prints and ends"),
        "outputs": ("/elsewhere", "'outputs' is not free (it sets work-dir)"),
        "judge-api-nproc": (True, "'judge-api-nproc' takes one text or number, not True"),
        "help": (True, "this VLMEvalKit has no argument 'help'"),
    }
    for name, (value, said) in wrong.items():
        found = invocation.refusal(job(harness_args={name: value}), parser)
        assert found.startswith("harness_args: ")
        assert said in found
    good = {"first-n": -2, "fast": True, "names": "--reuse"}
    spec = job(harness_args=good | {"judge-api-nproc": 1})
    assert invocation.refusal(spec, parser) is None
    read = parser.parse_args(invocation.command_line(spec))
    assert (read.first_n, read.fast, read.names) == (-2, True, ["--reuse"])
    assert (read.reuse, read.judge_api_nproc) == (False, 1)
    spec = job(harness_args={"fast": False})
    assert invocation.command_line(spec) == invocation.command_line(job())
    assert invocation.refusal(spec, parser) is None


def test_a_checkout_that_does_not_know_our_own_arguments_is_refused_in_words() -> None:
    parser = argparse.ArgumentParser()
    for name in ("config", "work-dir", "judge", "api-nproc", "retry"):
        parser.add_argument("--" + name)
    said = invocation.refusal(job(), parser)
    assert said == "this VLMEvalKit cannot be driven: unrecognized arguments: --mode infer"


def test_the_parser_is_caught_as_it_is_made() -> None:
    real = argparse.ArgumentParser.parse_args
    assert set(invocation.options(invocation.parser_of(lambda: pinned().parse_args()))) == set(
        invocation.rows()
    )
    with pytest.raises(LookupError):
        invocation.parser_of(list)
    assert argparse.ArgumentParser.parse_args is real


@pytest.mark.harness
def test_arguments_are_those_of_the_pinned_vlmevalkit(
    vlmevalkit_python: Path, tmp_path: Path
) -> None:
    argv = [str(vlmevalkit_python), "-P", str(ADAPTER / "signature.py")]
    home = os.environ | {"HOME": str(tmp_path)}
    live = subprocess.run(argv, env=home, capture_output=True, text=True, check=True).stdout
    assert live == (ADAPTER / "arguments.tsv").read_text("utf-8")


def folder_and_task(tmp_path: Path, endpoint: Endpoint) -> dict[str, Any]:
    endpoint.answers = {"a": "one", "b": "two", "c": "three"}
    return document(tmp_path, list(endpoint.answers), [picture("PNG")])


@pytest.mark.harness
def test_limit_and_free_arguments_reach_vlmevalkit(vlmevalkit_python: Path, tmp_path: Path) -> None:
    golden = GOLDEN["limit and harness_args"]
    with serving() as endpoint:
        task = folder_and_task(tmp_path, endpoint)
        done = run(vlmevalkit_python, tmp_path, endpoint, task, **golden["job"])
    assert done.result["status"] == "ok", done.result["error"]
    assert sorted(endpoint.seen) == ["a", "b"]
    assert json.loads((tmp_path / "raw" / "config.json").read_text()) == golden["config"]
    (status,) = (tmp_path / "raw").rglob("status.json")
    assert json.loads(status.read_text())["argv"] == ["run.py", *golden["argv"]]


@pytest.mark.harness
def test_a_value_that_the_live_parser_refuses_is_named(
    vlmevalkit_python: Path, tmp_path: Path
) -> None:
    given = {"judge-api-nproc": "many"}
    with serving() as endpoint:
        task = folder_and_task(tmp_path, endpoint)
        done = run(vlmevalkit_python, tmp_path, endpoint, task, harness_args=given)
    assert done.result["status"] == "unsupported"
    assert done.result["error"]["message"] == (
        "harness_args: 'judge-api-nproc': argument --judge-api-nproc: invalid int value: 'many'"
    )
    assert not endpoint.seen


@pytest.mark.harness
def test_a_name_that_is_wrong_is_refused_before_anything_is_imported(
    vlmevalkit_python: Path, tmp_path: Path
) -> None:
    with serving() as endpoint:
        task = folder_and_task(tmp_path, endpoint)
        done = run(vlmevalkit_python, tmp_path, endpoint, task, harness_args={"jugde": "x"})
    assert done.result["status"] == "unsupported"
    assert done.result["error"]["message"] == "harness_args: VLMEvalKit has no argument 'jugde'"
    assert not done.events
