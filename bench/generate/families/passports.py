"""Cards that say of their holder what a Russian internal passport says; of another design."""

from __future__ import annotations

from datetime import date
from random import Random

from bench.generate.card import card
from bench.generate.document import Document, Family, Question, questions
from bench.generate.numbers import date_text, day, digits
from bench.generate.words import WORDS, person

_OFFICES = (
    "Отделом внутренних дел города {town}",
    "Отделением по вопросам миграции г. {town}",
    "Миграционной службой по г. {town}",
)
_PLACES = ("ГОР. {town}", "С. {town}", "ПОС. {town}")
# Its name on the card, and the question.
_FIELDS = {
    "surname": ("Фамилия", "Какая фамилия указана на карточке?"),
    "given_name": ("Имя", "Какое имя указано на карточке?"),
    "patronymic": ("Отчество", "Какое отчество указано на карточке?"),
    "sex": ("Пол", "Какой пол указан на карточке?"),
    "birth_date": ("Дата рождения", "Какая дата рождения указана на карточке?"),
    "birth_place": ("Место рождения", "Какое место рождения указано на карточке?"),
    "issued_by": ("Паспорт выдан", "Кем выдан паспорт?"),
    "issue_date": ("Дата выдачи", "Когда выдан паспорт?"),
    "department_code": ("Код подразделения", "Какой код подразделения указан на карточке?"),
    "number": ("Серия и номер", "Какие серия и номер паспорта указаны на карточке?"),
}
_NOT_THERE = (
    Question("taxpayer_number", "Какой ИНН указан на карточке?"),
    Question("phone", "Какой номер телефона указан на карточке?"),
    Question("valid_until", "До какой даты действителен паспорт?"),
)
_HOLDER = ("surname", "given_name", "patronymic", "sex", "birth_date", "birth_place")
_ISSUE = ("issued_by", "issue_date", "department_code", "number")


def passport(_index: int, rng: Random) -> Document:
    holder, towns = person(rng, "ru"), WORDS["ru"].towns
    born = day(rng, date(1950, 1, 1), date(2003, 12, 31))
    issued = day(rng, date(max(born.year + 20, 2008), 1, 1), date(2024, 12, 31))
    style = rng.choice(("dots", "dots", "ru"))
    patronymic = holder.second.upper() if rng.random() < 0.85 else None
    place, office = rng.choice(_PLACES), rng.choice(_OFFICES)
    record = {
        "surname": holder.surname.upper(),
        "given_name": holder.given.upper(),
        "patronymic": patronymic,
        "sex": "МУЖ." if holder.male else "ЖЕН.",
        "birth_date": date_text(born, style),
        "birth_place": place.format(town=rng.choice(towns).upper()),
        "issued_by": office.format(town=rng.choice(towns)),
        "issue_date": date_text(issued, style),
        "department_code": f"000-{digits(rng, 3)}",
        "number": f"00 {issued.year % 100:02} {digits(rng, 6)}",
    }
    groups = [[(_FIELDS[key][0], record[key]) for key in part] for part in (_HOLDER, _ISSUE)]
    page = card("ru", "ПАСПОРТ ГРАЖДАНИНА", groups, paper=(250, 238, 236))
    asked = questions({key: text for key, (_, text) in _FIELDS.items()}, record)
    return Document(page, "passport", "ru", (*asked, rng.choice(_NOT_THERE)), record)


PASSPORTS = Family("passports-ru", "Russian passport-like cards", 12, passport)
