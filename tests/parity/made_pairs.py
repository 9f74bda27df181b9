"""Made pairs of prediction and references: texts, and numbers as charts and models write them."""

from __future__ import annotations

import random
import unicodedata

PIECES = [
    *("total", "Straße", "ẞ", "ﬁn", "café", "İzmir", "Семёнов", "한국", "007", "1.10", "N/A"),
    *("a", "b", "  ", "\t", "\n", "\u00a0", "\u2028", "\u3000", "'", '"', "=1+1", "😀", "ΑΣ", ""),
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


def numbers(count: int) -> list[dict[str, object]]:
    """Numbers near and far, and some that are none."""
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
