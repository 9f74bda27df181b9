"""What the engines of a run used while a job's requests ran: usage.jsonl, clipped and summed up."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path

from bench import store
from bench.performance_rows import EngineUse, UsePoint
from bench.usage import USAGE_NAME, Moment, read_usage

POINTS = 120
NEAR_S = 3.0  # a sample so near to the window still says what was used in it
Window = tuple[float, float]  # unix times


def engine_use(folder: Path, model: str, windows: Sequence[Window]) -> EngineUse | None:
    """Over the `windows` in which a job asked; None where no sample was taken then."""
    chosen: list[tuple[float, Moment]] = []
    cpu_s = 0.0
    for series in _series(folder, model):
        times = [moment.t for moment in series]
        passed = 0.0
        for start, end in windows:
            first, last = bisect_left(times, start), bisect_right(times, end)
            first -= first > 0 and start - times[first - 1] <= NEAR_S
            last += last < len(times) and times[last] - end <= NEAR_S
            inside = series[first:last]
            chosen += [(passed + min(max(one.t, start), end) - start, one) for one in inside]
            if inside:
                cpu_s += _cpu_at(series, end) - _cpu_at(series, start)
            passed += end - start
    if not chosen:
        return None
    chosen.sort(key=lambda one: (one[1].t, one[0]))
    seen = [moment for _, moment in chosen]
    # Before it uses a GPU a process is not told apart from the others there.
    scope = next((one for one in ("process", "device") if one in {m.gpu_scope for m in seen}), None)
    gpu = [one for one in seen if one.gpu_scope == scope and one.gpu is not None]
    return EngineUse(
        peak_rss_bytes=max(moment.rss for moment in seen),
        peak_gpu_bytes=max((one.gpu for one in gpu if one.gpu is not None), default=None),
        gpu_scope=gpu[0].gpu_scope if gpu else None,
        gpu_name=gpu[-1].gpu_name if gpu else None,
        cpu_s=round(cpu_s, 2),
        samples=_points(chosen, scope),
    )


def _series(folder: Path, model: str) -> list[list[Moment]]:
    """Of each start of the model's engine: MODEL/, and MODEL--2/ where it was started again."""
    named = re.compile(rf"{re.escape(model)}(--\d+)?")
    place = folder / store.ENGINES
    found = sorted(place.iterdir()) if place.is_dir() else []
    read = [read_usage(one / USAGE_NAME) for one in found if named.fullmatch(one.name)]
    return [series for series in read if series]


def _cpu_at(series: Sequence[Moment], time: float) -> float:
    """CPU seconds until then, in a straight line between two samples."""
    after = bisect_left(series, time, key=lambda moment: moment.t)
    if after == 0:
        return series[0].cpu_s
    if after == len(series):
        return series[-1].cpu_s
    left, right = series[after - 1], series[after]
    return left.cpu_s + (right.cpu_s - left.cpu_s) * (time - left.t) / (right.t - left.t)


def _points(chosen: Sequence[tuple[float, Moment]], scope: str | None) -> tuple[UsePoint, ...]:
    """At most POINTS: of neighbours the most memory and the mean use."""
    size = math.ceil(len(chosen) / POINTS)
    points = []
    for begin in range(0, len(chosen), size):
        group = chosen[begin : begin + size]
        of_scope = [moment for _, moment in group if moment.gpu_scope == scope]
        gpu = [moment.gpu for moment in of_scope if moment.gpu is not None]
        busy = [one.gpu_utilisation for one in of_scope if one.gpu_utilisation is not None]
        points.append(
            (
                round(group[-1][0], 2),
                max(moment.rss for _, moment in group),
                max(gpu, default=None),
                round(sum(busy) / len(busy), 1) if busy else None,
            )
        )
    return tuple(points)
