"""The local copy of a benchmark's data, as lm-eval's tasks find it: a hub's folder ORG/NAME below
the working directory, which `datasets` reads before it would ask a hub.
"""

from bench_protocol import Unsupported

# Loaders of `datasets` that are no names of a data set: such a task brings its own addresses.
LOADERS = ("arrow", "audiofolder", "csv", "imagefolder", "json", "pandas", "parquet", "text", "xml")
SPLITS = ("train", "validation", "test", "dev")  # of a task that is Python: it names none


def place_of(name, cfg):
    """A task's data set: (hub id, configuration or None), from its YAML or from its class."""
    path, config = cfg.get("dataset_path"), cfg.get("dataset_name")
    if cfg.get("class") and not path:
        owner = cfg["class"]
        path = getattr(owner, "DATASET_PATH", None)
        config = config or getattr(owner, "DATASET_NAME", None)
    if not path or path in LOADERS:
        raise Unsupported(
            "lm-eval's task %r reads no data set of a hub: it cannot be given a local copy" % name
        )
    return path, config


def table_config(config, configs):
    """Which of the copy's configurations is the one that a task calls `config`; None if none is."""
    if config in configs:
        return config
    if len(configs) == 1 and config in (None, "default"):
        return configs[0]
    if len(configs) == 1 and configs[0] in ("default", None):
        return configs[0]
    return None


def evaluated(cfg):
    """The split that a task is evaluated on, by lm-eval's rule; None where its class says it."""
    return cfg.get("test_split") or cfg.get("validation_split")


def missing(copy, leaves):
    """Names of the tasks whose configuration the copy does not hold."""
    configs = sorted({table.config for table in copy.tables})
    return [
        name
        for name, cfg in leaves.items()
        if table_config(place_of(name, cfg)[1], configs) is None
    ]


def tables(copy, leaves):
    """The copy's table of each task by its name; Unsupported where a split is not there."""
    configs = sorted({table.config for table in copy.tables})
    found = {}
    for name, cfg in leaves.items():
        config = table_config(place_of(name, cfg)[1], configs)
        held = {table.split: table for table in copy.tables if table.config == config}
        split = evaluated(cfg)
        if split is None and len(held) == 1:
            split = next(iter(held))
        if split not in held:
            raise Unsupported(
                "lm-eval's task %r asks the split %r; the local copy of %s has %s"
                % (name, split, copy.name, ", ".join(sorted(held)) or "none of its configuration")
            )
        found[name] = held[split]
    return found


def write(bench_data, copy, leaves, root):
    """Put the copy below `root` under each name that a task asks for."""
    configs = sorted({table.config for table in copy.tables})
    asked = {}
    for name, cfg in leaves.items():
        path, config = place_of(name, cfg)
        own, wanted = table_config(config, configs), config or "default"
        if asked.setdefault(path, {}).setdefault(own, wanted) != wanted:
            raise Unsupported(
                "lm-eval's tasks call one configuration of %s %r and %r: ask them one by one"
                % (path, asked[path][own], wanted)
            )
    for path, names in asked.items():
        bench_data.hub_folder(copy, root, hub=path, configs=names)


def absent_splits(leaves):
    """Splits that a task opens though it evaluates on another: for examples, or from habit."""
    named = {"train", "validation"}
    for cfg in leaves.values():
        if cfg.get("class"):
            named.update(SPLITS)
        for key in ("training_split", "validation_split", "test_split", "fewshot_split"):
            named.update([cfg[key]] if isinstance(cfg.get(key), str) else [])
        examples = cfg.get("fewshot_config")
        if isinstance(examples, dict) and isinstance(examples.get("split"), str):
            named.add(examples["split"])
    return named


def with_empty_splits(load, named):
    """`load_dataset`, with each split of `named` that the copy lacks: it is there, and empty.

    lm-eval opens the split of examples also where it takes none.
    """

    def loaded(*given, **more):
        found = load(*given, **more)
        if not isinstance(found, dict) or not found:
            return found
        first = next(iter(found.values()))
        for split in named:
            if split not in found and hasattr(first, "select"):
                found[split] = first.select([])
        return found

    return loaded
