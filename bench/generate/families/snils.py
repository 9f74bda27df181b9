"""Cards with what a Russian pension insurance certificate (SNILS) says; of another design."""

from __future__ import annotations

from datetime import date
from random import Random

from bench.generate.card import card
from bench.generate.document import Document, Family, Question, questions
from bench.generate.numbers import date_text, day, unissued_snils
from bench.generate.words import WORDS, person

_FIELDS = {
    "number": ("Номер", "Какой страховой номер (СНИЛС) указан на карточке?"),
    "name": ("Ф.И.О.", "Какие фамилия, имя и отчество указаны на карточке?"),
    "birth_date": ("Дата рождения", "Какая дата рождения указана на карточке?"),
    "birth_place": ("Место рождения", "Какое место рождения указано на карточке?"),
    "sex": ("Пол", "Какой пол указан на карточке?"),
    "registration_date": ("Дата регистрации", "Какая дата регистрации указана на карточке?"),
}
_NOT_THERE = (
    Question("passport_number", "Какой номер паспорта указан на карточке?"),
    Question("address", "Какой адрес проживания указан на карточке?"),
    Question("employer", "Какой работодатель указан на карточке?"),
)


def certificate(_index: int, rng: Random) -> Document:
    holder = person(rng, "ru")
    born = day(rng, date(1955, 1, 1), date(2005, 12, 31))
    registered = day(rng, date(max(born.year + 14, 1998), 1, 1), date(2024, 12, 31))
    style = rng.choice(("dots", "ru"))
    record = {
        "number": unissued_snils(rng),
        "name": holder.full.upper() if rng.random() < 0.5 else holder.full,
        "birth_date": date_text(born, style),
        "birth_place": f"г. {rng.choice(WORDS['ru'].towns)}",
        "sex": "мужской" if holder.male else "женский",
        "registration_date": date_text(registered, style) if rng.random() < 0.85 else None,
    }
    groups = [[(name, record[key]) for key, (name, _) in _FIELDS.items()]]
    page = card(
        "ru", "СТРАХОВОЕ СВИДЕТЕЛЬСТВО", groups, paper=(232, 244, 236), photo=False, height=520
    )
    asked = questions({key: text for key, (_, text) in _FIELDS.items()}, record)
    return Document(page, "snils", "ru", (*asked, rng.choice(_NOT_THERE)), record)


SNILS = Family("snils-ru", "Russian pension insurance cards (SNILS)", 10, certificate)
