"""lmms-eval's own numbers, read out of its results."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.adapters.lmms_eval_process import part

RESULTS: dict[str, Any] = {
    "results": {
        "t": {
            "alias": "t",
            "anls,none": 0.5,
            "anls_stderr,none": "N/A",
            "anls_stderr_clt,none": 0.25,
            "submission,none": None,
        }
    },
    "higher_is_better": {"t": {"anls": True}},
    "group_subtasks": {"t": []},
}


def test_each_number_of_lmms_eval_is_one_native_row() -> None:
    scores = part("scores")
    logs = {"t": [{"sample": "a", "anls": 1.0}, {"sample": "b", "anls": 0}]}
    (row,) = scores.native(RESULTS, logs, {"b", "z"}, {}, "raw/x")
    assert row == {
        "metric": "anls",
        "group": None,
        "value": 0.5,
        "scale": 1,
        "higher_is_better": True,
        "n": 2,
        "failed_scored": 1,
        "source": "raw/x",
    }
    assert list(scores.of_samples(RESULTS, logs)) == [("a", "anls", 1.0), ("b", "anls", 0.0)]


def test_parts_are_named_as_we_name_them() -> None:
    scores = part("scores")
    results = {
        "results": {
            "g": {"alias": "g", "exact_match,none": 0.5},
            "g_one": {"exact_match,none": 1.0},
            "g_two": {"exact_match,none": 0.0},
        },
        "higher_is_better": {name: {"exact_match": True} for name in ("g", "g_one", "g_two")},
        "group_subtasks": {"g": ["g_one", "g_two"]},
    }
    logs = {
        "g_one": [{"sample": "a", "exact_match": 1.0}],
        "g_two": [{"sample": "b", "exact_match": 0.0}],
    }
    found = scores.native(results, logs, set(), {"g_one": "eins"}, "s")
    assert [(one["group"], one["value"], one["n"]) for one in found] == [
        (None, 0.5, 2),
        ("eins", 1.0, 1),
        ("g_two", 0.0, 1),
    ]


@pytest.mark.parametrize(
    ("metric", "rows", "known"),
    [
        ("ocrbench_accuracy", [{"score": 1}] * 4, (0.004, True)),
        ("mme_perception_score", [{"category": one, "score": 1.0} for one in "aabb"], (400, True)),
        ("pope_yes_ratio", [{"score": 1.0}], (None, None)),
        ("of somebody else", [{"score": 1.0}], (None, None)),
    ],
)
def test_the_value_of_a_perfect_run(
    metric: str, rows: list[dict[str, Any]], known: tuple[float | None, bool | None]
) -> None:
    scores = part("scores")
    results = {
        "results": {"t": {f"{metric},none": 0.25}},
        "higher_is_better": {"t": {metric: True}},
        "group_subtasks": {"t": []},
    }
    logs = {"t": [{"sample": str(n), metric: row} for n, row in enumerate(rows)]}
    (row,) = scores.native(results, logs, set(), {}, "s")
    assert (row["scale"], row["higher_is_better"]) == known
    assert len(list(scores.of_samples(results, logs))) == len(rows)


def test_a_metric_by_several_filters_has_their_names() -> None:
    scores = part("scores")
    results = {
        "results": {"t": {"exact_match,strict": 0.0, "exact_match,flexible": 1.0}},
        "higher_is_better": {"t": {"exact_match": True}},
        "group_subtasks": {"t": []},
    }
    logs = {"t": [{"sample": "a", "exact_match": 0.0}, {"sample": "a", "exact_match": 1.0}]}
    found = scores.native(results, logs, set(), {}, "s")
    assert [(one["metric"], one["n"]) for one in found] == [
        ("exact_match,strict", 1),
        ("exact_match,flexible", 1),
    ]
    assert list(scores.of_samples(results, logs)) == []


def test_a_number_that_is_none_fails_the_job() -> None:
    results = json.loads(json.dumps(RESULTS))
    results["results"]["t"]["anls,none"] = float("nan")
    with pytest.raises(ValueError, match="anls of t is nan"):
        part("scores").native(results, {"t": [{"sample": "a", "anls": 1.0}]}, set(), {}, "s")
