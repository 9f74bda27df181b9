"""VQA accuracy: how far several annotators gave the same answer.

Source: Antol et al., "VQA: Visual Question Answering", ICCV 2015, and its evaluation code. The
references are the annotators' answers, one each (ten in VQA and TextVQA). An answer scores
min(1, equal answers / 3) against all but one of them, the mean over which one is left out. Before
that both sides are normalised: lower case, punctuation, number words to ten, English articles,
apostrophes of English contractions.

With fewer than four references no answer could reach 1: such a sample has no score (null).
VLMEvalKit gives 0 instead, and reads full stops behind digits another way.
"""

from __future__ import annotations

import re

from bench.metrics.metric import NOTHING, UNMEASURED, Part, Policy, similarity

ENOUGH = 3  # annotators of one opinion
_MINIMUM = ENOUGH + 1

_MARKS = ';/[]"{}()=+\\_-><@`,?!'
_COMMA_IN_NUMBER = re.compile(r"\d,\d")
_FULL_STOP = re.compile(r"\.(?!\d)")
_ARTICLES = frozenset(("a", "an", "the"))
_NUMBERS = {
    "none": "0",
    **{
        word: str(number)
        for number, word in enumerate(
            ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
        )
    },
}
_CONTRACTED = """
ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't
haven't he'd he'd've he's how'd how'll how's isn't it'd it'd've it'll ma'am might've mightn't
mightn't've must've mustn't needn't not've o'clock oughtn't 'ow's'at shan't she'd've should've
shouldn't shouldn't've somebody'd've somebody'll somebody's someone'd someone'd've someone'll
someone's something'd something'd've something'll that's there'd there'd've there're there's they'd
they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's what've
when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't
would've wouldn't wouldn't've y'all y'all'd've y'all'll you'd you'd've you'll you're you've
"""
# Each as it is written with one of its apostrophes left out; the last entry is the code's own.
_WHOLE = {
    word[:at] + word[at + 1 :]: word
    for word in _CONTRACTED.split()
    for at, letter in enumerate(word)
    if letter == "'"
} | {"somebody'd": "somebodyd"}


def vqa_accuracy(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    if len(references) < _MINIMUM:
        return UNMEASURED
    said = normalised(prediction)
    equal = sum(normalised(text) == said for text in references)
    others = len(references) - equal
    left_one_out = equal * min(ENOUGH, equal - 1) + others * min(ENOUGH, equal)
    return Part(left_one_out / (ENOUGH * len(references)), 1.0)


def worst(references: tuple[str, ...], _policy: Policy) -> Part:
    return NOTHING if len(references) >= _MINIMUM else UNMEASURED


def normalised(text: str) -> str:
    text = text.replace("\n", " ").replace("\t", " ").strip()
    words = (_NUMBERS.get(word, word) for word in _unmarked(text).lower().split())
    return " ".join(_WHOLE.get(word, word) for word in words if word not in _ARTICLES)


def _unmarked(text: str) -> str:
    """A mark goes where it touches a space or a comma stands in a number; else a space takes it."""
    removes_all = _COMMA_IN_NUMBER.search(text) is not None
    bare = text
    for mark in _MARKS:
        if mark in text:
            goes = removes_all or f"{mark} " in text or f" {mark}" in text
            bare = bare.replace(mark, "" if goes else " ")
    return _FULL_STOP.sub("", bare)


VQA_ACCURACY = similarity(
    "vqa_accuracy",
    "agreement with three of the annotators (VQA); needs four references or more",
    vqa_accuracy,
    worst=worst,
)
