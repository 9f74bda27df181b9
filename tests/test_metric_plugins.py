"""Metrics of other packages: a real distribution on the path, with its entry point."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import UsageError
from bench.metrics import METRICS
from bench.metrics.plugins import known_metric, metric_named, metric_names, origin
from bench.score import records
from bench.task import MetricUse
from tests.test_score import answer

CODE = """\
from bench.metrics import Part
from bench.metrics.metric import similarity

def length(prediction, references, policy):
    return Part(float(len(prediction) == len(references[0])), 1.0)

SAME_LENGTH = similarity("same_length", "answers as long as the reference", length)
NO_METRIC = 5
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "lengths_of_others.py").write_text(CODE)
    about = tmp_path / "lengths_of_others-1.5.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: lengths-of-others\nVersion: 1.5\n"
    )
    (about / "entry_points.txt").write_text(
        "[vlmhyperbench.metrics]\n"
        "same_length = lengths_of_others:SAME_LENGTH\n"
        "other_name = lengths_of_others:SAME_LENGTH\n"
        "five = lengths_of_others:NO_METRIC\n"
        "gone = lengths_of_others:GONE\n"
        "anls = lengths_of_others:SAME_LENGTH\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    from bench.metrics import plugins

    plugins._others.cache_clear()
    return tmp_path


def test_a_package_s_metric_scores(package: Path) -> None:
    assert "same_length" in metric_names()
    kept = records("j", [answer("a", "xyz", "abc")], [MetricUse(metric="same_length")])
    assert kept[0].scores["same_length"].value == 1.0
    assert origin("same_length") == "lengths-of-others 1.5"
    assert origin("cer") is None


def test_none_of_ours_is_replaced(package: Path) -> None:
    assert known_metric("anls") is METRICS["anls"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("five", "metric 'five' of lengths_of_others:NO_METRIC is no bench.metrics.Metric"),
        ("gone", "metric 'gone' of lengths_of_others:GONE cannot be imported: AttributeError"),
        ("other_name", "calls itself 'same_length'"),
    ],
)
def test_what_a_package_got_wrong_is_said(package: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        metric_named(name)
    assert said in caught.value.message


def test_an_unknown_metric_is_named() -> None:
    assert known_metric("same_lengthy") is None
    with pytest.raises(UsageError, match="unknown metric 'same_lengthy'"):
        metric_named("same_lengthy")
