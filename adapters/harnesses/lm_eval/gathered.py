"""lm-eval's files of its own benchmarks -> answers and numbers, believed only where counts close.

Standard library only: tested without the harness, on files that lm-eval wrote.
"""

import math
import os

from bench_protocol import read_json, read_jsonl

# Metrics of lm-eval that are shares of 1, and those that are out of 100.
SHARES = ("acc", "acc_norm", "acc_bytes", "acc_mutual_info", "exact_match", "f1", "em", "mcc")
OF_HUNDRED = ("bleu", "chrf", "chrf++")
CHOSEN_BY = ("acc", "acc_norm", "acc_bytes")


def read(folder, collect):
    """(samples as told before, lm-eval's rows of each task, its results file)."""
    told = list(read_jsonl(os.path.join(folder, "told.jsonl")))
    by_task = {}
    for one in told:
        by_task.setdefault(one["task"], []).append(one)
    results = collect.results_file(os.path.join(folder, "lm_eval"))
    rows = {}
    for task, mine in by_task.items():
        counted = results.get("n-samples", {}).get(task, {}).get("effective")
        if counted != len(mine):
            raise collect.Broken(
                "lm-eval counts %r samples of %s, %d were asked" % (counted, task, len(mine))
            )
        rows[task] = collect.rows_of(os.path.join(folder, "lm_eval"), task)
        _all_there(task, rows[task], mine, collect)
    return told, rows, results


def _all_there(task, rows, told, collect):
    """Each of lm-eval's filters has each sample once."""
    wanted = [one["number"] for one in told]
    filters = {row["filter"] for row in rows}
    for name in filters:
        found = sorted(row["doc_id"] for row in rows if row["filter"] == name)
        if found != wanted:
            raise collect.Broken(
                "lm-eval's samples file of %s has %d rows of %r, %d were asked"
                % (task, len(found), name, len(wanted))
            )
    if not filters:
        raise collect.Broken("lm-eval's samples file of %s is empty" % task)


def logged(folder, name):
    """The last line of each sample in a file of ours, by its id; none where nothing was written."""
    path = os.path.join(folder, name)
    return {one["id"]: one for one in read_jsonl(path)} if os.path.exists(path) else {}


def write(job, metric, collect):
    """predictions.jsonl, asked.jsonl and native_scores.jsonl of a benchmark; its native results."""
    folder = job.path("raw")
    evidence = read_json(os.path.join(folder, "evidence.json"))
    told, rows, results = read(folder, collect)
    failed = {name: one["error"] for name, one in logged(folder, "failed.jsonl").items()}
    texts = {name: one["text"] for name, one in logged(folder, "answers.jsonl").items()}
    job.restart("predictions.jsonl", "asked.jsonl", "native_scores.jsonl")
    ours = evidence["asked_by_us"]
    for one in told:
        keys = ("references", "group", "doc_id", "question", "images")
        job.asked(one["id"], **{key: one[key] for key in keys})
    for task, mine in rows.items():
        by_number = {one["number"]: one for one in told if one["task"] == task}
        kind = results["configs"][task]["output_type"]
        first = mine[0]["filter"]
        for row in mine:
            sample = by_number[row["doc_id"]]
            name = sample["id"]
            if row["filter"] == first and name not in failed:
                told_text = texts.get(name) if ours and kind == "generate_until" else None
                job.answered(name, _answer(kind, row, sample, metric, told_text, collect, ours))
            elif row["filter"] == first:
                job.failed(name, failed[name])
            for key in row["metrics"]:
                if _number(row.get(key)):
                    job.scored(name, label(key, row["filter"]), float(row[key]))
    native, lost = numbers(evidence, results, rows, told, failed)
    for name in lost:
        job.warn("lm-eval's %s is no finite number: %d requests failed" % (name, len(failed)))
    if failed and native:
        job.warn(
            "%d requests failed; lm-eval's own numbers count them as wrong answers" % len(failed)
        )
    return native


