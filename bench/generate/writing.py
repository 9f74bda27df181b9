"""Drawing a task into a folder, a document at a time: memory does not grow with their number."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench import jsonl, resources, yaml
from bench.errors import UsageError
from bench.generate.document import Document, Family
from bench.generate.drawing import drawn
from bench.generate.look import Look, look
from bench.generate.wear import ending, save, worn
from bench.importers.writing import new_folder, write_yaml

FILES = {
    "ocr": "samples.jsonl",
    "classes": "classes.jsonl",
    "fields": "fields.jsonl",
    "extract": "extract.jsonl",
}
TRANSCRIPTS = "transcripts.jsonl"


@dataclass(frozen=True)
class Labelled:
    """A document of a task: its place in it, and its rows by file name."""

    id: str
    document: Document
    look: Look
    rows: dict[str, list[dict[str, Any]]]

    @property
    def image(self) -> str:
        return f"images/{self.id}{ending(self.look)}"


def labelled(family: Family, count: int, seed: int, *, clean: bool = False) -> Iterator[Labelled]:
    """The first ones are the same whatever `count` is; nothing is drawn."""
    for index in range(count):
        rng = Random(f"{family.name}/{seed}/{index}")  # noqa: S311  (a seeded drawing)
        document = family.draw(index, rng)
        made = Labelled(
            f"{family.name}-{index + 1:05}", document, look(index, rng, clean=clean), {}
        )
        made.rows.update(_rows(family, made))
        yield made


def generate(
    family: Family,
    out: Path,
    *,
    count: int,
    seed: int = 1,
    clean: bool = False,
    told: Callable[[int], None] = lambda _done: None,
) -> Path:
    """A task folder of `count` documents. `out` must not exist, or be empty.

    `told` hears how many are drawn. UsageError where the folder cannot be written.
    """
    try:
        with new_folder(out) as staging:
            _draw(staging, family, labelled(family, count, seed, clean=clean), told)
            _describe(family, staging, count=count, seed=seed, clean=clean)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written: {error.strerror}") from None
    return out


def _draw(
    staging: Path, family: Family, documents: Iterable[Labelled], told: Callable[[int], None]
) -> None:
    (staging / "images").mkdir()
    with ExitStack() as opened:
        names = [*(FILES[member] for member in family.members), TRANSCRIPTS]
        files = {name: opened.enter_context((staging / name).open("wb")) for name in names}
        for done, one in enumerate(documents, 1):
            save(worn(drawn(one.document.page), one.look), staging / one.image)
            for name, rows in one.rows.items():
                files[name].writelines(jsonl.line(row) for row in rows)
            told(done)


def _rows(family: Family, one: Labelled) -> dict[str, list[dict[str, Any]]]:
    document = one.document
    about = {
        "images": [one.image],
        "doc_id": one.id,
        "doc_type": document.doc_type,
        "language": document.language,
        "tags": [one.look.wear],
    }
    rows: dict[str, list[dict[str, Any]]] = {
        "ocr": [{"id": one.id, **about, "references": [document.page.text]}],
        "classes": [{"id": one.id, **about, "references": [document.doc_type]}],
        "extract": [{"id": one.id, **about, "reference": dict(document.record)}],
        "fields": [
            {"id": f"{one.id}:{asked.field}", **about, "field": asked.field}
            | {"question": asked.text}
            | (
                {"references": list(asked.references)}
                if asked.references
                else {"answerable": False}
            )
            for asked in document.questions
        ],
    }
    by_file = {FILES[member]: rows[member] for member in family.members}
    return by_file | {TRANSCRIPTS: [{"doc_id": one.id, "text": document.page.text}]}


def command(family: Family, *, count: int, seed: int, clean: bool) -> str:
    """What a person types for these documents."""
    options = f" --n {count}" + (f" --seed {seed}" if seed != 1 else "")
    return f"bench task generate {family.name}{options}" + (" --clean" if clean else "")


def task_name(family: Family, *, count: int, seed: int, clean: bool) -> str:
    """Not that of the shipped task: results of the two are not comparable."""
    return f"{family.name}-{count}" + (f"-s{seed}" if seed != 1 else "") + "-clean" * clean


def _describe(family: Family, staging: Path, *, count: int, seed: int, clean: bool) -> None:
    """task.yaml, prompts and README of the shipped task of this family, under another name."""
    shipped = resources.folder("docs_tasks") / family.name
    shutil.copytree(shipped / "prompts", staging / "prompts")
    made_by = command(family, count=count, seed=seed, clean=clean)
    described = dict(yaml.load(shipped / "task.yaml").values)
    described["name"] = task_name(family, count=count, seed=seed, clean=clean)
    described["summary"] = f"{family.summary}: {count} drawn"
    described["source"] = made_by
    write_yaml(staging / "task.yaml", described)
    told = (shipped / "README.md").read_text(encoding="utf-8")
    head = f"# {described['name']}\n\n{count} documents, made by `{made_by}`.\n\n"
    intro = f"What follows is said of the {family.shipped} documents that come with bench.\n\n"
    (staging / "README.md").write_text(head + intro + told, encoding="utf-8")
