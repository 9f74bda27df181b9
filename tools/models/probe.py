"""Run with a harness's own Python: what its classes of models take, read from the classes.

python -P probe.py HARNESS ADAPTER_FOLDER OUT.json NAME...   OUT.json: for each name its class, the
arguments by their defaults as text, `open` where others pass through, `reads` for those that the
class reads out of them, `preset` for what the harness's own entry gives it; or `error`.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

Found = dict[str, Any]


def taken(made: Any, *, mro: bool) -> Found:
    """The arguments of a class; with `mro` those too of the classes it passes the rest to."""
    arguments: dict[str, str] = {}
    for one in made.__mro__ if mro else (made,):
        if mro and "__init__" not in vars(one):
            continue
        known = inspect.signature(one.__init__ if mro else one).parameters.values()
        passes = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known)
        for parameter in known:
            if parameter.name != "self" and parameter.kind not in (
                parameter.VAR_KEYWORD,
                parameter.VAR_POSITIONAL,
            ):
                arguments.setdefault(parameter.name, _default(parameter))
        if not passes:
            break
    source = textwrap.dedent(inspect.getsource(made.__init__))
    named = f"{made.__module__}.{made.__qualname__}"
    return {"class": named, "arguments": arguments, "open": passes, "reads": reads(source)}


def _default(parameter: inspect.Parameter) -> str:
    return "required" if parameter.default is parameter.empty else repr(parameter.default)


def reads(source: str) -> list[str]:
    """The names that a function takes out of its `kwargs` by get() or pop()."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"get", "pop"}
            and ast.unparse(node.func.value) == "kwargs"
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            found.add(str(node.args[0].value))
    return sorted(found)


def lm_eval(name: str) -> Found:
    registry = importlib.import_module("lm_eval.api.registry")
    importlib.import_module("lm_eval.models")
    return taken(registry.get_model(name), mro=True)


def lmms_eval(name: str) -> Found:
    models = importlib.import_module("lmms_eval.models")
    made = models.get_model(name)
    return {**taken(made, mro=True), "simple": bool(made.is_simple)}


def vlmevalkit(name: str) -> Found:
    config = importlib.import_module("vlmeval.config")
    entry = config.supported_VLM[name]
    return {**taken(entry.func, mro=False), "preset": dict(entry.keywords)}


KINDS: dict[str, Callable[[str], Found]] = {
    "lm-eval": lm_eval,
    "lmms-eval": lmms_eval,
    "vlmevalkit": vlmevalkit,
}


def prepare(harness: str, folder: str) -> None:
    """VLMEvalKit's modules ask for a GPU while they are imported: the adapter's own repair."""
    if harness == "vlmevalkit":
        sys.path.insert(0, folder)
        cpu = importlib.import_module("cpu")
        sys.path.remove(folder)
        cpu.without_cuda()
        cpu.without_flash()


def main() -> None:
    harness, folder, out, *names = sys.argv[1:]
    prepare(harness, folder)
    found: dict[str, Found] = {}
    for name in names:
        try:
            found[name] = KINDS[harness](name)
        except ImportError as error:
            found[name] = {"error": re.sub(r"\s+", " ", str(error))}
    Path(out).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
