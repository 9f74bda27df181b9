"""VLMEvalKit's raw output -> native results. Standard library only: tested without the harness.

The exit code proves nothing: it is 0 also where every combination failed. What counts is
status.json, the number of rows in the prediction table, and that their texts are the model's.
"""

import csv
import glob
import json
import math
import os
import re
import sys

csv.field_size_limit(sys.maxsize)

# What VLMEvalKit's classes call their numbers; `bench import` reads the same file. by_name: it
# chooses the metric by a part of the benchmark's name, in this order.
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "metrics.json")) as _file:
    TABLES = json.load(_file)


class Broken(Exception):  # noqa: N818  (it says what VLMEvalKit's output is)
    """The run did not give a result that can be believed; the message says why."""


def label(name):
    """A model's name as VLMEvalKit may have it: it becomes part of paths that are then replaced."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name) or "model"


def in_table(text):
    """A text as a UTF-8 table can hold it: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def table_rows(path):
    """The rows of a .tsv or .csv as dicts of texts, byte for byte."""
    separator = "\t" if path.endswith(".tsv") else ","
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=separator))


def prediction_table(folder, model, dataset):
    """The path of the one table with the answers."""
    wanted = "%s_%s.tsv" % (label(model), dataset)
    found = _raw_files(folder, wanted)
    if len(found) != 1:
        raise Broken("raw output holds %d tables named %s, not one" % (len(found), wanted))
    return found.pop()


def _raw_files(folder, name):
    """VLMEvalKit has two layouts, flat and T<date>, and links between them: real paths."""
    below = os.path.join(glob.escape(os.path.join(folder, "raw")), "**", glob.escape(name))
    return {os.path.realpath(path) for path in glob.glob(below, recursive=True)}


def check_status(folder, dataset, infer_only):
    """Raise Broken unless status.json says that this dataset is done; without one, return None."""
    found = _raw_files(folder, "status.json")
    if not found:
        return None  # before 2026 VLMEvalKit wrote none: the score file must do
    if len(found) > 1:
        raise Broken("raw output holds %d files status.json" % len(found))
    with open(found.pop(), encoding="utf-8") as file:
        entry = json.load(file).get("datasets", {}).get(dataset)
    if entry is None:
        raise Broken("status.json does not name %s" % dataset)
    if entry.get("error_message") is not None:
        said = entry["error_message"] or "it gives no message, the log has the traceback"
        raise Broken("VLMEvalKit failed on %s: %s" % (dataset, said))
    skipped = entry.get("skip_reason")
    if skipped is not None and not (infer_only and skipped == "mode_infer"):
        raise Broken("VLMEvalKit skipped the scoring of %s: %s" % (dataset, skipped))
    if entry.get("status") != "done":
        raise Broken("VLMEvalKit stopped on %s at %r" % (dataset, entry.get("status")))
    return entry


def check_predictions(rows, predictions, asked):
    """Raise Broken unless there is one row and one answer or failure for each sample asked."""
    ids = [row["index"] for row in rows]
    if sorted(ids) != sorted(asked):
        raise Broken("%d samples were asked, the table has %d rows" % (len(asked), len(rows)))
    if sorted(one["id"] for one in predictions) != sorted(asked):
        raise Broken("%d samples were asked, %d came back" % (len(asked), len(predictions)))
    said = {one["id"]: one["prediction"] for one in predictions if one["status"] == "answered"}
    changed = [
        row["index"]
        for row in rows
        if row["index"] in said and row["prediction"] != in_table(said[row["index"]])
    ]
    if changed:
        raise Broken(
            "VLMEvalKit's table changed %d answers, of %s first" % (len(changed), changed[0])
        )


