"""Two jobs -> all that differs between them, each thing once, and nothing that follows from it.

The fingerprints say which parts differ. The records of the two runs, where they are at hand, say
how: request by request, of the samples that both have asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.differences.content import sample_differences, task_differences, truth_differences
from bench.differences.images import image_differences
from bench.differences.pairing import pair_requests
from bench.differences.prompt_files import with_prompt_files
from bench.differences.prompts import form_differences, prompt_differences, system_differences
from bench.differences.rows import Compared, Difference, Headline
from bench.differences.settings import (
    model_differences,
    parameter_differences,
    replaced,
    run_differences,
    scorer_differences,
    software_differences,
)
from bench.differences.sides import JobOf
from bench.differences.unrecorded import request_differences
from bench.fingerprint import WIRE
from bench.fingerprint_rows import Fingerprint

# What changes the hash of a task's files as well: it is then no difference of its own.
_IN_THE_TASK = ("samples", "task content", "prompt", "requests", "record", "another image")


def compare_jobs(a: JobOf, b: JobOf) -> Compared:
    old, new = a.mark, b.mark
    found = [
        *_asked(a, b),
        *task_differences(old, new),
        *_truth(a, b),
        *model_differences(old, new),
        *software_differences(old, new),
        *run_differences(old, new),
        *scorer_differences(old, new),
    ]
    explained = [f"another {name} has other locks" for name in replaced(old, new)]
    if old.task.content_sha256 != new.task.content_sha256:
        if any(one.kind in _IN_THE_TASK or one.kind.startswith("image") for one in found):
            explained.append("the hash of the task's files differs with it")
        elif old.task.name == new.task.name:
            found.append(_files(recorded=old.requests is not None))
    if old.short != new.short and not found:
        found.append(Difference("record", f"only by hash: {', '.join(_all_apart(old, new))}"))
    found = with_prompt_files(found, a.job.task.prompts, b.job.task.prompts)
    return Compared(
        a=a.job.id,
        b=b.job.id,
        a_short=old.short,
        b_short=new.short,
        title=f"{a.job.task.name} · {a.job.model.name} · {a.job.harness.name}",
        requests=old.requests,
        samples=a.job.counts.expected,
        differences=tuple(found),
        explained=tuple(explained),
        unseen=tuple(_unseen(a, b)),
        headline=_headline(a, b),
    )


def _all_apart(a: Fingerprint, b: Fingerprint) -> list[str]:
    known = ("short", "absent", "requests")
    names = [name for name in Fingerprint.model_fields if name not in known]
    return [name for name in names if getattr(a, name) != getattr(b, name)]


def _files(*, recorded: bool) -> Difference:
    if recorded:
        return Difference("task files", "only their order, or what no request shows")
    return Difference("task files", "a prompt or an image; what was asked is not on record")


def _asked(a: JobOf, b: JobOf) -> Iterator[Difference]:
    old, new = a.mark, b.mark
    silent = [(side, one) for side, one in (("A", old), ("B", new)) if one.requests is None]
    if len(silent) == 1:
        ((side, one),) = silent
        yield Difference("record", f"{side} has no request: {one.absent['requests']}")
    if silent or not _apart(old, new):
        return
    if _folders(a, b):
        yield from _by_record(a, b)
        return
    if old.samples != new.samples:
        yield Difference("samples", "other samples were asked; the folders would say which")
    else:
        yield from request_differences(old, new)
    yield from parameter_differences(old, new, None)


def _folders(a: JobOf, b: JobOf) -> bool:
    return a.side.folder is not None and b.side.folder is not None


def _apart(a: Fingerprint, b: Fingerprint) -> list[str]:
    return [part for part in WIRE if getattr(a, part) != getattr(b, part)]


def _by_record(a: JobOf, b: JobOf) -> Iterator[Difference]:
    paired = pair_requests(a.requests, b.requests)
    old, new, pairs = a.side.gallery, b.side.gallery, paired.pairs
    found = [
        *sample_differences(paired.only_a, paired.only_b, "asked"),
        *system_differences(pairs),
        *prompt_differences(pairs),
        *(form_differences(pairs, old, new) if "message_form" in _apart(a.mark, b.mark) else ()),
        *image_differences(pairs, old, new),
        *parameter_differences(a.mark, b.mark, pairs),
    ]
    more = [(count, side) for count, side in ((paired.more_a, "A"), (paired.more_b, "B")) if count]
    if more:
        said = "; ".join(f"{count} more in {side} for the same samples" for count, side in more)
        found.append(Difference("requests", said))
    yield from found


def _truth(a: JobOf, b: JobOf) -> Iterator[Difference]:
    if a.mark.task.truth == b.mark.task.truth:
        return
    same_asked = a.mark.samples == b.mark.samples
    if not _folders(a, b):
        if same_asked:
            said = "references or groups; the runs' folders would say which"
            yield Difference("task content", said)
        return
    old, new = a.records, b.records
    found = list(truth_differences(old, new))
    if same_asked:  # else what was asked has said it
        only_a = [name for name in old if name not in new]
        only_b = [name for name in new if name not in old]
        found += sample_differences(only_a, only_b, "in the task")
    if not found and old.keys() == new.keys():
        found.append(Difference("task content", "the types of the fields", name="field types"))
    yield from found


def _unseen(a: JobOf, b: JobOf) -> Iterator[str]:
    old, new = a.mark, b.mark
    if old.requests is None and new.requests is None:
        why = old.absent["requests"]
        yield f"prompts, images and parameters are not compared: {why}"
    elif not _folders(a, b) and old.requests and new.requests and old.samples != new.samples:
        yield "prompts, images and references are not compared: other samples were asked"


def _headline(a: JobOf, b: JobOf) -> Headline | None:
    old, new = a.value, b.value
    first = next(iter([*old.values(), *new.values()]), None)
    if first is None:
        return None
    was, now = (side[first.metric].value if first.metric in side else None for side in (old, new))
    return Headline(first.metric, first.higher_is_better, was, now)
