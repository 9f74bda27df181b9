"""A folder in the layout of VLMHyperBench, drawn: passport-like and invoice-like pages in Russian.

Nobody's papers: names and numbers come from a seeded generator.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

PASSPORT = ("Серия и номер паспорта", "Фамилия", "Имя", "Дата рождения", "Место рождения")
INVOICE = ("Номер счета", "Поставщик", "Сумма к оплате")
COLUMNS = (
    *("data_index", "split", "image_path", "question", "answer"),
    *("doc_class", "question_type", "answer_bbox"),
)
_FONTS = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


@dataclass(frozen=True)
class Row:
    image: str
    document: int
    kind: str
    question: str
    answer: str
    box: tuple[int, int, int, int]


def draw(root: Path, name: str = "papers", documents: int = 4, seed: int = 7) -> list[Row]:
    """root/Datasets/VQA/NAME with its images and annotation.csv; half passports, half invoices."""
    folder = root / "Datasets" / "VQA" / name
    (folder / "images").mkdir(parents=True)
    chance, rows = random.Random(seed), []
    for index in range(1, documents + 1):
        kind = "passport" if index % 2 else "invoice"
        rows += _page(folder, index, kind, _values(kind, chance))
    write_rows(folder / "annotation.csv", COLUMNS, [_cells(row) for row in rows])
    return rows


def write_rows(path: Path, header: tuple[str, ...], rows: list[list[str]], bom: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(bom)
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerows([list(header), *rows])
    return path


def _cells(row: Row) -> list[str]:
    question = f"Напиши {row.question}"
    place = [str(row.document), "test_clean", row.image, question, row.answer]
    return [*place, row.kind, row.question, str(list(row.box))]


def _values(kind: str, chance: random.Random) -> dict[str, str]:
    if kind == "passport":
        series, number = chance.randrange(1000, 9999), chance.randrange(10**6)
        return {
            "Серия и номер паспорта": f"{series} {number:06}",
            "Фамилия": chance.choice(["Карбаинов", "Беленкова", "Осипов"]),
            "Имя": chance.choice(["Алексей", "Христина", "Автоном"]),
            "Дата рождения": f"{chance.randrange(1, 28):02}.{chance.randrange(1, 12):02}.1985",
            "Место рождения": chance.choice(["Гор. Чердаклы; Ульяновской обл.", "Гор. Томск"]),
        }
    amount = chance.randrange(1000, 9_000_000) / 100
    return {
        "Номер счета": f"{chance.randrange(1, 900)}-Б",
        "Поставщик": chance.choice(["ООО «Ромашка»", "ИП Иванов И. И."]),
        "Сумма к оплате": f"{amount:,.2f} ₽".replace(",", "\u00a0").replace(".", ","),
    }


def _page(folder: Path, index: int, kind: str, values: dict[str, str]) -> list[Row]:
    image = Image.new("RGB", (560, 90 + 40 * len(values)), "white")
    pen, y, rows = ImageDraw.Draw(image), 60, []
    font = ImageFont.truetype(str(_FONTS), 18) if _FONTS.exists() else ImageFont.load_default(18)
    title = "РОССИЙСКАЯ ФЕДЕРАЦИЯ. ОБРАЗЕЦ" if kind == "passport" else "СЧЕТ НА ОПЛАТУ. ОБРАЗЕЦ"
    pen.text((20, 15), title, "black", font)
    place = f"images/{index}.png"
    for question, answer in values.items():
        pen.text((20, y), f"{question}: {answer}", "black", font)
        rows.append(Row(place, index, kind, question, answer, (y, 20, y + 20, 540)))
        y += 40
    image.save(folder / place)
    return rows
