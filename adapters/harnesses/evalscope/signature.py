"""The live signature of EvalScope's TaskConfig as arguments.tsv: name, type, default, owner.

With the environment's Python:  python -P signature.py > new.tsv  An argument that is new there has
the owner `?`: decide whose it is.
"""

import csv
import importlib.util
import os
import re
import sys


def rows(fields, owners):
    for name, field in sorted(fields.items()):
        default = field.get_default(call_default_factory=True)
        default = default if isinstance(default, (str, list, dict)) else repr(default)
        default = str(default).replace(os.path.expanduser("~"), "~").partition("(")[0]
        kind = re.sub(r"\b(?:\w+\.)+(?=\w)|<class '|'>", "", str(field.annotation))
        yield name, kind, default, owners.get(name, "?")


def main():
    from evalscope import TaskConfig

    here = os.path.dirname(os.path.abspath(__file__))
    path = os.path.join(here, "invocation.py")
    spec = importlib.util.spec_from_file_location("evalscope_invocation", path)
    invocation = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(invocation)
    known = os.path.exists(os.path.join(here, "arguments.tsv"))
    table = csv.writer(
        sys.stdout, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None
    )
    table.writerow(("name", "type", "default", "owner"))
    table.writerows(rows(TaskConfig.model_fields, invocation.owners() if known else {}))


if __name__ == "__main__":
    main()
