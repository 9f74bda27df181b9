"""The prompts that are given for a run: their files, and whether any sample is asked with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.errors import SourceError, UsageError, suggestion
from bench.task.folder import document_tasks
from bench.task.prompts import ENDINGS, read_prompt
from bench.task.sample import Task


def prompt_files(places: Iterable[Path]) -> tuple[Path, ...]:
    """Files as they are named; of a folder every .txt and .md file but a README, by name."""
    found: dict[Path, None] = {}
    for place in places:
        found |= dict.fromkeys(_inside(place) if place.is_dir() else [place])
    return tuple(found)


def _inside(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.iterdir() if path.suffix in ENDINGS)
    found = [path for path in files if path.stem.upper() != "README"]
    if not found:
        raise SourceError(folder, "there is no prompt (.txt, .md) in this folder")
    return found


def check_given(places: Sequence[Path], names: Sequence[str], tasks: Sequence[Task]) -> None:
    """UsageError for a place of which no prompt is for a sample: a slip in its front matter.

    `names`: the document tasks, as they were asked for; `tasks` may have been cut by a limit.
    """
    if not names:
        said = f"a benchmark asks its own prompts: {places[0]} changes none"
        raise UsageError(said, hint="--prompt is for document tasks")
    idle = list(_idle(places, tasks))
    if idle:  # it may be for a sample that the limit has cut off
        files = prompt_files(places)
        tasks = [task for name in names for task in document_tasks(name, prompts=files)]
        idle = list(_idle(idle, tasks))
    for place in idle:
        said = f"{place}: no sample is asked with this prompt"
        raise UsageError(said, hint=_why(place, tasks))


def _idle(places: Sequence[Path], tasks: Sequence[Task]) -> Iterator[Path]:
    asked = [prompt for task in tasks for prompt in task.prompts]
    for place in places:
        if not any(read_prompt(file).used in asked for file in prompt_files([place])):
            yield place


def _why(place: Path, tasks: Sequence[Task]) -> str:
    """The first mark that no sample has."""
    prompt = read_prompt(prompt_files([place])[0]).used
    for key in ("doc_type", "field", "language"):
        mine = getattr(prompt, key)
        known = {getattr(sample, key) for task in tasks for sample in task.samples} - {None}
        if mine is not None and not known:
            return f"it is for {key} {mine!r}, and no sample says its {key}"
        if mine is not None and mine not in known:
            return f"it is for {key} {mine!r}; {suggestion(mine, known)}"
    return "others that are given say more of every sample, or no sample has all its marks"
