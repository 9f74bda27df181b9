"""A harness that does what its option `how` says: each function is one way for a job to go."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from bench_protocol import Job, Unsupported, ask, main, write_json


def answers(job: Job) -> None:
    """Without asking the model, also where there is one."""
    for item in job.items():
        job.answered(item["id"], item["references"][0])


def answers_backwards(job: Job) -> None:
    for item in reversed(job.items()):
        job.answered(item["id"], item["references"][0])


def skips_the_last(job: Job) -> None:
    for item in job.items()[:-1]:
        job.answered(item["id"], item["references"][0])


def alters(job: Job) -> None:
    for item in job.items():
        said = ask(job.spec["model"], item["id"], [{"type": "text", "text": item["prompt"]}])
        job.answered(item["id"], (said.text or "") + "!")


def raises(job: Job) -> NoReturn:
    skips_the_last(job)
    raise RuntimeError("no luck: \ud800")


def exits_with_0(job: Job) -> NoReturn:
    answers(job)
    sys.exit(0)


def vanishes_with_0(job: Job) -> NoReturn:
    answers(job)
    os._exit(0)


def segfaults(job: Job) -> None:
    skips_the_last(job)
    print("about to die", flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)


def refuses(job: Job) -> NoReturn:
    raise Unsupported("not this task")


def hangs(job: Job) -> None:
    """With a child in its group and one that left it; the model, if any, is asked once before."""
    first = job.items()[0]
    if job.spec["model"]:
        ask(job.spec["model"], first["id"], [{"type": "text", "text": first["prompt"]}])
    job.answered(first["id"], first["references"][0])
    subprocess.Popen(["sleep", "600"])
    subprocess.Popen(["sleep", "600"], start_new_session=True)
    job.progress(1, 3)
    time.sleep(600)


def leaves_children(job: Job) -> None:
    answers(job)
    subprocess.Popen(["sleep", "600"])
    subprocess.Popen(["sleep", "600"], start_new_session=True)


def cuts_the_last_line(job: Job) -> NoReturn:
    answers(job)
    with Path(job.path("predictions.jsonl")).open("ab") as file:
        file.write(b'{"id": "s0", "status": "answ')
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def floods(job: Job) -> None:
    answers(job)
    for _ in range(100):
        sys.stdout.write("x" * 999_999 + "\n")


def speaks_protocol_2(job: Job) -> NoReturn:
    _foreign(job, 2)


def speaks_protocol_0(job: Job) -> NoReturn:
    _foreign(job, 0)


def _foreign(job: Job, protocol: int) -> NoReturn:
    answers(job)
    write_json(job.path("result.json"), {"protocol": protocol, "status": "ok"})
    os._exit(0)


def garbles_events(job: Job) -> None:
    answers(job)
    with Path(job.path("events.jsonl")).open("ab") as file:
        file.write(b'{"event": "progress", "done": "many"}\nno json\n\xff\n')


def garbles_predictions(job: Job) -> None:
    answers(job)
    with Path(job.path("predictions.jsonl")).open("ab") as file:
        file.write(b'{"id": 5}\n')


def writes_no_utf8(job: Job) -> None:
    answers(job)
    with Path(job.path("predictions.jsonl")).open("ab") as file:
        file.write(b'{"id": "\xff"}\n')


def talks(job: Job) -> dict[str, Any]:
    job.stage("reading")
    job.warn("odd: \ud800")
    answers(job)
    native = {"metric": "Overall", "value": 61.5, "scale": 100, "n": 3, "source": "unruly"}
    return {"versions": {"harness": "7.1"}, "native": [native]}


def measures_nothing(job: Job) -> dict[str, Any]:
    answers(job)
    natives = [
        {"metric": name, "value": value, "scale": 1, "source": "unruly"}
        for name, value in (("hollow", float("nan")), ("sound", 0.5))
    ]
    return {"native": natives}


def shows_its_environment(job: Job) -> None:
    answers(job)
    with Path(job.path("environment.json")).open("w", encoding="utf-8") as file:
        json.dump({"variables": dict(os.environ), "path": sys.path}, file)


def evaluate(job: Job) -> dict[str, Any] | None:
    way: Callable[[Job], dict[str, Any] | None] = globals()[job.spec["options"]["how"]]
    return way(job)


if __name__ == "__main__":
    main(evaluate=evaluate)
