"""SROIE as people have it on disk -> a task folder that loads."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from bench.errors import BenchError, SourceError, UsageError
from bench.importers import IMPORTERS
from bench.importers.sroie import import_sroie
from bench.task import document_tasks
from tests.conftest import PIXEL

BOX = "1,2,3,4,5,6,7,8,TOTAL, RM 9.00\r\n\n72,25,326,25,326,64,72,64,\u00c4 1\n"


def annotated(folder: Path, rows: bytes | list[dict[str, Any]]) -> Path:
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "a.JPG").write_bytes(PIXEL)
    lines = (
        rows if isinstance(rows, bytes) else b"".join(json.dumps(r).encode() + b"\n" for r in rows)
    )
    (folder / "annotations.jsonl").write_bytes(lines)
    return folder


def row(**changed: Any) -> dict[str, Any]:
    return {"id": "a", "image": "images/a.JPG", "text": "TOTAL\n9.00"} | changed


def published(folder: Path, box: bytes = BOX.encode(), suffix: str = ".csv") -> Path:
    for name in ("img", "box", "key"):
        (folder / name).mkdir(parents=True)
    (folder / "img" / "000.jpg").write_bytes(PIXEL)
    (folder / "img" / "Thumbs.db").write_bytes(b"")
    (folder / "box" / f"000{suffix}").write_bytes(box)
    return folder


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def refused(source: Path, out: Path) -> BenchError:
    with pytest.raises(BenchError) as caught:
        import_sroie(source, out)
    assert "\n" not in caught.value.message
    assert not out.exists() or not any(out.iterdir())
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(".")] == []
    return caught.value


def test_annotations_become_a_task(tmp_path: Path) -> None:
    text = "TOTAL\u2028 \u00e9\r\n007"
    source = annotated(tmp_path / "source", [row(text=text), row(id="b", text="")])
    before = tree(source)
    out = IMPORTERS["sroie"](source, tmp_path / "new" / "task")
    (task,) = document_tasks(str(out))
    first, second = task.samples
    assert (first.id, first.doc_id, first.doc_type) == ("a", "a", "receipt")
    assert (first.references, second.references) == ((text,), ("",))
    assert first.images[0].name == "a.jpg"
    assert first.images[0].read_bytes() == PIXEL
    assert [use.label for use in task.metrics] == ["cer_casefold", "cer", "anls"]
    assert tree(source) == before
    assert sorted(os.listdir(out)) == ["README.md", "images", "samples.jsonl", "task.yaml"]  # noqa: PTH208
    assert oct(out.stat().st_mode & 0o777) == "0o755"


@pytest.mark.parametrize("suffix", [".csv", ".txt"])
def test_the_published_folders_become_a_task(tmp_path: Path, suffix: str) -> None:
    source = published(tmp_path / "source", suffix=suffix)
    before = tree(source)
    (task,) = document_tasks(str(import_sroie(source, tmp_path / "task")))
    (sample,) = task.samples
    assert sample.references == ("TOTAL, RM 9.00\n\u00c4 1",)
    assert tree(source) == before


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row(), row(id="b", image="images/b.jpg")], "2:1: image images/b.jpg is missing"),
        ([row(), row()], "2:1: duplicate id 'a'"),
        ([row(id="../../evil")], "1:1: id '../../evil' is no file name"),
        ([row(id="a/b")], "1:1: id 'a/b' is no file name"),
        ([row(id="")], "1:1: id '' is no file name"),
        ([row(id="..")], "1:1: id '..' is no file name"),
        ([row(id="a\0")], "1:1: id 'a\\x00' is no file name"),
        ([row(text=7)], "1:1: 'text' is missing or no text"),
        ([row(id=None)], "1:1: 'id' is missing or no text"),
        (b'{"id": "a"}\n', "1:1: 'image' is missing or no text"),
        (b"[1]\n", "1:1: must be a JSON object"),
        (b'\n{"id": "a"\n', "2:11: Expecting ',' delimiter"),
        (b'{"id": "\xff"}\n', "1:9: is not UTF-8"),
    ],
)
def test_a_broken_row_is_one_line_at_its_place(
    tmp_path: Path, rows: bytes | list[dict[str, Any]], said: str
) -> None:
    source = annotated(tmp_path / "source", rows)
    message = refused(source, tmp_path / "task").message
    assert message == f"{source / 'annotations.jsonl'}:{said}"
    assert not (tmp_path / "evil.jpg").exists()


@pytest.mark.parametrize(
    ("box", "said"),
    [
        (b"1,2,3,4,5,6,7,8,A\n\n1,2,3,TOTAL\n", "3:1: needs eight numbers and a text"),
        (b"1,2,3,4,5,6,7,8\n", "1:1: needs eight numbers and a text"),
        (b"THANK, YOU, FOR, YOUR, VISIT, DEAR, GUEST, BYE, 1\n", "1:1: needs eight numbers"),
    ],
)
def test_a_broken_box_is_one_line_at_its_place(tmp_path: Path, box: bytes, said: str) -> None:
    source = published(tmp_path / "source", box)
    message = refused(source, tmp_path / "task").message
    assert message.startswith(f"{source / 'box' / '000.csv'}:{said}")


def test_an_image_without_its_box_and_two_of_one_name_are_named(tmp_path: Path) -> None:
    source = published(tmp_path / "source")
    (source / "img" / "000.png").write_bytes(PIXEL)
    assert "000.png: has the same name as 000.jpg" in refused(source, tmp_path / "t").message
    (source / "img" / "000.png").rename(source / "img" / "001.png")
    assert (
        "001.png: has no file of the same name in box/" in refused(source, tmp_path / "t").message
    )


def test_folders_that_hold_nothing_are_refused(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert "is no SROIE folder" in refused(tmp_path / "none", tmp_path / "task").message
    source = annotated(tmp_path / "empty", b"\n")
    assert "holds no receipt" in refused(source, tmp_path / "task").message


def test_nothing_of_a_person_s_is_written_over(tmp_path: Path) -> None:
    source = annotated(tmp_path / "source", [row()])
    out = tmp_path / "task"
    out.mkdir()
    import_sroie(source, out)
    before = tree(out)
    with pytest.raises(UsageError, match="is not empty"):
        import_sroie(source, out)
    assert tree(out) == before
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        import_sroie(source, file)
    assert file.read_text() == "mine"


def test_all_real_receipts(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "sroie"
    rows = [json.loads(line) for line in (source / "annotations.jsonl").read_bytes().splitlines()]
    task, _fields = document_tasks(str(import_sroie(source, tmp_path / "task")))
    assert len(task.samples) == len(rows) >= 80
    for sample, told in zip(task.samples, rows, strict=True):
        assert (sample.id, sample.references) == (told["id"], (told["text"],))
        assert sample.images[0].read_bytes() == (source / told["image"]).read_bytes()


def test_a_missing_image_is_a_source_error(tmp_path: Path) -> None:
    source = annotated(tmp_path / "source", [row(image="../../none.jpg")])
    assert isinstance(refused(source, tmp_path / "task"), SourceError)
