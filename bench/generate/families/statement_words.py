"""What a bank statement says, by language. Amounts in hundredths."""

from __future__ import annotations

from dataclasses import dataclass, field

_Moves = tuple[tuple[str, int, int], ...]  # description, least, most


@dataclass(frozen=True)
class Terms:
    """`head` and `foot`: the name on the page and the key in the record."""

    language: str
    banks: tuple[str, ...]
    title: str
    head: tuple[tuple[str, str], ...]
    period: str
    opening_balance: str
    columns: tuple[str, ...]
    foot: tuple[tuple[str, str], ...]
    note: str
    account: str
    bank_code: str
    date_style: str
    opening: tuple[int, int]
    payments: _Moves
    receipts: _Moves
    questions: dict[str, str] = field(default_factory=dict)
    not_there: tuple[tuple[str, str], ...] = ()


TERMS = {
    "en": Terms(
        language="en",
        banks=("Kestrel Bay Savings Bank", "Northmere Mutual", "Granary & Vale Bank"),
        title="Statement of account",
        head=(
            ("Account holder", "holder"),
            ("Account number", "account"),
            ("Sort code", "bank_code"),
            ("Card", "card"),
        ),
        period="Period",
        opening_balance="Opening balance, GBP",
        columns=("Date", "Description", "Amount", "Balance"),
        foot=(
            ("Paid in", "paid_in"),
            ("Paid out", "paid_out"),
            ("Closing balance", "closing_balance"),
        ),
        note="Please check every entry and tell us within 60 days if something is not right.",
        account="{number}",
        bank_code="00-{number:.2}-{more:.2}",
        date_style="slashes",
        opening=(20_000, 450_000),
        payments=(
            ("Card payment Mossbank Foods", 350, 9_800),
            ("Direct debit water", 2_100, 6_900),
            ("Direct debit council tax", 9_000, 19_500),
            ("Standing order rent", 45_000, 98_000),
            ("Cash machine Fennick", 1_000, 20_000),
            ("Card payment Larkspur Office", 600, 14_000),
            ("Train tickets", 480, 11_200),
            ("Monthly account fee", 300, 800),
        ),
        receipts=(
            ("Salary {company}", 145_000, 380_000),
            ("Refund {company}", 900, 18_000),
            ("Transfer from savings", 5_000, 60_000),
        ),
        questions={
            "holder": "Who is the account holder?",
            "account": "What is the account number?",
            "bank_code": "What is the sort code?",
            "card": "What are the last digits of the card, as printed?",
            "period_start": "On which date does the period of the statement begin?",
            "period_end": "On which date does the period of the statement end?",
            "opening_balance": "What is the opening balance?",
            "paid_in": "How much was paid in?",
            "paid_out": "How much was paid out?",
            "closing_balance": "What is the closing balance?",
        },
        not_there=(
            ("iban", "What is the IBAN of the account?"),
            ("overdraft", "What is the overdraft limit?"),
            ("interest_rate", "What is the interest rate?"),
        ),
    ),
    "ru": Terms(
        language="ru",
        banks=("Банк «Светлый Берег»", "Заречный Сберегательный Банк", "Банк «Ясень»"),
        title="Выписка по счёту",
        head=(
            ("Владелец счёта", "holder"),
            ("Номер счёта", "account"),
            ("БИК", "bank_code"),
            ("Карта", "card"),
        ),
        period="Период",
        opening_balance="Входящий остаток, руб.",
        columns=("Дата", "Операция", "Сумма", "Остаток"),
        foot=(
            ("Поступления", "paid_in"),
            ("Списания", "paid_out"),
            ("Исходящий остаток", "closing_balance"),
        ),
        note="Проверьте операции и сообщите банку об ошибках в течение 30 дней.",
        account="00000810000{number}0",
        bank_code="00{number}{more}",
        date_style="dots",
        opening=(500_000, 25_000_000),
        payments=(
            ("Оплата продуктов", 25_000, 780_000),
            ("Оплата связи", 30_000, 150_000),
            ("Коммунальные услуги", 350_000, 1_200_000),
            ("Аренда квартиры", 1_800_000, 4_500_000),
            ("Снятие наличных", 100_000, 2_000_000),
            ("Билеты на поезд", 90_000, 850_000),
            ("Аптека", 15_000, 420_000),
            ("Плата за обслуживание", 9_900, 29_900),
        ),
        receipts=(
            ("Зарплата {company}", 4_500_000, 16_000_000),
            ("Возврат {company}", 50_000, 900_000),
            ("Перевод со вклада", 500_000, 5_000_000),
        ),
        questions={
            "holder": "Кто владелец счёта?",
            "account": "Какой номер счёта?",
            "bank_code": "Какой БИК указан в выписке?",
            "card": "Какие последние цифры карты указаны, как они напечатаны?",
            "period_start": "С какой даты начинается период выписки?",
            "period_end": "Какой датой заканчивается период выписки?",
            "opening_balance": "Какой входящий остаток?",
            "paid_in": "Какая сумма поступлений?",
            "paid_out": "Какая сумма списаний?",
            "closing_balance": "Какой исходящий остаток?",
        },
        not_there=(
            ("taxpayer_number", "Какой ИНН владельца счёта?"),
            ("overdraft", "Какой лимит овердрафта?"),
            ("phone", "Какой номер телефона владельца счёта?"),
        ),
    ),
    "ko": Terms(
        language="ko",
        banks=("미리내은행", "가온은행", "온누리은행"),
        title="거래내역서",
        head=(("예금주", "holder"), ("계좌번호", "account"), ("지점번호", "bank_code")),
        period="조회기간",
        opening_balance="이전잔액",
        columns=("거래일", "내용", "금액", "잔액"),
        foot=(("입금합계", "paid_in"), ("출금합계", "paid_out"), ("현재잔액", "closing_balance")),
        note="내용이 다르면 영업점에 알려 주십시오.",
        account="000-{number}",
        bank_code="00{more}",
        date_style="hyphens",
        opening=(20_000_000, 500_000_000),
        payments=(
            ("식료품 결제", 500_000, 9_800_000),
            ("통신요금", 3_000_000, 9_000_000),
            ("전기요금", 2_500_000, 12_000_000),
            ("현금 인출", 5_000_000, 30_000_000),
            ("월세", 40_000_000, 90_000_000),
            ("교통카드", 1_000_000, 7_000_000),
        ),
        receipts=(
            ("급여 {company}", 200_000_000, 420_000_000),
            ("이체 입금", 5_000_000, 60_000_000),
        ),
    ),
}
