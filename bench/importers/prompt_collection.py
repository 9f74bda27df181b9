"""A PromptCollection of VLMHyperBench (CSV) -> a folder of prompt files with front matter."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import SourceError
from bench.importers.names import safe_ids
from bench.importers.vlmhyperbench.dataset import PROMPT_COLUMNS
from bench.importers.vlmhyperbench.tables import Line, read_table
from bench.importers.writing import new_folder
from bench.task.prompts import OPTIONS, QUESTION, Prompt, read_prompt

_KEY = "doc_class_question_type"


@dataclass(frozen=True)
class _Row:
    line: Line
    doc_type: str
    field: str


def import_prompts(
    collection: Path,
    out: Path,
    *,
    language: str | None = None,
    version: str = "1",
    doc_types: Sequence[str] = (),
) -> list[Prompt]:
    """`out`/NAME.md for each row; `out` must not exist, or be empty.

    A row's key is the document's class, a space, and the kind of question. The class is the first
    word, or the longest of `doc_types` that the key begins with. SourceError names the row.
    """
    rows = list(_rows(collection, doc_types))
    if not rows:
        raise SourceError(collection, "has no prompt below its header")
    names = safe_ids(row.line[_KEY] for row in rows)
    with new_folder(out) as folder:
        for row in rows:
            name = names[row.line[_KEY]]
            marks = {"name": name, "version": version, "language": language}
            marks |= {"doc_type": row.doc_type, "field": row.field}
            text = f"---\n{_yaml(marks)}---\n{row.line['prompt']}\n"
            (folder / f"{name}.md").write_bytes(text.encode())
    return [read_prompt(out / f"{names[row.line[_KEY]]}.md") for row in rows]


def _rows(collection: Path, doc_types: Sequence[str]) -> Iterator[_Row]:
    seen: dict[str, int] = {}
    for line in read_table(collection, PROMPT_COLUMNS):
        key, text = line[_KEY], line["prompt"]
        doc_type = max((one for one in doc_types if key.startswith(f"{one} ")), key=len, default="")
        doc_type = doc_type or key.partition(" ")[0]
        field = key.removeprefix(doc_type).strip()
        if not field:
            hint = "it is the document's class, a space, and the kind of question"
            raise line.error(_KEY, f"{key!r} names no kind of question", hint)
        if len(key.splitlines()) > 1:
            raise line.error(_KEY, "holds a line break")
        if key in seen:
            hint = f"the other is in line {seen[key]}: which one is it?"
            raise line.error(_KEY, f"{key!r} has two prompts", hint)
        seen[key] = line.number
        if not text:
            raise line.error("prompt", "is empty")
        for place in (QUESTION, OPTIONS):
            if place in text:
                hint = "VLMHyperBench sends it as it is; take it out of the collection"
                raise line.error("prompt", f"a prompt file's {place} is filled in by the row", hint)
        yield _Row(line, doc_type, field)


def _yaml(marks: dict[str, str | None]) -> str:
    from ruamel.yaml import YAML

    yaml, written = YAML(typ="rt"), io.StringIO()
    yaml.default_flow_style = False
    yaml.width = 1 << 20  # a value stays on its line
    yaml.dump({key: value for key, value in marks.items() if value is not None}, written)
    return written.getvalue()
