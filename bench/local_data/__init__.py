"""Local copies of benchmarks' data: taken once, given to every harness in the form that it reads.

bench.local_data.find_copy("docvqa-val") -> Copy | None. See docs/data.md. Adapters read copies by
adapters/_sdk/bench_data.py.
"""

from bench.local_data.copy import Copy, Table, copies, copies_folder, find_copy
from bench.local_data.verifying import Finding, verify

__all__ = ["Copy", "Finding", "Table", "copies", "copies_folder", "find_copy", "verify"]
