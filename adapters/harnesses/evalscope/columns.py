"""A row in the official columns as the row of the publication that EvalScope reads.

EvalScope takes some benchmarks from copies whose columns have other names than the original's. A
row that already has EvalScope's columns stays as it is. Standard library only.
"""


def piqa(row, _config):
    """ybisk/piqa: goal, sol1, sol2, label 0 or 1."""
    return {
        "question": row["goal"],
        "choices": [row["sol1"], row["sol2"]],
        "answer": "AB"[int(row["label"])],
    }


def cmmlu(row, config):
    """haonan-li/cmmlu: one config a subject; Question, A to D, Answer."""
    return {
        "question": row["Question"],
        "choices": ["(%s) %s" % (letter, row[letter]) for letter in "ABCD"],
        "answer": "(%s)" % row["Answer"],
        "category": config,
    }


# The benchmark's name in EvalScope: a column that only the original has, and the change.
ORIGINALS = {"piqa": ("goal", piqa), "cmmlu": ("Question", cmmlu)}


def subject(row):
    """MMMU/MMMU has a config for each subject; lmms-lab/MMMU one, with the subject in the id."""
    return (row.get("id") or "").partition("_")[2].rpartition("_")[0]


def category(row):
    """lmms-lab/POPE, config Full, has a split for each kind of question; default has a column."""
    return row.get("category")


# Of which of EvalScope's subsets a row is, in a publication that has them all in one table.
SUBSET_OF = {"mmmu": subject, "pope": category}


def as_evalscope(benchmark, row, config):
    """The row as `record_to_sample` of this benchmark reads it."""
    column, change = ORIGINALS.get(benchmark, (None, None))
    return change(row, config) if column is not None and column in row else row
