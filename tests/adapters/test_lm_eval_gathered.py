"""lm-eval's files of its own benchmarks, on a recorded run of two subjects of a made KMMLU copy."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.collecting import collected_by
from tests.adapters.lm_eval_process import ADAPTER, HERE, SDK, part

SUBJECT = "kmmlu_accounting"


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE / "lm_eval_native" / "recorded", tmp_path / "job"))


collected = partial(collected_by, ADAPTER)


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def file(folder: Path, pattern: str) -> Path:
    (path,) = (folder / "raw" / "lm_eval").glob(pattern)
    return path


def edit(path: Path, old: str, new: str) -> None:
    before = path.read_text("utf-8")
    assert old in before
    path.write_text(before.replace(old, new, 1), "utf-8")


def test_subjects_and_the_whole_have_their_numbers(recorded: Path) -> None:
    result = collected(recorded)
    assert result["status"] == "ok", result["error"]
    found = {(one["metric"], one["group"]): (one["value"], one["n"]) for one in result["native"]}
    assert found == {
        ("acc", "accounting"): (0.25, 4),
        ("acc", "biology"): (0.25, 4),
        ("acc", None): (0.25, 8),
    }
    right = {row["id"]: row["references"] for row in rows(recorded, "asked.jsonl")}
    hits = [row["prediction"] in right[row["id"]] for row in rows(recorded, "predictions.jsonl")]
    scores = [row["value"] for row in rows(recorded, "native_scores.jsonl")]
    assert scores == [float(hit) for hit in hits]
    assert sum(hits) == 2


def test_a_failed_sample_is_no_answer_and_counted(recorded: Path) -> None:
    line = json.dumps({"id": "Accounting/1", "error": "HTTP 500: x"}) + "\n"
    (recorded / "raw" / "failed.jsonl").write_text(line)
    result = collected(recorded)
    failed = [row for row in rows(recorded, "predictions.jsonl") if row["status"] == "failed"]
    assert [(row["id"], row["prediction"]) for row in failed] == [("Accounting/1", None)]
    assert {one["group"]: one["failed_scored"] for one in result["native"]} == {
        "accounting": 1,
        "biology": 0,
        None: 1,
    }


def test_a_score_that_the_likelihoods_deny_fails(recorded: Path) -> None:
    edit(file(recorded, f"samples_{SUBJECT}_*"), '"acc": 1.0', '"acc": 0.0')
    message = collected(recorded)["error"]["message"]
    assert message == "lm-eval's acc of Accounting/0 is 0.0, its log-probabilities say otherwise"


def test_n_that_shrank_fails(recorded: Path) -> None:
    edit(file(recorded, "results_*"), '"effective": 4', '"effective": 3')
    message = collected(recorded)["error"]["message"]
    assert message == f"lm-eval counts 3 samples of {SUBJECT}, 4 were asked"


def test_rows_that_are_lost_or_twice_fail(recorded: Path) -> None:
    path = file(recorded, f"samples_{SUBJECT}_*")
    lines = path.read_bytes().splitlines(keepends=True)
    for kept in (lines[1:], [lines[1], *lines[1:]]):
        path.write_bytes(b"".join(kept))
        assert "rows of 'none', 4 were asked" in collected(recorded)["error"]["message"]


def test_a_number_that_is_not_finite_is_left_out_by_name(recorded: Path) -> None:
    edit(file(recorded, "results_*"), '"acc,none": 0.25', '"acc,none": NaN')
    result = collected(recorded)
    assert len(result["native"]) == 2
    assert "acc is no finite number" in (recorded / "events.jsonl").read_text()


@pytest.mark.parametrize(
    ("metric", "chosen"), [("acc", 0), ("acc_norm", 1), ("acc_bytes", 2), (None, 0)]
)
def test_each_metric_chooses_by_its_own_rule(
    monkeypatch: pytest.MonkeyPatch, metric: str | None, chosen: int
) -> None:
    monkeypatch.syspath_prepend(str(SDK))
    # By characters: -2/1, -3/4, -4/2.  By bytes: -2/1, -3/4, -4/6.
    assert part("gathered").chosen_by(metric, [-2.0, -3.0, -4.0], ["a", "bbbb", "정답"]) == chosen


def test_of_equal_choices_the_first_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SDK))
    assert part("gathered").chosen_by("acc", [-3.0, -2.0, -2.0], ["a", "b", "c"]) == 1


TOKENS = [" Q", ":", " bytes", "bytes:\\xec\\x9d", "bytes:\\xb4", " A", " new"]


def echoed(tokens: list[str]) -> dict[str, Any]:
    numbers = [None, *(-float(place) for place in range(1, len(tokens)))]
    tops = [None, *({"x": -3.0} for _ in tokens[1:])]
    said = {"tokens": tokens, "token_logprobs": numbers, "top_logprobs": tops}
    return {"logprobs": said}


@pytest.mark.parametrize("mark", [[], ["<s>"]], ids=["plain", "with-a-mark-before"])
def test_a_continuation_is_counted_from_the_end_in_bytes(mark: list[str]) -> None:
    completions = part("completions")
    found, greedy = completions.continuation(echoed(mark + TOKENS), " Q: bytes", "이 A")
    first = len(mark) + 3
    assert found == -float(first + first + 1 + first + 2)
    assert greedy is False
    one = completions.continuation(echoed(mark + TOKENS), " Q: bytes이", " A", 1)
    assert one == (-float(first + 2), False)


def test_a_token_over_the_end_of_the_prompt_is_no_number() -> None:
    completions = part("completions")
    with pytest.raises(completions.Unclear, match="reaches over the end"):
        completions.continuation(echoed([" Q", ": A", " new"]), " Q:", " A")
    with pytest.raises(completions.Unclear, match="2 of 2 tokens"):
        completions.continuation(echoed([" Q", " A", " new"]), "", " Q A")
    assert completions.split_pair("Q:  ", "A") == ("Q:", "  A")
