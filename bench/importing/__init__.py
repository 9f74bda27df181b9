"""Result folders that were made without bench -> a run: `read_results`, then `write_results`.

One module a harness: what its folder looks like, and what its files say. A harness's own numbers
are kept as they are; nothing of a harness is imported.
"""

from __future__ import annotations

from pathlib import Path

from bench.errors import BenchError, UsageError, suggestion
from bench.importing import answers, evalscope, hret, lm_eval, lmms_eval, vlmevalkit
from bench.importing.found import Found, Reader
from bench.importing.writing import Wanted, check_wanted, write_results

READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        Reader("vlmevalkit", vlmevalkit.LOOKED_FOR, vlmevalkit.read),
        Reader("lmms-eval", lmms_eval.LOOKED_FOR, lmms_eval.read),
        Reader("lm-eval", lm_eval.LOOKED_FOR, lm_eval.read),
        Reader("evalscope", evalscope.LOOKED_FOR, evalscope.read),
        Reader("hret", hret.LOOKED_FOR, hret.read),
        Reader("vlmhyperbench", answers.LOOKED_FOR, answers.read),
    )
}


def read_results(path: Path, harness: str | None = None) -> list[Found]:
    """Everything that is recognised at or below `path`; by one harness's reader if named.

    UsageError where there is nothing, and it says what was looked for; SourceError for a file that
    was recognised and is broken.
    """
    if not path.exists():
        raise UsageError(f"{path}: there is no such file or folder")
    if harness is not None and harness not in READERS:
        raise UsageError(f"--as: unknown {harness!r}", hint=suggestion(harness, READERS))
    if (path / "run.json").is_file() and (path / "jobs").is_dir():
        raise UsageError(f"{path} is a run of bench already", hint=f"bench report {path}")
    readers = [READERS[harness]] if harness else list(READERS.values())
    found = [one for reader in readers for one in reader.read(path)]
    if not found:
        looked = "; ".join(f"{reader.name}: {reader.looked_for}" for reader in readers)
        raise UsageError(f"{path}: no harness's results are there", hint=f"looked for {looked}")
    return found


def stated_protocol(path: Path, harness: str | None = None) -> dict[str, str | int]:
    """Keys of `bench.published.Protocol` that the one result at or below `path` says; {} where
    there is none, or several, or where it cannot be read.
    """
    if harness not in (None, *READERS):
        return {}
    try:
        found = read_results(path, harness)
    except BenchError:
        return {}
    return dict(found[0].protocol) if len(found) == 1 else {}


__all__ = [
    "READERS",
    "Found",
    "Reader",
    "Wanted",
    "check_wanted",
    "read_results",
    "stated_protocol",
    "write_results",
]
