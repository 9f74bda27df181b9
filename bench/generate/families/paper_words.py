"""What receipts, reports and delivery notes say, by language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PaperWords:
    """`quarters` and `goods`: the titles of a table's columns."""

    receipt: str
    sum: str
    paid: tuple[str, ...]
    thanks: tuple[str, ...]
    reports: tuple[str, ...]
    findings: tuple[str, ...]
    quarters: tuple[str, ...]
    source: str
    delivery_note: str
    number: str
    date: str
    sender: str
    recipient: str
    place: str
    goods: tuple[str, ...]
    packages: str
    handed: str
    complete: str
    signature: str


PAPERS = {
    "en": PaperWords(
        receipt="Receipt",
        sum="Total",
        paid=("Cash", "Card"),
        thanks=("Thank you, please come again", "Keep this receipt for returns"),
        reports=("Visitors by place, {year}", "Loans of the libraries, {year}"),
        findings=(
            "The numbers were counted at the doors and are reported by quarter.",
            "The second quarter was stronger than the first in most places.",
            "Two places were closed for repairs during part of the year.",
        ),
        quarters=("Place", "Q1", "Q2", "Q3", "Q4", "Year"),
        source="Source: own count. Numbers in thousands, rounded.",
        delivery_note="DELIVERY NOTE",
        number="Note number",
        date="Date of delivery",
        sender="Sender",
        recipient="Recipient",
        place="Delivered to",
        goods=("No.", "Goods", "Qty", "Unit"),
        packages="Packages",
        handed="Handed over by",
        complete="Received complete and without damage",
        signature="Signature",
    ),
    "ru": PaperWords(
        receipt="Чек №",
        sum="ИТОГО",
        paid=("Наличными", "Картой"),
        thanks=("Спасибо за покупку", "Сохраняйте чек до конца гарантии"),
        reports=("Посетители по городам, {year} год", "Выдача книг по библиотекам, {year} год"),
        findings=(
            "Данные собраны на входе и приведены по кварталам.",
            "Второй квартал в большинстве городов был сильнее первого.",
            "Два филиала часть года были закрыты на ремонт.",
        ),
        quarters=("Город", "I кв.", "II кв.", "III кв.", "IV кв.", "Год"),
        source="Источник: собственный подсчёт. Тысячи, с округлением.",
        delivery_note="ТОВАРНАЯ НАКЛАДНАЯ",
        number="Номер накладной",
        date="Дата отгрузки",
        sender="Грузоотправитель",
        recipient="Грузополучатель",
        place="Адрес доставки",
        goods=("№", "Наименование груза", "Кол-во", "Ед."),
        packages="Количество мест",
        handed="Груз сдал",
        complete="Груз принят полностью, повреждений нет",
        signature="Подпись",
    ),
    "ko": PaperWords(
        receipt="영수증 번호",
        sum="합계",
        paid=("현금", "카드"),
        thanks=("이용해 주셔서 감사합니다", "교환 시 영수증을 가져오십시오"),
        reports=("{year}년 지역별 방문자 수", "{year}년 도서관별 대출 권수"),
        findings=(
            "입구에서 센 숫자를 분기별로 정리하였습니다.",
            "대부분의 지역에서 2분기가 1분기보다 많았습니다.",
            "두 곳은 공사로 한동안 문을 닫았습니다.",
        ),
        quarters=("지역", "1분기", "2분기", "3분기", "4분기", "합계"),
        source="자료: 자체 집계. 단위는 천 명이며 반올림한 값입니다.",
        delivery_note="납품서",
        number="납품번호",
        date="납품일",
        sender="보내는 곳",
        recipient="받는 곳",
        place="배송지",
        goods=("번호", "품목", "수량", "단위"),
        packages="상자 수",
        handed="인도자",
        complete="위 물품을 이상 없이 받았습니다",
        signature="서명",
    ),
}
