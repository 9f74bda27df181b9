"""Blocks in which a model thinks aloud before it answers."""

from __future__ import annotations

import re

_TAG = re.compile(
    r"<(/?)(?:think(?:ing)?|reasoning|thought)>|\[(/?)THINK\]|◁(/?)think▷", re.IGNORECASE
)


def without_thinking(text: str) -> str | None:
    """What stands outside of thinking blocks; None where nothing does.

    An end without a beginning ends a block that began in the prompt: all before it is thinking.
    A block that never ends takes the rest with it.
    """
    kept: list[str] = []
    behind, inside, found = 0, False, False
    for tag in _TAG.finditer(text):
        found = True
        if any(tag.groups()):
            if not inside:
                kept.clear()
            behind, inside = tag.end(), False
        elif not inside:
            kept.append(text[behind : tag.start()])
            inside = True
    if not found:
        return text
    if not inside:
        kept.append(text[behind:])
    return "".join(kept).strip() or None
