"""Our metrics of a harness's rule against that harness's own code, in its own environment."""

from __future__ import annotations

import json
import random
import subprocess

import pytest

from bench.adapter import find_adapter
from bench.environment import build
from bench.metrics import METRICS, Policy
from tests.adapters.test_vlmevalkit_parity import fuzzed

READ = "import json, sys; pairs = json.load(sys.stdin)\n"
SAY = "\nprint(); print(json.dumps([float(one) for one in scores]))"
ANLS_OF = {
    "evalscope": """
from evalscope.metrics.nlp.metrics import ANLS
references = [json.dumps(pair["references"]) for pair in pairs]
scores = ANLS().apply([pair["prediction"] for pair in pairs], references)""",
    "lmms-eval": """
from lmms_eval.api.metrics import anls
scores = [anls(pair["references"], [pair["prediction"]])["anls"] for pair in pairs]""",
}
RELAXED_OF = {
    "lmms-eval": """
from lmms_eval.tasks.chartqa.utils import relaxed_correctness as right
scores = [max(right(p["prediction"], one) for one in p["references"]) for p in pairs]""",
    "vlmevalkit": """
from vlmeval.dataset.utils.vqa_eval import process_line
lines = [{"answer": repr(p["references"]), "prediction": p["prediction"]} for p in pairs]
scores = [max(process_line(line, "relaxed_accuracy")["match"]) for line in lines]""",
}


def theirs(harness: str, script: str, pairs: list[dict[str, object]]) -> list[float]:
    python = build(find_adapter("harness", harness), "cpu", print).python
    done = subprocess.run(
        [python, "-c", READ + script + SAY],
        input=json.dumps(pairs),
        text=True,
        capture_output=True,
        check=True,
    )
    scores: list[float] = json.loads(done.stdout.splitlines()[-1])
    return scores


def ours(name: str, pairs: list[dict[str, object]]) -> list[float]:
    measure = METRICS[name].measure
    parts = [measure(str(p["prediction"]), tuple(p["references"]), Policy()) for p in pairs]  # type: ignore[arg-type]
    return [part.numerator for part in parts]


def numbers(count: int) -> list[dict[str, object]]:
    """Numbers near and far, as charts and models write them, and some that are none."""
    g = random.Random(20261121)

    def written(value: float) -> str:
        said = g.choice(
            [f"{value:.2f}", f"{value:g}", f"{value:.0f}", f"{value:.1f}%", f"${value}"]
        )
        return g.choice(["", "", " "]) + said + g.choice(["", "", " ", "\n", "%"])

    pairs: list[dict[str, object]] = []
    for _ in range(count):
        value = g.choice([0, 1, 5, 42.5, 100, 1990, -3, 12345.678])
        said = g.choice(
            [written(value * g.uniform(0.9, 1.1)), written(value), "Yes", "no ", "1,250"]
        )
        references = [g.choice([written(value).strip(), "yes", "No", "1,250"]) for _ in range(2)]
        pairs.append({"prediction": said, "references": references})
    return pairs


@pytest.mark.harness
@pytest.mark.parametrize(
    ("harness", "name"), [("evalscope", "anls_evalscope"), ("lmms-eval", "anls_vlmevalkit")]
)
def test_anls_is_the_harness_s_own(harness: str, name: str) -> None:
    pairs = fuzzed(1000)
    found = theirs(harness, ANLS_OF[harness], pairs)
    assert found == pytest.approx(ours(name, pairs), abs=1e-9)
    # The set tells the three rules apart.
    others = {"anls", "anls_evalscope", "anls_vlmevalkit"} - {name}
    for other in others:
        near = zip(found, ours(other, pairs), strict=True)
        assert sum(abs(one - two) > 1e-9 for one, two in near) > 50


@pytest.mark.harness
@pytest.mark.parametrize(
    ("harness", "name"),
    [("lmms-eval", "relaxed_accuracy"), ("vlmevalkit", "relaxed_accuracy_vlmevalkit")],
)
def test_relaxed_accuracy_is_the_harness_s_own(harness: str, name: str) -> None:
    pairs = numbers(2000)
    found = theirs(harness, RELAXED_OF[harness], pairs)
    assert found == ours(name, pairs)
    assert 300 < sum(found) < 1700
    both = zip(
        ours("relaxed_accuracy", pairs), ours("relaxed_accuracy_vlmevalkit", pairs), strict=True
    )
    assert sum(one != other for one, other in both) > 20
