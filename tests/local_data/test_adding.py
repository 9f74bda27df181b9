"""The command, and what is left of a copy that was not finished."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.errors import UsageError
from bench.local_data import Finding, copies, find_copy, verify
from bench.local_data.adding import remove_copy, write_named
from tests.cli.said import Cli
from tests.local_data import forms
from tests.local_data.conftest import Add
from tests.local_data.made import DOCVQA, docvqa_copy, docvqa_rows


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return forms.lines_with_images(tmp_path / "pages", docvqa_rows())


def test_a_copy_that_is_there_stays_unless_it_is_replaced(
    tmp_path: Path, source: Path, copies_place: Path, add_docvqa: Add
) -> None:
    first = add_docvqa(source)
    other = forms.lines_with_images(tmp_path / "others", docvqa_rows(3))
    with pytest.raises(UsageError, match="is there already") as wrong:
        add_docvqa(other)
    assert "--replace" in (wrong.value.hint or "")
    assert verify(first) == ()
    assert first.rows == 6
    assert add_docvqa(other, replace=True).rows == 3
    assert [path.name for path in copies_place.iterdir()] == ["docvqa-val"]


def test_a_replacement_that_fails_leaves_the_copy(
    tmp_path: Path, source: Path, copies_place: Path, add_docvqa: Add
) -> None:
    first = add_docvqa(source)
    broken = forms.lines_with_images(tmp_path / "others", docvqa_rows())
    (broken / "images" / "5.png").unlink()
    with pytest.raises(UsageError, match=r"validation\.jsonl:6: 'image' image images/5\.png"):
        add_docvqa(broken, replace=True)
    assert verify(first) == ()
    assert [path.name for path in copies_place.iterdir()] == ["docvqa-val"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=str)
def test_an_interrupted_add_leaves_nothing(
    number: int, tmp_path: Path, source: Path, copies_place: Path
) -> None:
    """What a kill leaves is hidden, and the next add removes it."""
    lines = source / "validation.jsonl"
    content = lines.read_bytes()
    with lines.open("ab") as file:
        file.writelines(content for _ in range(40_000))
    command = [sys.executable, "-m", "bench", "data", "add", "docvqa-val", "--from", str(source)]
    log = tmp_path / "log"
    with log.open("wb") as out, subprocess.Popen(command, stderr=out, stdout=out) as process:
        until = time.monotonic() + 60
        while not list(copies_place.glob(".docvqa-val.part-*/images/*/*.png")):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(number)
        code = process.wait(30)
    assert find_copy("docvqa-val") is None
    if number == signal.SIGKILL:
        assert len(list(copies_place.glob(".docvqa-val.part-*"))) == 1
        lines.write_bytes(content)
        write_named("docvqa-val", source, DOCVQA)
        assert [path.name for path in copies_place.iterdir()] == ["docvqa-val"]
    else:
        assert code == 130
        assert "interrupted" in log.read_text()
        assert list(copies_place.iterdir()) == []


def test_a_second_process_does_not_write_the_same_copy(
    source: Path, copies_place: Path, add_docvqa: Add
) -> None:
    import filelock

    copies_place.mkdir()
    with (
        filelock.FileLock(copies_place / ".docvqa-val.lock"),
        pytest.raises(UsageError, match="is being written by another process"),
    ):
        add_docvqa(source)


def test_a_disk_that_takes_nothing(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, add_docvqa: Add
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "file" / "copies"))
    with pytest.raises(UsageError, match="Not a directory"):
        add_docvqa(source)


def test_what_verify_finds(source: Path, add_docvqa: Add) -> None:
    copy = add_docvqa(source)
    images = sorted(place for place in copy.described.files if place.startswith("images/"))
    (copy.folder / images[0]).unlink()
    changed = copy.folder / images[1]
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    (copy.folder / "rows" / "notes.txt").write_text("mine")
    assert verify(copy) == (
        Finding(images[0], "missing"),
        Finding(images[1], "changed"),
        Finding("rows/notes.txt", "extra"),
    )


def test_verify_compares_the_hash_of_the_content(source: Path, add_docvqa: Add) -> None:
    copy = add_docvqa(source)
    path = copy.folder / "data.json"
    described = json.loads(path.read_text())
    path.write_text(json.dumps(described | {"content_sha256": "0" * 64}))
    (finding,) = verify(find_copy("docvqa-val") or copy)
    assert (finding.place, finding.fault) == ("data.json", "changed")
    path.write_text("{")
    again = next(copies())
    assert [one.fault for one in verify(again)] == ["unreadable"]


def test_the_commands(cli: Cli, source: Path, copies_place: Path) -> None:
    assert "no benchmark's data is there yet" in cli("data", "list").out
    added = cli("data", "add", "DocVQA_VAL", "--from", str(source))
    assert added.code == 0
    assert "docvqa-val: 6 rows in 1 table, 5 images" in added.out
    again = cli("data", "add", "docvqa-val", "--from", str(source))
    assert (again.code, again.out) == (2, "")
    (row,) = json.loads(cli("data", "list", "--json").out)
    assert (row["name"], row["rows"], row["images"], row["ok"]) == ("docvqa-val", 6, 5, True)
    assert row["source"] == {"kind": "JSON Lines", "name": "pages"}
    assert "docvqa-val" in cli("data", "list").out
    shown = json.loads(cli("data", "show", "docvqa_val", "--json").out)
    assert shown["tables"][0]["columns"]["answers"] == {"list": "text"}
    assert "answers: " in cli("data", "show", "docvqa-val").out
    assert cli("data", "verify").out == "docvqa-val: ok\n"
    image = next((copies_place / "docvqa-val" / "images").rglob("*.png"))
    image.unlink()
    verified = cli("data", "verify", "docvqa-val")
    assert verified.code == 1
    assert f"missing: images/{image.parent.name}/{image.name}" in verified.out
    assert "1 file missing" in json.loads(cli("data", "list", "--json").out)[0]["said"]
    found = json.loads(cli("data", "verify", "--json").out)["docvqa-val"]
    assert [one["fault"] for one in found] == ["missing"]
    assert cli("data", "remove", "docvqa-vall").err.endswith("did you mean 'docvqa-val'?\n")
    assert json.loads(cli("data", "remove", "docvqa-val", "--json").out) == {
        "removed": ["docvqa-val"]
    }
    assert list(copies_place.iterdir()) == []


def test_a_name_that_no_harness_has(cli: Cli, source: Path, copies_place: Path) -> None:
    said = cli("data", "add", "docvqa-vall", "--from", str(source))
    assert said.code == 2
    assert "unknown benchmark 'docvqa-vall'" in said.err
    assert "docvqa-val" in said.err.splitlines()[1]
    assert not copies_place.exists()


def test_removing_takes_the_copy_alone(tmp_path: Path, source: Path, add_docvqa: Add) -> None:
    add_docvqa(source)
    remove_copy("docvqa-val")
    assert find_copy("docvqa-val") is None
    assert (source / "images" / "0.png").is_file()
    with pytest.raises(UsageError, match="there is no copy of 'docvqa-val'"):
        remove_copy("docvqa-val")


def test_a_copy_is_a_source_too(tmp_path: Path, add_docvqa: Add) -> None:
    """As it is carried to another machine."""
    first = docvqa_copy(tmp_path / "carried")
    assert add_docvqa(first.folder).content_sha256 == first.content_sha256
