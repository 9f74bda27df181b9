"""EvalScope's raw output, checked against the answers. Standard library only: tested without it.

The exit code proves nothing: it is 0 also where every sample failed. What counts is that each
answer lies once, unchanged and under its own id in the predictions and in the reviews, and that
the report's counts are those of the job.
"""

import json
import os
from collections import Counter

SCHEMA = 2  # of the report; the 1.x documents describe another
SHOWN = 3  # ids named in a message


class Broken(Exception):  # noqa: N818  (it says what EvalScope's output is)
    """The run did not give a result that can be believed; the message says why."""


def shown(text):
    """A text as UTF-8 can hold it: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def check(folder, model, benchmark, subset, asked, predictions):  # noqa: PLR0917
    """Raise Broken unless EvalScope's files and the job's predictions say the same.

    `asked` are the samples' ids in their order: EvalScope numbers them from 0.
    """
    ids = [one["id"] for one in predictions]
    if sorted(ids) != sorted(asked):
        raise Broken("%d samples were asked, %d came back" % (len(asked), len(ids)))
    said = {
        one["id"]: shown(one["prediction"]) for one in predictions if one["status"] == "answered"
    }
    name = os.path.join(model, "%s_%s.jsonl" % (benchmark, subset))
    given = [predicted(row) for row in rows(folder, "predictions", name, said)]
    same("prediction", given, said, asked)
    reviews = [row["sample_score"] for row in rows(folder, "reviews", name, said)]
    same("review", [reviewed(one) for one in reviews], said, asked)
    _scored(reviews)
    path = os.path.join(folder, "raw", "reports", model, benchmark + ".json")
    numbers = [metric["num"] for metric in report(path, len(asked), len(said))["metrics"]]
    if numbers != ([len(said)] if said else []):
        raise Broken("EvalScope's report counts %s answers, not %d" % (numbers, len(said)))


def rows(folder, kind, name, said):
    """The rows of a .jsonl of EvalScope, which it makes at the first answer; cut ones are none."""
    path = os.path.join(folder, "raw", kind, name)
    if not os.path.exists(path):
        if said:
            raise Broken("EvalScope left no %s" % kind)
        return []
    with open(path, "rb") as file:
        return [json.loads(line) for line in file if line.endswith(b"\n") and line.strip()]


def predicted(row):
    """Number, id and text of a prediction: all the text of its message, as EvalScope scores it."""
    mark = (row.get("metadata") or {}).get("sample")
    return row["index"], mark, _text(row)


def _text(row):
    choices = (row.get("model_output") or {}).get("choices") or []
    content = choices[0]["message"]["content"] if choices else None
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if part["type"] == "text")
    return content


def reviewed(one):
    """Number, id and text of a review."""
    mark = (one.get("sample_metadata") or {}).get("sample")
    return one["sample_id"], mark, one["score"]["prediction"]


def same(what, found, said, asked):
    """Each answer once, under its number and its id, with its text."""
    marks = Counter(mark for _, mark, _ in found)
    none("EvalScope appended a second %s of" % what, {one for one in marks if marks[one] > 1})
    none("EvalScope lost the %s of" % what, set(said) - set(marks))
    none("EvalScope has a %s without an answer of" % what, set(marks) - set(said))
    number = {sample: index for index, sample in enumerate(asked)}
    none(
        "EvalScope's %s has the number of another sample:" % what,
        {mark for index, mark, _ in found if number[mark] != index},
    )
    none(
        "EvalScope's %s changed the answer to" % what,
        {mark for _, mark, text in found if text != said[mark]},
    )


def none(message, ids):
    if ids:
        named = sorted(map(str, ids))[:SHOWN]
        more = ", ..." if len(ids) > SHOWN else ""
        raise Broken("%s %d samples: %s%s" % (message, len(ids), ", ".join(named), more))


def _scored(reviews):
    """A metric that failed is reported as 0.0 or left out, and the run goes on."""
    wrong = set()
    for one in reviews:
        score = one["score"]
        errors = (score.get("metadata") or {}).get("metric_errors")
        if score.get("status") != "success" or errors or score["value"] != {"answered": 1.0}:
            wrong.add((one.get("sample_metadata") or {}).get("sample"))
    none("EvalScope's metric failed on", wrong)


def report(path, asked, answered):
    """EvalScope's report, whose execution_summary must close."""
    if not os.path.exists(path):
        raise Broken("EvalScope left no report")
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    if content.get("schema_version") != SCHEMA:
        raise Broken("EvalScope's report has schema %r, not 2" % content.get("schema_version"))
    summary = content.get("execution_summary") or {}
    found = tuple(summary.get(name) for name in ("requested", "succeeded", "errored"))
    if found != (asked, answered, asked - answered):
        raise Broken(
            "EvalScope counts %s requested, %s succeeded, %s errored; " % found
            + "%d were asked, %d answered" % (asked, answered)
        )
    return content
