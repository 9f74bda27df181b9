"""A page's text and a question -> the value asked for, by stated rules. Standard library only.

Which field is asked is read from words of the question, English or German:

date, total, address   by a word of `FIELD_WORDS`; a question that names two of them asks for none
company                by its words, where none of the three is named ("address of the company")
none of them           the whole page's text is the answer (a transcription prompt)

The rules know receipts and invoices in general: no list of shops, no place names. A value that no
rule finds is an empty answer. Values are given as printed; a total without its currency.
"""

from __future__ import annotations

import re
from typing import Callable, Dict, Iterator, List, Optional, Sequence

VERSION = "1"

FIELD_WORDS = {
    "date": {"date", "dated", "datum"},
    "total": {"total", "amount", "sum", "summe", "betrag", "gesamtbetrag", "gesamtsumme"},
    "address": {"address", "adresse", "anschrift"},
}
COMPANY_WORDS = {
    *("company", "merchant", "seller", "vendor", "shop", "store", "firm"),
    *("firma", "unternehmen", "unternehmens", "händler", "händlers", "verkäufer", "geschäft"),
}

MONTHS = (
    "jan(?:uary|uar)?|jän(?:ner)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz?|apr(?:il)?|may|mai|june?|juni"
    "|july?|juli|aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?"
)
_YEAR = r"(?:(?:19|20)\d\d|\d\d)"
# A time may be glued to the year where the page was read without the space between them.
_END = r"(?=\D|$|\d\d?:\d\d)"
_DATE = re.compile(
    rf"(?<!\d)(?:(?:19|20)\d\d(?P<a>[-/.])\d\d?(?P=a)\d\d?(?!\d)"
    rf"|\d\d?(?P<b> ?[-/.] ?)\d\d?(?P=b){_YEAR}{_END}"
    rf"|\d\d?(?:st|nd|rd|th)?\.?[ -/]{{0,2}}(?:{MONTHS})[ .,'/-]{{0,2}}{_YEAR}{_END})"
    rf"|\b(?:{MONTHS})[ .]{{0,2}}\d\d?(?:st|nd|rd|th)?[, ]{{1,2}}{_YEAR}{_END}",
    re.IGNORECASE,
)
_DATE_LABEL = re.compile(r"\b(?:date|datum|dated)", re.IGNORECASE)
_OTHER_DATE = re.compile(r"expir|valid|due|birth|until|gültig|fällig|geboren", re.IGNORECASE)

_AMOUNT = re.compile(r"(?<![\d.,])-?(?:\d{1,3}(?:[.,' ]\d{3})+|\d+)[.,]\d\d(?![\d%]|[.,]\d| ?%)")
# Labels are compared without spaces and signs: an OCR reads "Grand Total" as "GrandTotal" as well.
_FINAL = (
    *("grandtotal", "totaldue", "amountdue", "balancedue", "totalamount", "totalpayable"),
    *("amountpayable", "totaltopay", "totalincl", "netttotal", "nettotal", "roundedtotal"),
    *("totalrounded", "gesamtbetrag", "gesamtsumme", "endbetrag", "endsumme", "zuzahlen"),
    *("rechnungsbetrag", "zahlbetrag"),
)
_PLAIN = ("total", "summe", "gesamt", "betrag", "amount")
_NOT_THE_TOTAL = (
    *("subtotal", "zwischensumme", "excl", "exkl", "beforetax", "netto", "change", "rückgeld"),
    *("cash", "tender", "given", "gegeben", "discount", "rabatt", "saving", "qty", "quantity"),
    *("items", "anzahl", "points", "punkte", "totaltax", "totalvat", "totalgst", "rounding"),
)
_TAX = ("tax", "vat", "gst", "mwst", "ust")

_COMPANY_FORM = re.compile(
    r"(?<!\w)(?:ltd|limited|inc|llc|llp|corp(?:oration)?|plc|gmbh|ag|kg|ohg|ug|e\.k|s\.a|sarl|sas|b\.v"
    r"|n\.v|oy|aps|s\.r\.l|s\.p\.a|z o\.o|pty|pte|bhd|& ?co)\b",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"^\W*(?:(?:tax|sales|cash|parking|customer)? ?(?:receipt|invoice|bill)|welcome.*|thank you.*"
    r"|rechnung|quittung|kassenbon|beleg|bon|willkommen.*|herzlich.*|copy|kopie|duplicate)\W*$",
    re.IGNORECASE,
)
# Where the head of a receipt ends: what follows the address is a number to call or to tax.
_AFTER_ADDRESS = re.compile(
    r"\b(?:tel|telefon|phone|ph|fax|mobile|hotline|e-?mail|www|https?|gst|vat|tax|ust|mwst|uid|st"
    r"\.?-?nr|steuer\w*|invoice|receipt|rechnung|quittung|beleg\w*|bill|order|table|tisch|check"
    r"|cashier|kasse|till|ticket)\b|@",
    re.IGNORECASE,
)
_REGISTRATION = re.compile(
    r"\b(?:reg|registration|company) ?\.?(?:no|nr)|^\(?[\d-]+ ?-? ?[a-z]?\)?$", re.IGNORECASE
)
HEAD_LINES = 12
ADDRESS_LINES = 5


