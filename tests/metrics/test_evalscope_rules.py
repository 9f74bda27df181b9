"""What EvalScope reads out of an answer and how it scores it: by hand, and against its own code."""

from __future__ import annotations

import json
import random
import subprocess

import pytest

from bench.adapter import find_adapter
from bench.environment import build
from bench.metrics import METRICS, Policy
from bench.metrics.evalscope import spoken, stated

Pair = tuple[str, tuple[str, ...]]
THEIRS = """
import json, sys
from evalscope.api.model import ModelOutput
from evalscope.api.registry import get_benchmark, get_metric
from evalscope.config import TaskConfig
pairs = json.load(sys.stdin)
config = TaskConfig(model="m", model_id="m", eval_type="mock_llm", datasets=[NAME])
adapter = get_benchmark(NAME, config)
scores = []
for said, references in pairs:
    text = ModelOutput.from_content("m", said).completion
    answer = adapter.extract_answer(text, None)
    if NAME == "chartqa":
        each = [adapter.match_score(text, answer, one, None) for one in references]
        scores.append(max(one.value["relaxed_acc"] for one in each))
    else:
        scores.append(get_metric("anls")()(answer, json.dumps(references)))
print(); print(json.dumps([float(one) for one in scores]))
"""


def score(name: str, prediction: str, *references: str) -> float | None:
    return METRICS[name].measure(prediction, references, Policy()).value


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        pytest.param("ANSWER: 45", "45", id="plain"),
        pytest.param("so\nanswer : 45\nthanks", "45", id="case-blank-and-more-lines"),
        pytest.param("**ANSWER: 45**", "45", id="bold-around"),
        pytest.param("ANSWER: **45**", "45", id="bold-inside"),
        pytest.param("ANSWER: a\nANSWER: b", "b", id="the-last"),
        pytest.param("ANSWER:\n\n45 km", "45 km", id="next-line"),
        pytest.param("the answer is 45", None, id="none"),
        pytest.param("ANSWER:", "", id="empty"),
    ],
)
def test_what_stands_behind_the_last_marker(answer: str, read: str | None) -> None:
    assert stated(answer) == read


def test_one_thinking_block_is_no_part_of_the_answer() -> None:
    assert spoken("<think>ANSWER: 1</think>\nANSWER: 2") == "ANSWER: 2"
    assert spoken('a <think signature="x" redacted="true">b\n</think> c') == "a  c"
    assert spoken("<think>a</think><think>b</think>") == "<think>b</think>"
    assert spoken(" <think>never closed ") == " <think>never closed "


def test_anls_is_of_what_was_read_or_else_of_the_whole_answer() -> None:
    name = "anls_evalscope_answer"
    assert score(name, "The total is shown.\nANSWER: $12.50", "$12.50") == 1.0
    assert score(name, " $12.50\n", "$12.50") == 1.0
    assert score(name, "ANSWER: ab", "ac") == 0.5  # kept, which the published rule does not
    assert score(name, "$12.50\nANSWER: unknown", "$12.50") == 0.0
    assert score("anls_evalscope", "The total is shown.\nANSWER: $12.50", "$12.50") == 0.0


def test_relaxed_accuracy_is_of_what_was_read_alone() -> None:
    name = "relaxed_accuracy_evalscope"
    assert score(name, "ANSWER: 105", "100") == 1.0
    assert score(name, "ANSWER: 105.1", "100") == 0.0
    assert score(name, "100", "100") == 0.0
    assert score(name, "ANSWER: 0.0", "0") == 1.0
    assert score(name, "ANSWER: 5%", "0.05") == 1.0
    assert score(name, "ANSWER: Yes", "no", "yes") == 1.0


def answers(count: int) -> list[Pair]:
    """Answers as models write them around few values, so that right and wrong ones come."""
    g = random.Random(20261121)
    values = ["45", "45.9", "47.3", "0", "0.0", "5%", "0.05", "yes", "Yes.", "N/A", "$12.50", "1e3"]
    values += [
        "Total due",
        "total  due",
        "Totel du",
        "ﬁn",
        "İst",
        "합계 3",
        "nan",
        "inf",
        "",
        "**",
        "-5",
    ]
    markers = [
        "ANSWER: ",
        "Answer:",
        "answer :",
        "**ANSWER:** ",
        "ANSWER: **",
        "ANSWER\n:\n",
        "ANS: ",
    ]

    def said() -> str:
        lines = [g.choice(["", "I see.", g.choice(values)]) for _ in range(g.randrange(3))]
        lines += [
            g.choice(markers) + g.choice(values) + g.choice(["", "**", " ", "."])
            for _ in range(g.choice([0, 1, 1, 1, 2]))
        ]
        lines += [g.choice(["", "done", "**"]) for _ in range(g.randrange(2))]
        text = g.choice(["\n", "\n", "\r\n", " "]).join(lines)
        thought = g.choice(["<think>ANSWER: 1</think>", "<think>", "<think >\na</think>\n"])
        return g.choice(["", "", "", thought]) + text

    return [(said(), tuple(g.sample(values, g.choice([1, 1, 2])))) for _ in range(count)]


@pytest.mark.harness
@pytest.mark.parametrize(
    ("benchmark", "name"),
    [
        pytest.param("docvqa", "anls_evalscope_answer", id="docvqa"),
        pytest.param("infovqa", "anls_evalscope_answer", id="infovqa"),
        pytest.param("chartqa", "relaxed_accuracy_evalscope", id="chartqa"),
    ],
)
def test_the_rule_is_evalscope_s_own(benchmark: str, name: str) -> None:
    pairs = answers(3000)
    python = build(find_adapter("harness", "evalscope"), "cpu", print).python
    done = subprocess.run(
        [python, "-c", f"NAME = {benchmark!r}\n{THEIRS}"],
        input=json.dumps(pairs),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    mine = [METRICS[name].measure(said, true, Policy()).numerator for said, true in pairs]
    assert mine == pytest.approx(found, abs=1e-9)
    assert 100 < sum(found) < 2900
