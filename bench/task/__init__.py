"""Tasks: a document task is a folder of ours or of a user's, a benchmark belongs to a harness.

`NAME` or `NAME:MEMBER` for a shipped task, `FOLDER` or `FOLDER:MEMBER` for one's own.
"""

from bench.task.file import FILE, Member, MetricUse, TaskFile
from bench.task.folder import document_tasks, shipped, task_folder
from bench.task.rows import ROWS
from bench.task.sample import AtHome, Sample, Task

__all__ = [
    "FILE",
    "ROWS",
    "AtHome",
    "Member",
    "MetricUse",
    "Sample",
    "Task",
    "TaskFile",
    "document_tasks",
    "shipped",
    "task_folder",
]
