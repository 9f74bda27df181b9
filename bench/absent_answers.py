"""How models say that they will not answer, or that there is nothing to answer: en, de, ru, ko."""

from __future__ import annotations

import re
import string
from functools import lru_cache

# A longer text is an answer, whatever words it holds: a receipt may say "we cannot accept returns".
LONGEST = 300  # characters

NOTHING = frozenset(
    (
        *("n/a", "na", "none", "null", "nil", "unknown", "not found", "not available", "no value"),
        *("not specified", "not provided", "not visible", "not given", "not present", "empty"),
        *("nicht gefunden", "nicht vorhanden", "nicht angegeben", "nicht lesbar", "keine angabe"),
        *("keine", "unbekannt", "k. a", "k.a", "не найдено", "не указано", "не указан", "нет"),
        *("не указана", "неизвестно", "нет данных", "отсутствует", "없음", "없습니다", "모름"),
        *("해당 없음", "알 수 없음", "찾을 수 없음", "찾을 수 없습니다", "확인 불가"),
    )
)

_NO_VALUE = re.compile(
    r"\b(?:does not|doesn't|do not|is not|isn't|are not|was not|not) (?:\w+ ){0,2}"
    r"(?:show|contain|include|mention|list|state|display|appear|visible|present|specified|provided"
    r"|found|given|available|legible)"
    r"|(?:cannot|can't|can not|could not|couldn't|unable to|not able to|did not|didn't)"
    r" (?:find|locate|see|determine|identify|make out|read)\b"
    r"|\bthere (?:is|are) no\b|\bno \w+ (?:is |was )?(?:found|visible|shown|given|present|listed)"
    r"|\bkein\w*\b[^.]{0,40}\b(?:angegeben|gefunden|vorhanden|sichtbar|erkennbar|zu finden)"
    r"|\bnicht (?:angegeben|gefunden|vorhanden|sichtbar|erkennbar|lesbar|finden)"
    r"|\b(?:gibt|enthält)\b[^.]{0,20} kein"
    r"|\bне (?:указан|найден|виден|видн|содержит|могу найти|удалось найти|обнаружен)"
    r"|\bотсутствует|\bнет (?:даты|адреса|суммы|данных|информации)"
    r"|(?:찾을|확인할|알|볼|읽을) 수 ?(?:가 |는 )?없|[이가은는도] 없(?:습니다|음|어요)"
    r"|(?:나와|적혀|기재되어|표시되어) 있지 않"
)

_REFUSED = re.compile(
    r"\b(?:cannot|can't|can not|unable to|not able to|won't|refuse to|decline to)\b[^.]{0,30}"
    r"\b(?:help|assist|comply|provide|process|share|transcribe|fulfil|disclose|answer)"
    r"|\b(?:cannot|can't|can not|unable to|not able to)\b[^.]{0,20}\b(?:see|view|read|open|access"
    r"|analy[sz]e|interpret)\b[^.]{0,20}\b(?:images?|pictures?|photos?|files?|documents?)\b"
    r"|\bas an ai\b"
    r"|\bkann\b[^.]{0,60}\bnicht\b[^.]{0,20}\b(?:helfen|verarbeiten|transkribieren|bereitstellen"
    r"|beantworten|weitergeben|unterstützen|anzeigen|ansehen)|\bals (?:ki|sprachmodell)\b"
    r"|\bне (?:могу|в состоянии|имею возможности)\b[^.]{0,40}\b(?:помочь|обработать|предоставить"
    r"|ответить|выполнить|распознать|просматривать|раскрыть)|\bкак (?:ии|языковая модель)\b"
    r"|(?:도와드릴|도울|처리할|제공할|답변할|답할|수행할|응답할|지원할) 수 ?(?:가 |는 )?없"
)


# What none of them is in neither refuses nor says that there is nothing.
_STEMS = re.compile(
    r"no[t ]|n't|there is no|there are no|unable|refuse|decline|as an ai|kein|nicht|als ki"
    r"|als sprachmodell|не |нет |отсутствует|как ии|как языковая модель|없|않"
)
_MARKS = " .!*_`\"'()[]-–—"


def says_nothing(text: str) -> bool:
    """The whole text is a word for "no value"."""
    if len(text) > LONGEST:
        return not text.strip(_MARKS + string.whitespace)
    bare = _plain(text).strip(_MARKS)
    return not bare or bare in NOTHING


def says_no_value(text: str) -> bool:
    """A sentence that says that the document does not have it."""
    return _says(text, _NO_VALUE)


def says_none(text: str) -> bool:
    """That there is nothing to answer, in a word or in a sentence."""
    return says_nothing(text) or says_no_value(text)


def refuses(text: str) -> bool:
    return _says(text, _REFUSED)


def _says(text: str, phrases: re.Pattern[str]) -> bool:
    if len(text) > LONGEST:
        return False
    said = _plain(text)
    return bool(_STEMS.search(said) and phrases.search(said))


@lru_cache(maxsize=256)
def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split())