def answer(page: str, question: str) -> str:
    """The value that `question` asks for, or "" where no rule finds it; see the module's text."""
    field = asked_field(question)
    if field is None:
        return page
    lines = [line.strip() for line in page.splitlines() if line.strip()]
    return FIND[field](lines) or ""


def asked_field(question: str) -> Optional[str]:
    """date, total, address, company, or None."""
    words = set(re.findall(r"\w+", question.casefold()))
    named = [field for field, known in FIELD_WORDS.items() if words & known]
    if len(named) == 1:
        return named[0]
    return "company" if not named and words & COMPANY_WORDS else None


def date(lines: Sequence[str]) -> Optional[str]:
    """The date behind (or on the line below) a date label; else the page's first date.

    Dates on lines that speak of expiry, birth or a due day are left out.
    """
    first = None
    for number, line in enumerate(lines):
        if _OTHER_DATE.search(line):
            continue
        found = _date_in(line)
        if _DATE_LABEL.search(line):
            below = lines[number + 1] if number + 1 < len(lines) else ""
            labelled = found or _date_in(below)
            if labelled:
                return labelled
        first = first or found
    return first


def _date_in(line: str) -> Optional[str]:
    for match in _DATE.finditer(line):
        numbers = [int(part) for part in re.findall(r"\d+", match[0])]
        if len(numbers) < 3 or _possible(numbers):
            return match[0]
    return None


def _possible(numbers: Sequence[int]) -> bool:
    """Of day, month and year in any usual order, one number is a month and another a day."""
    year_first = numbers[0] > 31
    one, other = numbers[1:3] if year_first else numbers[:2]
    return 1 <= min(one, other) <= 12 and 1 <= max(one, other) <= 31


def total(lines: Sequence[str]) -> Optional[str]:
    """The last amount of the last line with the strongest label of a total.

    Strengths: what names the final sum (`_FINAL`), then any word for a sum (`_PLAIN`). Within one,
    a line with a single amount comes before one with several, which is mostly a row of a table. A
    label alone takes the amount of the line below. Without any label: the largest amount of the
    page that is not what was handed over or given back.
    """
    found: Dict[int, str] = {}
    for number, line in enumerate(lines):
        strength = _strength(line)
        if not strength:
            continue
        amounts = _amounts(line)
        if (
            not amounts
            and number + 1 < len(lines)
            and not re.search("[^\\W\\d]{4}", lines[number + 1])
        ):
            amounts = _amounts(lines[number + 1])
        if amounts:
            found[2 * strength + (len(amounts) == 1)] = amounts[-1]
    if found:
        return found[max(found)]
    others = [
        amount for line in lines if not _is_no_total(_label(line)) for amount in _amounts(line)
    ]
    return max(others, key=_cents, default=None)


def _label(line: str) -> str:
    return re.sub(r"[\W\d_]+", "", line.casefold())


def _strength(line: str) -> int:
    label = _label(line)
    if _is_no_total(label):
        return 0
    if any(word in label for word in _FINAL):
        return 2
    return int(any(word in label for word in _PLAIN))


def _is_no_total(label: str) -> bool:
    """A tax is no total, unless the line says that the tax is included."""
    if any(word in label for word in _NOT_THE_TOTAL):
        return True
    return any(word in label for word in _TAX) and not re.search("in[ck]l|inkl", label)


def _amounts(line: str) -> List[str]:
    return [match[0] for match in _AMOUNT.finditer(line)]


def _cents(amount: str) -> int:
    return int(re.sub(r"[^\d-]", "", amount))


def company(lines: Sequence[str]) -> Optional[str]:
    """Among the first lines the one with a company form (Ltd, GmbH, …), else the first with letters
    that is no title, date, telephone or tax line."""
    names = list(_names(lines))
    for name in names[:4]:
        if _COMPANY_FORM.search(name):
            return name
    return names[0] if names else None


def _names(lines: Sequence[str]) -> Iterator[str]:
    for line in lines[:HEAD_LINES]:
        if len(re.findall(r"[^\W\d_]", line)) < 3 or _TITLE.match(line):
            continue
        if not (_date_in(line) or _AFTER_ADDRESS.search(line) or _amounts(line)):
            yield line


def address(lines: Sequence[str]) -> Optional[str]:
    """The lines between the company and the first line of another kind (telephone, tax number,
    date, amount, title), joined by a comma; registration numbers are left out. At most five lines,
    and none at all without a digit."""
    name = company(lines)
    if name is None:
        return None
    parts: List[str] = []
    for line in lines[lines.index(name) + 1 : HEAD_LINES]:
        if not parts and _REGISTRATION.search(line):
            continue
        if (
            _AFTER_ADDRESS.search(line)
            or _TITLE.match(line)
            or _date_in(line)
            or _amounts(line)
            or not re.search(r"[^\W\d_]", line)
            or len(parts) == ADDRESS_LINES
        ):
            break
        parts.append(line.rstrip(" ,;"))
    joined = ", ".join(parts)
    return joined if re.search(r"\d", joined) else None


FIND: Dict[str, Callable[[Sequence[str]], Optional[str]]] = {
    "date": date,
    "total": total,
    "address": address,
    "company": company,
}
