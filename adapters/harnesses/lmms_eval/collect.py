"""lmms-eval's raw output, checked against what was asked and what came. Standard library only.

lmms-eval's writer catches every error and goes on: what counts is what the files hold.
"""

import glob
import json
import os
from collections import Counter

COUNTED = "asked,none"  # the metric and the filter of bench_documents.yaml


class Broken(Exception):  # noqa: N818  (it says what lmms-eval's output is)
    """The run did not give a result that can be believed; the message says why."""


def shown(text):
    """A text as lmms-eval's UTF-8 files can hold it: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def check(folder, task, name, items, predictions):
    """Raise Broken unless lmms-eval's files and our predictions have each sample once, and the
    prompts and answers in its files are those that were sent and came.

    `items`: what was to be asked; `task` and `name`: as in invocation.py.
    """
    asked = [item["id"] for item in items]
    _same_ids("predictions.jsonl", [one["id"] for one in predictions], asked)
    _check_counts(only(folder, name + "_results.json"), task, len(asked))
    rows = _rows(only(folder, "%s_samples_%s.jsonl" % (name, task)))
    _same_ids("lmms-eval's log", [row.get("sample") for row in rows], asked)
    prompts = {item["id"]: item["prompt"] for item in items}
    _unchanged("prompts", [row["sample"] for row in rows if row["input"] != prompts[row["sample"]]])
    came = {one["id"]: one["prediction"] for one in predictions if one["status"] == "answered"}
    changed = [
        row["sample"]
        for row in rows
        if row["sample"] in came and row["filtered_resps"] != shown(came[row["sample"]])
    ]
    _unchanged("answers", changed)


def check_native(folder, name, asked, predictions):
    """As `check`, for tasks of lmms-eval's own; returns its results and the rows of its logs, by
    task. An answer that the task's own filter has cut cannot be compared: no filter is `none`.
    """
    _same_ids("predictions.jsonl", [one["id"] for one in predictions], asked)
    with open(only(folder, name + "_results.json"), encoding="utf-8") as file:
        results = json.load(file)
    came = {one["id"]: one["prediction"] for one in predictions if one["status"] == "answered"}
    logs, logged = {}, []
    for task, counts in results["n-samples"].items():
        rows = logs[task] = _rows(only(folder, "%s_samples_%s.jsonl" % (name, task)))
        times = Counter(row.get("sample") for row in rows)
        if len(set(times.values())) > 1:
            raise Broken("lmms-eval's log of %s has samples %s times" % (task, set(times.values())))
        if counts["effective"] != len(times):
            said = (counts["effective"], len(times), task)
            raise Broken("lmms-eval counts %s samples, its log has %d of %s" % said)
        logged += times
        if {key.partition(",")[2] for key in results["results"][task] if "," in key} == {"none"}:
            _unchanged("answers", [row["sample"] for row in rows if _cut(row, came)])
    _same_ids("lmms-eval's log", logged, asked)
    return results, logs


def _cut(row, came):
    """Whether lmms-eval's log has another answer than the one that came."""
    if row["sample"] not in came:
        return False
    logged = row.get("resps", row["filtered_resps"])
    while isinstance(logged, list) and len(logged) == 1:
        logged = logged[0]
    return logged != shown(came[row["sample"]])


def only(folder, name):
    """The path of the one file of that name below raw/output."""
    below = os.path.join(glob.escape(os.path.join(folder, "raw", "output")), "**")
    found = glob.glob(os.path.join(below, glob.escape(name)), recursive=True)
    if len(found) != 1:
        raise Broken("lmms-eval left %d files %s, not one; the log says why" % (len(found), name))
    return found[0]


def _check_counts(path, task, expected):
    with open(path, encoding="utf-8") as file:
        results = json.load(file)
    effective = results.get("n-samples", {}).get(task, {}).get("effective")
    counted = results.get("results", {}).get(task, {}).get(COUNTED)
    for what, number in (("asked", effective), ("scored", counted)):
        if number != expected:
            raise Broken("lmms-eval %s %s samples, not %d" % (what, number, expected))


def _rows(path):
    """A line ends at a newline only: answers hold other ends of lines as they are."""
    with open(path, "rb") as file:
        return [json.loads(line) for line in file.read().split(b"\n") if line.strip()]


def _same_ids(where, found, asked):
    expected, times = set(asked), Counter(found)
    wrong = (
        ("lacks", [one for one in asked if one not in times]),
        ("has more than once", [one for one in times if times[one] > 1]),
        ("also has", [one for one in times if one not in expected]),
    )
    for what, ids in wrong:
        if ids:
            raise Broken("%s %s %s" % (where, what, _some(ids)))


def _unchanged(what, ids):
    if ids:
        raise Broken("lmms-eval changed the %s of %s" % (what, _some(ids)))


def _some(ids):
    told = ", ".join(str(one) for one in ids[:5])
    return "%d samples: %s%s" % (len(ids), told, " ..." if len(ids) > 5 else "")