def _answer(kind, row, sample, metric, text, collect, ours):  # noqa: PLR0917
    """The sample's answer as text: what the model wrote, or the choice that `metric` chose."""
    if kind == "multiple_choice":
        chosen = sample["choices"][chosen_by(metric, likelihoods(row), sample["choices"])]
        _agrees(row, sample, collect)
        return chosen
    if kind != "generate_until":
        return repr(likelihoods(row)[0])
    shown = row["resps"][0][0]
    if not ours:
        return shown
    if text is None or collect.in_file(text) != shown:
        raise collect.Broken("lm-eval changed the answer of %s" % sample["id"])
    return text


def likelihoods(row):
    """One log-probability for each request of a sample; lm-eval writes them as texts."""
    first = [one[0] for one in row["resps"]]
    return [float(one[0] if isinstance(one, list) else one) for one in first]


def chosen_by(metric, values, choices):
    """The number of the choice that lm-eval's `metric` takes; the first of equal ones.

    acc: the likeliest; acc_norm: by characters; acc_bytes: by bytes in UTF-8; acc_mutual_info: by
    what the question adds. Another metric, or none: the likeliest.
    """
    count = len(choices)
    own = values[:count]
    if metric == "acc_norm":
        own = [_divided(one, len(text)) for one, text in zip(own, choices)]
    elif metric == "acc_bytes":
        own = [_divided(one, len(text.encode("utf-8"))) for one, text in zip(own, choices)]
    elif metric == "acc_mutual_info" and len(values) == 2 * count:
        own = [one - alone for one, alone in zip(own, values[count:])]
    return max(range(count), key=lambda place: (own[place], -place))


def _divided(value, length):
    return value / length if length else -math.inf


def _agrees(row, sample, collect):
    """lm-eval's own score of the sample is what the choice by the same rule says."""
    values = likelihoods(row)
    for metric in CHOSEN_BY:
        if metric not in row["metrics"] or sample.get("own_rule"):
            continue
        chosen = sample["choices"][chosen_by(metric, values, sample["choices"])]
        if (row[metric] == 1) != (chosen in sample["references"]):
            raise collect.Broken(
                "lm-eval's %s of %s is %r, its log-probabilities say otherwise"
                % (metric, sample["id"], row[metric])
            )


def label(metric, filtered):
    """A metric's name: with lm-eval's filter where that is not the plain one."""
    return metric if filtered == "none" else "%s,%s" % (metric, filtered)


def numbers(evidence, results, rows, told, failed):
    """lm-eval's numbers as native results, and the names of those that are not finite.

    `group` is the part; the benchmark's own number, where lm-eval makes one of its parts, has none.
    """
    native, lost = [], []
    several = len(rows) > 1
    for task in rows:
        mine = [one for one in told if one["task"] == task]
        group = evidence["parts"][task] if several else None
        _add(results, task, group, mine, rows[task], failed, native, lost)
    if several and evidence["whole"] in results["results"]:
        every = [row for mine in rows.values() for row in mine]
        _add(results, evidence["whole"], None, told, every, failed, native, lost)
    return native, lost


def _add(results, name, group, told, rows, failed, native, lost):  # noqa: PLR0917
    better = results.get("higher_is_better", {}).get(name) or {}
    for key, value in results["results"][name].items():
        metric, comma, filtered = key.partition(",")
        if not comma or metric.endswith("_stderr"):
            continue
        shown = label(metric, filtered)
        if not _number(value):
            lost.append(shown)
            continue
        native.append(
            {
                "metric": shown,
                "group": group,
                "value": float(value),
                "scale": scale(metric, filtered, rows),
                "higher_is_better": better.get(metric),
                "n": len(told),
                "failed_scored": sum(one["id"] in failed for one in told),
                "source": results["source"],
            }
        )


def scale(metric, filtered, rows):
    """The value of a perfect run: 1 for shares, 100 where lm-eval says so, else None.

    A metric of a task's own is a share where every sample's score lies between 0 and 1.
    """
    if metric in SHARES:
        return 1
    if metric in OF_HUNDRED:
        return 100
    found = [row.get(metric) for row in rows if row["filter"] == filtered]
    shares = bool(found) and all(_number(one) and 0 <= one <= 1 for one in found)
    return 1 if shares and "perplexity" not in metric and "bits" not in metric else None


def _number(value):
    whole = isinstance(value, (int, float)) and not isinstance(value, bool)
    return whole and math.isfinite(value)
