"""bench bundle on the command line: what is shown, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.bundle.manifest import SCRIPT, read_manifest
from tests.bundle.tiny_bundle import DATA, WHEEL, make_bundle
from tests.cli.said import Cli


def test_a_plan_names_what_is_packed_and_what_the_policy_keeps_out(cli: Cli) -> None:
    config = ("--backend", "echo", "--task", "receipts:ocr", "--model", "rapidocr")
    said = cli("bundle", "plan", *config, "--deny", "Apache-*")
    assert said.code == 0, said.err
    assert "echo" in said.out
    assert "rapidocr" in said.out
    assert "not allowed: task receipts:ocr: Apache-2.0" in said.out.splitlines()
    shown = json.loads(cli("bundle", "plan", *config, "--json").out)
    assert [one["packages"] for one in shown["environments"]] == [0, 29]
    assert shown["against"] == []


def test_what_is_planned_must_be_a_config(cli: Cli, tmp_path: Path) -> None:
    said = cli("bundle", "plan", str(tmp_path / "none.yaml"))
    assert (said.code, said.err.splitlines()[0]) == (
        2,
        f"error: {tmp_path}/none.yaml: there is no such config file",
    )


def test_a_bundle_is_shown(cli: Cli, tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "bundle")
    said = cli("bundle", "show", str(folder))
    assert said.code == 0
    assert read_manifest(folder).content_sha256 in said.out
    assert read_manifest(folder).libc in said.out
    shown = json.loads(cli("bundle", "show", str(folder), "--json").out)
    assert {WHEEL, DATA, SCRIPT} < set(shown["files"])
    assert shown["schema"] == 1


@pytest.mark.parametrize("command", ["verify", "show"])
def test_what_is_no_bundle_is_said(cli: Cli, tmp_path: Path, command: str) -> None:
    said = cli("bundle", command, str(tmp_path / "none"))
    assert said.code == 2
    assert said.err.startswith(f"error: there is no folder {tmp_path}/none")


def test_findings_are_there_for_programs(cli: Cli, tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "bundle")
    (folder / DATA).unlink()
    said = cli("bundle", "verify", str(folder), "--json")
    assert said.code == 1
    assert json.loads(said.out) == [{"place": DATA, "said": "is missing"}]
