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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field

from bench import yaml
from bench.config import Human
from bench.errors import SourceError
from bench.schema import PromptUsed

ENDINGS = (".txt", ".md")
QUESTION, OPTIONS = "{question}", "{options}"
_FENCE = "---"
_Said = Annotated[str, Field(min_length=1)]


class FrontMatter(Human):
    name: _Said | None = None
    version: _Said | None = None
    language: _Said | None = None
    doc_type: _Said | None = None
    field: _Said | None = None


class Marked(Protocol):
    """What says for which samples a prompt is: a row's and a sample's own marks."""

    @property
    def doc_type(self) -> str | None: ...
    @property
    def field(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...


class Row(Marked, Protocol):
    @property
    def question(self) -> str | None: ...


@dataclass(frozen=True)
class Prompt:
    """`used` has the sha256 of `text`, which is what is sent before a row fills it in.

    `given`: it was named for the run and stands before the task's own.
    """

    text: str
    used: PromptUsed
    given: bool = False


def suits(prompt: PromptUsed, one: Marked) -> int:
    """How many of the prompt's marks are the sample's; -1 where one is not."""
    pairs = [
        (mine, theirs)
        for mine, theirs in (
            (prompt.doc_type, one.doc_type),
            (prompt.field, one.field),
            (prompt.language, one.language),
        )
        if mine is not None
    ]
    return len(pairs) if all(mine == theirs for mine, theirs in pairs) else -1


def chosen(prompts: Sequence[Prompt], one: Marked) -> Prompt | str:
    """Of those given for the run, else of the task's own, the one that says most of the sample
    and nothing else; or a message why there is none.
    """
    ranks = [(prompt.given, suits(prompt.used, one)) for prompt in prompts]
    best = max((rank for rank in ranks if rank[1] >= 0), default=None)
    fitting = [prompt for prompt, rank in zip(prompts, ranks, strict=True) if rank == best]
    if best is None:
        return "no prompt is for it: all name another doc_type, field or language"
    if len(fitting) > 1:
        names = ", ".join(prompt.used.name for prompt in fitting)
        return f"several prompts are for it: {names}"
    return fitting[0]


def in_use(prompts: Sequence[Prompt], samples: Iterable[Marked]) -> tuple[Prompt, ...]:
    """Those that a sample is asked with, in their order."""
    marks = {(one.doc_type, one.field, one.language): one for one in samples}
    used = [chosen(prompts, one) for one in marks.values()]
    return tuple(prompt for prompt in prompts if prompt in used)


@dataclass(frozen=True)
class Asking:
    """Chooses the prompt of row after row, and sees that no row's question gets lost.

    `closed`: the task is a choice of options, which the prompt has to say.
    """

    prompts: Sequence[Prompt]
    closed: bool = False
    _known: dict[tuple[str | None, ...], Prompt | str] = field(default_factory=dict)
    _first: dict[Prompt, tuple[str, int]] = field(default_factory=dict)

    def prompt_for(self, row: Row, line: int) -> Prompt | str:
        """Or a message what is wrong."""
        marks = (row.doc_type, row.field, row.language)
        if marks not in self._known:
            self._known[marks] = chosen(self.prompts, row)
        prompt = self._known[marks]
        if isinstance(prompt, str):
            return prompt
        said = f"the prompt {prompt.used.name!r}"
        if QUESTION in prompt.text and row.question is None:
            return f"{said} asks for {QUESTION}, and this row has none"
        if self.closed and OPTIONS not in prompt.text:
            return f"{said} of this row does not say {OPTIONS}"
        if OPTIONS in prompt.text and not self.closed:
            return f"{said} says {OPTIONS}, and this task has no classes"
        if row.question is not None and QUESTION not in prompt.text:
            asked = row.field or row.question
            before, place = self._first.setdefault(prompt, (asked, line))
            if before != asked:
                return (
                    f"{said} does not say {QUESTION} and would ask the same as in line {place}; "
                    "a prompt without it is for one field: its front matter may name it"
                )
        return prompt


def load_prompt(named: str, folder: Path, *, name: str) -> Prompt:
    """A file of `folder` (it ends in .txt or .md), or the text itself, which is named `name`."""
    if not named.endswith(ENDINGS):
        return _prompt(named, FrontMatter(name=name))
    return read_prompt(folder / named)


def read_prompt(path: Path, *, given: bool = False) -> Prompt:
    """SourceError at the place of what is wrong in its front matter."""
    content = _content(path)
    lines = content.splitlines(keepends=True)
    if not lines or lines[0].strip() != _FENCE:
        return _prompt(content.strip(), FrontMatter(name=path.stem), path, given=given)
    end = next((at for at, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), None)
    if end is None:
        raise SourceError(path, f"its front matter has no closing {_FENCE}", line=1, column=1)
    marks = FrontMatter()
    if any(line.strip() for line in lines[1:end]):
        # An empty first line keeps the file's line numbers.
        marks = yaml.validate(yaml.loads(path, "\n" + "".join(lines[1:end])), FrontMatter)
    said = marks if marks.name else marks.model_copy(update={"name": path.stem})
    return _prompt("".join(lines[end + 1 :]).strip(), said, path, given=given)


def _content(path: Path) -> str:
    if not path.is_file():
        raise SourceError(path, "there is no such prompt file")
    return yaml.read_text(path)


def _prompt(
    text: str, marks: FrontMatter, path: Path | None = None, *, given: bool = False
) -> Prompt:
    if path is not None and not text:
        raise SourceError(path, "the prompt is empty")
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Prompt(text, PromptUsed(**marks.model_dump(), sha256=digest), given)
