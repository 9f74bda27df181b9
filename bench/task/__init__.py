"""Tasks: a document task is a folder of ours or of a user's, a benchmark belongs to a harness.

`NAME` or `NAME:MEMBER` for a shipped task, `FOLDER` or `FOLDER:MEMBER` for one's own, the official
name (`DocVQA_VAL`) for a benchmark.
"""

from bench.task.benchmarks import BenchmarkUse, benchmark_task, benchmarks
from bench.task.file import FILE, Member, MetricUse, TaskFile
from bench.task.folder import document_tasks, shipped, task_folder
from bench.task.rows import ROWS
from bench.task.sample import Sample, Task

__all__ = [
    "FILE",
    "ROWS",
    "BenchmarkUse",
    "Member",
    "MetricUse",
    "Sample",
    "Task",
    "TaskFile",
    "benchmark_task",
    "benchmarks",
    "document_tasks",
    "shipped",
    "task_folder",
]
