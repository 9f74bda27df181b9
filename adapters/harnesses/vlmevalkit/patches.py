"""Repairs of VLMEvalKit, put in place while its modules are being imported: most of them copy
`load` and `dump` by name, so a later repair would miss the copies. Nothing on disk is changed.
"""

import base64
import importlib.abc
import importlib.machinery
import os
import string
import sys

from bench_closed import close_environment

OFF = (
    "MMEVAL_ROOT",
    "SPLIT_THINK",
    "SKIP_ERR",
    "EVAL_PROXY",
    "FWD_API",
    "EVAL_FORMAT",
    "FORCE_LOCAL",
    "LOCAL_LLM",
    "VERBOSE",
    "VLMEVAL_MAX_IMAGE_SIZE",
    "VLMEVAL_MIN_IMAGE_EDGE",
)
ON = {
    "PRED_FORMAT": "tsv",
    "VLMEVALKIT_USE_MODELSCOPE": "False",
}
EXACT = ("prediction", "answer", "answers", "question")
TEXT = ("hint", "category", "l2-category", "split", "image", "image_path", *string.ascii_uppercase)


def environment(tables):
    """The settings that VLMEvalKit reads from the environment; no key of any API reaches it."""
    close_environment(OFF)
    os.environ.update(ON, LMUData=tables)


class Repairs(importlib.abc.MetaPathFinder):
    """Gives each module of vlmeval a harmless `eval`, and some of them a repair of their own."""

    def __init__(self, evaluate, own):
        self.evaluate, self.own = evaluate, own

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] != "vlmeval":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            execute, repair = spec.loader.exec_module, self.own.get(name)

            def exec_module(module):
                module.__dict__["eval"] = self.evaluate
                execute(module)
                if repair is not None:
                    repair(module)

            spec.loader.exec_module = exec_module
        return spec


def install(evaluate, inside, more=None):
    """To be called before vlmeval is first imported; `inside` is tables.inside, `more` are further
    repairs by the names of modules.
    """
    import dotenv
    import numpy as np

    # A .env file beside the package would put settings and keys back into the environment.
    dotenv.dotenv_values = lambda *_args, **_named: {}
    # NumpyEncoder names two types that numpy 2 dropped: a score file would end half-way.
    for old, new in (("float_", np.float64), ("complex_", np.complex128)):
        if not hasattr(np, old):
            setattr(np, old, new)
    own = {
        "vlmeval.smp.file": exact_tables,
        "vlmeval.smp.vlm": lambda module: original_bytes(module, inside),
        **(more or {}),
    }
    sys.meta_path.insert(0, Repairs(evaluate, own))


def exact_tables(module):
    """Make `load` keep the texts of a .tsv as they are: "NA", "007", "1.10" and "" survive."""
    original = module.load

    def load(f, fmt=None):
        if (fmt or str(f).rsplit(".", 1)[-1]) == "tsv" and os.path.exists(f):
            return read_table(f)
        return original(f, fmt) if fmt else original(f)

    module.load = load


def read_table(path):
    """A .tsv as a DataFrame. Numbers that evaluation added stay numbers; an empty cell of an
    option or a hint is missing (VLMEvalKit asks for that), an empty answer is an empty text.
    """
    import pandas as pd
    from pandas._libs.parsers import STR_NA_VALUES

    names = list(pd.read_csv(path, sep="\t", nrows=0).columns)
    texts = [name for name in names if name in EXACT or name in TEXT or name == "index"]
    missing = {name: [""] if name in texts else list(STR_NA_VALUES) for name in names}
    for name in (*EXACT, "index"):
        missing.pop(name, None)
    table = pd.read_csv(
        path,
        sep="\t",
        dtype=dict.fromkeys(texts, str),
        keep_default_na=False,
        na_values=missing,
        low_memory=False,
    )
    if "index" in table and all(_whole(one) for one in table["index"]):
        table["index"] = table["index"].astype(int)
    return table


def _whole(text):
    """True where turning the text into a number and back loses nothing."""
    return text.isascii() and text.isdigit() and len(text) < 19 and str(int(text)) == text


def original_bytes(module, inside):
    """Make images of a table reach the disk as they are, neither decoded nor encoded again."""
    original = module.decode_base64_to_image_file

    def decode_base64_to_image_file(base64_string, image_path, target_size=-1):
        target = inside(os.environ["LMUData"], image_path)  # noqa: SIM112  (its name)
        if target_size > 0:
            original(base64_string, image_path, target_size)
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(base64.b64decode(base64_string))

    module.decode_base64_to_image_file = decode_base64_to_image_file


def track_progress(func, tasks=(), nproc=1, save=None, keys=None, **_named):
    """VLMEvalKit's `track_progress_rich` rewrites its whole checkpoint after each sample, which is
    quadratic. Here it is written once, at the end; the gateway's record is what a job resumes from.
    """
    from concurrent.futures import ThreadPoolExecutor

    from vlmeval.smp import dump

    with ThreadPoolExecutor(nproc) as pool:
        results = list(pool.map(lambda task: func(**task), tasks))
    if save is not None:
        dump(dict(zip(keys, results)), save)
    return results
