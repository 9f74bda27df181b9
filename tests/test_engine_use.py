"""usage.jsonl, clipped to a job's windows, against sums done by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import jsonl
from bench.engine_use import POINTS, engine_use

T0 = 1_700_000_000.0


def sampled(folder: Path, name: str, *moments: dict[str, Any]) -> None:
    place = folder / "engines" / name
    place.mkdir(parents=True)
    rows = [{"cpu_s": 0.0, "processes": 1} | one | {"t": T0 + one["t"]} for one in moments]
    jsonl.write(place / "usage.jsonl", rows)


def at(t: float, rss: int = 100, cpu_s: float = 0.0, **keys: Any) -> dict[str, Any]:
    return {"t": t, "rss": rss, "cpu_s": cpu_s} | keys


def gpu(used: int, scope: str, busy: float | None = None) -> dict[str, Any]:
    return {"gpu": used, "gpu_scope": scope, "gpu_utilisation": busy, "gpu_name": f"by {scope}"}


def test_only_the_window_counts(tmp_path: Path) -> None:
    """The peak of the loading before, and what came after, are another job's."""
    sampled(
        tmp_path,
        "m",
        *(at(0, 9000, 0), at(10, 100, 4), at(11, 300, 5), at(12, 200, 7), at(20, 8000, 30)),
    )
    use = engine_use(tmp_path, "m", [(T0 + 10, T0 + 12)])
    assert use is not None
    assert (use.peak_rss_bytes, use.cpu_s) == (300, 3.0)
    assert use.samples == ((0.0, 100, None, None), (1.0, 300, None, None), (2.0, 200, None, None))


def test_a_window_between_two_samples_takes_its_neighbours_and_its_share_of_cpu(
    tmp_path: Path,
) -> None:
    sampled(tmp_path, "m", at(10, 100, 4), at(11, 300, 6))
    use = engine_use(tmp_path, "m", [(T0 + 10.25, T0 + 10.5)])
    assert use is not None
    assert (use.peak_rss_bytes, use.cpu_s) == (300, 0.5)
    assert [point[0] for point in use.samples] == [0.0, 0.25]


def test_a_pause_between_two_sessions_is_left_out(tmp_path: Path) -> None:
    sampled(tmp_path, "m", at(0, 100, 0), at(2, 150, 2))
    sampled(tmp_path, "m--2", at(100, 400, 0), at(104, 500, 8))
    use = engine_use(tmp_path, "m", [(T0, T0 + 2), (T0 + 101, T0 + 104)])
    assert use is not None
    assert use.cpu_s == 2 + 6
    assert [point[0] for point in use.samples] == [0.0, 2.0, 2.0, 5.0]
    assert use.peak_rss_bytes == 500


def test_another_models_engine_is_not_ours(tmp_path: Path) -> None:
    sampled(tmp_path, "m2", at(0, 999))
    sampled(tmp_path, "m--two", at(0, 999))
    assert engine_use(tmp_path, "m", [(T0, T0 + 1)]) is None
    sampled(tmp_path, "m--2", at(0, 10))
    use = engine_use(tmp_path, "m", [(T0, T0 + 1)])
    assert use is not None
    assert use.peak_rss_bytes == 10


def test_a_sample_long_before_says_nothing(tmp_path: Path) -> None:
    sampled(tmp_path, "m", at(0), at(60))
    assert engine_use(tmp_path, "m", [(T0 + 20, T0 + 30)]) is None
    assert engine_use(tmp_path / "none", "m", [(T0, T0 + 30)]) is None
    assert engine_use(tmp_path, "m", []) is None


def test_the_engines_own_gpu_memory_goes_before_the_devices(tmp_path: Path) -> None:
    sampled(
        tmp_path,
        "m",
        *(at(0, **gpu(90_000, "device", 10)), at(1), at(2, **gpu(700, "process", 60))),
        at(3, **gpu(800, "process", 80)),
    )
    use = engine_use(tmp_path, "m", [(T0, T0 + 3)])
    assert use is not None
    assert (use.peak_gpu_bytes, use.gpu_scope, use.gpu_name) == (800, "process", "by process")
    assert [point[2:] for point in use.samples] == [
        (None, None),
        (None, None),
        (700, 60),
        (800, 80),
    ]
    begin = engine_use(tmp_path, "m", [(T0, T0)])
    assert begin is not None
    assert (begin.peak_gpu_bytes, begin.gpu_scope) == (90_000, "device")


@pytest.mark.parametrize("number", [119, 120, 121, 5000])
def test_a_long_job_keeps_its_peaks_in_few_points(tmp_path: Path, number: int) -> None:
    moments = [at(one, 100 + (one == number // 2) * 900) for one in range(number)]
    sampled(tmp_path, "m", *moments)
    use = engine_use(tmp_path, "m", [(T0, T0 + number)])
    assert use is not None
    assert number // 50 <= len(use.samples) <= POINTS
    assert max(point[1] or 0 for point in use.samples) == use.peak_rss_bytes == 1000
    seconds = [point[0] for point in use.samples]
    assert seconds == sorted(seconds)
    assert seconds[-1] == number - 1
