"""`python -m tools.text_scores FOLDER OUTPUTS`: one line of Markdown a page.

FOLDER/annotations.jsonl has a page a line (`id`, `text`, `page_attribute.language`), and
FOLDER/OUTPUTS/ID.md what a model said to it. Nothing is taken out of either text.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.metrics import METRICS, Policy

ORDERED = ("cer", "1-ned")
ANY_ORDER = ("bag_of_words_f1", "bag_of_characters_f1")
POLICY = Policy(case="fold", whitespace="collapse", unicode="nfkc")


class Page(NamedTuple):
    language: str
    characters: int  # of the reference
    scores: dict[str, float | None]


def pages(folder: Path, outputs: str) -> Iterator[Page]:
    for line in (folder / "annotations.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        true = row["text"]
        said = (folder / outputs / f"{row['id']}.md").read_text("utf-8")
        scores = {
            name: METRICS[name].measure(said, (true,), POLICY).value
            for name in (*ORDERED, *ANY_ORDER)
        }
        yield Page(row["page_attribute"]["language"], len(true), scores)


def table(found: Iterator[Page]) -> Iterator[str]:
    names = (*ORDERED, *ANY_ORDER)
    yield "| language | characters | " + " | ".join(f"`{name}`" for name in names) + " |"
    yield "|---" * (len(names) + 2) + "|"
    for page in sorted(found, key=lambda one: one.language.lower()):
        shown = ("–" if value is None else f"{value:.3f}" for value in page.scores.values())
        yield f"| {page.language} | {page.characters} | " + " | ".join(shown) + " |"


if __name__ == "__main__":
    print("\n".join(table(pages(Path(sys.argv[1]), sys.argv[2]))))
