"""Which packages a model class of VLMEvalKit imports, read from its source: nothing is imported.

An import counts where the class cannot go on without it: in its module, in `__init__`, or where it
generates; not under an `if` (vLLM, videos, other members of a family), and not in a `try` that goes
on without it.
"""

import ast
import importlib.util
import os

WORKING = ("__init__", "generate_inner", "generate_inner_image", "generate_inner_transformers")


def refusal(model, folder, classes, installed=None):
    """Why this model cannot be loaded; None where nothing is known against it.

    `model` is a name of `classes` (name -> import path, models.tsv) or a class of vlmeval.vlm;
    `folder` that of the package vlmeval; `installed` tells whether a package is there.
    """
    path = classes.get(model) or _by_class(model, classes)
    if path is None:
        return "VLMEvalKit has no model and no model class %r" % model
    if path.startswith("vlmeval.api."):
        return "%s is an API class of VLMEvalKit (%s): give the endpoint itself" % (model, path)
    missing = [one for one in required(path, folder) if not (installed or _installed)(one)]
    if missing:
        return "%s (%s) needs %s, which this environment leaves out" % (
            model,
            path,
            " and ".join(repr(one) for one in missing),
        )
    return None


def _by_class(name, classes):
    return next((path for path in classes.values() if path.rpartition(".")[2] == name), None)


def _installed(package):
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def required(path, folder):
    """The top-level packages that the class with this import path needs, sorted."""
    module, _, name = path.rpartition(".")
    parts = module.split(".")[1:]
    source = os.path.join(folder, *parts) + ".py"
    if not os.path.exists(source):
        source = os.path.join(folder, *parts, "__init__.py")
    with open(source, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    found = set(_imports(tree.body))
    kinds = {one.name: one for one in tree.body if isinstance(one, ast.ClassDef)}
    while name in kinds:
        kind = kinds.pop(name)
        for one in kind.body:
            if isinstance(one, ast.FunctionDef) and one.name in WORKING:
                found.update(_imports(one.body))
        bases = [one.id for one in kind.bases if isinstance(one, ast.Name)]
        name = next((one for one in bases if one in kinds), None)
    return sorted(found - {"vlmeval"})


def _imports(body):
    for one in body:
        if isinstance(one, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in one.names)
        elif isinstance(one, ast.ImportFrom) and not one.level:
            yield one.module.partition(".")[0]
        elif isinstance(one, ast.Try):
            if all(any(isinstance(n, ast.Raise) for n in ast.walk(h)) for h in one.handlers):
                yield from _imports(one.body)
        elif isinstance(one, (ast.With, ast.For, ast.While)):
            yield from _imports(one.body)
