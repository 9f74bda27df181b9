"""What of an answer is scored: the switches `thinking`, `marker` and `ends` of several families."""

from __future__ import annotations

import re
from typing import Final

from bench.metrics.evalscope import spoken, stated
from bench.parity.rules import Setting, Switch

_TAGS: Final = (("<think>", "</think>"), ("<analysis>", "</analysis>"))

THINKING: Final = Switch(
    "thinking",
    "thinking in the answer",
    {
        "kept": "is scored with the answer",
        "block": "one <think> block is taken out",
        "tags": "all <think> and <analysis> blocks go, and what stands before a lone closing tag",
    },
)
TAGS_ONLY: Final = Switch(
    THINKING.name, THINKING.about, {way: THINKING.values[way] for way in ("kept", "tags")}
)
ENDS: Final = Switch(
    "ends",
    "white space at the answer's ends",
    {"kept": "stays", "stripped": "is stripped first"},
)
REFERENCE_ENDS: Final = Switch(
    "reference_ends",
    "white space at a reference's ends",
    {"kept": "stays", "stripped": "is stripped first"},
)
REFERENCES: Final = Switch(
    "references",
    "several references",
    {"best": "the best one counts", "first": "only the first is looked at"},
)


def spoken_by(text: str, setting: Setting) -> str:
    """The answer without its thinking, as the setting says."""
    if setting["thinking"] == "block":
        return spoken(text)
    return without_tags(text) if setting["thinking"] == "tags" else text


def without_tags(text: str) -> str:
    """The rule of lmms-eval (api/reasoning.py: strip_reasoning_tags) with its default tags; that
    it then strips the text is the switch `ends`.
    """
    for opening, closing in _TAGS:
        block = re.escape(opening) + ".*?" + re.escape(closing)
        text = re.sub(block, "", text, flags=re.DOTALL)
        if closing in text and opening not in text:
            text = text.rpartition(closing)[2]
    return text


def behind_marker(text: str) -> str | None:
    """The rule of EvalScope: what stands behind the last `ANSWER:`; None where there is none."""
    return stated(text)


def wanted(references: tuple[str, ...], setting: Setting) -> tuple[str, ...]:
    """The references that are looked at."""
    some = references[:1] if setting.get("references") == "first" else references
    if setting.get("reference_ends") == "stripped":
        return tuple(text.strip() for text in some)
    return some
