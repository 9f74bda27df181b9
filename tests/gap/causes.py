"""The experiments: causes one by one, two at a time, and what each is worth by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tests.gap.causes_model import SAMPLES, Picture, Temper
from tests.gap.causes_runs import Way
from tests.gap.causes_sums import Step, Worth, parts, together

USUAL = Way()
LONGER = "Answer in one line. No comments."
FIRST, SECOND = range(SAMPLES // 2), range(SAMPLES // 2, SAMPLES)


@dataclass(frozen=True)
class Case:
    """Two ways of asking, and the steps from one to the other: each is a part of the gap.

    `kinds`: the causes of a rest that is of several together. `named`: what differs besides, and
    moves nothing.
    """

    name: str
    steps: tuple[Step, ...]
    start: Way = USUAL
    kinds: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    metric: str = "cer"

    @property
    def end(self) -> Way:
        return self.steps[-1].way

    @property
    def parts(self) -> dict[str, Worth]:
        return parts(self.start, self.steps, self.metric)


def _all(text: str) -> tuple[str, str]:
    return text, text


def _drawn(picture: Picture) -> tuple[Picture, Picture]:
    return picture, picture


PROMPT = replace(USUAL, prompts=_all(LONGER))
SYSTEM = replace(USUAL, system="You read receipts.")
COARSE = replace(USUAL, pictures=_drawn("coarse"))
SMALL = replace(USUAL, pictures=_drawn("small"))
PACKED = replace(USUAL, pictures=_drawn("packed"))
WARM = replace(USUAL, temperature=0.7)
SHORT = replace(USUAL, max_tokens=9)
GUESSER = replace(USUAL, served="guesser")
MOVED = replace(USUAL, temper=Temper(moved=True))
STRIPS = replace(USUAL, harness="bare")
READS = replace(USUAL, reading="value/1")
FOLDED = replace(USUAL, folded=True)
CORRECTED = replace(USUAL, references={4: "another", 15: "abcdefghijk", 26: "zebra crossing"})
FEWER = replace(USUAL, limit=29)
REFUSED = replace(USUAL, temper=Temper(refused=frozenset({1, 4, 9, 12, 33})))
MINDS = replace(PACKED, temper=Temper(minds=True))


def _one(name: str, part: str, way: Way, start: Way = USUAL, metric: str = "cer") -> Case:
    return Case(name, (Step(part, way),), start, metric=metric)


SINGLE = [
    _one("prompt", "prompt", PROMPT),
    _one("system prompt", "prompt", SYSTEM),
    _one("image coded with loss", "image", COARSE),
    _one("image scaled down", "image", SMALL),
    _one("image packed otherwise", "image", MINDS),
    _one("temperature", "parameters", WARM),
    _one("max_tokens", "parameters", SHORT),
    _one("served model", "model", GUESSER),
    _one("moved alias", "model", MOVED),
    _one("harness strips", "extraction", STRIPS),
    _one("reading", "extraction", READS),
    _one("no reading", "extraction", USUAL, READS),
    _one("metric rule", "scorer", FOLDED),
    _one("references", "data", CORRECTED),
    _one("samples left out", "data", FEWER),
    _one("samples added", "data", USUAL, FEWER),
    _one("failures", "failures", REFUSED),
    _one("failures mended", "failures", USUAL, REFUSED),
    _one("prompt by exact match", "prompt", PROMPT, metric="exact_match"),
    _one("image by ANLS", "image", SMALL, metric="anls"),
    _one("parameters by a metric of neither", "parameters", SHORT, metric="anls_vlmevalkit"),
]


def _together(name: str, way: Way, *kinds: str) -> Case:
    return Case(name, (Step(together(*kinds), way),), kinds=frozenset(kinds))


def _pair(name: str, one: str, first: Way, two: str, **change: Any) -> Case:
    """The first cause alone, then the second with it."""
    return Case(name, (Step(one, first), Step(two, replace(first, **change))))


_HALF = replace(USUAL, prompts=(LONGER, USUAL.prompts[1]))
_HALVES = replace(_HALF, pictures=("drawn", "coarse"))
_HALF_GUESSED = replace(_HALF, served="guesser")

PAIRS = [
    Case(
        "prompt and image on different samples",
        (Step("prompt", _HALVES, FIRST), Step("image", _HALVES, SECOND)),
    ),
    _together("prompt and image", replace(PROMPT, pictures=_drawn("coarse")), "prompt", "image"),
    _together("image and max_tokens", replace(SMALL, max_tokens=9), "image", "parameters"),
    _together("temperature and model", replace(WARM, served="guesser"), "parameters", "model"),
    Case(
        "model on all, prompt on half",
        (
            Step("model", _HALF_GUESSED, SECOND),
            Step(together("model", "prompt"), _HALF_GUESSED, FIRST),
        ),
        kinds=frozenset({"prompt", "model"}),
    ),
    _one("both prompts", "prompt", replace(SYSTEM, prompts=_all(LONGER))),
    _one("both parameters", "parameters", replace(WARM, max_tokens=9)),
    _pair("references and prompt", "data", CORRECTED, "prompt", prompts=_all(LONGER)),
    _pair("samples left out and model", "data", FEWER, "model", served="guesser"),
    Case(
        "prompt and samples added",
        (Step("prompt", replace(PROMPT, limit=29)), Step("data", PROMPT)),
        FEWER,
    ),
    _pair("reading and prompt", "extraction", READS, "prompt", prompts=_all(LONGER)),
    _pair("metric rule and image", "scorer", FOLDED, "image", pictures=_drawn("coarse")),
    _pair("references and failures", "data", CORRECTED, "failures", temper=REFUSED.temper),
    _pair("failures and prompt", "failures", REFUSED, "prompt", prompts=_all(LONGER)),
    _pair("model and harness strips", "model", GUESSER, "extraction", harness="bare"),
    Case(
        "packed otherwise and prompt",
        (Step("prompt", replace(PACKED, prompts=_all(LONGER))),),
        named=frozenset({"image"}),
    ),
]

# Ways that are run above, to be held against each other.
_APART = (
    *("prompt", "image coded with loss", "image packed otherwise", "max_tokens", "served model"),
    *("moved alias", "harness strips", "reading", "metric rule", "references", "samples left out"),
    *("failures", "prompt and image on different samples", "model on all, prompt on half"),
)
ANY = {case.name: case.end for case in SINGLE + PAIRS if case.name in _APART}

AS_JSON = Way(prompts=_all("Answer as JSON."), extracts=True)
_LONGER_JSON = "Answer as JSON. No comments."
_JSON_READ = replace(AS_JSON, reading="json/1")
_JSON_CORRECTED = replace(AS_JSON, references=CORRECTED.references)
_JSON_HALVES = replace(
    AS_JSON, prompts=(_LONGER_JSON, AS_JSON.prompts[1]), pictures=("drawn", "coarse")
)
EXTRACTIONS = [
    _one("fields: max_tokens", "parameters", replace(AS_JSON, max_tokens=40), AS_JSON),
    _one("fields: reading", "extraction", _JSON_READ, AS_JSON),
    Case(
        "fields: prompt and image on different samples",
        (Step("prompt", _JSON_HALVES, FIRST), Step("image", _JSON_HALVES, SECOND)),
        AS_JSON,
    ),
    Case(
        "fields: references and failures",
        (
            Step("data", _JSON_CORRECTED),
            Step("failures", replace(_JSON_CORRECTED, temper=REFUSED.temper)),
        ),
        AS_JSON,
    ),
]

_REFUSED_TOO = replace(CORRECTED, temper=REFUSED.temper)
_ALL_FOUR = replace(_REFUSED_TOO, prompts=_HALVES.prompts, pictures=_HALVES.pictures)
FOUR = Case(
    "references, failures, prompt and image",
    (
        Step("data", CORRECTED),
        Step("failures", _REFUSED_TOO),
        Step("prompt", _ALL_FOUR, FIRST),
        Step("image", _ALL_FOUR, SECOND),
    ),
)
