"""Prompts: text, or files with front matter that says for which samples they are.

    ---
    name: total-ru
    version: "2"
    language: ru
    doc_type: invoice
    field: total
    ---
    {question} Ответьте только значением.

All keys may be left out, and so may the whole front matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import yaml
from bench.config import Human
from bench.errors import SourceError
from bench.schema import PromptUsed

ENDINGS = (".txt", ".md")
_FENCE = "---"


class FrontMatter(Human):
    name: str | None = None
    version: str | None = None
    language: str | None = None
    doc_type: str | None = None
    field: str | None = None


@dataclass(frozen=True)
class Prompt:
    """`used` has the sha256 of `text`, which is what is sent before a row fills it in."""

    text: str
    used: PromptUsed

    def suits(self, *, doc_type: str | None, field: str | None, language: str | None) -> int:
        """How many of its marks are the sample's; -1 where one is not."""
        marks = (self.used.doc_type, doc_type), (self.used.field, field)
        pairs = [pair for pair in (*marks, (self.used.language, language)) if pair[0] is not None]
        return len(pairs) if all(mine == theirs for mine, theirs in pairs) else -1


def load_prompt(named: str, folder: Path, *, name: str) -> Prompt:
    """A file of `folder` (it ends in .txt or .md), or the text itself, which is named `name`."""
    if not named.endswith(ENDINGS):
        return _prompt(named, FrontMatter(name=name))
    path = folder / named
    if not path.is_file():
        raise SourceError(path, "there is no such prompt file")
    return read_prompt(path)


def read_prompt(path: Path) -> Prompt:
    content = yaml.decoded(path, path.read_bytes())
    lines = content.splitlines(keepends=True)
    if not lines or lines[0].strip() != _FENCE:
        return _prompt(content.strip(), FrontMatter(name=path.stem), path)
    end = next((at for at, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), None)
    if end is None:
        raise SourceError(path, f"its front matter has no closing {_FENCE}", line=1, column=1)
    marks = FrontMatter()
    if any(line.strip() for line in lines[1:end]):
        # An empty first line keeps the file's line numbers.
        marks = yaml.validate(yaml.loads(path, "\n" + "".join(lines[1:end])), FrontMatter)
    said = marks if marks.name else marks.model_copy(update={"name": path.stem})
    return _prompt("".join(lines[end + 1 :]).strip(), said, path)


def chosen(
    prompts: Sequence[Prompt],
    *,
    doc_type: str | None,
    field: str | None,
    language: str | None,
) -> Prompt | str:
    """The one that says most of the sample and nothing else; or a message why there is none."""
    suits = [one.suits(doc_type=doc_type, field=field, language=language) for one in prompts]
    best = max(suits)
    fitting = [one for one, count in zip(prompts, suits, strict=True) if count == best]
    if best < 0:
        return "no prompt is for it: all name another doc_type, field or language"
    if len(fitting) > 1:
        names = ", ".join(one.used.name for one in fitting)
        return f"several prompts are for it: {names}"
    return fitting[0]


def _prompt(text: str, marks: FrontMatter, path: Path | None = None) -> Prompt:
    if path is not None and not text:
        raise SourceError(path, "the prompt is empty")
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Prompt(text, PromptUsed(**marks.model_dump(), sha256=digest))
