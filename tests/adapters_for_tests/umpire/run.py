"""A judge of one request an answer: the model's text is the value, or no judgement."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

from bench_protocol import Job, ask, main


def judge(job: Job) -> dict[str, Any]:
    how = job.spec["model"]["parameters"].get("how")
    with Path(job.path("environment.json")).open("w", encoding="utf-8") as file:
        json.dump(dict(os.environ), file)
    asked = [(item, metric) for item in job.items() for metric in item["metrics"]]
    for done, (item, metric) in enumerate(asked, start=1):
        shown = f"{metric}|{item['question']}|{item['answer']}|{item['context']}"
        said = ask(job.spec["model"], f"{item['id']} {metric}", [{"type": "text", "text": shown}])
        row: dict[str, Any] = {"status": "judged", "value": None, "kind": None, "error": None}
        try:
            row["value"] = float(said.text or "")
        except ValueError:
            kind = "not_json" if said.error is None else "request_failed"
            row = {
                "status": "failed",
                "value": None,
                "kind": kind,
                "error": said.error or said.text,
            }
        prompt = {"prompt_sha256": "0" * 64, "source": "umpire"}
        job.judged(item["id"], metric=metric, **row, **prompt)
        job.progress(done, len(asked))
        if how == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
    if how == "raises":
        raise RuntimeError("no luck")
    return {"versions": {"umpire": "3"}}


if __name__ == "__main__":
    main(judge=judge)
