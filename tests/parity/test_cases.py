"""The shipped edge cases, and where other answers come from."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from bench.errors import SourceError, UsageError
from bench.parity.answers import answers
from bench.parity.cases import edge_cases
from tests.cli.said import Cli

ROWS: list[dict[str, object]] = [
    {"id": "1", "prediction": "ITC", "references": "ITC Limited"},
    {"id": "2", "prediction": None, "references": ["x", "y"]},
    {"id": "3", "prediction": "z", "references": []},
]


def written(path: Path, rows: list[dict[str, object]]) -> str:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return str(path)


def test_the_edge_cases_cover_what_scorers_stumble_over() -> None:
    found = edge_cases()
    text, choice = found["text"], found["choice"]
    assert len(text) >= 100
    assert len(choice) >= 45
    assert all(one.about for one in (*text, *choice))
    assert all(len(one.choices) > 1 for one in choice)
    said = [one.prediction for one in text]
    assert None in said
    assert "" in said
    everything = "".join(one or "" for one in said)
    for part in ("\u00a0", "\n", "ANSWER:", "<think>", "1,250", "42.5", "$", "SS", "inf", "“"):
        assert part in everything, part
    kinds = {unicodedata.bidirectional(letter) for letter in everything}
    assert {"R", "AL"} <= kinds
    assert any(not unicodedata.is_normalized("NFC", one or "") for one in said)
    assert max(len(one or "") for one in said) > 1000


def test_pairs_are_answers(tmp_path: Path) -> None:
    found = answers(written(tmp_path / "pairs.jsonl", ROWS), [])
    first, second = found.cases["text"]
    assert (first.references, first.prediction) == (("ITC Limited",), "ITC")
    assert second.prediction is None
    assert found.notes == ("1 without a reference: left out",)
    assert [one.name for one in found.families] == ["anls", "relaxed", "vqa", "ocrbench", "exact"]


def test_pairs_with_options_have_the_choice_family(tmp_path: Path) -> None:
    row = ROWS[0] | {"references": "B", "choices": ["x", "y"]}
    found = answers(written(tmp_path / "pairs.jsonl", [row]), [])
    assert "choice" in [one.name for one in found.families]


def test_a_run_s_answers_by_the_families_of_its_metrics(tmp_path: Path, cli: Cli) -> None:
    source = written(tmp_path / "pairs.jsonl", ROWS)
    run = tmp_path / "run"
    assert cli("score", "--pairs", source, "--metric", "anls", "--out", str(run)).code == 1
    for given in (str(run), f"{run}:pairs"):
        found = answers(given, [])
        assert found.source == "run: pairs"
        assert [one.prediction for one in found.cases["text"]] == ["ITC", None]
        assert [one.name for one in found.families] == ["anls"]
    with pytest.raises(UsageError, match="no job 'pair' in"):
        answers(f"{run}:pair", [])


@pytest.mark.parametrize(
    ("rows", "metrics", "said"),
    [
        pytest.param([ROWS[0], ROWS[0]], [], r"jsonl:2:1: duplicate id '1'", id="duplicate"),
        pytest.param(
            [{"id": "1", "references": "x"}],
            [],
            r"jsonl:1:1: 'prediction' is missing",
            id="no prediction",
        ),
        pytest.param([ROWS[2]], [], "no answer with a reference", id="no reference"),
        pytest.param([ROWS[0]], ["choice"], "the answer '1' has no options", id="no options"),
        pytest.param([ROWS[0]], ["anl"], "no family of scorers is called 'anl'", id="family"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, rows: list[dict[str, object]], metrics: list[str], said: str
) -> None:
    source = written(tmp_path / "pairs.jsonl", rows)
    with pytest.raises(UsageError, match=said):
        answers(source, metrics)


def test_a_wrong_edge_case_is_named_by_its_line(tmp_path: Path) -> None:
    written(tmp_path / "text.jsonl", [{"id": "1", "references": ["x"], "prediction": "x", "by": 1}])
    with pytest.raises(SourceError, match=r"text.jsonl:1:1: unknown key 'by'"):
        edge_cases(tmp_path)
