"""The committed task `receipts` against its generator."""

import json
import re
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from tools.receipts import __main__ as command
from tools.receipts import content, drawing, rows, typefaces
from tools.receipts.look import WEARS

ROOT = Path(__file__).resolve().parents[1]
TASK = ROOT / "docs_tasks" / "receipts"
FONTS = Path("/usr/share/fonts")
RECEIPTS = content.receipts()
EACH = pytest.mark.parametrize("receipt", RECEIPTS, ids=lambda receipt: receipt.id)
WITH_FONTS = pytest.mark.skipif(
    typefaces.missing(FONTS) is not None, reason=str(typefaces.missing(FONTS))
)


def committed() -> list[dict[str, Any]]:
    lines = (TASK / "samples.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def printed_amount(text: str) -> int:
    """`£1,204.50`, `-2,09` or `12,40 €` in cents, read without the generator's own code."""
    digits = re.sub(r"[^\d-]", "", text)
    return int(digits)


def test_the_generator_gives_the_committed_samples_byte_for_byte() -> None:
    assert content.samples_jsonl(RECEIPTS).encode() == (TASK / "samples.jsonl").read_bytes()


def test_another_seed_gives_other_receipts() -> None:
    assert content.samples_jsonl(content.receipts(7)) != content.samples_jsonl(RECEIPTS)


def test_images_are_those_of_the_rows_and_small() -> None:
    files = {path.relative_to(TASK).as_posix() for path in (TASK / "images").iterdir()}
    assert files == {image for row in committed() for image in row["images"]}
    assert sum((TASK / name).stat().st_size for name in files) < 4_000_000


@EACH
def test_image_opens_and_is_of_the_stated_width(receipt: content.Receipt) -> None:
    with Image.open(TASK / receipt.image) as image:
        image.load()
        assert image.width == receipt.look.width
        assert 500 <= image.width <= 800
        assert image.height > 500
        darkest, lightest = image.convert("L").getextrema()
    assert isinstance(darkest, int)
    assert isinstance(lightest, int)
    assert lightest - darkest > 100


def test_ids_languages_types_and_tags_are_all_there() -> None:
    samples = committed()
    assert [row["id"] for row in samples] == [f"r{n:03}" for n in range(1, 25)]
    assert all(row["doc_id"] == row["id"] for row in samples)
    assert Counter(row["language"] for row in samples) == {"en": 14, "de": 10}
    types = Counter(row["doc_type"] for row in samples)
    assert set(types) == {"cafe", "supermarket", "fuel", "restaurant", "parking"}
    assert min(types.values()) >= 3
    assert {tag for row in samples for tag in row["tags"]} == set(WEARS)


def test_references_are_tidy_text() -> None:
    for row in committed():
        (reference,) = row["references"]
        lines = reference.split("\n")
        assert len(lines) > 12
        assert all(line and line == " ".join(line.split(" ")).strip() for line in lines)
        assert "  " not in reference
        assert not re.search(r"[\r\t]", reference)


@EACH
def test_arithmetic_adds_up(receipt: content.Receipt) -> None:
    bought = receipt.purchase
    for line in bought.lines:
        exact = line.quantity * line.unit_price * 100
        assert line.amount == exact.quantize(Decimal(1), ROUND_HALF_UP), line
    assert sum(line.amount for line in bought.lines) == bought.subtotal
    assert bought.subtotal + bought.added_tax + bought.extra == bought.total
    assert bought.tendered - bought.total == bought.change >= 0
    taxed = sum(tax.gross for tax in bought.taxes)
    assert taxed == bought.total - bought.extra
    for tax in bought.taxes:
        assert tax.net + tax.tax == tax.gross
        assert abs(tax.tax - tax.net * tax.rate / 100) <= 1


@EACH
def test_the_printed_items_add_up_to_the_printed_total(receipt: content.Receipt) -> None:
    """From the committed text alone: amounts behind the items' names, and the total's row."""
    (reference,) = next(row["references"] for row in committed() if row["id"] == receipt.id)
    text = reference.split("\n")
    sums = []
    start = 0
    names = [line.name.casefold() for line in receipt.purchase.lines]
    if receipt.doc_type == "fuel":  # the pump prints the product apart from its price
        names[0] = "kraftstoff" if receipt.language == "de" else "fuel sale"
    for name in names:
        start, row = next(
            (at, row) for at, row in enumerate(text) if at >= start and name in row.casefold()
        )
        tail = re.search(r"(-?[£$€]?[\d.,]+[.,]\d\d)( €)?( [AB])?$", row)
        assert tail, row
        sums.append(printed_amount(tail[1]))
        start += 1
    total = next(
        row for row in text[start:] if re.match(r"(total|summe|gesamtbetrag) ", row.casefold())
    )
    on_top = receipt.purchase.added_tax + receipt.purchase.extra
    assert printed_amount(total) == sum(sums) + on_top
    assert total.endswith(receipt.total)


@EACH
def test_key_fields_stand_in_the_text(receipt: content.Receipt) -> None:
    assert receipt.company in receipt.text
    assert receipt.date in receipt.text
    assert receipt.total in receipt.text
    assert all(part in receipt.text for part in receipt.address.split(", "))


def test_german_receipts_print_decimal_commas_and_the_signs_of_both_languages_occur() -> None:
    english = "\n".join(r.text for r in RECEIPTS if r.language == "en")
    german = "\n".join(r.text for r in RECEIPTS if r.language == "de")
    assert not re.search(r"\d\.\d\d( [AB€]|$)", german, re.MULTILINE)
    assert set("äöüßÄ€") <= set(german)
    assert set("£$€&") <= set(english)


def test_missing_fonts_are_named_with_their_packages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Inconsolata.otf").touch()
    assert command.main(["--fonts", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "Lato-Bold.ttf" in said
    assert "fonts-league-mono" in said
    assert "Inconsolata.otf" not in said
    assert not (tmp_path / "out").exists()


@WITH_FONTS
def test_overlapping_cells_are_refused() -> None:
    pair = typefaces.font_pairs(FONTS)["inconsolata"]
    row = rows.pair("a name that leaves no room for a price", "12.50")
    with pytest.raises(ValueError, match=r"no room for '12\.50'"):
        drawing.printed((row,), pair, 40)


@pytest.mark.thorough
@WITH_FONTS
def test_all_receipts_fit_their_paper() -> None:
    fonts = typefaces.font_pairs(FONTS)
    for receipt in RECEIPTS:
        ink = drawing.printed(receipt.rows, fonts[receipt.typeface], receipt.columns)
        box = ink.getbbox()
        assert box
        assert box[0] >= drawing.MARGIN
        assert box[2] <= ink.width - drawing.MARGIN


@pytest.mark.thorough
@WITH_FONTS
def test_a_drawn_image_is_close_to_the_committed_one(tmp_path: Path) -> None:
    receipt = RECEIPTS[0]
    path = command.save(receipt, typefaces.font_pairs(FONTS), tmp_path, content.SEED)
    with Image.open(path) as new, Image.open(TASK / receipt.image) as old:
        assert new.size == old.size
        difference = ImageChops.difference(new.convert("L"), old.convert("L"))
    histogram = difference.histogram()
    assert sum(histogram[40:]) < 0.02 * sum(histogram)
