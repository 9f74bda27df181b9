"""What identity cards and forms say, by language."""

from __future__ import annotations

from dataclasses import dataclass

# title, then the names of: holder, date of birth, address, number, end of validity
IDENTITY: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (
        ("IDENTITY CARD", "Name", "Date of birth", "Address", "Card number", "Valid until"),
        ("RESIDENT PERMIT", "Holder", "Born on", "Residence", "Permit number", "Expires on"),
    ),
    "ru": (
        ("УДОСТОВЕРЕНИЕ", "Владелец", "Дата рождения", "Адрес", "Номер", "Действительно до"),
        ("ПРОПУСК", "Ф.И.О.", "Дата рождения", "Место жительства", "Пропуск №", "Срок до"),
    ),
    "ko": (
        ("신분증", "성명", "생년월일", "주소", "발급번호", "유효기간"),
        ("회원 신분증", "이름", "생년월일", "거주지", "회원번호", "만료일"),
    ),
}


@dataclass(frozen=True)
class FormWords:
    """`sections`: a title, and (name of the line, kind of its value) pairs; see forms._value."""

    title: str
    intro: str
    sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    declared: str
    date: str
    signature: str


INSURANCE = {
    "en": FormWords(
        "INSURANCE CLAIM FORM",
        "Fill in every part that concerns your claim and return the form within 30 days.",
        (
            ("Policy holder", (("Policy number", "number"), ("Full name", "person"),
                               ("Date of birth", "birth"), ("Address", "address"),
                               ("Telephone", "phone"))),
            ("The loss", (("Date of the loss", "date"),
                          ("What happened", "pipe burst|bicycle stolen|window broken"),
                          ("Police informed", "yes|no"), ("Amount claimed, GBP", "money"))),
        ),
        "I declare that what I have stated is complete and true.", "Date:", "Signature",
    ),
    "ru": FormWords(
        "ЗАЯВЛЕНИЕ О СТРАХОВОМ СЛУЧАЕ",
        "Заполните разделы, которые относятся к вашему случаю, и передайте страховщику.",
        (
            ("Страхователь", (("Номер полиса", "number"), ("Ф.И.О.", "person"),
                              ("Дата рождения", "birth"), ("Адрес", "address"),
                              ("Телефон", "phone"))),
            ("Событие", (("Дата события", "date"),
                         ("Что случилось", "залив квартиры|кража велосипеда|разбито окно"),
                         ("Полиция извещена", "да|нет"), ("Сумма ущерба, руб.", "money"))),
        ),
        "Подтверждаю, что сведения полны и верны.", "Дата:", "Подпись",
    ),
}  # fmt: skip

FORMS = {
    "en": (
        FormWords(
            "APPLICATION FOR A LIBRARY CARD",
            "Please write clearly. The card is sent to the address below.",
            (
                ("About you", (("Full name", "person"), ("Date of birth", "birth"),
                               ("Address", "address"), ("Telephone", "phone"))),
                ("The card", (("Kind of card", "adult|student|family"), ("Starting on", "date"),
                              ("News by post", "yes|no"))),
            ),
            "I have read the rules of the library and will keep to them.", "Date:",
            "Signature",
        ),
        FormWords(
            "PARKING PERMIT APPLICATION",
            "One form for each vehicle. Permits are valid for twelve months.",
            (
                ("Applicant", (("Name", "person"), ("Address", "address"),
                               ("Telephone", "phone"))),
                ("Vehicle", (("Permit number", "number"), ("Colour", "blue|green|silver|white"),
                             ("Used for", "private|work"), ("Needed from", "date"))),
            ),
            "The vehicle named above is kept at my address.", "Date:", "Signature",
        ),
    ),
    "ru": (
        FormWords(
            "ЗАЯВЛЕНИЕ НА ЧИТАТЕЛЬСКИЙ БИЛЕТ",
            "Пишите разборчиво. Билет выдаётся в день обращения.",
            (
                ("О читателе", (("Ф.И.О.", "person"), ("Дата рождения", "birth"),
                                ("Адрес", "address"), ("Телефон", "phone"))),
                ("О билете", (("Вид билета", "взрослый|учебный|семейный"),
                              ("Начало действия", "date"), ("Рассылка новостей", "да|нет"))),
            ),
            "С правилами библиотеки ознакомлен.", "Дата:", "Подпись",
        ),
        FormWords(
            "АНКЕТА УЧАСТНИКА КУРСОВ",
            "Заполните все строки. Группы начинают занятия каждый месяц.",
            (
                ("Участник", (("Ф.И.О.", "person"), ("Дата рождения", "birth"),
                              ("Телефон", "phone"), ("Адрес", "address"))),
                ("Курс", (("Название", "английский язык|бухгалтерский учёт|черчение"),
                          ("Договор №", "number"), ("Начало занятий", "date"),
                          ("Форма", "дневная|вечерняя"))),
            ),
            "С условиями обучения согласен.", "Дата:", "Подпись",
        ),
    ),
    "ko": (
        FormWords(
            "도서관 회원 신청서",
            "모든 항목을 또박또박 적어 주십시오.",
            (
                ("신청인", (("성명", "person"), ("생년월일", "birth"), ("주소", "address"),
                         ("연락처", "phone"))),
                ("회원증", (("종류", "일반|학생|가족"), ("시작일", "date"),
                         ("소식지 받기", "예|아니요"))),
            ),
            "도서관 이용 규칙을 지키겠습니다.", "신청일:", "서명",
        ),
        FormWords(
            "강좌 수강 신청서",
            "신청서는 강좌 시작 전까지 내 주십시오.",
            (
                ("수강생", (("성명", "person"), ("생년월일", "birth"), ("연락처", "phone"),
                         ("주소", "address"))),
                ("강좌", (("강좌명", "한국화 교실|영어 회화|목공 기초"), ("신청번호", "number"),
                        ("시작일", "date"), ("시간", "오전반|오후반|저녁반"))),
            ),
            "위와 같이 수강을 신청합니다.", "신청일:", "서명",
        ),
    ),
}  # fmt: skip
