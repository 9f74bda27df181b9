"""KMMLU: a table a subject, from each layout that people keep it in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from bench_data import LocalCopy

from bench.errors import UsageError
from bench.local_data import Copy
from bench.local_data.adding import write_named
from tests.local_data import forms
from tests.local_data.made import kmmlu_copy, kmmlu_rows, kmmlu_shape

SUBJECTS = ("Agricultural-Sciences", "Biology")


def add(source: Path, **options: object) -> Copy:
    return write_named("kmmlu", source, kmmlu_shape(), **options)  # type: ignore[arg-type]


def tables(subject: str) -> dict[str, list[dict[str, object]]]:
    return {"test": kmmlu_rows(subject), "dev": kmmlu_rows(subject, 5, first=101)}


def snapshot(at: Path) -> Path:
    """As the hub passes it on: CSV files that README.md lists."""
    listed = []
    for subject in SUBJECTS:
        files = []
        for split, rows in tables(subject).items():
            forms.comma_separated(at / "data" / f"{subject}-{split}.csv", rows)
            files.append({"split": split, "path": f"data/{subject}-{split}.csv"})
        listed.append({"config_name": subject, "data_files": files})
    listed.append({"config_name": "Law", "data_files": "data/Law-test.csv"})  # was not fetched
    (at / "README.md").write_text(f"---\nconfigs: {json.dumps(listed)}\n---\n")
    return at


def snapshot_without_readme(at: Path) -> Path:
    (snapshot(at) / "README.md").unlink()
    return at


def folder_a_subject(at: Path) -> Path:
    """data/benchmarks/kmmlu/<subject>, saved to disk."""
    for subject in SUBJECTS:
        folder = subject.lower().replace("-", "_")
        forms.saved_splits(at / folder, {k: list(v) for k, v in tables(subject).items()})
    return at


def folder_of_files(at: Path) -> Path:
    for subject in SUBJECTS:
        for split, rows in tables(subject).items():
            forms.parquet(at / subject / "data" / f"{split}-00000-of-00001.parquet", rows)
    return at


LAYOUTS: dict[str, Callable[[Path], Path]] = {
    "snapshot": snapshot,
    "snapshot without README": snapshot_without_readme,
    "a saved folder a subject": folder_a_subject,
    "a folder of files a subject": folder_of_files,
}


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_each_subject_is_a_table(layout: str, tmp_path: Path) -> None:
    copy = add(LAYOUTS[layout](tmp_path / "kmmlu"))
    assert [(one.config, one.split, one.rows) for one in copy.tables] == [
        (subject, split, count)
        for subject in SUBJECTS
        for split, count in (("dev", 5), ("test", 4))
    ]
    direct = kmmlu_copy(tmp_path / "direct", SUBJECTS)
    assert copy.content_sha256 == direct.content_sha256
    first = LocalCopy(str(copy.folder)).table("Biology", "test")
    assert next(first.rows())["question"] == "Biology 문제: 1와 같은 수는 무엇인가?"
    assert first.ids()[:2] == ["Biology/0", "Biology/1"]
    assert set(first.groups()) == {"Biology"}


def test_one_subject_alone(tmp_path: Path) -> None:
    """By the name of its folder, or by --config."""
    folder_a_subject(tmp_path / "kmmlu")
    one = add(tmp_path / "kmmlu" / "biology")
    assert {table.config for table in one.tables} == {"Biology"}
    other = add(snapshot(tmp_path / "whole"), config="agricultural sciences", replace=True)
    assert {table.config for table in other.tables} == {"Agricultural-Sciences"}


def test_a_subject_that_there_is_not(tmp_path: Path) -> None:
    folder = forms.saved_to_disk(tmp_path / "kmmlu" / "biologie", kmmlu_rows("Biology")).parent
    with pytest.raises(UsageError, match="kmmlu has no such subject: 'biologie'") as wrong:
        add(folder)
    assert wrong.value.hint == "nearest: 'Biology'"


def test_a_file_that_names_no_subject(tmp_path: Path) -> None:
    path = forms.comma_separated(tmp_path / "rows.csv", kmmlu_rows("Biology"))
    with pytest.raises(UsageError, match="which subject of kmmlu is it") as wrong:
        add(path)
    assert "--config" in (wrong.value.hint or "")
    (table,) = add(path, config="biology").tables
    assert (table.config, table.split) == ("Biology", "test")


def test_only_examples_are_no_benchmark(tmp_path: Path) -> None:
    path = forms.comma_separated(tmp_path / "Biology-dev.csv", kmmlu_rows("Biology"))
    with pytest.raises(UsageError, match="of Biology it holds the split dev, and kmmlu asks test"):
        add(path)


def test_two_files_for_one_table(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        forms.comma_separated(tmp_path / "k" / folder / "Biology-test.csv", kmmlu_rows("Biology"))
    forms.comma_separated(tmp_path / "k" / "biology_test.csv", kmmlu_rows("Biology"))
    with pytest.raises(UsageError, match=r"are both Biology/test"):
        add(tmp_path / "k")
