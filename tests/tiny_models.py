"""Random models of real architectures, built once a session: see tests/tiny/build.py."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

BUILD = Path(__file__).parent / "tiny/build.py"


@cache
def tiny_model(python: Path, shape: str) -> Path:
    """The folder of a `shape` (llama, llava, qwen2_5_vl), built by a Python with torch and
    transformers. It is named by its shape: some harnesses look for a family's name in the path.
    """
    home = Path(tempfile.mkdtemp(prefix="bench-tiny-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    folder = home / shape
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [python, str(BUILD), shape, str(folder)],
        capture_output=True,
        text=True,
        env=offline,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder
