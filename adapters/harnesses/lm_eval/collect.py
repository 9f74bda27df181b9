"""lm-eval's output -> believed or not. Standard library only: tested without the harness.

lm-eval ends with exit code 0 also where it could not write its files, or wrote a part of them.
What counts is that there is one file of each kind, with one row for each sample, whose text is the
model's.
"""

import glob
import json
import os
from collections import Counter

NO_ANSWER = "[no answer]"  # what lm-eval is given for a failed request: it has no word of its own
UNTIL = {"until": []}  # else lm-eval adds a stop text of its own
TIME = "[0-9][0-9][0-9][0-9]-[0-9]*"  # that a samples file's name ends with
SHOWN = 3  # sample ids named in a message


class Broken(Exception):  # noqa: N818  (it says what lm-eval's output is)
    """The run did not give a result that can be believed; the message says why."""


def modalities(items):
    """Row numbers in items.jsonl by modality, {"text": [...], "image": [...]}; no empty one."""
    with_images = [number for number, item in enumerate(items) if item["images"]]
    without = [number for number, item in enumerate(items) if not item["images"]]
    parts = {"text": without, "image": with_images}
    return {name: numbers for name, numbers in parts.items() if numbers}


def task(modality, rows):
    """A document task as lm-eval's configuration, all but its functions."""
    return {
        "task": "documents_" + modality,
        "dataset_kwargs": {"rows": rows},
        "test_split": "test",
        "output_type": "generate_until",
        "generation_kwargs": dict(UNTIL),
        "num_fewshot": 0,
    }


def in_file(text):
    """A text as a UTF-8 file can hold it: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def sample_rows(folder, modality, expected):
    """The rows of the one samples file of a call; Broken unless both files say `expected`."""
    name = "documents_" + modality
    counted = results_file(folder).get("n-samples", {}).get(name, {})
    if (counted.get("original"), counted.get("effective")) != (expected, expected):
        raise Broken("lm-eval counts %s samples, %d were asked" % (counted or "no", expected))
    return rows_of(folder, name)


def rows_of(folder, task):
    """The rows of a task's one samples file."""
    # Binary: a text may hold U+2028 and others that end a line for str.splitlines.
    with open(_only(folder, "samples_%s_%s.jsonl" % (glob.escape(task), TIME)), "rb") as file:
        lines = file.read().split(b"\n")
    if lines.pop() != b"":
        raise Broken("lm-eval's samples file of %s ends in the middle of a line" % task)
    return [json.loads(line) for line in lines]


def results_file(folder):
    """lm-eval's one results file; `source` is its name."""
    path = _only(folder, "results_*.json")
    with open(path, encoding="utf-8") as file:
        try:
            return dict(json.load(file), source=os.path.basename(path))
        except ValueError as error:
            raise Broken("lm-eval's results file is cut (%s): see the log" % error) from None


def _only(folder, pattern):
    """lm-eval says "Could not save" in its log and goes on; a second file is another run's."""
    found = glob.glob(os.path.join(glob.escape(folder), pattern))
    if len(found) != 1:
        shown = pattern.replace(TIME, "*")
        raise Broken("lm-eval left %d files %s, not one: see the log" % (len(found), shown))
    return found[0]


def check(rows, predictions, asked):
    """Raise Broken unless each sample has one row and one answer or failure, equal to each other.

    `rows` are lm-eval's, `predictions` ours, `asked` the ids in the order of items.jsonl.
    """
    seen = [_sample(row, asked) for row in rows]
    _each_once("lm-eval's samples file", seen, asked)
    _each_once("predictions.jsonl", [one["id"] for one in predictions], asked)
    said = {one["id"]: one for one in predictions}
    changed = [
        sample
        for sample, row in zip(seen, rows)
        if _texts(row) != {_expected(said[sample])} or row.get("filter") != "none"
    ]
    if changed:
        raise Broken("lm-eval changed %d answers: %s" % (len(changed), _names(changed)))


def _sample(row, asked):
    number = row.get("doc", {}).get("row")
    if not isinstance(number, int) or not 0 <= number < len(asked):
        raise Broken("lm-eval's samples file has a row of no sample: %r" % (number,))
    return asked[number]


def _each_once(where, ids, asked):
    missing = sorted(set(asked) - set(ids))
    if missing:
        raise Broken("%s lacks %d samples: %s" % (where, len(missing), _names(missing)))
    twice = sorted(one for one, times in Counter(ids).items() if times > 1)
    if twice:
        raise Broken("%s has %d samples twice: %s" % (where, len(twice), _names(twice)))
    if len(ids) != len(asked):
        raise Broken("%s has samples that were not asked" % where)


def _texts(row):
    """Every text that lm-eval has for the row, before and after its filters."""
    return {text for (text,) in row["resps"]} | set(row["filtered_resps"])


def _expected(prediction):
    failed = prediction["status"] == "failed"
    return NO_ANSWER if failed else in_file(prediction["prediction"])


def _names(ids):
    more = " and others" if len(ids) > SHOWN else ""
    return ", ".join(ids[:SHOWN]) + more
