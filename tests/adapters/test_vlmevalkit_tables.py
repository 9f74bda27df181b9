"""Large tables of VLMEvalKit: images become files, texts stay as they are."""

import base64
import csv
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.vlmevalkit_stub.process import part

tables, literal = part("tables"), part("literals").literal
PICTURES = [b"\xff\xd8\xff" + bytes(60 + number) for number in range(4)]
CELLS = [base64.b64encode(one).decode() for one in PICTURES]


def spread(folder: Path, rows: list[dict[str, str]], limit: int | None = None) -> Any:
    source, target = folder / "t.tsv", folder / "t_local.tsv"
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)
    tables.with_image_files(str(source), str(target), str(folder / "images"), literal, limit)
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def row(index: str, image: str, **more: str) -> dict[str, str]:
    return {"index": index, "question": 'NA "q"\r\n\tx', "image": image, "answer": "007"} | more


def test_references_forwards_and_backwards_share_one_file(tmp_path: Path) -> None:
    rows = [row("a", "b"), row("b", CELLS[0]), row("c", "b"), row("d", "")]
    found = spread(tmp_path, rows)
    assert [one["index"] for one in found] == ["a", "b", "c"]
    assert len({one["image_path"] for one in found}) == 1
    assert Path(found[0]["image_path"]).read_bytes() == PICTURES[0]
    assert {one["question"] for one in found} == {'NA "q"\r\n\tx'}
    assert {one["answer"] for one in found} == {"007"}
    assert "image" not in found[0]


def test_a_limit_writes_only_the_images_that_are_asked(tmp_path: Path) -> None:
    rows = [row("0", CELLS[0]), row("1", "3"), row("2", CELLS[2]), row("3", CELLS[3])]
    found = spread(tmp_path, rows, limit=2)
    assert [one["index"] for one in found] == ["0", "1"]
    assert Path(found[1]["image_path"]).read_bytes() == PICTURES[3]
    assert sorted(path.name for path in (tmp_path / "images").iterdir()) == ["0.png", "3.png"]


def test_several_images_of_a_row_are_a_list_of_paths(tmp_path: Path) -> None:
    rows = [row("0", repr(CELLS[:2])), row("1", CELLS[2], image_path="")]
    rows[0]["image_path"] = ""
    found = spread(tmp_path, rows)
    paths = literal(found[0]["image_path"])
    assert [Path(one).read_bytes() for one in paths] == PICTURES[:2]


def test_a_name_given_by_the_table_is_kept_inside_the_folder(tmp_path: Path) -> None:
    found = spread(tmp_path, [row("0", CELLS[0], image_path="deep/page.jpg")])
    assert found[0]["image_path"] == str(tmp_path / "images" / "deep" / "page.jpg")
    with pytest.raises(ValueError, match="outside its folder"):
        spread(tmp_path, [row("0", CELLS[0], image_path="../page.jpg")])
    assert not (tmp_path / "page.jpg").exists()


def test_a_table_is_large_by_its_images_and_its_bytes(tmp_path: Path) -> None:
    table = tmp_path / "t.tsv"
    table.write_text("index\timage\n0\t1\n")
    assert tables.is_large(str(table), least=10)
    assert not tables.is_large(str(table))
    table.write_text("index\timage_path\n0\t1.png\n")
    assert not tables.is_large(str(table), least=10)


def test_an_image_that_is_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no image of index 9"):
        spread(tmp_path, [row("0", CELLS[0]), row("1", "9")])
