"""The Pythons of real environments, for tests marked `harness`: built once, under BENCH_HOME."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.adapter import find_adapter
from bench.environment import build


@pytest.fixture(scope="session")
def vlmevalkit_python() -> Path:
    return build(find_adapter("harness", "vlmevalkit"), "cpu", print).python


@pytest.fixture(scope="session")
def rapidocr_python() -> Path:
    return build(find_adapter("engine", "rapidocr"), "cpu", print).python


@pytest.fixture(scope="session")
def tesseract_python() -> Path:
    return build(find_adapter("engine", "tesseract"), "cpu", print).python


@pytest.fixture(scope="session")
def lm_eval_python() -> Path:
    return build(find_adapter("harness", "lm-eval"), "cpu", print).python


@pytest.fixture(scope="session")
def evalscope_python() -> Path:
    return build(find_adapter("harness", "evalscope"), "cpu", print).python


@pytest.fixture(scope="session")
def lmms_eval_python() -> Path:
    return build(find_adapter("harness", "lmms-eval"), "cpu", print).python
