"""Writes the task's rows and images: `python -m tools.receipts --fonts DIR`."""

import argparse
import sys
from pathlib import Path

from tools.receipts.content import SEED, Receipt, fields_jsonl, receipts, samples_jsonl
from tools.receipts.drawing import printed
from tools.receipts.paper import photographed
from tools.receipts.shops import Typeface
from tools.receipts.typefaces import FontPair, font_pairs

TASK = Path(__file__).resolve().parents[2] / "docs_tasks" / "receipts"
QUALITY = 60


def save(receipt: Receipt, fonts: dict[Typeface, FontPair], folder: Path, seed: int) -> Path:
    ink = printed(receipt.rows, fonts[receipt.typeface], receipt.columns)
    image = photographed(ink, receipt.look, seed + int(receipt.id[1:]))
    path = folder / receipt.image
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".png":
        image.save(path, optimize=True)
    else:
        image.save(path, quality=QUALITY, optimize=True)
    return path


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.receipts", description=__doc__)
    parser.add_argument("--fonts", type=Path, default=Path("/usr/share/fonts"), metavar="DIR")
    parser.add_argument("--out", type=Path, default=TASK, metavar="DIR")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args(argv)
    try:
        fonts = font_pairs(asked.fonts)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    made = receipts(asked.seed)
    size = sum(save(each, fonts, asked.out, asked.seed).stat().st_size for each in made)
    (asked.out / "samples.jsonl").write_text(samples_jsonl(made), "utf-8", newline="\n")
    (asked.out / "fields.jsonl").write_text(fields_jsonl(made), "utf-8", newline="\n")
    print(f"{len(made)} receipts, {size / 1e6:.2f} MB of images, in {asked.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
