"""The server of ../rapidocr with an answer to questions: rules.py picks it from the page's text."""

from __future__ import annotations

import importlib.util
import os

from bench_protocol import main

HERE = os.path.dirname(os.path.abspath(__file__))


def loaded(*way):
    """A file beside this folder or in it, by its path: PYTHONSAFEPATH hides both."""
    path = os.path.join(HERE, *way)
    spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RULES = loaded("rules.py")
RAPIDOCR = loaded(os.pardir, "rapidocr", "serve.py")


def versions():
    return dict(RAPIDOCR.versions(), rules=RULES.VERSION)


def serve(folder):
    RAPIDOCR.serve(folder, answer=RULES.answer, versions=versions)


if __name__ == "__main__":
    main(describe=lambda: {"versions": versions()}, serve=serve)
