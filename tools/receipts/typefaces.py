"""The fonts of the drawn receipts: Debian packages, all under the SIL Open Font License."""

from dataclasses import dataclass
from pathlib import Path

from tools.receipts.shops import Typeface

PACKAGES = {
    "Inconsolata.otf": "fonts-inconsolata",
    "Courier Prime.otf": "fonts-courier-prime",
    "Courier Prime Bold.otf": "fonts-courier-prime",
    "LeagueMono-NarrowRegular.otf": "fonts-league-mono",
    "LeagueMono-NarrowBold.otf": "fonts-league-mono",
    "Lato-Regular.ttf": "fonts-lato",
    "Lato-Bold.ttf": "fonts-lato",
}


@dataclass(frozen=True)
class FontPair:
    """`bold` is None where the family has no bold cut; then strokes are widened."""

    regular: Path
    bold: Path | None


def missing(folder: Path) -> str | None:
    """What is not there, with its packages; None when all fonts were found."""
    found = {path.name for path in folder.rglob("*") if path.suffix in {".otf", ".ttf"}}
    absent = {name: package for name, package in PACKAGES.items() if name not in found}
    if not absent:
        return None
    packages = " ".join(sorted(set(absent.values())))
    return f"no {', '.join(absent)} under {folder}; on Debian: apt-get install {packages}"


def font_pairs(folder: Path) -> dict[Typeface, FontPair]:
    """The four families, looked for in `folder` and below; FileNotFoundError names what lacks."""
    if message := missing(folder):
        raise FileNotFoundError(message)
    at = {path.name: path for path in folder.rglob("*") if path.name in PACKAGES}
    return {
        "inconsolata": FontPair(at["Inconsolata.otf"], None),
        "courier": FontPair(at["Courier Prime.otf"], at["Courier Prime Bold.otf"]),
        "league": FontPair(at["LeagueMono-NarrowRegular.otf"], at["LeagueMono-NarrowBold.otf"]),
        "lato": FontPair(at["Lato-Regular.ttf"], at["Lato-Bold.ttf"]),
    }
