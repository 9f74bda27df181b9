"""lmms-eval's own tasks: found by name, and reading the local copy in place of a hub.

Its index reads all 1900 YAML files, 3 s of CPU: only the folders that hold the task are indexed.
"""

import os
import re

from bench_protocol import Unsupported

SAMPLE = "bench_sample"  # the column with a row's id, through the task's own choice of rows
JUDGED = ("hallusion_bench_image",)  # of those whose metrics do not say so
MEDIA = ("video", "From_YouTube", "builder_script")  # of dataset_kwargs: files beside the table


def texts(root):
    """The text of each YAML file below lmms-eval's tasks, by its path."""
    found = {}
    for folder, _below, files in os.walk(root):
        for name in files:
            if name.endswith(".yaml"):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    found[path] = file.read()
    return found


def folders(names, known):
    """The folders that define tasks, groups or tags of these names, or list them; in order."""
    named = r"""["']?(?:%s)["']?""" % "|".join(re.escape(name) for name in names)
    key = r"(?:(?:task|group|tag)[ ]*:|[ ]*-)"
    line = re.compile(r"(?m)^%s[ \t]*%s[ \t]*(?:\#.*)?\r?$" % (key, named))
    return sorted({os.path.dirname(path) for path, text in known.items() if line.search(text)})


def indexed(base, names, root, model_name):
    """lmms-eval's TaskManager, `base`, that knows these names and what is under them; and the
    names of the tasks among both. Raises Unsupported for a name that lmms-eval does not have.
    """
    known, wanted = texts(root), list(names)
    while True:
        # A tag may also stand in a file that the task's own includes: then all are read.
        for below in (folders(wanted, known), [root]):
            made = base(include_path=below, include_defaults=False, model_name=model_name)
            missing = [name for name in wanted if name not in made.task_index]
            if not missing:
                break
        if missing:
            raise Unsupported("lmms-eval has no task %s" % ", ".join(missing))
        more = {one for name in wanted for one in _under(made, name)} - set(wanted)
        if not more:
            kinds = {name: made.task_index[name]["type"] for name in wanted}
            return made, [name for name, kind in kinds.items() if kind not in ("group", "tag")]
        wanted += sorted(more)


def _under(made, name):
    """The names under a group or a tag; none under a task."""
    entry = made.task_index[name]
    if entry["type"] == "tag":
        return entry["task"]
    if entry["type"] != "group":
        return []
    listed = made._get_config(name)["task"]  # noqa: SLF001  (no other way)
    if not all(isinstance(one, str) for one in listed):
        raise Unsupported("the group %s of lmms-eval changes its tasks: name one of them" % name)
    return listed


def redirect(made, names, copy, written, generation):
    """Let these tasks read the local copy, and nothing else of them be changed.

    `written(configs, splits)` writes the copy under other names and returns its folder;
    `generation` changes a task's generation_kwargs. Returns the table of each task.
    Raises Unsupported where the copy does not have what a task reads.
    """
    own = {name: made._get_config(name) for name in names}  # noqa: SLF001
    tables, configs, splits = {}, {}, {}
    for name, config in own.items():
        check(name, config)
        wanted = config.get("dataset_name") or "default", split_of(config)
        table = tables[name] = table_of(name, wanted, copy.tables)
        check_examples(name, config, table, copy.tables)
        configs.setdefault(table.config, wanted[0])
        splits.setdefault(table.split, wanted[1])
        if (configs[table.config], splits[table.split]) != wanted:
            raise Unsupported("%s reads %s/%s, and so does another task" % (name, *wanted))
    folder = written(configs, splits)
    changed = {
        name: dict(
            config,
            dataset_path=folder,
            dataset_kwargs=None,  # a token and a revision are a hub's
            process_docs=with_ids(config.get("process_docs"), split_of(config), tables[name].ids()),
            generation_kwargs=generation(config.get("generation_kwargs") or {}),
        )
        for name, config in own.items()
    }
    others = made._get_config  # noqa: SLF001
    made._get_config = lambda name: dict(changed[name]) if name in changed else others(name)  # noqa: SLF001
    return tables


def split_of(config):
    return config.get("test_split") or config.get("validation_split")


def check(name, config):
    """Raise Unsupported for a task that does not ask once for a text about rows of a table."""
    kind = config.get("output_type", "generate_until")
    if "class" in config or kind != "generate_until":
        kind = "class of its own" if "class" in config else kind
        raise Unsupported("%s does not ask once for a text (it is a %s)" % (name, kind))
    if any((config.get("dataset_kwargs") or {}).get(key) for key in MEDIA):
        raise Unsupported("%s reads media files beside its table" % name)
    if name in JUDGED:
        raise Unsupported("%s asks a judge for its metrics" % name)
    judged = [one["metric"] for one in config.get("metric_list") or [] if is_judged(one["metric"])]
    if judged:
        raise Unsupported("%s asks a judge for its metric %s" % (name, judged[0]))


def check_examples(name, config, table, tables):
    """Raise Unsupported where the task shows examples of a split that the copy does not have."""
    shown, split = config.get("num_fewshot"), config.get("fewshot_split")
    if shown and split and (table.config, split) not in [(one.config, one.split) for one in tables]:
        raise Unsupported(
            "%s shows %s examples of the split %s, which the local copy does not have"
            % (name, shown, split)
        )


def is_judged(metric):
    return isinstance(metric, str) and metric.startswith(("gpt_", "llm_", "judge"))


def table_of(name, wanted, tables):
    """The table of the copy that the task reads; where one of the two names no configuration, the
    only table of that split.
    """
    config, split = wanted
    same = [one for one in tables if (one.config, one.split) == wanted]
    unnamed = [one for one in tables if one.split == split and "default" in (config, one.config)]
    for fitting in (same, unnamed):
        if len(fitting) == 1:
            return fitting[0]
    there = ", ".join("%s/%s" % (one.config, one.split) for one in tables)
    raise Unsupported("%s reads %s/%s; the local copy has %s" % (name, config, split, there))


def with_ids(own, split, ids):
    """`own` process_docs of a task, after each row of the split has got its id."""

    def process_docs(rows):
        if str(rows.split) == split:
            rows = rows.add_column(SAMPLE, list(ids))
        return rows if own is None else own(rows)

    return process_docs


def rehearse(made, tables):
    """Score a row of each task before anything is asked: what the copy or this environment lacks
    is said at once, and not after hours of answers.
    """
    own = made.load_task_or_group

    def load(*args, **named):
        try:
            found = own(*args, **named)
            for task in leaves(found):
                _score(task, next(iter(task.eval_docs_no_media)))
        except KeyError as error:
            columns = sorted({name for table in tables.values() for name in table.columns})
            if error.args[0] in columns:
                raise
            raise Unsupported(
                "lmms-eval reads a column %r that the local copy does not have; it has %s"
                % (error.args[0], ", ".join(columns))
            ) from error
        except ConnectionError as error:
            said = "lmms-eval reads more than the table of the task, from a hub: %s" % error
            raise Unsupported(said) from error
        return found

    made.load_task_or_group = load


def _score(task, document):
    try:
        task.process_results(document, [""])
    except (ImportError, NameError) as error:
        said = "the scoring of %s needs what this environment leaves out: %s"
        raise Unsupported(said % (task.config.task, error)) from error
    except (KeyError, ConnectionError):
        raise
    except Exception:  # noqa: S110  (an empty answer may be one that it cannot score)
        pass


def leaves(found):
    """The tasks of what lmms-eval loads: by name, under groups."""
    for one in found.values():
        yield from leaves(one) if isinstance(one, dict) else [one]
