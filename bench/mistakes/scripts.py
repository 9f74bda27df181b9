"""Whether a value is the right one in another script: lookalikes, romanised, or translated."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache

from rapidfuzz.distance import Indel

from bench.fields import FieldRule
from bench.page_text import plain, squeezed

MAIN = 0.3  # share of the letters from which a script is one of the text's
SOUNDS_ALIKE = 0.5  # of a romanised name with another spelling of it
LONGEST = 300  # characters

# Month names, currencies and words for yes differ between languages without being mistakes.
_WRITTEN = ("text", "address", "person_name", "document_number")
_SCRIPTS = ("LATIN", "CYRILLIC", "HANGUL", "CJK", "HIRAGANA", "KATAKANA", "GREEK", "ARABIC")
_LOOKALIKES = str.maketrans("авекмнорстухіјѕԁԛԝ", "abekmhopctyxijsdqw")
_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        re.split(" ", "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch  y  e yu ya"),
        strict=True,
    )
)
_LEADS = re.split(" ", "g kk n d tt r m b pp s ss  j jj ch k t p h")
_VOWELS = re.split(" ", "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
_TAILS = re.split(" ", " k k k n n n t l k m p l l p l m p p t t ng t t k t p t")
_SYLLABLE = 0xAC00  # the first of 11,172 Hangul syllables


def in_another_script(prediction: str, references: Sequence[str], rule: FieldRule) -> bool:
    """Of names and texts only. A name has to sound alike where both scripts can be romanised."""
    if rule.type not in _WRITTEN or len(prediction) > LONGEST:
        return False
    said = squeezed(plain(prediction))
    return any(_of(said, squeezed(plain(text)), rule) for text in references)


def _of(said: str, wanted: str, rule: FieldRule) -> bool:
    if said == wanted:
        return False
    if said.translate(_LOOKALIKES) == wanted.translate(_LOOKALIKES):
        return True
    scripts, wanted_scripts = _scripts(said), _scripts(wanted)
    if not scripts or not wanted_scripts or scripts & wanted_scripts:
        return False
    sounds, wanted_sounds = _romanised(said), _romanised(wanted)
    if rule.type != "person_name" or sounds is None or wanted_sounds is None:
        return True  # it may be a translation
    return bool(Indel.normalized_similarity(sounds, wanted_sounds) >= SOUNDS_ALIKE)


def _scripts(text: str) -> frozenset[str]:
    """Those of a good part of the letters; none where digits are all there is."""
    counted = Counter(_script(letter) for letter in text if letter.isalpha())
    least = MAIN * counted.total()
    return frozenset(script for script, n in counted.items() if n >= least)


@cache
def _script(letter: str) -> str:
    """By the letter's Unicode name."""
    name = unicodedata.name(letter, "")
    return next((script for script in _SCRIPTS if name.startswith(script)), name.partition(" ")[0])


def _romanised(text: str) -> str | None:
    """Roughly: Cyrillic letters and Hangul syllables (Revised Romanisation, each by itself).

    None where a script has no table here.
    """
    sounds = "".join(map(_sound, text))
    return sounds if re.fullmatch(r"[a-z0-9]*", sounds) else None


@cache
def _sound(letter: str) -> str:
    if letter in _CYRILLIC:
        return _CYRILLIC[letter]
    place = ord(letter) - _SYLLABLE
    if 0 <= place < len(_LEADS) * len(_VOWELS) * len(_TAILS):
        lead, rest = divmod(place, len(_VOWELS) * len(_TAILS))
        vowel, tail = divmod(rest, len(_TAILS))
        return _LEADS[lead] + _VOWELS[vowel] + _TAILS[tail]
    return unicodedata.normalize("NFD", letter)[0]
