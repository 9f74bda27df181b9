"""The live signatures of what is called, as arguments.tsv: name, type, default, owner.

With the environment's Python:  python -P signature.py > new.tsv  An argument that is new there has
the owner `?`: decide whose it is.
"""

import csv
import importlib.util
import inspect
import os
import re
import sys


def rows(functions, owners):
    """`functions`: a prefix of the name, and the callable."""
    for prefix, function in functions:
        for name, one in inspect.signature(function).parameters.items():
            kind = "" if one.annotation is one.empty else inspect.formatannotation(one.annotation)
            kind = re.sub(r"\b(?:\w+\.)+(?=\w)", "", kind)
            default = "required" if one.default is one.empty else repr(one.default)
            if name == "datetime_str":
                default = "now"  # computed while the module is imported
            yield prefix + name, kind, default, owners.get(prefix + name, "?")


def main():
    from lmms_eval.evaluator import simple_evaluate
    from lmms_eval.loggers.evaluation_tracker import EvaluationTracker
    from lmms_eval.tasks import TaskManager

    here = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location("own", os.path.join(here, "invocation.py"))
    invocation = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(invocation)
    known = os.path.exists(os.path.join(here, "arguments.tsv"))
    functions = (
        ("", simple_evaluate),
        ("task_manager.", TaskManager),
        ("evaluation_tracker.", EvaluationTracker),
    )
    table = csv.writer(
        sys.stdout, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None
    )
    table.writerow(("name", "type", "default", "owner"))
    table.writerows(rows(functions, invocation.owners() if known else {}))


if __name__ == "__main__":
    main()
