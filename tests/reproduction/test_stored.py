"""Numbers of stored answers: files that others published, and pairs of one's own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bench.errors import SourceError, UsageError
from bench.hashing import file_sha256
from bench.metrics import Policy
from bench.published import load_published, named
from bench.reproduction.anew import all_stored, from_answers
from bench.reproduction.mmmu import mmmu_open
from bench.reproduction.stored import from_file
from tests.reproduction.given import write_entry, write_pairs

SHIPPED = load_published()
MMMU = named(SHIPPED, "mmmu-val-llava-1.5-13b")
SAID = ("model=Nobody", "benchmark=Tiny", "split=all")


@pytest.mark.parametrize(
    ("response", "reference", "right"),
    [
        ("3.0", "3", 1),
        ("24.31", "24.32", 0),
        ("step b", "B", 1),
        ("bath", "B", 0),
        ("The answer is 1,200.", "1200", 1),
        ("So x = 12.004", "12", 1),
        ("It is the mitral valve.", "mitral valve", 1),
        ("beach", "Tampa", 0),
        ("", "x", 0),
    ],
    ids=lambda one: str(one) or "empty",
)
def test_open_questions_of_mmmu(response: str, reference: str, right: int) -> None:
    assert mmmu_open(response, (reference,), Policy()).numerator == right


def test_all_stored_answers(shared_data: Path) -> None:
    """330 of 900, as MMMU's own script says of these files (36.7); no DocVQA file is comparable."""
    found = list(all_stored(SHIPPED, shared_data))
    *docvqa, mmmu = found
    assert mmmu.state == "MATCH"
    assert mmmu.value == pytest.approx(100 * 330 / 900)
    assert [one.state for one in docvqa] == ["NOT-COMPARABLE"] * 3
    differ = [{each.key for each in one.differs} for one in docvqa]
    assert differ == [{"harness", "n"}, {"harness", "n"}, {"harness", "n", "model"}]
    assert [one.value for one in docvqa[:2]] == pytest.approx([67.43, 89.42], abs=0.01)


def test_a_changed_file_is_not_known(shared_data: Path, tmp_path: Path) -> None:
    known = MMMU.answers[0]
    assert known.references is not None
    for name in (known.predictions.name, known.references.name):
        shutil.copy(shared_data / "predictions" / name, tmp_path)
    path = tmp_path / known.predictions.name
    said = json.loads(path.read_bytes())
    said["validation_Accounting_1"] = "B"
    path.write_text(json.dumps(said))
    (found,) = all_stored([MMMU], tmp_path)
    assert found.state == "NOT-RUN"
    assert "other content" in found.reason
    shutil.copy(shared_data / "predictions" / known.predictions.name, tmp_path)
    (tmp_path / known.references.name).write_text("{}")
    with pytest.raises(SourceError, match="is not the references"):
        from_file(MMMU, path)


def test_pairs_match_where_a_person_vouches_for_the_rest(tmp_path: Path) -> None:
    (entry,) = load_published(write_entry(tmp_path / "p"))
    rows = [{"id": str(n), "prediction": "hello", "references": ["hello"]} for n in (1, 2)]
    path = str(write_pairs(tmp_path / "a.jsonl", rows))
    found = from_answers(entry, path, SAID)
    assert (found.state, found.said) == ("MATCH", ("model", "benchmark", "split"))
    alone = from_answers(entry, path, ())
    assert alone.state == "NOT-COMPARABLE"
    assert [one.key for one in alone.differs] == ["model", "benchmark", "split"]


def test_a_missing_prediction_is_a_failed_request(tmp_path: Path) -> None:
    (entry,) = load_published(write_entry(tmp_path / "p", value=0.5))
    rows: list[dict[str, Any]] = [
        {"id": "1", "prediction": "hello", "references": ["hello"]},
        {"id": "2", "prediction": None, "references": ["hello"]},
    ]
    found = from_answers(entry, str(write_pairs(tmp_path / "a.jsonl", rows)), SAID)
    assert found.value == 0.5  # at the metric's worst, and n is still 2
    assert found.state == "NOT-COMPARABLE"
    assert [one.key for one in found.differs] == ["failed requests"]


@pytest.mark.parametrize(
    ("say", "said"),
    [
        ("n=5", "it was 2"),
        ("metric=anls", "it was 'cer'"),
        ("promt=x", "unknown key"),
        ("split", "write KEY=VALUE"),
        ("shots=many", "valid integer"),
    ],
    ids=["n", "metric", "key", "form", "value"],
)
def test_what_cannot_be_said(say: str, said: str, tmp_path: Path) -> None:
    (entry,) = load_published(write_entry(tmp_path / "p"))
    rows = [{"id": str(n), "prediction": "a", "references": ["a"]} for n in (1, 2)]
    with pytest.raises(UsageError, match=said):
        from_answers(entry, str(write_pairs(tmp_path / "a.jsonl", rows)), (say,))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"id": "1", "prediction": "a", "references": []}], "'1' has no references"),
        ([{"id": "1", "prediction": "a", "references": ["a"]}] * 2, r":2:1: duplicate id '1'"),
        ([], "there is no pair"),
    ],
    ids=["references", "twice", "empty"],
)
def test_pairs_that_cannot_be_scored(
    rows: list[dict[str, object]], said: str, tmp_path: Path
) -> None:
    (entry,) = load_published(write_entry(tmp_path / "p"))
    with pytest.raises(UsageError, match=said):
        from_file(entry, write_pairs(tmp_path / "a.jsonl", rows))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"id": 1, "prediction": "a"}], "has no column 'references'"),
        ([{"prediction": "a", "references": "a"}], "has no column 'id'"),
        ([{"id": 1, "prediction": "a", "references": "a"}] * 2, "duplicate id '1'"),
        ("text", "neither a list of rows nor a mapping"),
    ],
    ids=["column", "id", "twice", "form"],
)
def test_a_known_file_of_another_form(rows: object, said: str, tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    path.write_text(json.dumps(rows))
    known = {
        "what": "w",
        "source": "s",
        "predictions": {"name": path.name, "sha256": file_sha256(path)},
    }
    (entry,) = load_published(write_entry(tmp_path / "p", answers=[known]))
    with pytest.raises(SourceError, match=said):
        from_file(entry, path)


def test_a_prediction_without_a_reference_does_not_vanish(tmp_path: Path) -> None:
    said, right = tmp_path / "said.json", tmp_path / "right.json"
    said.write_text(json.dumps({"1": "a", "2": "b"}))
    right.write_text(json.dumps({"1": "a"}))
    names = {
        key: {"name": path.name, "sha256": file_sha256(path)}
        for key, path in (("predictions", said), ("references", right))
    }
    known = {"what": "w", "source": "s"} | names
    (entry,) = load_published(write_entry(tmp_path / "p", answers=[known]))
    with pytest.raises(SourceError, match="no reference for '2'"):
        from_file(entry, said)
    (right_too,) = [names["references"] | {"sha256": file_sha256(said), "name": said.name}]
    other = known | {"predictions": names["references"], "references": right_too}
    (entry,) = load_published(write_entry(tmp_path / "q", answers=[other]))
    found = from_file(entry, right)
    assert (found.known.n, found.failed) == (2, 1)


def test_an_entry_without_a_rule_takes_runs_alone(tmp_path: Path) -> None:
    (entry,) = load_published(write_entry(tmp_path / "p", rule=None))
    path = write_pairs(tmp_path / "a.jsonl", [{"id": "1", "prediction": "a", "references": ["a"]}])
    with pytest.raises(UsageError, match="no rule for stored answers"):
        from_file(entry, path)
