"""What a bundle says of weights that bench fetch brought."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.bundle.contents import Copied, _weight_files
from bench.fetching import fetch
from bench.fetching.place import record_of
from bench.model import Model
from tests.fetching.test_identity import of_modelscope
from tests.fetching.test_place import MODEL, SMALL, Shelf, quiet

ASKED = Model(name="m", engine="transformers", weights="org/tiny", licence="mit")


def sources(folder: Path) -> set[str]:
    files: list[Copied] = list(_weight_files(ASKED, folder))
    assert len(files) >= len(SMALL)
    return {one.source for one in files}


def test_the_commit_stands_in_the_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fetch(MODEL, tmp_path, Shelf(SMALL), quiet).folder
    assert sources(folder) == {"org/tiny@c0ffee"}
    monkeypatch.chdir(folder.parent)
    assert sources(Path("tiny")) == {"org/tiny@c0ffee"}


def test_a_branch_without_a_commit_is_named_with_its_content(tmp_path: Path) -> None:
    done = fetch(MODEL, tmp_path, of_modelscope(SMALL), quiet)
    content = done.record["content_sha256"][:12]
    assert sources(done.folder) == {f"modelscope: org/tiny@master (content {content})"}


@pytest.mark.parametrize("how", ["changed", "more", "broken"])
def test_a_record_that_does_not_fit_says_nothing(tmp_path: Path, how: str) -> None:
    folder = fetch(MODEL, tmp_path, Shelf(SMALL), quiet).folder
    if how == "changed":
        (folder / "config.json").write_bytes(b"{  }")
    elif how == "more":
        (folder / "more.bin").write_bytes(b"mine")
    else:
        record_of(folder).write_text("[]")
    assert sources(folder) == {"org/tiny"}
