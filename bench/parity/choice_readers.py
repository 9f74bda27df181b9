"""How a letter is read of an answer to a question with options: a reader a harness."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from bench.metrics.evalscope import spoken
from bench.parity.cases import Case
from bench.parity.reading import without_tags
from bench.reading.closed_set import chosen

_NOBODY: Final = "Z"  # VLMEvalKit's letter of no option


class Found(NamedTuple):
    """The letter, and the step that decided."""

    letter: str
    step: str


def options(case: Case) -> dict[str, str]:
    return {chr(ord("A") + place): text for place, text in enumerate(case.choices)}


def vlmevalkit(case: Case) -> Found:
    """utils/matching_util.py: can_infer, under --judge exact_matching."""
    answer, choices = case.answer, options(case)
    if "Failed to obtain answer via API" not in answer:
        if any(words in answer for words in _REFUSALS):
            return Found(_NOBODY, "refusal")
        words = re.sub(r"[.()\[\],:;!*#{}]", " ", answer).split()
        there = [letter for letter in choices if letter in words]
        if len(there) == 1 and words.index(there[0]) > len(words) - 5:
            return Found(there[0], "only_word")
        if not there and _NOBODY in words:
            return Found(_NOBODY, "refusal")
    lower = answer.lower()
    if len(lower) <= 2 * sum(map(len, case.choices)):
        held = [letter for letter, text in choices.items() if text.lower() in lower]
        if len(held) == 1:
            return Found(held[0], "option_text")
    return Found(_NOBODY, "nothing")


_REFUSALS: Final = (
    "Sorry, I can't help with images of people yet.",
    "I can't process this file.",
    "I'm sorry, but without the image provided",
    "Cannot determine the answer",
)


def lmms_mmmu(case: Case) -> Found:
    """lmms-eval (tasks/_task_utils/mmmu_mcq_utils.py: parse_mmmu_multi_choice_response)."""
    text = without_tags(case.answer).strip()
    steps = (("bracket", "({})"), ("any_word_end", "{} "), ("point", "{}."))
    return _mmmu(text, options(case), steps)


def lm_eval_mmmu(case: Case) -> Found:
    """lm-eval (tasks/mmmu/utils.py: parse_multi_choice_response)."""
    return _mmmu(case.answer, options(case), (("bracket", "({})"), ("word", " {} ")))


def _mmmu(text: str, choices: Mapping[str, str], steps: tuple[tuple[str, str], ...]) -> Found:
    for mark in ",.!?;:'":
        text = text.strip(mark)
    text = f" {text} "
    for step, form in steps:
        there = [letter for letter in choices if form.format(letter) in text]
        if there:
            # Several are told apart by where they stand as words, or in brackets: else the first.
            last = form if step == "bracket" else " {} "
            return Found(max(there, key=lambda one: text.rfind(last.format(one))), step)
    if len(text.split()) > 5:
        lower = text.lower()
        held = [letter for letter, option in choices.items() if option.lower() in lower]
        if held:
            where = max(held, key=lambda one: lower.rfind(choices[one].lower()))
            return Found(where, "long_option_text")
    return Found("?", "guess")


_PRIORITY: Final = {
    "start": 10,
    "end": 9,
    "phrase": 7,
    "bracket": 6,
    "point": 5,
    "colon": 4,
    "right_bracket": 3,
    "any_word_end": 2,
}
_PHRASES: Final = (
    *("the answer is", "answer is", "the correct answer is", "correct answer is"),
    *("the best answer is", "best answer is", "the correct option is", "correct option is"),
    *("the best option is", "best option is", "the choice is", "choice is"),
    *("the correct choice is", "correct choice is", "i choose", "i select", "i pick"),
    *(
        "my answer is",
        "my choice is",
        "옵션",
        "정답은",
        "답은",
        "답:",
        "答案是",
        "答案为",
        "选",
        "答えは",
    ),
)


def lmms_mmstar(case: Case) -> Found:
    """lmms-eval (tasks/_task_utils/mcq_extract.py: extract_mcq_answer); four letters, always."""
    text = without_tags(case.answer)
    if not text.strip():
        return Found("", "nothing")
    text = text.strip()
    for mark in ",.!?;:'\"":
        text = text.strip(mark)
    text = f" {text} "
    found = _mmstar_places(text)
    if found:
        best = max(found, key=lambda one: (_PRIORITY[one[2]], one[1]))
        return Found(best[0], best[2])
    there = [letter for letter in "ABCD" if letter in text]
    if there:
        return Found(max(there, key=text.rfind), "somewhere")
    return Found("", "nothing")


def _mmstar_places(text: str) -> list[tuple[str, int, str]]:
    """(letter, place, step), in the order in which they are looked for."""
    found: list[tuple[str, int, str]] = []
    forms = {"bracket": "({})", "point": "{}.", "colon": "{}:", "right_bracket": "{})"}
    for step, form in {**forms, "any_word_end": "{} "}.items():
        places = ((letter, text.rfind(form.format(letter))) for letter in "ABCD")
        found += [(letter, at, step) for letter, at in places if at >= 0]
    lower = text.lower()
    for phrase in _PHRASES:
        place = lower.find(phrase)
        if place >= 0:
            behind = place + len(phrase)
            places = ((letter, text.find(letter, behind)) for letter in "ABCD")
            found += [(letter, at, "phrase") for letter, at in places if at >= 0]
    bare = text.strip()
    for letter in "ABCD":
        if bare.startswith(letter) and (len(bare) == 1 or not bare[1].isalpha()):
            found.append((letter, 0, "start"))
        if bare.endswith(letter) and (len(bare) == 1 or not bare[-2].isalpha()):
            found.append((letter, len(text) - 1, "end"))
    return found


_MARKER: Final = re.compile(r"(?i)ANSWER\s*:\s*\**\s*")
_LATEX: Final = re.compile(r"(?:(?:\$+|\\\(|\\(?:boxed|fbox|text|textbf|mathbf|mathrm)\s*\{)\s*)*")
_LABELS: Final = (
    re.compile(r"[\(\[（【]\s*([A-Za-z\d](?:\s*[,，/、]\s*[A-Za-z\d])*)\s*[\)\]）】]"),
    re.compile(r"([A-Za-z\d][A-Za-z\d ,，/、]*)"),
)
_TOKEN: Final = re.compile(r"[A-Za-z\d]+")


def evalscope(case: Case) -> Found:
    """EvalScope (utils/multi_choices.py: parse_answers)."""
    text, known = spoken(case.answer), set(options(case))
    for marker in reversed(list(_MARKER.finditer(text))):
        tail = text[marker.end() :]
        begins = _LATEX.match(tail)
        tail = tail[begins.end() :] if begins else tail
        for pattern in _LABELS:
            label = pattern.match(tail)
            said = _labels(label[1], known) if label else ""
            if said:
                bare = said.strip().rstrip(".")
                return Found(bare if bare in known else "", "marker")
    capital = next((letter for letter in reversed(text) if letter.isupper()), "")
    if capital in known:
        return Found(capital, "last_capital")
    return Found("", "nothing")


def _labels(capture: str, known: set[str]) -> str:
    """The part at its beginning that holds labels alone; `and` and `or` may stand between two."""
    words, end = list(_TOKEN.finditer(capture)), 0
    for place, word in enumerate(words):
        if set(word[0]) <= known:
            end = word.end()
            continue
        joins = place + 1 < len(words) and set(words[place + 1][0]) <= known
        if not (end and joins and word[0].lower() in ("and", "or")):
            break
    return capture[:end]


def bench(case: Case) -> Found:
    """bench/reading/closed_set.py, with the options' letters and texts as the names."""
    letter = chosen(case.answer, {name: (text,) for name, text in options(case).items()})
    return Found(letter, "named") if letter else Found("", "nothing")


READERS: Final[dict[str, Callable[[Case], Found]]] = {
    "vlmevalkit": vlmevalkit,
    "lmms-eval mmstar": lmms_mmstar,
    "lmms-eval mmmu": lmms_mmmu,
    "evalscope": evalscope,
    "lm-eval mmmu": lm_eval_mmmu,
    "bench": bench,
}
