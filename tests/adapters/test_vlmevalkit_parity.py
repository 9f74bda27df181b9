"""Our `anls_vlmevalkit` against VLMEvalKit's own code, in its own environment."""

from __future__ import annotations

import json
import random
import subprocess
import unicodedata
from pathlib import Path

import pytest

from bench.metrics import METRICS, Policy

SCRIPT = Path(__file__).with_name("vlmevalkit_anls.py")
PIECES = [
    *(
        "total",
        "Straße",
        "ẞ",
        "ﬁn",
        "café",
        "İzmir",
        "Семёнов",
        "한국",
        "007",
        "1.10",
        "N/A",
        "a",
        "b",
    ),
    *("  ", "\t", "\n", "\u00a0", "\u2028", "\u3000", "'", '"', "=1+1", "😀", "ΑΣ", ""),
]


def fuzzed(count: int) -> list[dict[str, object]]:
    """Pairs near each other and far apart; every tenth is exactly half wrong."""
    generator = random.Random(20261121)

    def text() -> str:
        said = " ".join(generator.choices(PIECES, k=generator.randint(0, 4)))
        return unicodedata.normalize(generator.choice(["NFC", "NFD"]), said)

    def near(said: str) -> str:
        letters = list(said)
        for _ in range(generator.randint(0, 3)):
            if letters:
                letters[generator.randrange(len(letters))] = generator.choice("xX ß")
        return "".join(letters)

    pairs: list[dict[str, object]] = []
    for number in range(count):
        references = [text() for _ in range(generator.randint(1, 3))]
        if number % 10 == 0:
            length = generator.randint(1, 8)
            references, prediction = ["a" * length * 2], "a" * length + "b" * length
        else:
            prediction = near(generator.choice([*references, text()]))
        pairs.append({"references": references, "prediction": prediction})
    return pairs


@pytest.mark.harness
def test_equal_to_vlmevalkit_on_1000_pairs(vlmevalkit_python: Path) -> None:
    pairs = fuzzed(1000)
    done = subprocess.run(
        [vlmevalkit_python, SCRIPT],
        input=json.dumps(pairs),
        text=True,
        capture_output=True,
        check=True,
    )
    theirs = json.loads(done.stdout.splitlines()[-1])
    metric = METRICS["anls_vlmevalkit"]
    ours = [
        metric.measure(str(pair["prediction"]), tuple(pair["references"]), Policy()).value  # type: ignore[arg-type]
        for pair in pairs
    ]
    assert len(theirs) == len(ours) == 1000
    assert theirs == pytest.approx(ours, abs=1e-9)
    # The set must tell the rule from its neighbours: half kept, zero, one, and all between.
    published = [
        METRICS["anls"].measure(str(pair["prediction"]), tuple(pair["references"]), Policy()).value  # type: ignore[arg-type]
        for pair in pairs
    ]
    assert sum(one == 0.5 for one in theirs) > 50
    assert sum(0 < one < 1 for one in theirs) > 300
    assert sum(abs(a - b) > 1e-9 for a, b in zip(theirs, published, strict=True)) > 100
