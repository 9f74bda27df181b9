"""Which prompts of the two tasks stand behind a difference of what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bench.differences.rows import Difference, Kind
from bench.schema import PromptUsed

_SHOWN_IN: tuple[Kind, ...] = ("prompt", "task files")


def with_prompt_files(
    found: Sequence[Difference], a: Sequence[PromptUsed], b: Sequence[PromptUsed]
) -> list[Difference]:
    """The first difference of the prompts, with the names and hashes of those that are not in
    both tasks. The same text under another name asks the same: it is no difference.
    """
    changed = tuple(_changed(a, b))
    for kind in _SHOWN_IN:
        at = next((at for at, one in enumerate(found) if one.kind == kind), None)
        if changed and at is not None:
            told = replace(found[at], details=(*changed, *found[at].details))
            return [*found[:at], told, *found[at + 1 :]]
    return list(found)


def _changed(a: Sequence[PromptUsed], b: Sequence[PromptUsed]) -> Iterator[str]:
    only_a, only_b = (_by_place(_without(one, two)) for one, two in ((a, b), (b, a)))
    for place in dict.fromkeys((*only_a, *only_b)):
        was, now = only_a.get(place), only_b.get(place)
        if was and now:
            yield f"{was} → {now}"
        elif was or now:
            yield f"{was or now} only in {'A' if was else 'B'}"


def _without(prompts: Iterable[PromptUsed], others: Iterable[PromptUsed]) -> list[PromptUsed]:
    known = {(*_place(one), one.sha256) for one in others}
    return [one for one in prompts if (*_place(one), one.sha256) not in known]


def _place(prompt: PromptUsed) -> tuple[str | None, ...]:
    return prompt.doc_type, prompt.field, prompt.language


def _by_place(prompts: Iterable[PromptUsed]) -> dict[tuple[str | None, ...], str]:
    """At most one prompt is for a place: two would be refused."""
    return {_place(one): _named(one) for one in prompts}


def _named(prompt: PromptUsed) -> str:
    version = f" {prompt.version}" if prompt.version else ""
    return f"{prompt.name}{version} ({prompt.sha256[:12]})"
