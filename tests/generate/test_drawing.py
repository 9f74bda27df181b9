"""Pages become images: nothing overlaps, every letter has a shape, looks are what they say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

from bench.generate import FAMILIES, labelled
from bench.generate.document import Family
from bench.generate.drawing import drawn, misfits
from bench.generate.faces import FILES, FOLDER, fitting, font
from bench.generate.look import CYCLE, Look, Wear, look
from bench.generate.page import Face, Page, Text
from bench.generate.wear import ending, save, worn
from tests.conftest import REPOSITORY

EACH = pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
WORN = [
    Look("skew", -2.0, 1),
    Look("blur", 1.5, 1),
    Look("stain", 0.4, 1),
    Look("low_light", 0.5, 1),
    Look("noise", 20.0, 1),
]


def page(*texts: Text) -> Page:
    return Page(tuple((text,) for text in texts), width=300, height=100)


def word(text: str, x: float, y: float, room: float | None = None) -> Text:
    return Text(text, x, y, 24, "sans", room=room)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([word("left", 2, 40)], "'left' leaves the paper"),
        ([word("a long text", 250, 40)], "'a long text' leaves the paper"),
        ([word("low", 50, 95)], "'low' stands below the paper's end"),
        ([word("over", 50, 40), word("under", 60, 50)], "'under' covers 'over'"),
    ],
    ids=["left", "right", "below", "over-another"],
)
def test_what_does_not_fit_is_refused(texts: Sequence[Text], said: str) -> None:
    assert said in list(misfits(page(*texts)))
    with pytest.raises(ValueError, match=r"paper|covers"):
        drawn(page(*texts))


def test_a_page_that_fits_is_drawn_where_it_says() -> None:
    ink = ImageChops.invert(drawn(page(word("Word", 50, 60))).convert("L")).getbbox()
    assert ink is not None
    assert 48 <= ink[0] <= 54
    assert 40 <= ink[1] <= 46
    assert ink[3] in range(59, 63)


def test_a_long_text_is_set_smaller_down_to_a_size_that_can_be_read() -> None:
    long = word("eighteen letters..", 10, 40, room=120)
    assert fitting(long).size < 24
    assert fitting(long).getlength(long.text) <= 120
    with pytest.raises(ValueError, match="no room for"):
        fitting(word("eighteen letters..", 10, 40, room=40))


@EACH
def test_every_letter_has_a_shape_in_its_font(family: Family) -> None:
    used: dict[Face, set[str]] = {face: set() for face in FILES}
    for one in labelled(family, 60, 6):
        for text in (text for row in one.document.page.rows for text in row):
            used[text.face] |= set(text.text) - {" "}
    for face, letters in used.items():
        absent = bytes(font(face, 40).getmask("\U0001f999"))
        assert [
            letter for letter in letters if bytes(font(face, 40).getmask(letter)) == absent
        ] == []


def test_every_font_is_there_with_a_licence_and_is_used() -> None:
    assert {path.name for path in FOLDER.glob("*.ttf")} == set(FILES.values())
    licences = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.txt")}
    assert "SIL OPEN FONT LICENSE" in licences["NANUM-OFL.txt"]
    assert "ParaType Ltd grants you the right" in licences["PARATYPE-LICENCE.txt"]


@EACH
def test_a_drawn_image_is_close_to_the_committed_one(family: Family, tmp_path: Path) -> None:
    one = next(iter(labelled(family, 1, 1)))
    save(worn(drawn(one.document.page), one.look), tmp_path / "a.png")
    committed = REPOSITORY / "docs_tasks" / family.name / one.image
    with Image.open(tmp_path / "a.png") as new, Image.open(committed) as old:
        assert new.size == old.size
        difference = ImageChops.difference(new.convert("L"), old.convert("L"))
    assert sum(difference.histogram()[40:]) < 0.02 * new.width * new.height


@pytest.mark.parametrize("one", WORN, ids=lambda one: one.wear)
def test_a_look_changes_the_page_and_is_the_same_each_time(one: Look) -> None:
    clean = drawn(page(word("some words to read", 20, 60)))
    first, again = worn(clean, one), worn(clean, one)
    assert first.tobytes() == again.tobytes()
    assert first.mode == "RGB"
    assert first.size != clean.size or first.tobytes() != clean.tobytes()


def test_each_look_does_what_its_name_says() -> None:
    clean = drawn(page(word("some words to read", 20, 60)))
    seen = {one.wear: np.asarray(worn(clean, one).convert("L"), float) for one in WORN}
    plain = np.asarray(clean.convert("L"), float)
    assert seen["low_light"].mean() < 0.7 * plain.mean()
    assert seen["stain"].mean() < plain.mean()
    assert (seen["stain"] <= plain + 1).all()
    edges = {name: np.abs(np.diff(grey)).max() for name, grey in seen.items()}
    assert edges["blur"] < 0.6 * np.abs(np.diff(plain)).max()
    assert seen["noise"][:20].std() > 5
    assert seen["skew"].shape[1] > plain.shape[1]


def test_clean_pages_keep_every_dot_of_black_and_white(tmp_path: Path) -> None:
    made = drawn(page(word("some words to read", 20, 60)))
    assert ending(Look("clean")) == ".png"
    save(made, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert (
            np.abs(np.asarray(image.convert("L"), int) - np.asarray(made.convert("L"), int)).max()
            < 12
        )
    assert worn(made, Look("clean")) is made


def test_looks_go_round_and_shift_by_one_every_ten() -> None:
    from random import Random

    def wears(start: int) -> list[Wear]:
        return [look(index, Random(1)).wear for index in range(start, start + 10)]

    assert wears(0) == list(CYCLE)
    assert wears(10) == [*CYCLE[1:], CYCLE[0]]
    assert {look(index, Random(1), clean=True).wear for index in range(30)} == {"clean"}
