"""Memory does not grow with the source: measured on 30 MB and on 300 MB of noise."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.local_data import forms
from tests.local_data.made import Rows

pytestmark = pytest.mark.slow

# ru_maxrss of a child begins at its parent's, so each add is the child of a small process.
MEASURE = """
import json, resource, subprocess, sys
code = subprocess.call([sys.executable, "-m", "bench", *sys.argv[1:]], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_maxrss / 1024, used.ru_utime + used.ru_stime]))
"""


def noise(number: int) -> bytes:
    """A PNG of about a megabyte."""
    pixels = np.random.default_rng(number).integers(0, 256, (592, 592, 3), dtype=np.uint8)
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG", compress_level=0)
    return written.getvalue()


def rows(count: int) -> Rows:
    return [
        {
            "questionId": str(number),
            "question": "what is it?",
            "answers": ["noise"],
            "image": {"bytes": noise(number), "path": None},
        }
        for number in range(count)
    ]


FORMS: dict[str, Callable[[Path, Rows], Path]] = {
    "parquet": lambda at, several: forms.parquet(at / "validation.parquet", several),
    "table": lambda at, several: forms.vlmevalkit_table(at / "DocVQA_VAL.tsv", several),
    "images": lambda at, several: forms.lines_with_images(at / "a", several),
}


@pytest.mark.parametrize("form", list(FORMS))
def test_peak(form: str, tmp_path: Path, copies_place: Path) -> None:
    peaks = []
    for count in (30, 300):
        source = FORMS[form](tmp_path / str(count), rows(count))
        done = subprocess.run(
            [
                *(sys.executable, "-c", MEASURE),
                *("data", "add", "docvqa-val", "--from", str(source), "--replace"),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        code, peak_mb, cpu_s = json.loads(done.stdout)
        assert code == 0, done.stderr
        peaks.append(peak_mb)
        print(f"{form}, {count} MB: peak {peak_mb:.0f} MB, {cpu_s:.1f} CPU s")
    assert peaks[1] - peaks[0] < 60, peaks
    assert peaks[1] < 300, peaks
