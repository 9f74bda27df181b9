"""What an invoice says, by language."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Terms:
    """`number` is "" where the title holds number and date."""

    title: str
    number: str
    date: str
    due_date: str
    seller: str
    address: str
    tax_number: str
    buyer: str
    columns: tuple[str, ...]
    subtotal: str
    vat: str
    total: str
    money: str
    numbers: tuple[str, ...]
    date_styles: tuple[str, ...]
    rates: tuple[int, ...]
    notes: tuple[str, ...]
    questions: dict[str, str] = field(default_factory=dict)
    not_there: tuple[tuple[str, str], ...] = ()


TERMS = {
    "ru": Terms(
        title="Счёт № {number} от {date}",
        number="",
        date="",
        due_date="Оплатить до",
        seller="Поставщик",
        address="Адрес поставщика",
        tax_number="ИНН поставщика",
        buyer="Покупатель",
        columns=("№", "Наименование", "Кол-во", "Ед.", "Цена", "Сумма"),
        subtotal="Итого без НДС",
        vat="НДС {vat_rate}",
        total="Всего к оплате",
        money="{amount} руб.",
        numbers=("{number}", "{number}/{year}", "СЧ-{number}"),
        date_styles=("dots", "ru"),
        rates=(20, 10),
        notes=(
            "Оплата счёта означает согласие с условиями поставки товара.",
            "Товар отпускается после поступления денег на счёт поставщика.",
            "В назначении платежа укажите номер и дату счёта.",
            "Претензии по количеству принимаются в течение пяти дней.",
        ),
        questions={
            "number": "Какой номер у этого счёта?",
            "date": "От какой даты этот счёт?",
            "due_date": "До какой даты нужно оплатить счёт?",
            "seller": "Кто поставщик?",
            "seller_tax_number": "Какой ИНН у поставщика?",
            "buyer": "Кто покупатель?",
            "vat": "Какая сумма НДС указана в счёте?",
            "total": "Сколько всего к оплате?",
        },
        not_there=(
            ("buyer_phone", "Какой номер телефона у покупателя?"),
            ("contract", "Какой номер договора указан в счёте?"),
            ("discount", "Какая скидка указана в счёте?"),
        ),
    ),
    "en": Terms(
        title="INVOICE",
        number="Invoice number",
        date="Invoice date",
        due_date="Payment due",
        seller="From",
        address="Address",
        tax_number="VAT number",
        buyer="Bill to",
        columns=("No.", "Description", "Qty", "Unit", "Price", "Amount"),
        subtotal="Subtotal",
        vat="VAT {vat_rate}",
        total="Total due",
        money="£{amount}",
        numbers=("INV-{number}", "{year}-{number}", "{number}"),
        date_styles=("slashes", "en"),
        rates=(20, 5),
        notes=(
            "Please quote the invoice number with your payment.",
            "Goods remain our property until they are paid for in full.",
            "Questions about this invoice are answered on working days.",
            "Thank you for your business.",
        ),
        questions={
            "number": "What is the invoice number?",
            "date": "What is the invoice date?",
            "due_date": "By which date must the invoice be paid?",
            "seller": "Which company issued the invoice?",
            "seller_tax_number": "What is the VAT number of the seller?",
            "buyer": "Who is the invoice billed to?",
            "vat": "What is the amount of VAT?",
            "total": "What is the total due?",
        },
        not_there=(
            ("buyer_phone", "What is the buyer's telephone number?"),
            ("purchase_order", "What is the purchase order number?"),
            ("discount", "What discount is given?"),
        ),
    ),
    "ko": Terms(
        title="청구서",
        number="청구서 번호",
        date="발행일",
        due_date="납부기한",
        seller="공급자",
        address="공급자 주소",
        tax_number="사업자등록번호",
        buyer="공급받는 자",
        columns=("번호", "품목", "수량", "단위", "단가", "금액"),
        subtotal="공급가액",
        vat="부가세 {vat_rate}",
        total="합계금액",
        money="{amount}원",
        numbers=("{year}-{number}", "제{number}호"),
        date_styles=("hyphens", "ko"),
        rates=(10,),
        notes=(
            "입금하실 때 청구서 번호를 적어 주십시오.",
            "물품은 입금 확인 후 발송합니다.",
            "문의는 평일 오전 9시부터 오후 6시까지 받습니다.",
        ),
    ),
}
