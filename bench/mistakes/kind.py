"""The kind of an answer's mistake: the first rule that fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bench import absent_answers
from bench.fields import FieldRule
from bench.mistakes.elsewhere import made_up, of_another_field
from bench.mistakes.pages import PAGE, of_page
from bench.mistakes.scripts import in_another_script
from bench.mistakes.typed_values import of_value, type_of
from bench.page_text import Page, plain
from bench.quality_rows import MistakeKind

CUT = frozenset(("length", "max_tokens"))  # finish reasons
TEXT = FieldRule(type="text")
NO_OTHERS: Mapping[str, Sequence[str]] = MappingProxyType({})

_ORDER: tuple[MistakeKind, ...] = ("partial", "wrong_format", "truncated", "wrong_value")


def mistake(
    prediction: str | None,
    references: Sequence[str],
    *,
    right: bool | None,
    finish_reason: str | None = None,
    rule: FieldRule | None = None,
    page: Page | None = None,
    others: Mapping[str, Sequence[str]] = NO_OTHERS,
    field: str | None = None,
    answerable: bool = True,
) -> MistakeKind | None:
    """None where the answer is right, or where nothing says whether it is (`right` is None).

    `prediction` is None where the request failed. `right` is the word of the task's exact rule. Of
    several references the one counts that the answer comes closest to. `rule` is the declared one
    of the sample's field. `page` is what stands on the document, `others` the right values of its
    fields; an entry of `field` itself is passed over. Where not `answerable`, the right answer is
    that there is none: `references` are not looked at, and without `right` the answer itself tells.
    """
    if prediction is None:
        return "request_failed"
    if right:
        return None
    found = {name: texts for name, texts in others.items() if name != field}
    cut = finish_reason in CUT
    if not answerable:
        return _made_up_answer(prediction, rule, found, cut=cut)
    if right is None or not references:
        return None
    return "truncated" if cut else _told(prediction, references, rule, page, found)


def _made_up_answer(
    prediction: str,
    rule: FieldRule | None,
    others: Mapping[str, Sequence[str]],
    *,
    cut: bool,
) -> MistakeKind | None:
    """There is no right value: each one that is given is another field's or made up."""
    if cut:
        return "truncated"
    if absent_answers.refuses(prediction):
        return "refused"
    if absent_answers.says_none(prediction):
        return None
    elsewhere = of_another_field(prediction, (), rule or TEXT, others)
    return "wrong_field" if elsewhere else "hallucinated"


def _told(
    prediction: str,
    references: Sequence[str],
    rule: FieldRule | None,
    page: Page | None,
    others: Mapping[str, Sequence[str]],
) -> MistakeKind | None:
    if absent_answers.says_nothing(prediction):
        return "missed"
    if rule is None and min(len(plain(text)) for text in references) >= PAGE:
        return of_page(prediction, references)
    found = {of_value(prediction, text, rule or type_of(text)) for text in references}
    kind = next(kind for kind in _ORDER if kind in found)
    if kind != "wrong_value":
        return kind
    if absent_answers.refuses(prediction):
        return "refused"
    if absent_answers.says_no_value(prediction):
        return "missed"
    return _wrong(prediction, references, rule or type_of(references[0]), page, others)


def _wrong(
    prediction: str,
    references: Sequence[str],
    rule: FieldRule,
    page: Page | None,
    others: Mapping[str, Sequence[str]],
) -> MistakeKind:
    if of_another_field(prediction, references, rule, others):
        return "wrong_field"
    there = page.holds(prediction, rule) if page else None
    if not there and in_another_script(prediction, references, rule):
        return "wrong_script"
    if there is False and made_up(prediction, references, rule):
        return "hallucinated"
    return "wrong_value"
