"""Why a published number cannot be made anew on this machine."""

from __future__ import annotations

from pathlib import Path

from bench import resources
from bench.local_data import find_copy
from bench.published import Entry

GB = 10**9


def lack(entry: Entry, gpu_bytes: int) -> str | None:
    """The first thing that is missing, by what the entry says it needs; None where nothing is.

    Looks at files alone. What a model or an environment lacks, the run itself says.
    """
    needs = entry.needs
    if needs.references == "withheld":
        return "the references of this split are withheld: its own server alone can score it"
    if entry.run is None:
        return "no way to run it is set down: give answers by --from-answers"
    if needs.gpu_gb * GB > gpu_bytes:
        has = f"the largest here has {gpu_bytes / GB:.0f}" if gpu_bytes else "there is none here"
        return f"needs a GPU with about {needs.gpu_gb:g} GB of memory; {has}"
    folder, mark, _ = entry.run.task.rpartition(":")
    if mark:
        shipped = resources.folder("docs_tasks") / folder
        here = shipped.is_dir() or Path(folder).is_dir()
        return None if here else f"no task {folder!r} is here: {needs.data}"
    if find_copy(entry.run.task) is None:
        return f"no copy of its data is here: bench data add {entry.run.task} --from FOLDER"
    return None


def gpu_memory() -> int:
    """Bytes of the largest GPU; 0 where there is none."""
    try:
        import pynvml

        pynvml.nvmlInit()
        try:
            handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
            return max(int(pynvml.nvmlDeviceGetMemoryInfo(one).total) for one in handles)
        finally:
            pynvml.nvmlShutdown()
    except Exception:  # noqa: BLE001  (without a driver, with a broken one)
        return 0
