"""lm-eval's own benchmarks by `bench eval`: engine, gateway, weights in process, chat endpoints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bench.adapter import find_adapter
from bench.benchmarks import benchmarks, native_lists
from bench.environment import build
from tests.adapters.lm_eval_native import copies
from tests.adapters.lm_eval_process import ADAPTER, SDK
from tests.gateway.loopback import endpoint
from tests.runs import rows
from tests.tiny_models import tiny_model

pytestmark = [pytest.mark.harness, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Ran:
    folder: Path
    code: int

    @property
    def job(self) -> dict[str, Any]:
        (only,) = json.loads((self.folder / "report.json").read_text())["jobs"]
        found: dict[str, Any] = only
        return found

    @property
    def native(self) -> dict[str, Any]:
        return {one["metric"]: one for one in self.job["native"]}

    @property
    def records(self) -> dict[str, dict[str, Any]]:
        return {one["id"]: one for one in rows(self.folder / "records.jsonl")}

    @property
    def requests(self) -> list[dict[str, Any]]:
        return rows(self.folder / "gateway" / "requests.jsonl")


def evaluated(folder: Path, name: str, model: dict[str, Any], **config: Any) -> Ran:
    (folder / f"{name}.json").write_text(json.dumps({"name": name} | model))
    given = {"backend": "lm-eval", "model": str(folder / f"{name}.json"), "out": str(folder / name)}
    (folder / f"run-{name}.json").write_text(json.dumps(given | config))
    argv = [sys.executable, "-m", "bench", "eval", str(folder / f"run-{name}.json")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (folder / name / "report.json").is_file(), done.stderr
    return Ran(folder / name, done.returncode)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_an_engine_behind_the_gateway_is_measured_as_weights_in_process(
    data: Path, tmp_path: Path
) -> None:
    copies.arc(data / "arc-challenge")
    python = build(find_adapter("harness", "lm-eval"), "cpu", print, weights=True).python
    weights = {"weights": str(tiny_model(python, "llama"))}
    loaded = {"in_process": {"lm-eval": {"model": "hf", "arguments": {"dtype": "float32"}}}}
    engine = {"engine": "transformers", "arguments": {"dtype": "float32", "threads": 1}}
    task = {"task": "arc-challenge", "limit": 4}
    inside = evaluated(tmp_path, "inside", weights | loaded, in_process=True, **task)
    served = evaluated(tmp_path, "served", weights | engine | {"api": "completions"}, **task)
    assert (inside.code, served.code) == (0, 0)
    said = [
        {name: one["prediction"] for name, one in ran.records.items()} for ran in (inside, served)
    ]
    assert said[0] == said[1]
    assert list(said[0]) == [row["id"] for row in copies.ARC_ROWS[:4]]
    for metric in ("acc", "acc_norm"):
        values = [ran.native[metric]["value"] for ran in (inside, served)]
        assert values[0] == values[1]
    # Every choice of every question went through the gateway, under its sample.
    asked = [one["sample"] for one in served.requests if one["sample"]]
    assert sorted(asked) == sorted(4 * list(said[0]))


def test_a_chat_endpoint_is_refused_where_log_probabilities_are_asked(
    data: Path, tmp_path: Path
) -> None:
    copies.arc(data / "arc-challenge")

    async def never(_request: web.Request) -> web.Response:
        return web.Response(status=500)

    with endpoint(never) as server:
        ran = evaluated(tmp_path, "chat", {"base_url": server.url}, task="arc-challenge")
        assert server.seen == []
    assert (ran.code, ran.job["status"]) == (1, "unsupported")
    (trouble,) = ran.job["errors"]
    assert "which a chat endpoint does not give" in json.dumps(trouble)


def test_written_sums_are_judged_by_the_metric_that_the_catalogue_names(
    data: Path, tmp_path: Path
) -> None:
    copies.gsm8k(data / "gsm8k", rows=4)

    async def counted(request: web.Request) -> web.Response:
        asked = (await request.json())["messages"]
        number = int(asked[-1]["content"].split()[3])  # Question: What is 2 and 1?
        assert len(asked) == 2 * 5 + 1
        if number == 3:
            return web.json_response({"error": {"message": "too long"}}, status=400)
        text = {0: "So it is 1.\n#### 1", 1: "It is 2."}.get(number, "#### 7")
        message = {"role": "assistant", "content": text}
        return web.json_response({"choices": [{"index": 0, "message": message}]})

    with endpoint(counted) as server:
        ran = evaluated(tmp_path, "sums", {"base_url": server.url}, task="gsm8k")
    assert ran.code == 1  # a request failed
    assert (ran.job["counts"]["answered"], ran.job["counts"]["failed"]) == (3, 1)
    home = benchmarks()["gsm8k"].homes["lm-eval"]
    strict, flexible = ran.native[home.metric], ran.native["exact_match,flexible-extract"]
    assert (strict["value"], strict["n"], strict["failed_scored"]) == (0.25, 4, 1)
    assert (flexible["value"], flexible["n"]) == (0.5, 4)
    assert ran.records["1"]["prediction"] == "It is 2."
    assert ran.records["3"]["status"] == "failed"


@pytest.fixture(scope="module")
def listed(lm_eval_python: Path) -> dict[str, Any]:
    """lm-eval's own description of each single task that the catalogue names, and of a subject."""
    known = native_lists()["lm-eval"]
    homes = [one.homes["lm-eval"].name for one in benchmarks().values() if "lm-eval" in one.homes]
    tasks = {one for one in homes if known[one]["kind"] == "task" and known[one]["metric"]}
    done = subprocess.run(
        [str(lm_eval_python), "-P", "-c", LISTED, str(ADAPTER), "kmmlu_accounting", *sorted(tasks)],
        env=os.environ | {"PYTHONPATH": str(SDK)},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_each_home_names_a_number_that_lm_eval_s_task_gives(listed: dict[str, Any]) -> None:
    """With the filter behind it; what a task's own Python computes is not told by its file."""
    homes = {
        name: home
        for name, entry in benchmarks().items()
        if (home := entry.homes.get("lm-eval")) and home.name in listed
    }
    assert len(homes) > 10
    wrong = {
        name: home.metric
        for name, home in homes.items()
        if home.metric not in listed[home.name]["metrics"]
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("arc-challenge", "arc_challenge"),
        ("arc-easy", "arc_easy"),
        ("gsm8k", "gsm8k"),
        ("kmmlu", "kmmlu_accounting"),
        ("piqa", "piqa"),
    ],
)
def test_a_copy_takes_the_split_of_lm_eval_s_examples(
    listed: dict[str, Any], name: str, task: str
) -> None:
    shape = benchmarks()[name].data
    assert shape is not None
    assert {one.split for one in shape.tables if one.few_shot} == {listed[task]["examples"]}


LISTED = """
import json, logging, sys
logging.disable(logging.CRITICAL)
sys.path.insert(0, sys.argv[1])
import index as adapter
index, found = adapter.catalogue(sys.argv[2:]).task_index, {}
for name in sys.argv[2:]:
    config = index[name].cfg or {}
    metrics = [one["metric"].rpartition(".")[2] for one in config.get("metric_list") or []]
    filters = ["," + one["name"] for one in config.get("filter_list") or []] or [""]
    found[name] = {
        "metrics": [one + by for one in metrics for by in filters],
        "examples": config.get("fewshot_split") or config.get("training_split"),
    }
print(json.dumps(found))
"""
