"""Benchmarks by one name: which harnesses have it, under which name, and by which rule.

`docvqa-val` is our name; each harness that has the set is a *home* with a name of its own. The
catalogue is configs/benchmarks.yaml; what harnesses have beyond it stands in the benchmarks.tsv
beside each adapter. See docs/benchmarks.md.
"""

from typing import TYPE_CHECKING, Any

from bench.benchmarks.names import absent, find_benchmark, nearest, spelling, unknown_benchmark
from bench.benchmarks.natives import Native, benchmark_of, homes_of, native_list, native_lists

if TYPE_CHECKING:
    from bench.benchmarks.catalogue import absent_benchmarks, benchmarks
    from bench.benchmarks.entry import (
        Absent,
        Benchmark,
        BenchmarkPart,
        DataShape,
        Home,
        ShapeTable,
    )

_LATER = {
    "absent_benchmarks": "catalogue",
    "benchmarks": "catalogue",
    **dict.fromkeys(
        ("Absent", "Benchmark", "BenchmarkPart", "DataShape", "Home", "ShapeTable"), "entry"
    ),
}


def __getattr__(name: str) -> Any:
    """What is built with pydantic is imported when it is asked for: `bench task list` is not."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)


__all__ = [
    "Absent",
    "Benchmark",
    "BenchmarkPart",
    "DataShape",
    "Home",
    "Native",
    "ShapeTable",
    "absent",
    "absent_benchmarks",
    "benchmark_of",
    "benchmarks",
    "find_benchmark",
    "homes_of",
    "native_list",
    "native_lists",
    "nearest",
    "spelling",
    "unknown_benchmark",
]
