"""What VLMEvalKit has, from its classes: `python -P catalogue.py FOLDER`.

The classes name no split and no hub: a benchmark is a table that VLMEvalKit's makers publish, told
apart by its md5. `judge` is read off the code that scores: yes where a judge is built and no rule
can take its place.
"""

import contextlib
import inspect
import io
import logging
import warnings

from bench_catalogue import target, write_benchmarks, write_models

RULED = ("MCQ", "Y/N", "MCQ_MMMU_Pro")  # `--judge exact_matching` scores these without a judge


def judge_of(owner, kind):
    if kind in RULED:
        return "no"
    try:
        source = inspect.getsource(owner.evaluate)
    except (AttributeError, OSError, TypeError):
        return ""
    if "build_judge(" in source:
        return "yes"
    return "no" if source.count("judge") <= source.count("**judge_kwargs") else ""


def rows():
    import vlmeval.dataset as known

    seen = set()
    for owner in known.DATASET_CLASSES:
        codes = dict(getattr(owner, "DATASET_MD5", None) or {})
        for name in owner.supported_datasets():
            if name in seen:
                continue  # VLMEvalKit builds the first class that has the name
            seen.add(name)
            kind = known.DATASET_TYPE(name)
            yield {
                "name": name,
                "modality": known.DATASET_MODALITY(name),
                "kind": "group" if name in known.ConcatDataset.DATASET_SETS else "dataset",
                "judge": judge_of(owner, kind),
                "class": owner.__name__,
                "type": kind,
                "md5": codes.get(name),
            }


def models():
    from vlmeval.config import supported_VLM

    for name, made in supported_VLM.items():
        owner = getattr(made, "func", made)
        film = bool(getattr(owner, "VIDEO_LLM", False))
        yield {
            "name": name,
            "class": "%s.%s" % (owner.__module__, owner.__name__),
            "modality": "image-video" if film else "image",
        }


if __name__ == "__main__":
    folder = target()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()):
        found, made = list(rows()), list(models())
    write_benchmarks(folder, found, ("class", "type", "md5"))
    write_models(folder, made)
