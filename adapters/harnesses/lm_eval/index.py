"""Finds lm-eval's own tasks by name, without reading all of its 14,000 files where that can be."""

import difflib
import os
import re

from bench_protocol import Unsupported


def shipped():
    """The folder of lm-eval's own task files."""
    import lm_eval.tasks

    return os.path.dirname(os.path.abspath(lm_eval.tasks.__file__))


def refuse_unknown(names):
    """Raise Unsupported for a name that is not in benchmarks.tsv, before seconds of imports."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "benchmarks.tsv")
    with open(path, encoding="utf-8", newline="") as file:
        known = {line.partition("\t")[0] for line in file}
    for name in names:
        if name not in known:
            raise unknown(name, known)


def unknown(name, known):
    near = difflib.get_close_matches(name, sorted(known), n=3)
    said = "; nearest: %s" % ", ".join(near) if near else ""
    return Unsupported("lm-eval has no task %r%s" % (name, said))


def definitions(folder, names):
    """The files that define these tasks and groups, by name; only where just one file does.

    It reads lines, no YAML: a second of CPU for all files, where lm-eval's index takes seven.
    """
    wanted = "|".join(re.escape(name) for name in sorted(names))
    line = re.compile(
        rb"^(?:task|group):[ \t]*[\"']?(%s)[\"']?[ \t]*(?:#.*)?\r?$" % wanted.encode(), re.MULTILINE
    )
    found = {}
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if one != "__pycache__")
        for name in sorted(files):
            if not name.endswith(".yaml"):
                continue
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                for one in set(line.findall(file.read())):
                    found.setdefault(one.decode(), []).append(path)
    return {name: paths[0] for name, paths in found.items() if len(paths) == 1}


def catalogue(names, group=None):
    """A TaskManager that knows these names; `group` is a name whose definition may be absent.

    A group's or a tag's members may stand anywhere: for those lm-eval's whole index is read.
    """
    from pathlib import Path

    from lm_eval.tasks import TaskManager
    from lm_eval.tasks._index import Kind, TaskIndex
    from lm_eval.tasks._yaml_loader import load_yaml

    manager = TaskManager(include_defaults=False)
    index = manager.task_index
    for path in definitions(shipped(), {*names, *filter(None, [group])}).values():
        TaskIndex.process_cfg(load_yaml(path, resolve_func=False), Path(path), index)
    simple = (Kind.TASK, Kind.PY_TASK)
    if all(name in index and index[name].kind in simple for name in names):
        return manager
    manager = TaskManager()
    for name in names:
        if name not in manager.task_index:
            raise unknown(name, manager.all_tasks)
    return manager


def leaves(index, name, over=None):
    """The tasks behind a task, a group or a tag: their configurations by name, includes merged.

    Functions in them are texts: nothing is imported.
    """
    entry, over = index[name], over or {}
    kind = entry.kind.name
    if kind == "TAG":
        return _joined(leaves(index, one, over) for one in sorted(entry.tags) if one in index)
    if kind == "GROUP":
        return _joined(_members(index, entry.cfg, over))
    return {name: dict(entry.cfg or {}, **over)}


def _members(index, group, over):
    for item in group.get("task") or []:
        if isinstance(item, str):
            yield leaves(index, item, over)
            continue
        more = {key: value for key, value in item.items() if key not in ("task", "group")}
        name = item.get("group") or item.get("task")
        if name in index:
            yield leaves(index, name, dict(over, **more))
        elif "group" in item:
            yield _joined(_members(index, item, dict(over, **more)))
        else:
            yield {"%s::%s" % (group.get("group"), name): dict(over, **item)}


def _joined(parts):
    return {name: cfg for part in parts for name, cfg in part.items()}
