"""The checks, by name. Each raises Broken where the adapter does not keep the protocol."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bench.conformance.task import ANSWERS, PARAMETERS, SYSTEM
from bench.conformance.trial import ATTEMPTS, Trial, changed_files
from bench.jsonl import read


class Broken(Exception):  # noqa: N818  (it reads as what the adapter is)
    """What was expected, and what was seen instead."""


def environment(trial: Trial) -> None:
    """Its lock builds, and the environment is healthy."""
    _ = trial.environment


def completes(trial: Trial) -> None:
    """Every sample answered: status ok, nothing wrong, exit code 0."""
    made = trial.plain
    troubles = "; ".join(f"{one.n} × {one.kind}: {one.message}" for one in made.job.errors)
    _expect(made.job.status == "ok", f"status {made.job.status}: {troubles}")
    counts = made.job.counts
    _expect(counts.answered == len(ANSWERS), f"{counts.answered} of {len(ANSWERS)} answered")
    _expect(not troubles, troubles)
    _expect(made.code == 0, f"exit code {made.code}")


def describe(trial: Trial) -> None:
    """The verb `describe` says which version of the harness this is."""
    result = trial.described
    _expect(result is not None, "describe wrote no result.json")
    versions = result.versions if result else {}
    _expect(bool(versions.get("harness")), f"versions.harness is missing: {versions}")


def asks_once(trial: Trial) -> None:
    """Each sample is asked once, under its id in X-Bench-Sample."""
    asked = Counter(request.sample for request in trial.plain.requests)
    unnamed = asked.pop(None, 0)
    _expect(not unnamed, f"{unnamed} requests without X-Bench-Sample")
    _expect(set(asked) == set(trial.prompts), f"samples asked: {sorted(map(str, asked))}")
    twice = [name for name, n in asked.items() if n > 1]
    _expect(not twice, f"asked more than once: {twice}")


def prompts(trial: Trial) -> None:
    """The text of each request is the prompt, character by character."""
    for request in trial.plain.requests:
        text = "".join(
            part.get("text", "")
            for part in _user_parts(request.messages)
            if part.get("type") == "text"
        )
        true = trial.prompts[str(request.sample)]
        _expect(text == true, f"sample {request.sample!r}: {text!r}, not {true!r}")


def images(trial: Trial) -> None:
    """Each request carries the sample's files byte for byte, in their order."""
    true = {
        row["id"]: [_digest((trial.task / name).read_bytes()) for name in row["images"]]
        for row in read(trial.task / "samples.jsonl")
    }
    for request in trial.plain.requests:
        sent = [image.sha256 for image in request.images]
        wanted = true[str(request.sample)]
        _expect(sent == wanted, f"sample {request.sample!r}: {_differs(sent, wanted)}")


def parameters(trial: Trial) -> None:
    """Model id, system prompt and parameters arrive as they are configured."""
    for body in trial.plain.asked:
        _expect(body.get("model") == "org/model:1", f"model {body.get('model')!r}")
        systems = [_text(one) for one in body["messages"] if one.get("role") == "system"]
        _expect(systems == [SYSTEM], f"system prompts {systems}")
        other = {key: body.get(key) for key in PARAMETERS if body.get(key) != PARAMETERS[key]}
        _expect(not other, f"parameters {other}, not {PARAMETERS}")


def answers(trial: Trial) -> None:
    """Each answer stands in records.jsonl byte for byte, with its own sample."""
    for record, true in zip(trial.plain.records, ANSWERS, strict=True):
        said = record.prediction
        _expect(said == true, f"sample {record.id!r}: {_short(said)}, not {_short(true)}")


def progress(trial: Trial) -> None:
    """Progress is told, and ends with all."""
    done = [event for event in trial.plain.events if event.event == "job_progress"]
    _expect(bool(done), "no progress was told")
    _expect(done[-1].done == done[-1].total == len(ANSWERS), f"{done[-1].done}/{done[-1].total}")


def failures(trial: Trial) -> None:
    """A failed request is a failure of its sample alone; the others are answered."""
    made = trial.failing
    _expect(made.job.status == "ok", f"status {made.job.status}, though only requests failed")
    wrong = [
        record.id
        for number, record in enumerate(made.records)
        if (record.status == "failed") != (number % 3 == 2)
        or (record.status == "answered" and record.prediction != ANSWERS[number])
    ]
    _expect(not wrong, f"neither failed nor answered rightly: {wrong}")
    _expect(made.code == 1, f"exit code {made.code}, not 1")


def retries(trial: Trial) -> None:
    """The harness repeats nothing: the gateway alone does."""
    asked = Counter(_number(body) for body in trial.failing.asked)
    often = {number: n for number, n in asked.items() if n > (ATTEMPTS if number % 3 == 2 else 1)}
    said = f"samples asked more than {ATTEMPTS} times by failing, or twice though answered: {often}"
    _expect(not often, said)


def limit(trial: Trial) -> None:
    """`limit: 3` asks the first three samples."""
    made, wanted = trial.limited, list(trial.prompts)[:3]
    asked = sorted({str(request.sample) for request in made.requests})
    _expect(asked == sorted(wanted), f"asked {asked}, not {wanted}")
    _expect(made.job.counts.answered == 3, f"{made.job.counts.answered} answered")


def resume(trial: Trial) -> None:
    """Killed outright and resumed: complete, and nothing that was answered is asked again."""
    first, second = trial.resumed
    _expect(first.job.status == "crashed", f"killed outright, its status is {first.job.status}")
    _expect(second.job.status == "ok", f"resumed, its status is {second.job.status}")
    recorded = Counter(request.sample for request in second.requests if request.status == "ok")
    twice = [name for name, n in recorded.items() if n > 1]
    _expect(not twice, f"asked again though answered: {twice}")
    said = [record.prediction for record in second.records]
    _expect(said == list(ANSWERS), "an answer is missing or is not its own")


def own_folder(trial: Trial) -> None:
    """The adapter's folder is as it was: a job writes into its own folder."""
    _ = trial.plain
    changed = changed_files(trial)
    _expect(not changed, f"changed or new: {changed[:5]}")


CHECKS: Mapping[str, Callable[[Trial], None]] = {
    check.__name__: check
    for check in (
        *(environment, describe, completes, asks_once, prompts, images, parameters, answers),
        *(progress, failures, retries, limit, resume, own_folder),
    )
}


def _expect(holds: bool, otherwise: str) -> None:  # noqa: FBT001  (as assert)
    if not holds:
        raise Broken(otherwise)


def _user_parts(messages: list[Any] | None) -> Iterator[dict[str, Any]]:
    for message in messages or ():
        if message.get("role") == "user":
            content = message.get("content")
            parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
            yield from (part for part in parts if isinstance(part, dict))


def _text(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content or () if isinstance(part, dict))


def _number(body: dict[str, Any]) -> int:
    texts = [part.get("text", "") for part in _user_parts(body.get("messages"))]
    said = next((text for text in texts if text), "").partition(":")[0]
    return int(said) if said.isdigit() else -1


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _differs(sent: list[str], wanted: list[str]) -> str:
    if sorted(sent) == sorted(wanted):
        return "the images are in another order"
    return f"{len(sent)} images, not the {len(wanted)} files byte for byte"


def _short(text: str | None) -> str:
    return repr(text) if text is None or len(text) < 60 else f"{text[:40]!r}… ({len(text)})"
