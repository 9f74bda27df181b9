"""An answer to be scored, with what is right; and the shipped edge cases (configs/parity)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field

from bench import resources, yaml
from bench.config import Human
from bench.errors import SourceError
from bench.schema import AnyText

FILES: Final = {"text": "text.jsonl", "choice": "choices.jsonl"}


class Case(Human):
    """`prediction` None: no answer came. `choices`: the options A, B, … of a question that has
    some; its reference is a letter. `formula`: a handwritten formula, which OCRBench compares in a
    way of its own.
    """

    id: str = Field(min_length=1)
    about: str = ""
    references: tuple[AnyText, ...] = Field(min_length=1)
    prediction: AnyText | None
    choices: tuple[AnyText, ...] = ()
    formula: bool = False

    @property
    def answer(self) -> str:
        """The answer where there is one; "" is one."""
        return self.prediction or ""


def edge_cases(folder: Path | None = None) -> dict[str, tuple[Case, ...]]:
    """By kind, `text` and `choice`: the shipped ones, or those of `folder`.

    SourceError names the line that is wrong.
    """
    place = folder or resources.folder("configs") / "parity"
    return {kind: read_cases(place / name) for kind, name in FILES.items()}


def read_cases(path: Path) -> tuple[Case, ...]:
    """A line a case: id, about, references, prediction, choices, formula."""
    found: dict[str, Case] = {}
    for line, _, case in yaml.validated_lines(path, Case):
        if case.id in found:
            raise SourceError(path, f"duplicate id {case.id!r}", line=line, column=1)
        found[case.id] = case
    return tuple(found.values())
