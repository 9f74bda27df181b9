"""HRET's result -> believed or not, and its own scores. Standard library only.

HRET ends with exit code 0 also where its pipeline failed: then the result is one text under
`pipeline_error`. What counts is that each sample lies in it once, under its id, with the model's
answer, and that the reported accuracy is the mean over them.
"""

import json
import math
import os
from collections import Counter

SHOWN = 3  # ids named in a message
FILE = "result.json"


class Broken(Exception):  # noqa: N818  (it says what HRET's output is)
    """The run did not give a result that can be believed; the message says why."""


def shown(text):
    """A text as UTF-8 can hold it: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def read(folder):
    """HRET's saved result: metrics, samples, info."""
    path = os.path.join(folder, "raw", FILE)
    if not os.path.exists(path):
        raise Broken("HRET left no result: see the log")
    with open(path, encoding="utf-8") as file:
        try:
            found = json.load(file)
        except ValueError as error:
            raise Broken("HRET's result is cut (%s): see the log" % error) from None
    reason = found["metrics"].get("pipeline_error") or found["info"].get("error")
    if reason:
        raise Broken("HRET's pipeline failed: %s" % reason)
    return found


def check(samples, predictions, asked):
    """Raise Broken unless each id asked has one sample and one prediction, equal to each other."""
    _once("HRET's result", [one.get("bench_id") for one in samples], asked)
    _once("predictions.jsonl", [one["id"] for one in predictions], asked)
    said = {one["id"]: one for one in predictions}
    changed = [
        one["bench_id"]
        for one in samples
        if one.get("bench_failed", False) != (said[one["bench_id"]]["status"] == "failed")
        or (
            not one.get("bench_failed")
            and one["bench_answer"] != shown(said[one["bench_id"]]["prediction"])
        )
    ]
    if changed:
        raise Broken("HRET has other answers to %d samples: %s" % (len(changed), _names(changed)))


def native(found):
    """(rows of `native`, (id, metric, value) of each sample) of a benchmark's result."""
    scores = {}
    for one in found["samples"]:
        right = (one.get("evaluation") or {}).get("is_correct")
        if not isinstance(right, bool):
            raise Broken("HRET did not judge %s" % one["bench_id"])
        if right and one.get("bench_failed"):
            raise Broken("HRET scored the failed request of %s as right" % one["bench_id"])
        scores[one["bench_id"]] = float(right)
    value = found["metrics"].get("accuracy")
    if not isinstance(value, (int, float)) or abs(value - _mean(scores.values())) > 1e-9:
        raise Broken("HRET's accuracy is %r, its samples' mean another" % (value,))
    rows = [_row(None, value, found["samples"], "metrics.accuracy")]
    for group in sorted({one["bench_part"] for one in found["samples"]}):
        own = [one for one in found["samples"] if one["bench_part"] == group]
        mean = _mean([scores[one["bench_id"]] for one in own])
        rows.append(_row(group, mean, own, "mean of samples[].evaluation.is_correct"))
    return rows, [(sample, "accuracy", score) for sample, score in scores.items()]


def _row(group, value, samples, key):
    return {
        "metric": "accuracy",
        "group": group,
        "value": value,
        "scale": 1.0,
        "higher_is_better": True,
        "n": len(samples),
        "failed_scored": sum(bool(one.get("bench_failed")) for one in samples),
        "source": "raw/%s: %s" % (FILE, key),
    }


def _mean(values):
    values = list(values)
    return math.fsum(values) / len(values)


def _once(where, ids, asked):
    missing = sorted(set(asked) - set(ids))
    if missing:
        raise Broken("%s lacks %d samples: %s" % (where, len(missing), _names(missing)))
    twice = sorted(one for one, times in Counter(ids).items() if times > 1)
    if twice:
        raise Broken("%s has %d samples twice: %s" % (where, len(twice), _names(twice)))
    if len(ids) != len(asked):
        raise Broken("%s has samples that were not asked" % where)


def _names(ids):
    more = " and others" if len(ids) > SHOWN else ""
    return ", ".join(map(str, ids[:SHOWN])) + more
