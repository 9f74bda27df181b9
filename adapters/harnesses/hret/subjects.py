"""A benchmark of HRET from its local copy: which subjects are asked, and each row's sample.

Needs nothing of HRET; `datasets` and pyarrow only to write the folder that HRET reads.
"""

import difflib

from bench_data import LocalCopy, hub_folder
from bench_protocol import Unsupported

DRIVEN = {"kmmlu": "test"}  # HRET's benchmarks that were run here, and the split that is asked


def part_name(config):
    """Our name of a subject, as configs/benchmarks.yaml has it: Real-Estate -> real_estate."""
    return config.lower().replace("-", "_")


class Subjects:
    """The tables that a job asks, in their order, and the samples that HRET must make of them."""

    def __init__(self, task, limit):
        self.split = DRIVEN[task["benchmark"]]
        self.copy = LocalCopy(task["data"])
        known = {table.config: table for table in self.copy.tables if table.split == self.split}
        if not known:
            raise Unsupported("the local copy of %s has no split %r" % (task["name"], self.split))
        self.parts = {native: ours for ours, native in (task.get("parts") or {}).items()}
        self.parts = self.parts or {config: part_name(config) for config in known}
        for native in self.parts:
            if native not in known:
                near = difflib.get_close_matches(native, known, n=3, cutoff=0) or list(known)
                raise Unsupported(
                    "no such subject in the local copy: %s; nearest: %s" % (native, ", ".join(near))
                )
        self.tables = {name: table for name, table in known.items() if name in self.parts}
        # For each subject alike, as lm-eval and EvalScope take a limit.
        self.limit = limit

    def folder(self, target):
        """What `datasets.load_dataset(folder, SUBJECT)` reads."""
        return hub_folder(self.copy, target)

    def numbered(self, samples):
        """HRET's samples with `bench_id`, cut at the limit; ValueError where they are not the rows.

        HRET's classes have no ids. They make one sample of each row, in order, with its subject:
        that is not believed but looked at, by the question.
        """
        by_subject = {name: [] for name in self.tables}
        for sample in samples:
            by_subject[sample["_subset_name"]].append(sample)
        chosen = []
        for name, table in self.tables.items():
            rows, found = list(table.rows()), by_subject[name]
            if len(found) != len(rows):
                raise ValueError(
                    "HRET has %d samples of %s, the local copy %d" % (len(found), name, len(rows))
                )
            paired = list(zip(table.ids(), table.documents(), rows, found))
            for own, document, row, sample in paired[: self.limit]:
                asked = row["question"].replace("### 정답", "").strip()
                right = sample["options"][int(row["answer"]) - 1]
                if asked not in sample["input"] or right != sample["reference"]:
                    raise ValueError("HRET's sample is not the row %s of the local copy" % own)
                marks = {"bench_id": own, "bench_document": document}
                chosen.append(dict(sample, **marks, bench_part=self.parts[name]))
        return chosen
