"""Files that are not what a benchmark is published as: one clear error, and nothing is left."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from bench.errors import BenchError, SourceError, UsageError
from bench.importers import BENCHMARKS, import_benchmark
from bench.importers.layouts import image_file
from tests.importers import published
from tests.importers.published import DOCVQA_ROWS, drawn, lines, stored, tasks, write


def refused(name: str, source: Path, out: Path, **options: Any) -> BenchError:
    before = sorted(str(path) for path in source.rglob("*")) if source.is_dir() else []
    with pytest.raises(BenchError) as caught:
        import_benchmark(name, source, out, **options)
    assert "\n" not in caught.value.message
    assert not out.exists()
    assert not list(out.parent.glob(f".{out.name}*"))
    assert before == (sorted(str(path) for path in source.rglob("*")) if source.is_dir() else [])
    return caught.value


@pytest.mark.parametrize(
    ("name", "looked"),
    [
        ("chartqa", "looked for test_human.json or test-*.parquet"),
        ("cord", "looked for test-*.parquet or test/metadata.jsonl"),
        ("docvqa", "val_v1.0_withQT.json or val_v1.0.json or DocVQA/validation-*.parquet"),
        ("funsd", "looked for dataset/testing_data/annotations/*.json"),
        ("infovqa", "or InfographicVQA/validation-*.parquet"),
        ("ocrbench", "looked for OCRBench.json or test-*.parquet"),
        ("xfund", "looked for de.val.json or es.val.json or"),
    ],
)
def test_a_wrong_folder_is_told_what_it_holds_and_what_was_looked_for(
    tmp_path: Path, name: str, looked: str
) -> None:
    source = tmp_path / "source"
    for number in range(10):
        write(source / f"n{number}.txt", b"")
    (source / "some").mkdir()
    error = refused(name, source, tmp_path / "task")
    assert isinstance(error, UsageError)
    names = ", ".join(f"n{number}.txt" for number in range(8))
    assert f": it holds {names}, and 3 more" in error.message
    assert looked in str(error.hint)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_an_empty_folder_no_folder_and_another_file_are_refused(tmp_path: Path, name: str) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "it holds nothing" in refused(name, empty, tmp_path / "task").message
    absent = refused(name, tmp_path / "absent", tmp_path / "task")
    assert absent.message.endswith("there is no such file or folder")
    file = write(tmp_path / "notes.txt", b"notes")
    assert "it is a single file" in refused(name, file, tmp_path / "task").message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"question": None}, "'question' is missing or no text"),
        ({"questionId": True}, "'questionId' is missing or no text"),
        ({"answers": [1]}, "'answers' must be a text or a list of texts"),
        ({"image": "documents/gone.png"}, "image documents/gone.png is missing; looked in"),
        ({"questionId": 337}, "the id '337' is there twice"),
    ],
    ids=["question", "id", "answers", "image", "twice"],
)
def test_a_broken_row_is_named_by_its_line(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    rows = [DOCVQA_ROWS[0], DOCVQA_ROWS[1] | change]
    source = published.docvqa(tmp_path / "source", rows)
    file = source / "spdocvqa_qas" / "val_v1.0_withQT.json"
    text = json.dumps({"dataset_name": "SP-DocVQA", "data": []})
    listed = ",\n\n ".join(json.dumps(row) for row in rows)
    file.write_text(text.replace("[]", f"[\n{listed}]"))
    error = refused("docvqa", source, tmp_path / "task")
    assert isinstance(error, SourceError)
    assert error.message.startswith(f"{file}:4: {said}")


def test_a_row_that_is_no_object_or_of_another_benchmark(tmp_path: Path) -> None:
    source = published.docvqa(tmp_path / "source")
    file = source / "spdocvqa_qas" / "val_v1.0_withQT.json"
    file.write_text('{"data": [7]}')
    assert refused("docvqa", source, tmp_path / "task").message == (
        f"{file}:1: must be a JSON object"
    )
    file.write_text('{"data": [{"query": "?", "label": "1"}]}')
    error = refused("docvqa", source, tmp_path / "task")
    assert (error.message, error.hint) == (
        f"{file}:1: has no 'questionId'",
        "it has: label, query",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"data": [\n{"a": 1},\n{]}', ":3:2: Expecting property name enclosed in double quotes"),
        (b'{"data": "\xff"}', ":1:11: is not UTF-8"),
        (b"[]", ""),
        (b'{"rows": []}', ":1: has no list under 'data'"),
        (b'{"data": ' + b"[" * 5000 + b"]" * 5000 + b"}", ": cannot be read: "),
        (b'{"data": []}', ""),
    ],
    ids=["broken", "bytes", "list", "no-list", "nested", "empty"],
)
def test_a_broken_json_file_is_named_by_its_place(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = write(tmp_path / "source" / "val_v1.0.json", content)
    message = refused("docvqa", tmp_path / "source", tmp_path / "task").message
    if said:
        assert message.startswith(f"{file}{said}")
    else:
        assert message == "the val split of DocVQA, task 1 has no row"


def test_parquet_files_without_pyarrow_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = published.cord(tmp_path / "source")
    for name in [one for one in sys.modules if one.partition(".")[0] == "pyarrow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    error = refused("cord", source, tmp_path / "task")
    assert error.message == "parquet files need the package pyarrow"
    assert error.hint == 'install "vlmhyperbench[parquet]"'


def test_parquet_files_that_are_broken_or_of_another_set(tmp_path: Path) -> None:
    source = tmp_path / "source"
    file = write(source / "test-00000-of-00001.parquet", b"PAR1 cut off")
    message = refused("cord", source, tmp_path / "task").message
    assert message.startswith(f"{file}: is no parquet file that can be read: ")
    published.parquet(file, {"image": published.IMAGE}, [{"image": stored(drawn())}])
    error = refused("cord", source, tmp_path / "task")
    assert error.message == f"{file}: has no column 'ground_truth'"
    assert error.hint == "it has: image"


def test_the_posters_columns_are_not_taken_for_pages(tmp_path: Path) -> None:
    source = published.infovqa_hub(tmp_path / "source") / "InfographicVQA"
    error = refused("docvqa", source, tmp_path / "task")
    assert error.message.endswith("has no column 'ucsf_document_id'")


@pytest.mark.parametrize("content", [b"", b"no image", b"GIF89a cut"], ids=["none", "text", "cut"])
def test_an_image_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    columns = {"image": published.IMAGE, "ground_truth": pa.string()}
    rows = [{"image": stored(content), "ground_truth": '{"gt_parse": {"total": {}}}'}]
    published.parquet(tmp_path / "source" / "test-00000-of-00001.parquet", columns, rows)
    message = refused("cord", tmp_path / "source", tmp_path / "task").message
    assert "test-00000-of-00001.parquet: row 1: " in message
    assert message.endswith("holds no image bytes") or "is no image that can be read" in message


def test_other_kinds_of_image_become_png_with_the_same_pixels(tmp_path: Path) -> None:
    import io

    from PIL import Image

    source = published.docvqa(tmp_path / "source", DOCVQA_ROWS[:1])
    bitmap = drawn(2, "BMP")
    write(source / "spdocvqa_images" / "xnbl0037_1.png", bitmap)
    out = import_benchmark("docvqa", source, tmp_path / "task")
    made = (out / "images" / "xnbl0037_1.png").read_bytes()
    with Image.open(io.BytesIO(made)) as now, Image.open(io.BytesIO(bitmap)) as own:
        assert now.format == "PNG"
        assert now.tobytes() == own.convert("RGB").tobytes()
    assert "and so converted to PNG: 1." in (out / "README.md").read_text()


def test_two_images_of_one_name_stay_two(tmp_path: Path) -> None:
    from bench.importers.images import Picture, Shelf

    shelf = Shelf(tmp_path)
    first, again = (shelf.put(Picture("a/b", drawn(1))) for _ in range(2))
    other = shelf.put(Picture("A b", drawn(2)))
    assert first == again
    assert first.casefold() != other.casefold()
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {drawn(1), drawn(2)}
    assert len(shelf) == 2


def test_a_name_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path / "secret.png", drawn())
    inside = tmp_path / "images"
    write(inside / "a.png", drawn())
    assert image_file([inside], "../secret.png") is None
    assert image_file([inside], "/secret.png") is None
    assert image_file([inside], str(tmp_path / "secret.png")) is None
    assert image_file([inside], "..\\x\\a.png") == inside / "a.png"


def test_the_source_is_only_read_and_a_folder_that_is_there_is_kept(tmp_path: Path) -> None:
    source = published.chartqa(tmp_path / "source")
    before = {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}
    out = import_benchmark("chartqa", source, tmp_path / "task")
    assert before == {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match="is there already and is not empty"):
        import_benchmark("chartqa", source, out)
    assert sorted(os.listdir(out)) == [  # noqa: PTH208
        *("README.md", "images", "prompts", "questions.jsonl", "task.yaml")
    ]


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_a_limit_keeps_the_first_and_progress_ends_with_it(tmp_path: Path, limit: int) -> None:
    heard: list[tuple[int, int]] = []
    out = import_benchmark(
        "docvqa",
        published.docvqa_hub(tmp_path / "source"),
        tmp_path / "task",
        limit=limit,
        told=lambda done, total: heard.append((done, total)),
    )
    kept = min(limit, 3)
    assert [row["id"] for row in lines(out, "questions")] == ["337", "338", "4000"][:kept]
    assert heard == [(kept, kept)]
    assert len(tasks(out)["questions"].samples) == kept


def test_a_split_that_is_not_there(tmp_path: Path) -> None:
    source = published.xfund(tmp_path / "source", zipped=False)
    error = refused("xfund", source, tmp_path / "task", split="test")
    assert (error.message, error.hint) == ("xfund has no split 'test'", "known: val, train")
    assert "holds no train split of XFUND" in (
        refused("xfund", source, tmp_path / "task", split="train").message
    )


def test_a_file_of_another_split_is_not_taken(tmp_path: Path) -> None:
    source = published.docvqa(tmp_path / "source")
    file = source / "spdocvqa_qas" / "val_v1.0_withQT.json"
    message = refused("docvqa", file, tmp_path / "task", split="train").message
    assert message == f"{file}:1: is of the val split, and train was asked for"
    hub = published.cord(tmp_path / "hub") / "data" / "test-00000-of-00001-9c20.parquet"
    error = refused("cord", hub, tmp_path / "task", split="train")
    assert "holds no train split of CORD v2: it is a single file" in error.message


def test_converted_parquet_files_are_found(tmp_path: Path) -> None:
    source = published.cord(tmp_path / "source")
    place = source / "default" / "test"
    place.mkdir(parents=True)
    (source / "data" / "test-00000-of-00001-9c20.parquet").rename(place / "0000.parquet")
    out = import_benchmark("cord", source / "default", tmp_path / "task")
    assert len(lines(out, "receipt")) == 2
