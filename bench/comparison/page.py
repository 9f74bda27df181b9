"""One page that opens from a disk: the verdicts, every group, and the largest flips with pictures.

It has no script and loads nothing; its style is the report's (bench/report/page).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench import __version__
from bench.comparison.page_view import Asked, page_view
from bench.comparison.rows import Comparison
from bench.report.asked import Question, questions
from bench.report.images import Key, Missing, Picture, gallery
from bench.report.single_file import REPORT_STYLE, joined, policy_hash, template, write_file

PICTURES: Final = 30  # pages, in all; about 3 MB
EACH: Final = 2  # pages of one flip
_HERE = Path(__file__).parent


def write_page(path: Path, found: Comparison) -> None:
    """UsageError where `path` cannot be written."""
    write_file(path, render(found))


def render(found: Comparison) -> str:
    """The whole page. The same comparison gives the same bytes while its images are there."""
    asked, pictures = _asked(found)
    view = page_view(found, asked)
    files = joined(REPORT_STYLE, _HERE / "static" / "compare.css")
    style = "\n".join([files, *map(_rule, range(10**6), pictures)])
    return template(_HERE / "templates" / "compare.html").render(
        view=view, style=style, style_hash=policy_hash(style), version=__version__
    )


def _rule(number: int, picture: Picture) -> str:
    """In the style a picture stands once, however many flips show it."""
    return (
        f".pic-{number} {{ background-image: url({picture.src}); "
        f"aspect-ratio: {picture.width} / {picture.height}; }}"
    )


def _asked(found: Comparison) -> tuple[dict[Key, Asked], tuple[Picture, ...]]:
    """By pair and sample the prompt and the pages; those of the first flips have a picture."""
    known: dict[Key, Question] = {}
    for number, pair in enumerate(pair for task in found.tasks for pair in task.pairs):
        asked = questions(Path(pair.a.folder), [pair.a.job]) if pair.flips else {}
        for flip in pair.flips:
            question = asked.get((pair.a.job, flip.sample))
            if question is not None:
                known[str(number), flip.sample] = question
    pages = dict.fromkeys(path for one in known.values() for path in one.images)
    chosen = set(list(pages)[:PICTURES])
    shown = {
        key: tuple(path for path in one.images[:EACH] if path in chosen)
        for key, one in known.items()
    }
    with tempfile.TemporaryDirectory() as nowhere:
        made = gallery(Path(nowhere), shown, "inline")
    return {key: _one(one, made.of.get(key, ())) for key, one in known.items()}, made.pictures


def _one(question: Question, found: Sequence[int | Missing]) -> Asked:
    pictures = tuple(one for one in found if isinstance(one, int))
    return Asked(
        prompt=question.prompt,
        pictures=pictures,
        missing=tuple(one.why for one in found if not isinstance(one, int)),
        more=len(question.images) - len(found),
    )
