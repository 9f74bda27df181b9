"""A way of asking the model of causes_model.py, and a run of it: `bench eval` from end to end."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bench.differences.sides import JobOf, open_side
from tests.gap.causes_model import SAMPLES, Picture, Seen, Temper, fields, image, served, truth
from tests.runs import run, write_model

ECHO = Path(__file__).parents[2] / "adapters" / "harnesses" / "echo"
CALM = Temper()
# What becomes of an answer, as it stands in the adapter's source.
HARNESSES = {
    "1": "text",
    "2": "text",
    "bare": 'text.replace("Answer: ", "", 1)',
    "small": "text.lower()",
    "asks again": "sure(model, item, parts, text)",
}
# The second turn of a conversation: the model's own answer is in it.
_SURE = """
def sure(model, item, parts, text):
    import json
    import urllib.request

    messages = [
        {"role": "system", "content": model["system_prompt"]},
        {"role": "user", "content": [*parts, {"type": "text", "text": item["prompt"]}]},
        {"role": "assistant", "content": text},
        {"role": "user", "content": "Are you sure?"},
    ]
    body = dict(model["parameters"], model=model["served_id"], messages=messages)
    request = urllib.request.Request(
        model["base_url"] + "/chat/completions",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "X-Bench-Sample": item["id"]},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["choices"][0]["message"]["content"]


"""
AS_IT_IS = ("1", "2")
METRICS = ("cer", "exact_match", "anls")


def half(number: int) -> int:
    """0 or 1: which half of the samples it is in."""
    return 2 * number // SAMPLES


@dataclass(frozen=True)
class Way:
    """Everything that a run is made of. `prompts` and `pictures`: of the first half of the samples
    and of the second. `references` by sample, where it is not the truth; of `unknown` none is
    known. `harness`: what it does to an answer, by HARNESSES. `limit` counts along `order`.
    `extracts`: an object is asked for, and each of its fields is scored.
    """

    prompts: tuple[str, str] = (Seen.prompt, Seen.prompt)
    pictures: tuple[Picture, Picture] = ("drawn", "drawn")
    references: dict[int, str] = field(default_factory=dict)
    system: str = Seen.system
    temperature: float = 0
    max_tokens: int = Seen.max_tokens
    served: str = Seen.served
    name: str = "m"
    unknown: frozenset[int] = frozenset()
    harness: str = "1"
    extracts: bool = False
    reading: str | None = None
    folded: bool = False
    limit: int | None = None
    order: tuple[int, ...] = tuple(range(SAMPLES))
    temper: Temper = CALM
    metrics: tuple[str, ...] = METRICS
    concurrency: int = 4

    def seen(self, number: int) -> Seen:
        return Seen(
            prompt=self.prompts[half(number)],
            system=self.system,
            picture=self.pictures[half(number)],
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            served=self.served,
            moved=self.temper.moved,
            luck=self.temper.luck,
            minds=self.temper.minds,
        )

    def reference(self, number: int) -> str:
        return self.references.get(number, truth(number))

    @property
    def samples(self) -> tuple[int, ...]:
        return self.order[: self.limit]


def ended(way: Way, folder: Path) -> Path:
    """FOLDER/run. Scored, but without the pages for people, which nothing here reads."""
    folder.mkdir(parents=True)
    task = _task(way, folder / "task")
    parameters = {"temperature": way.temperature, "max_tokens": way.max_tokens}
    requests: dict[str, Any] = {"concurrency": way.concurrency}
    if way.temper.refused:
        requests["attempts"] = 1
    with served(way.temper) as url, pytest.MonkeyPatch.context() as patch:
        patch.delenv("BENCH_ADAPTERS", raising=False)
        if way.harness != "1":
            patch.setenv("BENCH_ADAPTERS", str(_harness(way.harness, folder / "adapters")))
        says = {"base_url": url, "served_id": way.served, "system_prompt": way.system}
        done = run(
            backend="echo",
            model=write_model(folder, way.name, **says),
            task=task,
            out=folder / "run",
            parameters=parameters,
            requests=requests,
            limit=way.limit,
            stages=["infer", "score"],
        )
    counts = done.job.counts
    refused = len(way.temper.refused & set(way.samples))
    assert (counts.expected, counts.failed) == (len(way.samples), refused)
    retried = len(way.temper.stumbles & set(way.samples))
    assert done.job.performance is not None
    assert done.job.performance.retries == retried
    return done.folder


def altered(said: str, harness: str) -> str:
    if harness == "bare":
        return said.replace("Answer: ", "", 1)
    return said.lower() if harness == "small" else said


def job(folder: Path) -> JobOf:
    side = open_side(folder)
    (only,) = side.report.jobs
    return JobOf(side, only)


def _task(way: Way, folder: Path) -> str:
    (folder / "images").mkdir(parents=True)
    policy = {"case": "fold"} if way.folded else {}
    of = {"of": "fields"} if way.extracts else {}
    metrics = [{"metric": one, **of, **(policy if one == "cer" else {})} for one in way.metrics]
    for place, text in enumerate(way.prompts):
        marks = f"---\nname: half{place}\ndoc_type: half{place}\n---\n"
        (folder / f"half{place}.txt").write_text(f"{marks}{{question}} {text}")
    described = {
        "name": "pages",
        "version": "1",
        "summary": "a page a sample",
        "licence": "Apache-2.0",
        "members": {
            "m": {
                "kind": "extraction" if way.extracts else "question",
                "prompt": ["half0.txt", "half1.txt"],
                "metrics": metrics,
                "extract": way.reading,
            }
        },
    }
    (folder / "task.yaml").write_text(json.dumps(described))
    rows = []
    for number in way.order:
        name = f"images/{number}.bin"
        (folder / name).write_bytes(image(number, way.pictures[half(number)]))
        rows.append(
            {
                "id": f"s{number}",
                "images": [name],
                "question": f"Question {number}.",
                **_right(way, number),
                "doc_type": f"half{half(number)}",
            }
        )
    (folder / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(folder)


def _right(way: Way, number: int) -> dict[str, Any]:
    word = way.reference(number)
    return (
        {"reference": fields(word)}
        if way.extracts
        else {"references": [] if number in way.unknown else [word]}
    )


def _harness(name: str, folder: Path) -> Path:
    """echo under its own name, but it does something to an answer."""
    shutil.copytree(ECHO, folder / "echo", ignore=shutil.ignore_patterns("__pycache__"))
    script = folder / "echo" / "run.py"
    told, start = 'job.answered(item["id"], {})', "def evaluate(job):"
    said = script.read_text()
    assert (said.count(told.format("text")), said.count(start)) == (1, 1)
    said = said.replace(told.format("text"), told.format(HARNESSES[name]))
    script.write_text(said.replace(start, _SURE + start))
    with (folder / "echo" / "adapter.toml").open("a") as file:
        file.write(f'version = "{name}"\n')
    return folder
