"""Whole runs with the real program: Russian and Korean pages, drawn here and from shared data."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from rapidfuzz.distance import Levenshtein

from tests.adapters.tesseract_pages import PAGES, face, need
from tests.runs import Ended, run, write_model

pytestmark = pytest.mark.harness
Made = Callable[..., Path]


def squeezed(text: str) -> str:
    return "".join(text.split())


def recall(said: str, reference: str, script: str = ".") -> float:
    """The share of the reference's characters, of those in `script`, that the answer has too."""
    wanted = Counter(re.findall(script, squeezed(reference)))
    return (wanted & Counter(squeezed(said))).total() / wanted.total()


def cer(said: str, reference: str) -> float:
    """White space left out: where rows end is not what is looked at here."""
    wanted = squeezed(reference)
    return Levenshtein.distance(squeezed(said), wanted) / len(wanted)


def read(model: str, make_task: Made, pages: dict[str, tuple[Image.Image, str]]) -> Ended:
    """A run over images with their references, by id."""
    rows = [
        {"id": name, "images": [f"images/{name}.png"], "references": [text]}
        for name, (_, text) in pages.items()
    ]
    task = make_task(rows)
    for name, (image, _) in pages.items():
        image.save(task / "images" / f"{name}.png")
    ended = run(backend="echo", model=model, task=str(task), out=str(task.parent / "run"))
    assert ended.code == 0
    assert ended.job.counts.answered == len(pages)
    return ended


@pytest.mark.parametrize(
    ("language", "model", "trained"), [("ru", "tesseract-ru", "rus"), ("ko", "tesseract-ko", "kor")]
)
def test_drawn_forms_are_read(language: str, model: str, trained: str, make_task: Made) -> None:
    need(trained, "eng")
    pages = {page.name: page for page in PAGES if page.language == language}
    drawn = {name: (page.drawn(face(language)), page.text) for name, page in pages.items()}
    ended = read(model, make_task, drawn)
    assert ended.job.model.pipeline
    versions = ended.job.model.engine_versions
    assert re.fullmatch(r"[45]\.\d+\S*", versions["tesseract"])
    assert set(versions) == {"tesseract", "leptonica", f"{trained}.traineddata", "eng.traineddata"}
    for row in ended.records():
        said, text = row["prediction"], pages[row["id"]].text
        print(f"{row['id']}: recall {recall(said, text):.3f}, CER {cer(said, text):.3f}")
        assert cer(said, text) < 0.05, said


@pytest.mark.parametrize(
    ("name", "languages", "script", "least"),
    [
        ("ko_textbook_19", "kor+eng", "[가-힣]", 0.75),
        ("ru_note_33", "rus", "[А-Яа-яЁё]", 0.6),  # handwriting, which it is not made for
    ],
)
def test_real_pages_are_read_as_far_as_they_can_be(
    *,
    name: str,
    languages: str,
    script: str,
    least: float,
    make_task: Made,
    shared_data: Path,
    tmp_path: Path,
) -> None:
    need(*languages.split("+"))
    folder = shared_data / "multilingual"
    lines = (folder / "annotations.jsonl").read_text("utf-8").splitlines()
    (row,) = [row for row in map(json.loads, lines) if row["id"] == name]
    text = re.sub(r"<[^>]*>", " ", row["text"])
    arguments = {"lang": languages, "psm": 6}
    model = write_model(tmp_path, engine="tesseract", arguments=arguments)
    ended = read(model, make_task, {name: (Image.open(folder / row["image"]), text)})
    (record,) = ended.records()
    found = recall(record["prediction"], text, script)
    print(f"{name}: recall {found:.3f}, CER {cer(record['prediction'], text):.3f}")
    assert found > least
