"""The adapter's side of a question to a hub: one answer, with no secret in it."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from bench_hub import answer, part_of, plain, public

FILE = {"path": "a/b.bin", "sha256": "1" * 64, "git_sha1": None}


def asked(folder: Path, verb: str) -> dict[str, Any]:
    (folder / "asked.json").write_text(json.dumps({"verb": verb, "parent": os.getppid()}))
    return {}


def said(folder: Path) -> Any:
    return json.loads((folder / "said.json").read_bytes())


def test_a_verb_gets_the_question_and_its_scratch(tmp_path: Path) -> None:
    asked(tmp_path, "list")
    answer(str(tmp_path), {"list": lambda one: one}, lambda _error, _asked: {})
    assert said(tmp_path) == {"verb": "list", "parent": os.getppid(), "scratch": str(tmp_path)}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["asked.json", "said.json"]


@pytest.mark.parametrize(
    ("raised", "kind"),
    [(ValueError("no"), "ValueError"), (OSError(errno.ENOSPC, "full"), "space")],
    ids=["other", "space"],
)
def test_what_a_verb_raises_is_an_answer(tmp_path: Path, raised: Exception, kind: str) -> None:
    def fails(_asked: dict[str, Any]) -> dict[str, Any]:
        raise raised

    asked(tmp_path, "get")
    answer(str(tmp_path), {"get": fails}, lambda error, _asked: {"kind": type(error).__name__})
    assert said(tmp_path) == {"failed": {"kind": kind}}


def test_no_secret_is_passed_on() -> None:
    error = ValueError(
        "GET https://me:word@hub.example/x?Signature=signed\n  with ms-token at http://p:w@proxy:1/"
    )
    text = plain(error, "ms-token ")
    assert text == "ValueError: GET https://hub.example/x with *** at http://proxy:1/"
    assert plain(ValueError("none"), "") == "ValueError: none"
    assert public("https://me:word@hub.example") == "https://hub.example"


def test_a_part_is_named_by_its_path_and_its_content() -> None:
    told: dict[str, Any] = {"parts": "parts"}
    first = part_of(told, FILE)
    assert first == part_of(told, dict(FILE))
    assert first != part_of(told, FILE | {"sha256": "2" * 64})
    assert first != part_of(told, FILE | {"path": "a/c.bin"})
    assert first != part_of(told, FILE | {"sha256": None, "git_sha1": "1" * 40})