def native_results(folder, table, dataset, entry, failed):
    """VLMEvalKit's own numbers, as it wrote them.

    `failed` holds the ids of requests that gave no answer; VLMEvalKit scored its failure text.
    """
    stem, rows = os.path.splitext(table)[0], table_rows(table)
    acc, score = stem + "_acc.csv", stem + "_score.json"

    def one(source, metric, group, value, scale, of, count=None):  # noqa: PLR0917
        """`scale` is the value of a perfect run; None where VLMEvalKit's code leaves it open."""
        value = float(value)
        if not math.isfinite(value):
            raise Broken("VLMEvalKit's %s of %s is %s" % (metric, group or "all", value))
        return {
            "metric": metric,
            "group": group,
            "value": value,
            "scale": scale,
            "higher_is_better": None if scale is None else True,
            "n": len(of) if count is None else count,
            "failed_scored": sum(row["index"] in failed for row in of),
            "source": os.path.relpath(source, os.path.realpath(folder)),
        }

    if dataset.startswith("OCRBench") and not dataset.startswith("OCRBench_v2"):
        with open(score, encoding="utf-8") as file:
            return [one(score, *each) for each in ocrbench(json.load(file), rows)]
    if os.path.exists(acc):
        lines = table_rows(acc)
        if lines and "split" in lines[0]:
            return [one(acc, *each) for each in choices(lines, rows)]
        if lines and "Overall" in lines[0] and entry_type(dataset) == "ImageVQADataset":
            return [one(acc, *each) for each in questions(dataset, lines[0], rows)]
    rated = stem + "_score.csv"
    if os.path.exists(rated) and dataset == "MME":
        return [one(rated, *each) for each in points(table_rows(rated)[0], rows)]
    if os.path.exists(rated) and dataset in ("POPE", "HallusionBench"):
        return [one(rated, *each) for each in yes_or_no(table_rows(rated), rows)]
    if entry is None or not entry.get("metrics"):
        raise Broken("VLMEvalKit left no score of %s" % dataset)
    status = os.path.join(os.path.dirname(table), "status.json")
    return [one(status, name, None, v, None, rows) for name, v in entry["metrics"].items()]


def vqa_metric(dataset):
    """What the number of an ImageVQADataset is."""
    return next(name for parts, name in TABLES["by_name"] if not parts or _any(parts, dataset))


def questions(dataset, line, rows):
    """ImageVQADataset, 0 to 100: a column for each split or category, and Overall."""
    metric = vqa_metric(dataset)
    for group, value in line.items():
        of = rows if group == "Overall" else _where(rows, ("split", "category"), group)
        yield metric, None if group == "Overall" else group, value, 100, of


def choices(lines, rows):
    """Multiple choice, 0 to 1: a line for each split, which is no group where it is the only one; a
    question asked in turns counts once.
    """
    for line in lines:
        split = line["split"]
        mine = rows if split == "none" else _where(rows, ("split",), split)
        only = "none" if len(lines) == 1 else split
        for column, value in line.items():
            if column == "split":
                continue
            of = mine if column == "Overall" else _where(mine, ("category", "l2-category"), column)
            parts = [one for one in (only, column) if one not in ("none", "Overall")]
            asked = {int(row["index"]) % 1_000_000 if _whole(row) else row["index"] for row in of}
            yield "accuracy", "/".join(parts) or None, value, 1, of, len(asked)


def ocrbench(scores, rows):
    """OCRBench counts right answers; the scale is the number of questions, 1000 where all were
    asked. `Final Score Norm`, the count by ten whatever n is, is wrong under a limit: left out.
    """
    for name, value in scores.items():
        if name == "Final Score":
            yield "ocrbench_score", None, value, len(rows), rows
        elif name != "Final Score Norm":
            names = TABLES["ocrbench_text"] if name == "Text Recognition" else (name,)
            of = [row for row in rows if row["category"] in names]
            if of:  # a group that was not asked has no score, not a score of 0
                yield "ocrbench_score", name, value, len(of), of


def points(line, rows):
    """MME: 200 for each kind of question, of which two parts are sums."""
    for name, value in line.items():
        part = TABLES["mme"].get(name, (name,))
        of = [row for row in rows if row["category"] in part]
        if of:  # a part that was not asked has no points, not 0
            scale = 200 * len({row["category"] for row in of})
            named = (name, None) if name in TABLES["mme"] else ("points", name)
            yield (*named, value, scale, of)


def yes_or_no(lines, rows):
    """POPE's F1, accuracy, precision and recall, and HallusionBench's three accuracies."""
    for line in lines:
        group = line.pop("split")
        group = None if group == "Overall" else group
        of = rows if group is None else _listed(rows, group)
        for column, value in line.items():
            yield TABLES["yes_no"].get(column, column), group, value, 100, of


def entry_type(dataset):
    """The class of a benchmark by benchmarks.tsv, None where it is not listed."""
    here = os.path.dirname(os.path.abspath(__file__))
    known = {row["name"]: row["class"] for row in table_rows(os.path.join(here, "benchmarks.tsv"))}
    return known.get(dataset)


def _where(rows, columns, value):
    return [row for row in rows if value in [row.get(column) for column in columns]]


def _listed(rows, group):
    """POPE writes several categories of a question in one cell."""
    kinds = ("category", "l2-category")
    return [row for row in rows if any(group in (row.get(one) or "").split(",") for one in kinds)]


def _any(parts, text):
    return any(part in text for part in parts)


def _whole(row):
    return row["index"].isascii() and row["index"].isdigit()
