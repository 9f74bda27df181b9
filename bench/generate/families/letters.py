"""Letters and CVs."""

from __future__ import annotations

from datetime import date
from random import Random

from bench.generate.families.letter_words import LETTERS
from bench.generate.flow import Flow
from bench.generate.numbers import date_text, day, unissued_phone
from bench.generate.page import Page
from bench.generate.words import WORDS, company, person, postal


def letter(language: str, rng: Random) -> Page:
    """Sender, date, recipient, subject, paragraphs, greeting, name."""
    words = LETTERS[language]
    chars = 36 if language == "ko" else 64
    flow = Flow(language, size=25, serif=rng.random() < 0.6)
    flow.mark()
    writer, reader = person(rng, language), person(rng, language)
    flow.line(company(rng, language), bold=True)
    flow.paragraph(postal(rng, language), chars)
    flow.gap()
    written = day(rng, date(2021, 1, 1), date(2025, 12, 31))
    flow.line(date_text(written, language), anchor="right")
    flow.gap(0.5)
    flow.line(f"{words.to} {reader.full}")
    flow.paragraph(postal(rng, language), chars)
    flow.gap()
    subject, *texts = rng.choice(words.letters)
    flow.line(subject, bold=True)
    flow.gap(0.6)
    flow.line(words.dear)
    for text in texts:
        flow.gap(0.4)
        flow.paragraph(text, chars)
    flow.gap()
    flow.line(words.closing)
    flow.gap(1.2)
    flow.line(writer.full)
    return flow.page()


def cv(language: str, rng: Random) -> Page:
    words, towns = LETTERS[language], WORDS[language].towns
    flow = Flow(language, size=25)
    flow.mark()
    flow.line(person(rng, language).full, size=40, bold=True)
    flow.line(words.cv)
    flow.rule()
    flow.pair(words.born, date_text(day(rng, date(1965, 1, 1), date(1999, 12, 31)), language))
    flow.pair(words.phone, unissued_phone(rng, language))
    flow.pair(words.lives, postal(rng, language))
    flow.rule()
    flow.line(words.work, bold=True)
    end = rng.randint(2023, 2025)
    for role in rng.sample(words.roles, rng.randint(2, 4)):
        start = end - rng.randint(2, 5)
        flow.pair(f"{start} – {end}", f"{role}, {company(rng, language)}", at=0.26)
        end = start
    flow.rule()
    flow.line(words.school, bold=True)
    flow.pair(f"{end - 4} – {end}", f"{rng.choice(words.degrees)}, {rng.choice(towns)}", at=0.26)
    flow.rule()
    flow.line(words.skills, bold=True)
    flow.lines(rng.sample(words.known, 3))
    return flow.page()
