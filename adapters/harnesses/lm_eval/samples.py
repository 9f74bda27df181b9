"""The samples of lm-eval's tasks: which row of the local copy each is, and what is asked and right.

They are told before anything is asked: what lm-eval leaves is checked against them.
"""

import random

from bench_protocol import Unsupported

ROW = "bench_row"


def rows_of(task, table):
    """The row of the copy's table for each of the task's documents, in lm-eval's order.

    A task may leave out, or change, documents; they are numbered before it does.
    """
    count = len(task.eval_docs)
    change = task.get_config("process_docs")
    if change is None:
        if count != table.count:
            raise Unsupported(
                "lm-eval's task %r has %d documents, the local copy %d: its samples cannot be named"
                % (task.task_name, count, table.count)
            )
        return list(range(count))
    split = task.get_config("test_split") or task.get_config("validation_split")
    raw = task.dataset[split]
    state = random.getstate()
    numbered = list(change(raw.add_column(ROW, list(range(len(raw))))))
    random.setstate(state)
    if len(numbered) == count and all(isinstance(one, dict) and ROW in one for one in numbered):
        return [one[ROW] for one in numbered]
    if count == table.count:  # `map` keeps the order and may drop columns
        return list(range(count))
    raise Unsupported(
        "lm-eval's task %r leaves out documents and drops columns: its samples cannot be named"
        % task.task_name
    )


def told(task, name, table, part, limit, *, qualify):
    """What is known of each sample that will be asked: dicts in lm-eval's order."""
    rows = rows_of(task, table)[:limit]
    ids, documents = table.ids(), table.documents()
    groups, pictures = table.groups(), _pictures(table, set(rows))
    kept = []
    for number, doc in task.doc_iterator(limit=limit):
        row = rows[number]
        choices, gold = right(task, doc)
        kept.append(
            {
                "id": "%s/%s" % (name, ids[row]) if qualify else ids[row],
                "task": name,
                "number": number,
                "group": part if part is not None else groups[row],
                "doc_id": documents[row],
                "question": _question(task, doc),
                "images": pictures.get(row, []),
                "choices": choices,
                "references": gold,
            }
        )
    return kept


def right(task, doc):
    """(the choices or None, texts of right answers), by lm-eval's own rules; for a likelihood none.

    A label that is no choice's makes no reference, as lm-eval counts it wrong.
    """
    kind = task.OUTPUT_TYPE
    if kind in ("loglikelihood", "loglikelihood_rolling"):
        return None, []
    choices = None
    if task.get_config("doc_to_choice") is not None:
        choices = [str(one) for one in task.doc_to_choice(doc)]
    several = getattr(task, "multiple_input", 0) and kind == "multiple_choice"
    gold = task.doc_to_text(doc) if several else task.doc_to_target(doc)
    found = []
    for one in gold if isinstance(gold, (list, tuple)) else [gold]:
        if choices is not None and isinstance(one, int):
            found += [choices[one]] if 0 <= one < len(choices) else []
        else:
            found.append(str(one))
    return choices, found


def _question(task, doc):
    text = task.doc_to_text(doc)
    return text if isinstance(text, str) else None


def _pictures(table, wanted):
    """Paths of the images of these rows, in the order of their columns."""
    columns = [key for key, kind in table.columns.items() if kind in ("image", {"list": "image"})]
    if not columns:
        return {}
    found = {}
    for number, row in enumerate(table.rows()):
        if number in wanted:
            values = [row[key] for key in columns]
            listed = [one for value in values for one in _listed(value)]
            found[number] = listed
    return found


def _listed(value):
    return value if isinstance(value, list) else [] if value is None else [value]
