"""catalogue.py of the adapters: the committed lists are what the locked harnesses have."""

from __future__ import annotations

import sys
from pathlib import Path

import bench_catalogue
import pytest

from bench.adapter import find_adapter, load_adapter
from bench.environment import build
from bench.errors import RunError
from bench.lock import catalogue, refresh_catalogue

HARNESSES = ("evalscope", "lm-eval", "lmms-eval", "vlmevalkit")


@pytest.mark.harness
@pytest.mark.parametrize("name", HARNESSES)
def test_the_lists_are_what_the_locked_harness_has(name: str, tmp_path: Path) -> None:
    adapter = find_adapter("harness", name)
    python = build(adapter, "cpu", print).python
    found = tmp_path / "tables"
    found.mkdir()
    catalogue(python, adapter.folder / "catalogue.py", found, tmp_path / "log")
    for file in ("benchmarks.tsv", "models.tsv"):
        drifted = (found / file).read_bytes() != (adapter.folder / file).read_bytes()
        assert not drifted, f"{file} drifted: bench env lock {name}"


@pytest.mark.parametrize("name", HARNESSES)
@pytest.mark.parametrize("file", ["benchmarks.tsv", "models.tsv"])
def test_a_list_is_sorted_and_whole(name: str, file: str) -> None:
    text = (find_adapter("harness", name).folder / file).read_text("utf-8")
    titles, *lines = (line.split("\t") for line in text.splitlines())
    first = bench_catalogue.BENCHMARKS if file == "benchmarks.tsv" else bench_catalogue.MODELS
    assert tuple(titles[: len(first)]) == first
    assert {len(line) for line in lines} == {len(titles)}
    names = [line[0] for line in lines]
    assert names == sorted(set(names))
    assert "://" not in text
    assert "site-packages" not in text, "a path of the machine that wrote it"
    assert '"' not in text


def test_cells_are_one_line_each_and_what_is_not_said_is_empty(tmp_path: Path) -> None:
    bench_catalogue.write_benchmarks(
        str(tmp_path),
        [
            {"name": "b", "metric": ["acc", {}, "f1"], "split": None, "judge": True},
            {"name": "a", "config": 'two\nlines\tand "marks"', "few_shot": 0},
        ],
        ("few_shot",),
    )
    assert (tmp_path / "benchmarks.tsv").read_text() == (
        "name\tmodality\tkind\tdataset\tconfig\tsplit\tmetric\tjudge\tfew_shot\n"
        "a\t\t\t\ttwo lines and marks\t\t\t\t0\n"
        "b\t\t\t\t\t\tacc,f1\t\t\n"
    )


@pytest.mark.parametrize("names", [["a", "a"], [""], [None]], ids=["twice", "empty", "none"])
def test_a_list_with_an_unusable_name_is_not_written(
    names: list[str | None], tmp_path: Path
) -> None:
    rows = [{"name": name, "class": str(number)} for number, name in enumerate(names)]
    with pytest.raises(ValueError, match="a name is empty or stands twice"):
        bench_catalogue.write_models(str(tmp_path), rows)
    assert list(tmp_path.iterdir()) == []


ADAPTER = """
protocol = 1
name = "listed"
kind = "harness"
summary = "a harness that says what it has"
python = "3.11"
flavours = ["cpu"]
"""
SAYS = """
from bench_catalogue import target, write_benchmarks, write_models
write_benchmarks(target(), [{"name": "one", "modality": "text"}])
write_models(target(), [])
"""


def _adapter(folder: Path, script: str) -> Path:
    folder.mkdir()
    (folder / "adapter.toml").write_text(ADAPTER)
    (folder / "catalogue.py").write_text(script)
    for name in ("run.py", "requirements.in", "requirements.lock"):
        (folder / name).touch()
    return folder


def test_locking_refreshes_the_lists_beside_the_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    folder = _adapter(tmp_path / "listed", SAYS)
    adapter = load_adapter(folder / "adapter.toml")
    assert [path.name for path in refresh_catalogue(adapter, lambda _: None)] == [
        "benchmarks.tsv",
        "models.tsv",
    ]
    assert adapter.benchmarks()["one"]["modality"] == "text"
    (folder / "catalogue.py").unlink()
    assert refresh_catalogue(adapter, lambda _: None) == ()


def test_a_catalogue_that_fails_says_why_and_writes_nothing(tmp_path: Path) -> None:
    script = tmp_path / "catalogue.py"
    script.write_text("raise SystemExit('no such harness')")
    tables = tmp_path / "tables"
    tables.mkdir()
    with pytest.raises(RunError, match="exit code 1") as raised:
        catalogue(Path(sys.executable), script, tables, tmp_path / "log")
    assert raised.value.hint is not None
    assert "no such harness" in raised.value.hint
    assert list(tables.iterdir()) == []
