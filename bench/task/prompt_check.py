"""Prompt files, each checked by itself and beside the others."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import SourceError
from bench.task.given import prompt_files
from bench.task.prompts import OPTIONS, QUESTION, Prompt, read_prompt

_PLACE = re.compile(r"\{ *[A-Za-z]+ *\}")
_NEAR = 0.7  # by difflib: {qustion} has 0.95, {name} against {question} 0.5


@dataclass(frozen=True)
class Checked:
    """One file; `prompt` is None where `error` says what is wrong with it."""

    file: Path
    prompt: Prompt | None = None
    error: SourceError | None = None
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        error = self.error and {
            "message": self.error.message,
            "line": self.error.line,
            "column": self.error.column,
            "hint": self.error.hint,
        }
        used = self.prompt.used.model_dump() if self.prompt else None
        return {"file": str(self.file), "prompt": used, "error": error, "notes": list(self.notes)}


def checked(places: Sequence[Path]) -> list[Checked]:
    """One a file; two texts under one name and version are an error of the later file."""
    rows: list[Checked] = []
    for place in places:
        try:
            files = prompt_files([place])
        except SourceError as error:
            rows.append(Checked(place, error=error))
            continue
        rows += [_one(file, rows) for file in files]
    return rows


def _one(file: Path, before: Sequence[Checked]) -> Checked:
    try:
        prompt = read_prompt(file)
    except SourceError as error:
        return Checked(file, error=error)
    for other in before:
        if other.prompt and _clash(prompt, other.prompt):
            said = f"{other.file} has the same name and version, and another text"
            hint = "give one of them another version: a report could not tell them apart"
            return Checked(file, error=SourceError(file, said, line=1, column=1, hint=hint))
    return Checked(file, prompt, notes=tuple(_odd_places(prompt.text)))


def _clash(one: Prompt, other: Prompt) -> bool:
    a, b = one.used, other.used
    same = a.version is not None and (a.name, a.version) == (b.name, b.version)
    return same and a.sha256 != b.sha256


def _odd_places(text: str) -> Iterator[str]:
    """What may be a misspelling of a place that a row fills in; anything else is sent as it is."""
    for found in dict.fromkeys(_PLACE.findall(text)):
        if found in (QUESTION, OPTIONS):
            continue
        near = difflib.get_close_matches(found.casefold(), (QUESTION, OPTIONS), 1, _NEAR)
        if near:
            yield f"{found} is sent as it is; did you mean {near[0]}?"
