"""One page that opens from a disk: the verdicts, every group, and the largest flips with pictures.

It has no script and loads nothing; its style is the report's (bench/report/page).
"""

from __future__ import annotations

import base64
import hashlib
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from bench import __version__, store
from bench.comparison.page_view import Asked, page_view
from bench.comparison.rows import Comparison
from bench.errors import UsageError
from bench.report import page as report_page
from bench.report.asked import Question, questions
from bench.report.images import Key, Missing, Picture, gallery
from bench.report.page.plain import visible

PICTURES: Final = 30  # pages, in all; about 3 MB
EACH: Final = 2  # pages of one flip
_HERE = Path(__file__).parent
_REPORT = Path(report_page.__file__).parent


def write_page(path: Path, found: Comparison) -> None:
    """UsageError where `path` cannot be written."""
    text = render(found)
    try:
        store.write_text(path, text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def render(found: Comparison) -> str:
    """The whole page. The same comparison gives the same bytes while its images are there."""
    asked, pictures = _asked(found)
    view = page_view(found, asked)
    files = (_REPORT / "static" / "page.css", _HERE / "static" / "compare.css")
    style = "\n".join(
        [*(one.read_text(encoding="utf-8") for one in files), *map(_rule, range(10**6), pictures)]
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    given = {"view": view, "style": style, "style_hash": digest}
    return str(_template().render(version=__version__, **given))


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


@cache
def _template() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: visible(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("compare.html")
