"""When a folder counts as fetched, and what is fetched of a repository; no hub is asked."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bench.errors import BenchError, RunError, UsageError
from bench.fetching import Wanted, fetch, wanted
from bench.fetching.choice import data_files, model_files
from bench.fetching.client import Client
from bench.fetching.failure import failure
from bench.fetching.hub import HUBS
from bench.fetching.listing import HubFile, Listing, read_listing
from bench.fetching.place import finish, record_of
from tests.local_data.made import DOCVQA

SMALL = {"config.json": b"{}", "a/b.txt": b"b"}
MODEL = Wanted("model", "org/tiny", None)


def hub_file(path: str, content: bytes = b"") -> HubFile:
    return HubFile(path, len(content), hashlib.sha256(content).hexdigest(), None)


class Shelf(Client):
    """A hub of one repository, in this process."""

    def __init__(self, files: Mapping[str, bytes], revision: str = "c0ffee") -> None:
        self.commit: str | None = revision
        self.hub, self.files, self.revision = HUBS["huggingface"], dict(files), revision
        self.got: list[str] = []

    def listing(self, wanted: Wanted) -> Listing:
        files = tuple(hub_file(path, content) for path, content in self.files.items())
        return Listing(self.revision, self.commit, "mit", files)

    def get(
        self,
        wanted: Wanted,
        revision: str,
        files: tuple[HubFile, ...],
        staging: Path,
        step: Callable[[], None],
    ) -> None:
        for one in files:
            self.got.append(one.path)
            path = staging / "files" / one.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.files[one.path])
            step()


def quiet(_text: str) -> None:
    pass


def test_what_an_earlier_call_left_is_taken_where_it_is_right(tmp_path: Path) -> None:
    left = tmp_path / "org" / ".tiny.part" / "files"
    left.mkdir(parents=True)
    (left / "config.json").write_bytes(SMALL["config.json"])
    (left / "old.bin").write_bytes(b"of another commit")
    shelf = Shelf(SMALL)
    found = fetch(MODEL, tmp_path, shelf, quiet)
    assert shelf.got == ["a/b.txt"]
    assert sorted(found.record["files"]) == ["a/b.txt", "config.json"]
    assert not (found.folder / "old.bin").exists()
    assert found.bytes == 3
    assert not fetch(MODEL, tmp_path, shelf, quiet).fresh
    assert shelf.got == ["a/b.txt"]


@pytest.mark.parametrize("named", [False, True], ids=["before-the-name", "before-the-record"])
def test_a_call_killed_at_its_end_is_ended_by_the_next(tmp_path: Path, *, named: bool) -> None:
    done = fetch(MODEL, tmp_path, Shelf(SMALL), quiet)
    staging = done.folder.with_name(".tiny.part")
    staging.mkdir()
    record_of(done.folder).rename(staging / "fetched.json")
    if not named:
        done.folder.rename(staging / "files")
    assert not fetch(MODEL, tmp_path, Shelf(SMALL), quiet).fresh
    assert not staging.exists()
    assert (done.folder / "config.json").is_file()


def test_a_record_that_was_cut_off_is_no_record(tmp_path: Path) -> None:
    staging = tmp_path / ".x.part"
    (staging / "files").mkdir(parents=True)
    (staging / "fetched.json").write_text('{"schema": 1, ')
    finish(staging, tmp_path / "x")
    assert not (tmp_path / "x").exists()
    assert not (staging / "fetched.json").exists()


def spoiled(tmp_path: Path, folder: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf(SMALL)
    if how == "foreign":
        folder.mkdir(parents=True)
        (folder / "mine.txt").write_text("mine")
    elif how == "space":
        usage = shutil.disk_usage(tmp_path)._replace(free=1)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    else:
        fetch(MODEL, tmp_path, shelf, quiet)
        if how == "changed":
            (folder / "config.json").write_text("changed")
        elif how == "broken":
            record_of(folder).write_text("{}")
        elif how == "moved":
            shelf.revision = shelf.commit = "decade"
    return shelf


SPOILED = {
    "foreign": ("is there already, and bench did not fetch it", "--into"),
    "space": ("needs 0.0 kB more", "--into"),
    "changed": ("was changed after it was fetched", "remove it"),
    "broken": ("is broken", "remove it"),
    "moved": ("holds the revision c0ffee, and org/tiny is decade now", "org/tiny@c0ffee"),
}


@pytest.mark.parametrize("how", SPOILED)
def test_what_stands_in_the_way_is_said(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "org" / "tiny"
    shelf = spoiled(tmp_path, folder, how, monkeypatch)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    said, hint = SPOILED[how]
    with pytest.raises(BenchError, match=said) as error:
        fetch(MODEL, tmp_path, shelf, quiet)
    assert hint in str(error.value.hint)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_outside_is_refused() -> None:
    said: dict[str, Any] = {"revision": "c", "licence": None, "files": []}
    for path in ("../x", "/etc/x", "a/../../x"):
        files = [{"path": path, "bytes": 1, "sha256": "0", "git_sha1": None}]
        with pytest.raises(RunError, match="outside the repository"):
            read_listing(said | {"files": files}, "org/tiny")


def test_the_same_weights_in_other_forms_are_left_out() -> None:
    named = ("model.safetensors", "pytorch_model.bin.index.json", "onnx/model.onnx", "vocab.txt")
    files = tuple(map(hub_file, named))
    kept, left = model_files(files)
    assert [one.path for one in kept] == ["model.safetensors", "vocab.txt"]
    assert len(left) == 2
    assert model_files(files[1:]) == (files[1:], ())


def test_of_a_data_set_the_benchmark_s_tables_are_taken(tmp_path: Path) -> None:
    names = ("README.md", "DocVQA/validation-00000-of-00001.parquet", "Info/test.parquet")
    card = tmp_path / "README.md"
    card.write_text(
        "---\nconfigs:\n- config_name: DocVQA\n  data_files:\n"
        "  - {split: validation, path: DocVQA/validation-*}\n---\n"
    )
    files = tuple(map(hub_file, names))
    kept, left = data_files(files, card, DOCVQA, "docvqa-val", "org/DocVQA")
    assert ([one.path for one in kept], [one.path for one in left]) == (
        list(names[:2]),
        [names[2]],
    )
    with pytest.raises(UsageError, match=r"org/DocVQA: .*none of the files that it names"):
        data_files(files[::2], card, DOCVQA, "docvqa-val", "org/DocVQA")
    with pytest.raises(UsageError, match="org/DocVQA holds no files that bench data add reads"):
        data_files(files[:1], None, DOCVQA, "docvqa-val", "org/DocVQA")


def test_names_become_repositories(tmp_path: Path) -> None:
    assert wanted("docvqa-val", "main").label == "lmms-lab/DocVQA@main"
    assert wanted("docvqa-val").kind == "dataset"
    assert wanted("doc/vqa-val") == Wanted("model", "doc/vqa-val", None)
    assert wanted("org/name@v1").folder(tmp_path) == tmp_path / "org" / "name@v1"
    assert wanted("datasets/org/name").folder(tmp_path) == tmp_path / "datasets" / "org" / "name"
    model = wanted("qwen2.5-vl-3b-instruct")
    assert (model.kind, model.id) == ("model", "Qwen/Qwen2.5-VL-3B-Instruct")
    assert model.next_step(Path("x")) == "--weights qwen2.5-vl-3b-instruct=x"


NAMES = {
    "nothing": ("docvqa-vall", "no model and no benchmark"),
    "package": ("smollm2-135m-instruct", "in the package"),
    "endpoint": ("rapidocr", "has no weights on a hub"),
    "path": ("org/../x", "is no hub's id"),
    "revision": ("org/x@../y", "is no branch, tag or commit"),
}


@pytest.mark.parametrize("name", NAMES)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match=NAMES[name][1]):
        wanted(NAMES[name][0])


def test_a_token_that_was_refused_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert "a private one needs HF_TOKEN" in str(
        failure(MODEL, HUBS["huggingface"], "unknown").hint
    )
    monkeypatch.setenv("HF_TOKEN", "x")
    assert str(failure(MODEL, HUBS["huggingface"], "gated")) == (
        "org/tiny is gated: the account of HF_TOKEN has no access"
    )
    assert failure(MODEL, HUBS["huggingface"], "status", 401).hint == "it refused HF_TOKEN"
    assert failure(MODEL, HUBS["huggingface"], "status", 500).hint == "the same command goes on"


def test_the_record_is_json_that_says_what_it_is(tmp_path: Path) -> None:
    found = fetch(MODEL, tmp_path, Shelf(SMALL), quiet)
    said = json.loads(record_of(found.folder).read_bytes())
    assert said == found.record
    assert (said["schema"], said["revision"], said["licence"]) == (1, "c0ffee", "mit")
