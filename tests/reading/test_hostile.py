"""Long and hostile answers: time grows with the length, memory stays a multiple of it.

Time is this process's own CPU time, compared within one run.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import pytest

from bench.fields import FieldRule
from bench.reading import READINGS, read
from bench.schema import FieldType

CHOICES = {"invoice": ["A", "Invoice"], "receipt": ["B", "Receipt"]}
REPEATED = {  # what stands once, and what is repeated behind it
    "braces": ("", "{"),
    "brackets": ("", "["),
    "braces-apart": ("", "{ "),
    "objects": ("", '{"a":'),
    "open-keys": ("", '{"'),
    "quotes-inside": ('{"a": "', '"x '),
    "quotes-and-commas": ('{"a": "', '"  ,  '),
    "spaces-behind": ('{"a": "x"', " "),
    "backslashes": ('{"a": "', "\\"),
    "escaped-quotes": ('{"a": "', '\\"'),
    "escapes": ('{"a": "', "\\ud800"),
    "single-quotes": ("{'", "','"),
    "comments": ('{"a": 1 ', "/* x */"),
    "comment-ends": ("{/*", "*"),
    "commas": ("[", ","),
    "digits": ("[", "1"),
    "grouped-digits": ('{"a": ', "1,2"),
    "long-key": ("{", "a."),
    "unquoted": ("{a: ", "b "),
    "templates": ("", "a {b} "),
    "footnotes": ("", "[a] "),
    "pairs": ("", '{"a": 1} '),
    "duplicates": ("{", '"a": 1, '),
    "surrogates": ("", "\ud800{"),
    "fences": ("", "```json\n{\n"),
    "fence-ends": ("", "```\n"),
    "backticks": ("x", "`"),
    "tildes": ("", "~~~x\n"),
    "thinking": ("", "<think>"),
    "thinking-ends": ("", "x</think>"),
    "answers": ("", "Answer: \n"),
    "answer-tags": ("", "<answer>"),
    "boxes": ("", "\\boxed{\\text{"),
    "headings": ("", "# * - "),
    "blank-lines": ("Answer:", " \n"),
    "newlines": ("", "\n"),
    "right-to-left": ("", "\u202eاب 12 "),
    "korean": ("", "은 "),
    "names": ("", "not invoice "),
    "dates": ("", "12.03.2024 "),
}


def cpu_of(work: Callable[[], object]) -> float:
    """Seconds, the lesser of two."""
    taken = []
    for _ in range(2):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("name", REPEATED)
def test_time_grows_with_the_length(name: str, reading: str) -> None:
    """Four times the text takes at most eight times the time; a square would take sixteen."""
    once, again = REPEATED[name]

    def seconds(characters: int) -> float:
        text = once + again * (characters // len(again))
        return cpu_of(lambda: read(text, reading, choices=CHOICES))

    assert seconds(32_000) <= 8 * seconds(8_000) + 0.005


@pytest.mark.thorough
@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("name", ["objects", "pairs", "quotes-inside", "fences", "footnotes"])
def test_memory_is_a_multiple_of_the_length(name: str, reading: str) -> None:
    once, again = REPEATED[name]
    text = once + again * (25_000 // len(again))
    tracemalloc.start()
    try:
        read(text, reading, choices=CHOICES)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 60 * len(text)


@pytest.mark.thorough
@pytest.mark.parametrize("reading", READINGS)
def test_a_megabyte_is_read(reading: str) -> None:
    page = "A line of a page, with {braces} and 12.50 in it.\n" * 21_000
    assert len(page) > 1_000_000
    found = read(f"<think>{page}</think>\nreceipt", reading, choices=CHOICES)
    assert (found.value, found.steps[0]) == (None if reading == "json/1" else "receipt", "thinking")
    assert read(page, "text/1").value == page
    assert read(page, "choice/1", choices=CHOICES).value is None


TYPES: list[FieldType] = ["date", "number", "amount", "phone", "document_number", "boolean"]


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_is_looked_for_in_bounded_time(kind: FieldType) -> None:
    """Repeated beginnings of values, over the length in which a value is looked for."""
    rule = FieldRule(type=kind)
    for again in (
        "1-1-",
        "1 1 ",
        "1/1/",
        "1,111",
        "1.1.",
        "+1 (",
        "$1 ",
        "12 march ",
        "1a-",
        "A1 ",
    ):
        for end in ("", "x", "_1"):
            text = (again * 2_000)[:1_990] + end
            begin = time.process_time()
            read(text, "value/1", rule=rule)
            assert time.process_time() - begin < 1, again
