"""A run in which one process is killed at a known moment, and gone on with; see `Scene`.

The toy engine answers each prompt with itself, keeps a list of what it was asked, and answers only
so many requests while its gate is there. So the moment of a kill is exact: `answered` requests are
on record, and as many are in flight as the harness sends at a time.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psutil

from tests.conftest import PIXEL
from tests.runs import FAKES, await_true, bench, left_of, rows, write_model

Victim = Literal["core", "harness", "engine", "gateway"]
VICTIMS: tuple[Victim, ...] = ("core", "harness", "engine", "gateway")
MOMENTS = ("early", "middle", "late")
CONCURRENCY = 3
_ARGUMENT: dict[Victim, str] = {
    "harness": "evaluate",
    "engine": "serve",
    "gateway": "bench.gateway",
}
# What differs between two runs of the same: times, places, and the history of the run.
_OF_THE_RUN = ("id", "started_at", "resumed_at", "finished_at", "command")
_PERFORMANCE_KEPT = ("requests", "failed_requests", "tokens", "images")


@dataclass(frozen=True)
class Scene:
    """One harness asks the toy engine about `prompts`, one a sample; runs share nothing else."""

    folder: Path
    config: Path
    prompts: tuple[str, ...]
    environment: dict[str, str]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, name: str, hold_after: int | None = None) -> Started:
        """A fresh run, whose engine answers only so many requests for now."""
        (self.folder / "asked.jsonl").write_bytes(b"")
        return self._started(self.folder / name, hold_after, str(self.config), "--out")

    def resume(self, out: Path, hold_after: int | None = None) -> Started:
        return self._started(out, hold_after, "--resume")

    def _started(self, out: Path, hold_after: int | None, *how: str) -> Started:
        if hold_after is not None:
            (self.folder / "gate").write_text(str(len(self.asked()) + hold_after))
        said = self.folder / f"said{len(self.started)}.txt"
        with said.open("wb") as stream:
            process = bench(
                *("eval", *how, str(out)),
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=self.environment,
            )
        self.started.append(process)
        return Started(self, out, process, said)

    def close(self) -> None:
        """A test that failed may have left a run that waits at the gate."""
        for process in self.started:
            process.kill()
            process.wait()

    def let_go(self) -> None:
        (self.folder / "gate").unlink(missing_ok=True)

    def asked(self) -> list[str]:
        return [str(one) for one in rows(self.folder / "asked.jsonl")]

    def moment(self, name: str) -> int:
        """How many requests are on record then."""
        return {"early": 1, "middle": len(self.prompts) // 2, "late": len(self.prompts) - 1}[name]


@dataclass(frozen=True)
class Started:
    scene: Scene
    out: Path
    process: subprocess.Popen[bytes]
    said: Path

    def answered(self) -> Counter[str]:
        """Prompts with an answer on record; a line that is just being written is none."""
        path = self.out / "gateway" / "requests.jsonl"
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        found = [json.loads(line) for line in lines]
        return Counter(_prompt(one) for one in found if one["status"] == "ok")

    def await_answered(self, number: int) -> None:
        """And until all is in flight that will be."""
        flying = min(CONCURRENCY, len(self.scene.prompts) - number)

        def there() -> bool:
            assert self.process.poll() is None, self.said.read_text()
            return self.answered().total() == number and self._in_flight() == flying

        await_true(there, 90)

    def _in_flight(self) -> int:
        """Those that wait at the gate."""
        return len(self.scene.asked()) - int((self.scene.folder / "gate").read_text())

    def pid(self, victim: Victim) -> int:
        if victim == "core":
            return self.process.pid
        word = _ARGUMENT[victim]
        (found,) = [one for one in left_of(self.process.pid) if word in one.cmdline()]
        return found.pid

    def kill(self, victim: Victim) -> None:
        """All have ended then that end by it: else those that wait at the gate would go on."""
        pid = self.pid(victim)
        os.kill(pid, signal.SIGKILL)
        if victim == "core":
            self.process.wait()
            await_true(lambda: not left_of(pid))
        await_true(lambda: not _lives(pid))

    def end(self, expected: int = 0) -> str:
        """What it said."""
        code, said = self.process.wait(120), self.said.read_text()
        assert code == expected, said
        return said


def scene(folder: Path, backend: str, samples: int, home: Path | None = None) -> Scene:
    """Two samples ask the same. `home`: the BENCH_HOME, else that of the environment."""
    questions = [f"number {number}" for number in range(samples - 1)] + ["number 0"]
    (folder / "task" / "images").mkdir(parents=True)
    (folder / "task" / "images" / "a.png").write_bytes(PIXEL)
    member = {"prompt": "Say {question}", "metrics": [{"metric": "cer"}]}
    described = {"name": "tiny", "version": "1", "summary": "numbers", "licence": "Apache-2.0"}
    (folder / "task" / "task.yaml").write_text(json.dumps(described | {"members": {"m": member}}))
    lines = [
        {
            "id": f"s{number}",
            "images": ["images/a.png"],
            "question": question,
            "references": [f"Say {question}" if number % 2 else "x"],
        }
        for number, question in enumerate(questions)
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "task" / "samples.jsonl").write_text(text)
    model = write_model(
        folder,
        engine="toy",
        arguments={"asked": str(folder / "asked.jsonl"), "gate": str(folder / "gate")},
        requests={"concurrency": CONCURRENCY},
    )
    config = folder / "config.json"
    asked = {"backend": backend, "model": model, "task": str(folder / "task")}
    config.write_text(json.dumps(asked))
    environment = os.environ | {"BENCH_ADAPTERS": str(FAKES)}
    if home is not None:
        environment["BENCH_HOME"] = str(home)
    return Scene(folder, config, tuple(f"Say {one}" for one in questions), environment)


def undisturbed(scene_: Scene) -> Path:
    scene_.let_go()
    run = scene_.run("undisturbed")
    run.end()
    assert Counter(scene_.asked()) == Counter(scene_.prompts)
    return run.out


def killed(
    scene_: Scene, run: Started, victim: Victim, answered: int, *, kills: int = 1
) -> Started:
    """`run` without its victim, let go, and gone on with where it did not end well by itself.

    `kills`: how many there were then.
    """
    run.await_answered(answered)
    on_record, asked = run.answered(), scene_.asked()
    run.kill(victim)
    scene_.let_go()
    run.end({"core": -signal.SIGKILL, "engine": 0}.get(victim, 1))
    if victim != "engine":
        run = scene_.resume(run.out)
        run.end()
    again = Counter(scene_.asked()[len(asked) :])
    left = Counter(scene_.prompts) - on_record
    assert again <= left, f"asked again: {again - left}"
    assert len(scene_.asked()) <= len(scene_.prompts) + kills * CONCURRENCY
    return run


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def assert_same(one: Path, other: Path) -> None:
    """Two runs' reports and records, but for times, places and what happened on the way."""
    assert told(one) == told(other)
    assert records(one) == records(other)


def told(run: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((run / "report.json").read_bytes())
    for key in _OF_THE_RUN:
        del report["run"][key]
    for job in report["jobs"]:
        job["notes"] = [note for note in job["notes"] if not note.startswith("the engine ")]
        job["artifacts"] = [artifact["path"] for artifact in job["artifacts"]]
        job["performance"] = {key: job["performance"][key] for key in _PERFORMANCE_KEPT}
    return report


def notes(run: Path) -> list[str]:
    """What the report says of engines that ended."""
    report = json.loads((run / "report.json").read_bytes())
    found = [note for job in report["jobs"] for note in job["notes"]]
    return [note for note in found if note.startswith("the engine ")]


def records(run: Path) -> list[dict[str, Any]]:
    return [row | {"latency_s": None} for row in rows(run / "records.jsonl")]


def _prompt(request: dict[str, Any]) -> str:
    parts = request["messages"][-1]["content"]
    return "".join(part["text"] for part in parts if part["type"] == "text")
