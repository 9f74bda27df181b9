"""What bench's own report says of how a run was made, as keys of a Protocol."""

from __future__ import annotations

from typing import Any

from bench.fingerprint_rows import VARIES
from bench.schema import JobReport

GREEDY = "greedy"


def protocol(job: JobReport, *, metric: str) -> dict[str, Any]:
    """Only what was recorded: `prompt` (its SHA-256, of a task with one), `decoding`, `resolution`
    (`none` where no image was sent), `judge`. `metric`: whose number is compared.
    """
    found: dict[str, Any] = {}
    if len(job.task.prompts) == 1:
        found["prompt"] = f"sha256:{job.task.prompts[0].sha256}"
    if decoding := _decoding(job):
        found["decoding"] = decoding
    sent = job.performance.images if job.performance else None
    if sent is not None and sent.sent == 0:
        found["resolution"] = "none"
    native = {one.metric for one in job.native}
    if metric not in native and metric in {one.metric for one in job.results}:
        found["judge"] = "none"
    return found


def _decoding(job: JobReport) -> str | None:
    """`none` of a pipeline; `greedy`; else what the requests asked for. None where nobody asked:
    a server's own default is not known.
    """
    if job.model.pipeline:
        return "none"
    asked = job.fingerprint.parameters if job.fingerprint else None
    if not asked or "temperature" not in asked:
        return None
    if asked["temperature"] == 0:
        return GREEDY
    named = [name for name in ("temperature", "top_p", "top_k", "seed") if name in asked]
    return ", ".join(f"{name} {_said(asked[name])}" for name in named)


def _said(value: Any) -> str:
    return VARIES if isinstance(value, dict) else str(value)
