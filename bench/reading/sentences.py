"""A sentence around a value, in English, Russian, Korean and German.

A text changes only where it is sure to be a sentence about a field: it says a number or quotes its
value, or it names a field in a word of `_FIELD`. A title, a clause of a contract and a heading with
a colon stay as they are.
"""

from __future__ import annotations

import re

from bench import absent_answers

LONGEST = 300  # characters of a sentence that is taken apart
_LONGEST_VALUE, _MOST_WORDS, _FEW_WORDS = 120, 12, 3

# What ends with a full stop of its own.
_ABBREVIATION = re.compile(
    r"(?:^|[\s.(])(?:[^\W\d_]|Inc|Ltd|Co|Corp|Bros|Jr|Sr|Dr|St|No|Nr|Str|etc|e\.V|a\.m|p\.m|руб|коп|"
    r"долл|г|гг|ул|д|кв|тыс|млн|млрд|обл|пр|usw)\.\Z",
    re.IGNORECASE,
)
_ABBREVIATED = re.compile(r"[^\W\d_]{1,4}\.")
_DAY_AND_MONTH = re.compile(r"\d{1,2}\.(?:\d{1,2}\.)?")  # 12. and 12.03. as Germans write them
_ENDS = (".", "。")

_FIELD = re.compile(
    r"\b(?:(?:sub)?total|amount|sum|price|date|number|name|address|company|vendor|seller|buyer"
    r"|customer|supplier|tax|vat|currency|phone|e-?mail|surname|id)\b"
    r"|\b(?:дата|номер|сумма|итого|имя|фамилия|отчество|название|наименование|адрес|телефон"
    r"|компания|продавец|покупатель|организация|серия|цена|инн|ндс|фио|владелец|валюта)\b"
    r"|이름|성명|날짜|일자|발행일|생년월일|금액|총액|합계|주소|번호|전화|상호|회사"
    r"|(?:datum|nummer|name|betrag|summe|adresse|anschrift|firma|telefon|verkäufer|käufer|kunde"
    r"|währung|preis)\b",
    re.IGNORECASE,
)
_BEGINS_AS_NUMBER = re.compile(r"[-+−(№#]?[ ]?[$€£¥₩₽]?[ ]?\d")
_ANOTHER_CLAUSE = re.compile(
    r"\b(?:and|or|but|which|is|was|и|или|но|а|und|oder|aber|ist|war)\b|그리고|이고|이며"
)
_LINE_BELOW = re.compile(r"([:：])[ \t]*+\n\s*+")
_MARKED = re.compile(r"[\"'“„«‹「『`]|\*\*")
_GOES_ON = re.compile(r"[,;] (?![A-ZА-ЯЁÄÖÜ가-힣])[^\W\d_]++(?!\.)|(?:\w{4}\.|[!?]) +[^\W\d_]|。.")

_BULLET = r"[ \t]*+(?:[-*•][ \t]++)?"
_LABEL = re.compile(
    rf"{_BULLET}\*{{0,2}}(?P<subject>[^\W\d][^\d:：\n*]{{0,60}}?)\*{{0,2}}"
    r"(?:[:：]\*{0,2}[ \t]|：|[ \t][—–][ \t](?:это )?)[ \t]*(?P<value>.+)"
)
_STATED = (
    _LABEL,
    re.compile(
        r"(?:(?:According to|Based on) [^,\n]{1,60}, ?)?"
        r"(?P<subject>(?:[Tt]he|[Ii]ts|[Tt]heir|[Tt]his) [^\d,.:;!?\n]{1,80}?|[Ii]t) "
        r"(?:is|was|reads|says|equals)"
        r"(?: (?:listed|given|written|shown|printed|stated) as)?:? (?P<value>.+)"
    ),
    re.compile(r"(?P<subject>It)['’]s (?P<value>.+)"),
    re.compile(
        r"(?P<subject>(?:Der|Die|Das|Ihre?|Seine?) [^\d,.:;!?\n]{1,80}?|Es) "
        r"(?:ist|war|lautet|beträgt|heißt|betrug):? (?:der |den |die |das )?(?P<value>.+)"
    ),
    re.compile(
        r"(?:(?:Согласно|Судя по) [^,\n]{1,60}, ?)?(?P<subject>[А-ЯЁа-яё]+(?: [А-ЯЁа-яё]+){0,5}?) "
        r"(?:составля(?:ет|ла)|составил[аио]?|рав(?:ен|на|но)) (?P<value>.+)"
    ),
)
_KOREAN = re.compile(
    r"(?:(?P<subject>[^\d,.:;!?\n]{1,40}?)(?:은|는|이|가) )?(?P<value>.+?)(?<! 보)(?<! 것)"
    r"(?:입니다|이에요|예요|(?:이?라고|으?로) (?:적혀|쓰여|기재되어|표시되어) 있습니다)\Z"
)
_HANGUL_NAME = re.compile(r"[가-힣]{2,4}")


def value_of_sentence(text: str) -> str:
    """The value where the text surely is a sentence around one, else the text itself."""
    sentence = _LINE_BELOW.sub(r"\1 ", text.strip(), count=1) if len(text) <= LONGEST else text
    if len(sentence) > LONGEST or "\n" in sentence or absent_answers.says_no_value(sentence):
        return text
    if found := _KOREAN.fullmatch(sentence.rstrip("".join(_ENDS))):
        value = found["value"].strip()
        named = found["subject"] or ""
        if _sure(named, value) or (not named and _HANGUL_NAME.fullmatch(value)):
            return value
    for form in _STATED:
        if (found := form.fullmatch(sentence)) and _sure(found["subject"], found["value"].strip()):
            return without_full_stop(found["value"].strip())
    return sentence[:-1] if _is_number_with_stop(sentence) else text


def _is_number_with_stop(text: str) -> bool:
    few = len(text.split()) <= _FEW_WORDS
    return few and bool(re.search(r"\d\.\Z", text)) and not _DAY_AND_MONTH.fullmatch(text)


def _sure(subject: str, value: str) -> bool:
    bare = value.rstrip("".join(_ENDS))
    words = len(bare.split())
    if not bare or len(bare) > _LONGEST_VALUE or words > _MOST_WORDS or _GOES_ON.search(bare):
        return False
    if len(subject.split()) > _MOST_WORDS:
        return False
    if _BEGINS_AS_NUMBER.match(bare):
        return not _ANOTHER_CLAUSE.search(bare)
    if _MARKED.match(bare) and bare[-1] in "\"'”“»›」』`*":
        return True
    begins_as_name = not bare[0].islower() or _ABBREVIATED.match(bare)
    return bool(_FIELD.search(subject) and begins_as_name)


def without_full_stop(text: str) -> str:
    """Unless the stop belongs to the last word."""
    if not text.endswith(_ENDS) or text.endswith("..") or _ABBREVIATION.search(text):
        return text
    return text[:-1].rstrip()


def korean_value(text: str) -> str:
    """`홍길동입니다.` is 홍길동; any other text is itself."""
    found = _KOREAN.fullmatch(text.rstrip("".join(_ENDS)))
    return found["value"] if found and not found["subject"] else text
