"""The local copy's rows as EvalScope's loader gets them, and what the samples' ids stand for."""

import base64
import binascii
import os

from bench_data import LocalCopy, hub_folder

MARK, CONFIG = "bench_sample", "bench_config"  # columns: the sample's id, its table's config
WHOLE = ("default", "all", "Full")  # EvalScope's names for all there is


class Rows:
    """`examples` is True while rows for the prompts are loaded: they are not asked.

    `tables` and `columns` are the files beside this one.
    """

    mark, config = MARK, CONFIG

    def __init__(self, job, benchmark, tables, columns):
        self.job, self.benchmark, self.choice, self.columns = job, benchmark, tables, columns
        self.copy = LocalCopy(job.spec["task"]["data"])
        self.left = job.spec.get("limit")
        self.examples = False
        self.known, self.asked, self.subsets = {}, {}, {}

    def tables(self, subset, split, whole):
        parted = self.benchmark in self.columns.SUBSET_OF
        found = self.choice.chosen(self.copy.tables, subset, split, (*WHOLE, whole), parted)
        return [(table, self._numbers(table, only)) for table, only in found]

    def _numbers(self, table, only):
        """The numbers of the rows of a subset; None for all."""
        if only is None:
            return None
        if table not in self.subsets:
            subset_of = self.columns.SUBSET_OF[self.benchmark]
            self.subsets[table] = [subset_of(row) for row in table.rows()]
        return [number for number, one in enumerate(self.subsets[table]) if one == only]

    def told(self):
        return self.choice.told(self.copy.tables)

    def use_files(self, messages, sample):
        """The copy's files in place of the same bytes in base64: these would fill the memory."""
        images = self.known[sample]["images"]
        for message in messages:
            for part in message.content if isinstance(message.content, list) else []:
                if part.type == "image" and part.image.startswith("data:"):
                    part.image = file_of(part.image, images) or part.image

    def load(self, load, subset, split, whole):
        """The rows of a subset with their ids; `load(folder, config, split)` is EvalScope's own.

        The job's limit counts rows of the whole benchmark, as in every harness; EvalScope's would
        count those of each subset.
        """
        import datasets

        folder = hub_folder(self.copy, self.job.path("cache", "copy"))
        parts = []
        for table, only in self.tables(subset, split, whole):
            ids = table.ids()
            part = load(folder, table.config, table.split)
            if len(part) != len(ids):
                raise ValueError(
                    "%s has %d rows, %d were loaded" % (table.config, len(ids), len(part))
                )
            part = part.add_column(MARK, ids).add_column(CONFIG, [table.config] * len(ids))
            if only is not None:
                part = part.select(only)
            if not self.examples:
                part = self._limited(part)
                self._remember(table, set(part[MARK]))
            parts.append(part)
        return parts[0] if len(parts) == 1 else datasets.concatenate_datasets(parts)

    def _limited(self, part):
        if self.left is None:
            return part
        part = part.select(range(min(self.left, len(part))))
        self.left -= len(part)
        return part

    def _remember(self, table, wanted):
        columns = table.documents(), table.groups(), table.references()
        for sample, row, doc_id, group, references in zip(table.ids(), table.rows(), *columns):
            if sample in wanted:
                said = {"doc_id": doc_id, "group": group, "references": references}
                said["question"] = row.get("question")
                said["images"] = [
                    path for name, kind in table.columns.items() for path in paths(row[name], kind)
                ]
                self.known[sample] = said


def paths(value, kind):
    """The images of a cell."""
    if kind == "image":
        return [value] if value else []
    if kind == {"list": "image"}:
        return [one for one in value or [] if one]
    return []


def file_of(url, images):
    """The image of the copy that a data URL holds; None where EvalScope made other bytes of it."""
    try:
        content = base64.b64decode(url.partition(",")[2], validate=True)
    except binascii.Error:
        return None
    for path in images:
        if os.path.getsize(path) == len(content):
            with open(path, "rb") as file:
                if file.read() == content:
                    return path
    return None
