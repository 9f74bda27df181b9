"""Folders of scans for tests: every image and PDF is a real one, made on the spot."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from bench.importers.folder import Imported, import_folder
from bench.task import Task, document_tasks


def drawn(size: tuple[int, int] = (40, 60), colour: int = 200) -> Image.Image:
    image = Image.new("RGB", size, (colour, colour, colour))
    ImageDraw.Draw(image).rectangle((0, 0, 10, 5), fill=(255, 0, 0))
    return image


def pdf(path: Path, pages: int = 2) -> None:
    first, *rest = [drawn((72, 144), 100 + number) for number in range(pages)]
    first.save(path, save_all=True, append_images=rest, resolution=72)


def make_scans(tmp_path: Path) -> Path:
    """Five images and a PDF of two pages."""
    folder = tmp_path / "scans"
    (folder / "more").mkdir(parents=True)
    for name in ("b.png", "a.jpg", "more/c.webp", "more/a.bmp"):
        drawn().save(folder / name)
    drawn().save(folder / "faxes.tif", save_all=True, append_images=[drawn(colour=90)])
    pdf(folder / "invoice 7.pdf")
    return folder


def rows(folder: Path, member: str = "ocr") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{member}.jsonl").read_text().splitlines()]


def imported(source: Path, **options: Any) -> tuple[Imported, dict[str, Task]]:
    done = import_folder(source, source.parent / "task", **options)
    return done, {task.name.partition(":")[2]: task for task in document_tasks(str(done.folder))}


def write_csv(source: Path, lines: list[list[str]], delimiter: str = ",", bom: str = "") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    path = source.parent / "truth.csv"
    path.write_bytes((bom + text.getvalue()).encode())
    return path
