"""Small cards and forms in Russian and Korean, drawn here: invented people, marked as specimens."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image, ImageDraw, ImageFont

FONTS = Path("/usr/share/fonts")
FACES = {
    "ru": ("DejaVuSans.ttf", "fonts-dejavu-core"),
    "ko": ("NanumGothic.ttf", "fonts-nanum"),
}
LETTER, LINE, EDGE = 30, 56, 40  # pixels


@dataclass(frozen=True)
class Page:
    """Rows of cells: of two cells the first is a label at the left, the second a value."""

    name: str
    language: Literal["ru", "ko"]
    rows: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        return "\n".join(" ".join(row) for row in self.rows)

    def drawn(self, face: Path) -> Image.Image:
        font = ImageFont.truetype(str(face), LETTER)
        page = Image.new("RGB", (1000, 2 * EDGE + LINE * len(self.rows)), "#f7f3ea")
        pen = ImageDraw.Draw(page)
        for number, row in enumerate(self.rows):
            for cell, left in zip(row, (EDGE, 420), strict=False):
                pen.text((left, EDGE + LINE * number), cell, fill="#22262b", font=font)
        return page


PAGES = (
    Page(
        "passport-like",
        "ru",
        (
            ("ОБРАЗЕЦ. НЕ ЯВЛЯЕТСЯ ДОКУМЕНТОМ",),
            ("Фамилия", "КОРОВИН"),
            ("Имя", "ПЁТР"),
            ("Отчество", "ЕГОРОВИЧ"),
            ("Пол", "МУЖ."),
            ("Дата рождения", "13.09.1985"),
            ("Место рождения", "ГОР. ЯСНОПОЛЬ"),
            ("Серия и номер", "00 00 123456"),
        ),
    ),
    Page(
        "insurance-card-like",
        "ru",
        (
            ("ОБРАЗЕЦ. СТРАХОВОЕ СВИДЕТЕЛЬСТВО",),
            ("Страховой номер", "000-000-123 45"),
            ("Застрахованное лицо", "Щукина Анна Юрьевна"),
            ("Дата и место рождения", "2 июля 1990 года"),
            ("", "село Берёзовка, Заречный район"),
            ("Дата регистрации", "11 ноября 2004 года"),
        ),
    ),
    Page(
        "insurance-claim-like",
        "ko",
        (
            ("견본 보험금 청구서",),
            ("피보험자 성명", "홍길동"),
            ("생년월일", "1985년 9월 13일"),
            ("증권번호", "00-1234567"),
            ("사고 일자", "2024년 11월 14일"),
            ("사고 장소", "가상시 하늘구 구름로 12"),
            ("청구 금액", "1,234,500원"),
            ("입금 은행", "무지개은행"),
        ),
    ),
    Page(
        "health-card-like",
        "ko",
        (
            ("견본 건강보험증",),
            ("성명", "김하늘"),
            ("발급 일자", "2023년 3월 6일"),
            ("사업장 명칭", "푸른바다 주식회사"),
            ("자격 취득일", "2022년 1월 3일"),
            ("주소", "가상시 바람구 햇살로 45"),
        ),
    ),
)


def face(language: str) -> Path:
    """The font file of the language; the test skips, and says which package, where it is absent."""
    name, package = FACES[language]
    found = sorted(FONTS.rglob(name))
    if not found:
        pytest.skip(f"no {name}: apt-get install {package}")
    return found[0]


def need(*languages: str) -> None:
    """Skip, and say what to install, where the program or a language is missing."""
    program = shutil.which("tesseract")
    if program is None:
        pytest.skip("the program tesseract is not installed: apt-get install tesseract-ocr")
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=True)
    known = (listed.stdout + listed.stderr).split()
    if missing := [name for name in languages if name not in known]:
        packages = " ".join(f"tesseract-ocr-{name}" for name in missing)
        pytest.skip(f"tesseract lacks a language: apt-get install {packages}")
