"""The shipped entries, and what is said of a wrong one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench.benchmarks.catalogue import benchmark
from bench.errors import SourceError, UsageError
from bench.metrics import METRICS
from bench.published import Entry, load_published, named
from bench.reproduction.mmmu import MMMU_OPEN
from bench.resources import folder
from tests.reproduction.given import write_entry

SHIPPED = load_published()


def test_there_are_enough() -> None:
    kinds = Counter(entry.kind for entry in SHIPPED)
    assert kinds["document"] >= 15
    assert kinds["text"] >= 5


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda one: one.id)
def test_what_an_entry_names_is_there(entry: Entry) -> None:
    rules = entry.rule.values() if isinstance(entry.rule, dict) else [entry.rule]
    assert {*rules} <= {None, MMMU_OPEN.name, *METRICS}
    assert 0 <= entry.value <= entry.scale
    if entry.run is None:
        return
    assert (folder("configs") / "models" / f"{entry.run.model}.yaml").is_file()
    if ":" not in entry.run.task:
        found = benchmark(entry.run.task)
        assert found is not None
        assert found.split == entry.split
        assert entry.run.backend in found.homes


@pytest.mark.parametrize(
    ("keys", "said", "line"),
    [
        ({"valeu": 1}, "unknown key 'entries.0.valeu'", '"valeu"'),
        ({"value": "high"}, "'entries.0.value'", '"value"'),
        ({"protocol": {"model": "x", "n": 2}}, "`model` stands in the entry", "{"),
        ({"tolerance": 0}, "'entries.0.tolerance'", '"tolerance"'),
        ({"source": {"title": "t", "table": "1", "url": "page"}}, "url", '"url"'),
    ],
    ids=["key", "number", "twice", "tolerance", "link"],
)
def test_a_wrong_entry_is_told_by_its_line(
    keys: dict[str, Any], said: str, line: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=r"some\.yaml") as error:
        load_published(write_entry(tmp_path / "p", **keys))
    assert said in str(error.value)
    number = int(str(error.value).partition("some.yaml:")[2].partition(":")[0])
    text = (tmp_path / "p" / "some.yaml").read_text().splitlines()
    assert line in text[number - 1]


def test_an_id_is_there_once(tmp_path: Path) -> None:
    place = write_entry(tmp_path)
    (place / "z.yaml").write_bytes((place / "some.yaml").read_bytes())
    with pytest.raises(SourceError, match="duplicate id 'tiny'"):
        load_published(place)


def test_a_folder_without_entries(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no \*\.yaml"):
        load_published(tmp_path)


def test_a_misspelt_id_is_suggested() -> None:
    with pytest.raises(UsageError) as error:
        named(SHIPPED, "arc-challenge-smollm2-135m-instruc")
    assert "arc-challenge-smollm2-135m-instruct" in str(error.value.hint)
