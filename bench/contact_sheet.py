"""A task's first documents on one page of HTML: small images, ids, types, how references begin.

One file, nothing is loaded from elsewhere. File names and references are other people's text: they
are escaped, and the page may run no script.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from bench.task import Sample, Task

SIZE = (260, 340)  # pixels of a small image
SHOWN = 24
REFERENCE = 160  # characters
MAX_IMAGES = 3  # of one sample

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem; }}
h1 {{ font-size: 1.3rem; margin: 0 0 .3rem; }}
p {{ margin: 0 0 1rem; max-width: 60rem; }}
ul {{ list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem;
     grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); }}
li {{ border: 1px solid #8886; border-radius: 6px; padding: .7rem; overflow-wrap: anywhere; }}
figure {{ margin: 0 0 .5rem; display: flex; gap: .3rem; flex-wrap: wrap; }}
img {{ max-width: 100%; height: auto; border: 1px solid #8886; background: #fff; }}
b, small, pre {{ display: block; unicode-bidi: isolate; }}
small {{ color: #777; }}
pre {{ font: 12px/1.4 ui-monospace, monospace; white-space: pre-wrap; margin: .4rem 0 0; }}
</style>
</head>
<body>
"""


def contact_sheet(tasks: Sequence[Task], *, count: int = SHOWN) -> str:
    """The page for the first `count` samples of each of `tasks`."""
    return "".join(_page(tasks, count))


def _page(tasks: Sequence[Task], count: int) -> Iterator[str]:
    yield _HEAD.format(title=escape(", ".join(task.name for task in tasks)))
    for task in tasks:
        shown = task.samples[:count]
        yield f"<h1>{escape(task.name)}</h1>\n<p>{escape(task.summary)}. "
        yield f"{len(shown)} of {len(task.samples)} samples. "
        yield f"Asked of the first: {escape(_text(shown[0].prompt))}</p>\n<ul>\n"
        yield from (_sample(one) for one in shown)
        yield "</ul>\n"
    yield "</body>\n</html>\n"


def _sample(one: Sample) -> str:
    images = "".join(_image(path) for path in one.images[:MAX_IMAGES])
    more = len(one.images) - MAX_IMAGES
    if more > 0:
        images += f"<small>and {more} more pages</small>"
    facts = [one.doc_type, one.language, one.field, *one.tags]
    line = " · ".join(_text(fact) for fact in facts if fact)
    missing = "no reference: unscored" if one.answerable else "right: there is no answer"
    known = _text(one.references[0]) if one.references else missing
    return (
        f"<li><figure>{images}</figure><b>{escape(_text(one.id))}</b>"
        f"<small>{escape(line)}</small><pre>{escape(known)}</pre></li>\n"
    )


def _text(text: str) -> str:
    """Its beginning; a lone surrogate, which no page can hold, is escaped."""
    cut = text if len(text) <= REFERENCE else text[:REFERENCE] + " …"
    return cut.encode("utf-8", "backslashreplace").decode()


def _image(path: Path) -> str:
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            image.draft("RGB", (2 * SIZE[0], 2 * SIZE[1]))  # a JPEG is then decoded small
            small = ImageOps.exif_transpose(image).convert("RGB")
        small.thumbnail(SIZE)
        file = io.BytesIO()
        small.save(file, format="JPEG", quality=75)
    except Exception as error:  # noqa: BLE001  (decoders raise whatever they like on broken bytes)
        return f"<small>cannot be shown: {escape(_text(str(error)))}</small>"
    source = base64.b64encode(file.getvalue()).decode("ascii")
    width, height = small.size
    return f'<img src="data:image/jpeg;base64,{source}" width="{width}" height="{height}" alt="">'
