"""A local copy of a benchmark as VLMEvalKit's table. Standard library only.

bench_data.write_tsv writes the columns; here they become what VLMEvalKit's classes read: options
in columns A, B, C …, the right one as its letter, "Yes" and "No", and `index` as a benchmark's
evaluation takes it apart. No text of a question, an option or an answer is changed otherwise.
"""

import ast
import csv
import os
import re
import string
import sys

from bench_data import LocalCopy, write_tsv

csv.field_size_limit(sys.maxsize)

# Part of a benchmark's name, VLMEvalKit's column, and what the published set calls it.
NAMES = (
    ("", "answer", "answers"),
    ("", "image", "images"),
    ("OCRBench", "category", "question_type"),
    ("ChartQA", "category", "type"),
    ("MMMU", "category", "subfield"),
    ("MMBench", "l2-category", "L2-category"),
    ("HallusionBench", "l2-category", "subcategory"),
    ("HallusionBench", "answer", "gt_answer"),
)
LISTS = ("options", "choices")  # of a question's options, or a text that writes one
SINGLE = re.compile("(?:choice|option)_[a-z]")
YES = {"yes": "Yes", "1": "Yes", "true": "Yes", "no": "No", "0": "No", "false": "No"}
# Their evaluation computes with `index`: millions are the turns of one question.
CIRCULAR = re.compile("mmbench|ccbench|circular|mmcr", re.IGNORECASE)
OTHER_MEDIA = "data_type"  # SEED-Bench has questions on videos among those on images
READ = re.compile(
    "hint|options|choices|(choice|option)_[a-z]|[A-Z]|image_[0-9]+|category|l2-category|split|"
    "(set|figure|question)_id|g_index|" + OTHER_MEDIA
)


class Sample:
    """What the copy says of one row."""

    def __init__(self, name, references, document, group):
        self.name, self.references, self.document, self.group = name, references, document, group


def samples(folder):
    """The copy's rows by their ids."""
    found = {}
    for table in LocalCopy(folder).tables:
        told = zip(table.ids(), table.references(), table.documents(), table.groups())
        found.update((row[0], Sample(*row)) for row in told)
    return found


def columns(copy, dataset):
    """Column of the table -> column of the rows: data.json's `tsv`, and what VLMEvalKit's classes
    read besides; where there is no `tsv`, all columns.
    """
    chosen = dict(copy.tsv or {})
    known = {name for table in copy.tables for name in table.columns}
    theirs = {old: new for part, new, old in NAMES if part in dataset and new not in known}
    for name in sorted(known - set(chosen.values())):
        ours = theirs.get(name, name)
        wanted = not copy.tsv or READ.fullmatch(ours)
        if wanted and ours not in chosen and ours != "index":
            chosen[ours] = name
    return chosen


def write_table(folder, target, dataset, kind):
    """Write the table of `dataset`, whose type in VLMEvalKit is `kind`; return (ids by `index`,
    number of rows that are no question on an image). ValueError says which row cannot be written.
    """
    copy = LocalCopy(folder)
    raw = write_tsv(copy, target + ".raw", columns(copy, dataset))
    names, left_out, rows = {}, 0, []
    with open(raw, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row.get(OTHER_MEDIA, "image") != "image":
                left_out += 1
                continue
            own = row["index"]
            rows.append(finished(row, dataset, kind))
            if names.setdefault(row["index"], own) != own:
                raise ValueError("rows %s and %s get one index" % (names[row["index"]], own))
    os.remove(raw)
    header = list(dict.fromkeys(name for row in rows for name in row))
    with open(target, "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(
            file, header, restval="", delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\n"
        )
        table.writeheader()
        table.writerows(rows)
    return names, left_out


def finished(row, dataset, kind):
    """The row as VLMEvalKit reads it; the same dict."""
    row["index"] = index(row, dataset)
    numbered = sorted((int(one[6:]), one) for one in row if re.fullmatch("image_[0-9]+", one))
    pictures = [path for path in [row.pop(name) for _, name in numbered] if path]
    if pictures:
        row["image_path"] = pictures[0] if len(pictures) == 1 else repr(pictures)
    for name in [one for one in row if SINGLE.fullmatch(one)]:
        row[name[-1].upper()] = row.pop(name)
    for name in [one for one in LISTS if one in row]:
        given = written_list(row.pop(name), row)
        row.update(zip(string.ascii_uppercase, map(str, given)))
    if kind == "Y/N":
        row["answer"] = YES.get(row["answer"].strip().lower(), row["answer"])
    elif kind.startswith("MCQ"):
        row["answer"] = letter(row)
    return row


def written_list(cell, row):
    if not cell:
        return []
    try:
        value = ast.literal_eval(cell)
    except (ValueError, SyntaxError):
        value = None
    if not isinstance(value, (list, tuple)):
        raise ValueError("row %s: the options are no list: %r" % (row["index"], cell[:60]))  # noqa: TRY004
    return list(value)


def letter(row):
    """The right option's letter, where `answer` is its number from 0; else the answer."""
    answer = row["answer"].strip()
    if answer.isascii() and answer.isdigit() and int(answer) < 26:
        found = string.ascii_uppercase[int(answer)]
        if row.get(found):
            return found
    return row["answer"]


def index(row, dataset):
    """`index` as the evaluation of the benchmark takes it apart."""
    if dataset.startswith("HallusionBench"):
        parts = [row[name] for name in ("category", "l2-category")]
        parts += [row[name] for name in ("set_id", "figure_id", "question_id")]
        # Hallusion_rating splits at "_" and reads the fourth, fifth and sixth part.
        return "_".join(["hb"] + [one.replace("_", "-") for one in parts])
    if CIRCULAR.search(dataset):
        return row["index"].rpartition("/")[2]
    return row["index"]
