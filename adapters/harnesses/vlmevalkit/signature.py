"""The live arguments of VLMEvalKit's run entry as arguments.tsv: name, type, default, owner.

With the environment's Python:  python -P signature.py > new.tsv  An argument that is new there has
the owner `?`: decide whose it is.
"""

import csv
import importlib.util
import os
import sys


def row(name, action, owners):
    """`name` is without its dashes; `type` says how many words follow, and which."""
    kind = "switch" if action.nargs == 0 else getattr(action.type, "__name__", "str")
    if action.choices:
        kind += " of " + " | ".join(action.choices)
    if action.nargs == "+":
        kind += ", one or more"
    return name, kind, repr(action.default), owners.get(name, "?")


def main():
    from vlmeval.run import parse_args

    here = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location("own", os.path.join(here, "invocation.py"))
    invocation = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(invocation)
    known = invocation.rows() if os.path.exists(os.path.join(here, "arguments.tsv")) else {}
    owners = {name: one["owner"] for name, one in known.items()}
    live = invocation.options(invocation.parser_of(parse_args))
    table = csv.writer(
        sys.stdout, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None
    )
    table.writerow(("name", "type", "default", "owner"))
    table.writerows(row(name, action, owners) for name, action in live.items())


if __name__ == "__main__":
    main()
