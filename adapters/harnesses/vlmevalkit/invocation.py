"""What VLMEvalKit's run entry is given for a job: its command line and its --config.

Standard library only. Model, system prompt, parameters and limit are no part of either: our model
and dataset classes, which the config names, have them from the job. Of a model that runs in this
process the config says which class of VLMEvalKit's it is, and what that is given.
"""

import argparse
import csv
import os

DOCUMENTS = "documents"  # our tasks' name in VLMEvalKit: it chooses metrics by parts of names
JUDGE = "exact_matching"


def dataset(task):
    """The task's name in VLMEvalKit."""
    return DOCUMENTS if task["kind"] == "document" else task["benchmark"]


def prompt_of(spec):
    """Who makes the prompt of a benchmark: the "dataset", or the "model" class."""
    chosen = spec["options"].get("prompt")
    return chosen or ("model" if spec["model"].get("in_process") else "dataset")


def config(model, spec):
    """The content of --config; `model` is the model's name as VLMEvalKit may have it."""
    task, asked = spec["task"], spec["model"].get("in_process")
    name, entry = dataset(task), {"class": "BenchModel"}
    if asked:
        entry.update(
            of=asked["model"],
            weights=asked.get("weights"),
            arguments=asked.get("arguments") or {},
            parameters=spec["model"].get("parameters") or {},
        )
    return {
        "model": {model: entry},
        "data": {name: {"class": "BenchDataset", "dataset": name}},
    }


def command_line(spec, free=None):
    """The words after the program's name; `free` stands in for the job's harness_args."""
    mode = "infer" if spec["task"]["kind"] == "document" else "all"
    fixed = ["--config", "raw/config.json", "--work-dir", "raw", "--mode", mode, "--judge", JUDGE]
    fixed += ["--api-nproc", str(spec["concurrency"]), "--retry", "1"]
    given = (spec.get("harness_args") or {}) if free is None else free
    # One word an argument: a value that begins with a dash stays a value.
    return fixed + [
        "--" + name if value is True else "--%s=%s" % (name, value)
        for name, value in given.items()
        if value is not False
    ]


def rows():
    """arguments.tsv by the arguments' names."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "arguments.tsv")
    with open(path, encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file, delimiter="\t")}


def parser_of(parse_args):
    """The ArgumentParser that the run entry makes, and makes anew, in its parse_args()."""
    real, made = argparse.ArgumentParser.parse_args, []

    def caught(parser, *_args, **_named):
        made.append(parser)
        raise InterruptedError

    argparse.ArgumentParser.parse_args = caught
    try:
        parse_args()
    except InterruptedError:
        return made[0]
    finally:
        argparse.ArgumentParser.parse_args = real
    raise LookupError("VLMEvalKit's parse_args() makes no parser")


def options(parser):
    """The parser's own arguments by their long names, but for --help."""
    return {
        word[2:]: action
        for word, action in parser._option_string_actions.items()  # noqa: SLF001  (no other way)
        if word.startswith("--") and word != "--help"
    }


def taken(given, checkout):
    """Why these `harness_args` cannot be passed on, by arguments.tsv; None where they can.

    A checkout may have arguments that the table does not know: its parser is asked later.
    """
    known = rows()
    for name in given:
        if name not in known:
            if checkout:
                continue
            return "harness_args: VLMEvalKit has no argument %r" % name
        if known[name]["owner"] != "free":
            return "harness_args: %r is not free (%s)" % (name, known[name]["owner"])
    return None


def refusal(spec, parser):
    """Why the live parser would refuse the command line; None where it takes it."""
    said = _complaint(parser, command_line(spec, {}))
    if said:
        return "this VLMEvalKit cannot be driven: %s" % said
    known = options(parser)
    ours = [name for name, row in rows().items() if row["owner"] != "free" and name in known]
    for name, value in (spec.get("harness_args") or {}).items():
        if name not in known:
            return "harness_args: this VLMEvalKit has no argument %r" % name
        # A checkout may know one of ours by a second name.
        same = [one for one in ours if known[one].dest == known[name].dest]
        if same:
            return "harness_args: %r is not free (it sets %s)" % (name, same[0])
        switch = known[name].nargs == 0
        if switch != isinstance(value, bool) or not isinstance(value, (bool, int, float, str)):
            wanted = "true or false" if switch else "one text or number"
            return "harness_args: %r takes %s, not %r" % (name, wanted, value)
        said = _complaint(parser, command_line(spec, {name: value}))
        if said:
            return "harness_args: %r: %s" % (name, said)
    return None


def _complaint(parser, words):
    """What the parser says against these words; it would end the process without a result."""

    def refuse(message):
        raise ValueError(message)

    parser.error = refuse
    parser.exit = lambda _status=0, message=None: refuse(message or "it only prints and ends")
    try:
        parser.parse_args(words)
    except ValueError as error:
        return str(error)
    return None
