"""The adapter's side of `bench parity`: a harness's own scorers, called on answers that are stored.

The core starts  [environment's python, scorers.py, score, FOLDER].  job.json names the scorers,
cases.jsonl has the answers of each family: id, family, references, prediction (null: no answer
came), and what a family needs besides (choices, formula). scores.jsonl gets a line a scorer and
case: score, or error where the scorer raised; `read` is the letter that was read of the answer.

Standard library only, Python 3.9 and later.
"""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from bench_closed import close_environment, close_network
from bench_protocol import Job, main, read_jsonl

Score = Callable[[List[str], Any, Dict[str, Any]], Any]
CACHES = ("HF_HOME", "XDG_CACHE_HOME", "MODELSCOPE_CACHE", "LMUData", "MPLCONFIGDIR")


class Scorer(NamedTuple):
    """`function`: what of the harness is called, dotted. `load` imports it and returns
    score(references, prediction, case): a number, or (number, what was read of the answer).
    """

    name: str
    family: str
    function: str
    load: Callable[[], Score]


class Guessed(Exception):  # noqa: N818  (it is no error: the harness draws lots)
    """The harness chose an answer at random: there is no score that would hold twice."""


def serve(scorers: List[Scorer], versions: Callable[[], Dict[str, Any]]) -> None:
    """The whole of a scorers.py."""

    def score(job: Job) -> Dict[str, Any]:
        cache = job.path("cache")
        close_environment()
        os.environ.update({name: os.path.join(cache, name.lower()) for name in CACHES})
        close_network()
        os.chdir(job.folder)
        cases = list(read_jsonl(job.path("cases.jsonl")))
        told = {}
        for scorer in scorers:
            if scorer.name in job.spec["scorers"]:
                told[scorer.name] = _run(job, scorer, cases)
        return {"versions": versions(), "data": {"scorers": told}}

    main(score=score)


def _run(job: Job, scorer: Scorer, cases: List[Dict[str, Any]]) -> Dict[str, Any]:
    """What result.json says of the scorer. It may be gone from another version of the harness."""
    said: Dict[str, Any] = {"function": scorer.function, "error": None}
    try:
        score = scorer.load()
    except Exception as error:
        said["error"] = _words(error)
        return said
    rows = [_row(scorer.name, score, case) for case in cases if case["family"] == scorer.family]
    with open(job.path("scores.jsonl"), "a", encoding="ascii") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return said


def _row(name: str, score: Score, case: Dict[str, Any]) -> Dict[str, Any]:
    row = {"scorer": name, "id": case["id"], "score": None, "read": None, "error": None}
    try:
        found = score(list(case["references"]), case["prediction"], case)
    except Guessed:
        row["read"] = "?"
    except Exception as error:
        row["error"] = _words(error)
    else:
        number, row["read"] = found if isinstance(found, tuple) else (found, None)
        row["score"] = float(number)
    return row


def _words(error: BaseException) -> str:
    return ("%s: %s" % (type(error).__name__, error)).strip()[:300]


def best(score: Callable[[str], Any], references: List[str]) -> Optional[Any]:
    """Of a benchmark that has one reference a question: the best of several."""
    return max(score(one) for one in references)


def letters(case: Dict[str, Any]) -> Dict[str, str]:
    """The options by their letters."""
    return {chr(ord("A") + place): text for place, text in enumerate(case["choices"])}


def settled(read: Callable[[], str], seed: Callable[[int], None], tries: int = 12) -> str:
    """What `read` gives whatever the seed is; Guessed where the seed decides it.

    Of four options all of 12 draws are one and the same with a probability of 2e-7.
    """
    found = set()
    for number in range(tries):
        seed(number)
        found.add(read())
    if len(found) > 1:
        raise Guessed
    return found.pop()
