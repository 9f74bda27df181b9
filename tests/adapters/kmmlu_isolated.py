"""KMMLU as a person asks it, by commands alone, for a namespace without network.

python -m tests.adapters.kmmlu_isolated WEIGHTS FOLDER

Data is added from a folder a subject; lm-eval asks weights in its process, HRET an endpoint on
loopback; both runs are exported. What each command said lies in FOLDER/said.json.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.gateway.loopback import endpoint
from tests.local_data.made import kmmlu_rows

SUBJECTS = {"accounting": "Accounting", "korean_history": "Korean-History"}
ROWS = 6  # of each subject in the copy
LIMIT = 5  # of each subject asked
REFUSED = "Korean-History 문제: 2와"  # the endpoint has no answer to this question
GIVEN = '{"model": "tiny", "breakdown": {"speed": 1.50, "benchmark": {"other": [1]}}}'
_ASKED = re.compile(r"질문: (\S+) 문제: (\d+)와")


async def answer(request: web.Request) -> web.Response:
    """Accounting rightly, the rest with A, and one question not at all."""
    asked = json.dumps(await request.json(), ensure_ascii=False)
    if REFUSED in asked:
        return web.json_response({"error": {"message": "no such words"}}, status=400)
    found = _ASKED.search(asked)
    if found is None:
        return web.json_response({"error": {"message": "which question?"}}, status=404)
    letter = "ABCD"[(int(found[2]) - 1) % 4] if found[1] == "Accounting" else "A"
    message = {"role": "assistant", "content": f"따라서, 정답은: ({letter})"}
    return web.json_response({"choices": [{"index": 0, "message": message}]})


def bench(said: list[dict[str, Any]], *argv: str) -> None:
    command = [sys.executable, "-m", "bench", *argv]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    said.append({"argv": argv, "code": done.returncode, "out": done.stdout, "err": done.stderr})


def model(folder: Path, name: str, **keys: Any) -> str:
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"name": name, "modalities": ["text"]} | keys))
    return str(path)


def export(said: list[dict[str, Any]], folder: Path, run: Path) -> None:
    into = folder / f"{run.name}.json"
    into.write_text(GIVEN)
    bench(said, "export", str(run), "--to", "breakdown", "--into", str(into))


def main(weights: Path, folder: Path) -> None:
    os.environ["BENCH_DATA"] = str(folder / "copies")
    source = folder / "data" / "benchmarks" / "kmmlu"
    for subject, official in SUBJECTS.items():
        (source / subject).mkdir(parents=True)
        for split, rows in (
            ("test", kmmlu_rows(official, ROWS)),
            ("dev", kmmlu_rows(official, 5, first=101)),
        ):
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            (source / subject / f"{split}.jsonl").write_text(text, encoding="utf-8")
    said: list[dict[str, Any]] = []
    bench(said, "data", "add", "kmmlu", "--from", str(source))
    asked = ["--task", "kmmlu", "--limit", str(LIMIT)]
    loaded = {"lm-eval": {"model": "hf", "arguments": {"dtype": "float32"}}}
    inside = model(folder, "inside", weights=str(weights), in_process=loaded)
    run = folder / "by-lm-eval"
    argv = ["--backend", "lm-eval", "--in-process", "--model", inside]
    bench(said, "eval", *argv, *asked, "--out", str(run))
    export(said, folder, run)
    run = folder / "by-hret"
    with endpoint(answer) as server:
        served = model(folder, "served", base_url=server.url)
        bench(said, "eval", "--backend", "hret", "--model", served, *asked, "--out", str(run))
    export(said, folder, run)
    (folder / "said.json").write_text(json.dumps(said))
    try:
        socket.create_connection(("192.0.2.1", 80), 1).close()
        reached = "connected"
    except OSError as error:
        reached = str(error.strerror)
    (folder / "reached.txt").write_text(reached)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
