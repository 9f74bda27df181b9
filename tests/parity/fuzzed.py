"""Made cases: the things that scorers treat in different ways, put together at random."""

from __future__ import annotations

import random
import unicodedata

from bench.parity.cases import Case

WORDS = (
    *(
        "total",
        "Straße",
        "ẞ",
        "ﬁn",
        "café",
        "İzmir",
        "Семёнов",
        "한국",
        "007",
        "N/A",
        "none",
        "two",
    ),
    *(
        "the",
        "a",
        "dont",
        "king's",
        "t-shirt",
        "what?",
        "red,blue",
        "don't",
        "x.",
        "5.",
        ".5",
        "...",
    ),
    *("＝１", "ＡＢ", "😀", "❤️", "שלום", "*it*", "`b`", "yes", "No", '"q"', "(B)", "[a]", "1/2"),
)
NUMBERS = (
    "0",
    "0.0",
    "5",
    "5.1",
    "5%",
    "0.05",
    "42.5%",
    "42.5",
    "1,250",
    "1250",
    "$5",
    "-3",
    "1e3",
)
NUMBERS_ODD = ("inf", "nan", "1990", "2010", "١٢", "1_000", "５", "100 %", "+5", "4.75")
MARKERS = (
    *(
        "ANSWER: ",
        "answer:",
        "**Answer:** ",
        "Answer:\n",
        "Final Answer: ",
        "정답: ",
        "答案：",
        "答 :",
    ),
    *("The answer is ", "#### ", "ANSWER : **"),
)
SPACES = (" ", "  ", "\n", "\t", "\u00a0", "\u2028", "\u3000", "")
THOUGHTS = (
    *(
        "<think>{}</think>",
        "<think>{}</think>\n\n",
        "{}</think>",
        "<think>{}",
        "<analysis>{}</analysis>",
    ),
    *('<think signature="s">{}</think>', "<think>{}</think><think>b</think>"),
)
OPTIONS = ("Red", "the dog", "42", "Blue sky", "A", "no", "a line", "Trade routes", "42 km")
SAID = (
    *(
        "A",
        "B",
        "C",
        "D",
        "E",
        "Z",
        "b",
        "(A)",
        "(B)",
        "(C)",
        "B.",
        "C:",
        "D)",
        "[B]",
        "**B**",
        "$C$",
    ),
    *(
        "\\boxed{D}",
        "A and B",
        "A, B",
        "AB",
        "not C",
        "[LETTER]",
        "I choose",
        "Option",
        "NASA",
        "is",
    ),
    *("the", "so", "because", "picture", "shows", "A map", "Cannot determine the answer", "!", "'"),
)


def text_cases(count: int, seed: int = 20261121) -> tuple[Case, ...]:
    """Every seventh has the ten references of TextVQA, every eleventh is a formula."""
    g = random.Random(seed)
    return tuple(_text_case(g, number) for number in range(count))


def choice_cases(count: int, seed: int = 20261121) -> tuple[Case, ...]:
    """Two to five options."""
    g = random.Random(seed)
    return tuple(_choice_case(g, number) for number in range(count))


def _text_case(g: random.Random, number: int) -> Case:
    several = 10 if number % 7 == 0 else g.randint(1, 3)
    references = [_phrase(g) for _ in range(1 if several == 10 else several)]
    if several == 10:
        references = [g.choice([references[0], _near(g, references[0])]) for _ in range(10)]
    said = g.choice(references) if g.random() < 0.75 else _phrase(g)
    for change in (_near, _spaced, _cased, _marked, _thought):
        if g.random() < 0.3:
            said = change(g, said)
    if number % 10 == 0:
        length = g.randint(1, 8)
        references, said = ["a" * length * 2], "a" * length + "b" * length
    return Case(
        id=f"t{number}",
        references=tuple(references),
        prediction=said,
        formula=number % 11 == 0,
    )


def _phrase(g: random.Random) -> str:
    pool = g.choice([WORDS, WORDS, NUMBERS, NUMBERS, NUMBERS_ODD])
    many = g.randint(0, 4) if pool is WORDS else 1
    said = g.choice(SPACES[:2]).join(g.choices(pool, k=many))
    return unicodedata.normalize(g.choice(["NFC", "NFD"]), said)


def _near(g: random.Random, said: str) -> str:
    letters = list(said)
    for _ in range(g.randint(0, 3)):
        if letters:
            letters[g.randrange(len(letters))] = g.choice("xX ß.,5%")
    return "".join(letters)


def _spaced(g: random.Random, said: str) -> str:
    return g.choice(SPACES) + said.replace(" ", g.choice(SPACES)) + g.choice(SPACES)


def _cased(g: random.Random, said: str) -> str:
    return g.choice([said.upper(), said.lower(), said.title(), said + ".", f'"{said}"'])


def _marked(g: random.Random, said: str) -> str:
    before = g.choice(["", "", "I add 2. ", "ANSWER: 7\n"])
    return before + g.choice(MARKERS) + said + g.choice(["", "", "\nThat is it.", "**"])


def _thought(g: random.Random, said: str) -> str:
    return g.choice(THOUGHTS).format(g.choice(["y", "ANSWER: 5", "", "a\nb"])) + said


def _choice_case(g: random.Random, number: int) -> Case:
    options = g.sample(OPTIONS, g.randint(2, 5))
    parts = [*SAID, *options, *MARKERS]
    said = g.choice(SPACES[:3]).join(g.choices(parts, k=g.randint(0, 6)))
    if g.random() < 0.2:
        said = _thought(g, said)
    right = chr(ord("A") + g.randrange(len(options)))
    return Case(id=f"c{number}", references=(right,), prediction=said, choices=tuple(options))
