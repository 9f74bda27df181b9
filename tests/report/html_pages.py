"""Reports for the page: a small one, a hostile one, and one of 10,000 records."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from PIL import Image

from bench import jsonl
from bench.quality_rows import Interval
from bench.report.html import write_html
from bench.report.images import Images
from bench.schema import Counts, Range, Record, Report, Result, Score
from tests.report import reports

JOB = "echo--m--tiny-m"
SCRIPT = "<script>window.ran=1</script>"
HOSTILE = (
    SCRIPT,
    "</script><img src=x onerror='window.ran=2'>",
    "<!--<script>",
    "\"'><svg onload=window.ran=3>",
    "abc\u202edcba\u2066x\u2069",
    "nul\x00bell\x07esc\x1b[31m",
    "lone \ud800 surrogate \udfff",
    "line\u2028separators\u2029here",
    "javascript:window.ran=4",
    "{{ 7 * 7 }} {% raw %}",
)


def scored(name: str, share: float, **keys: Any) -> Record:
    scores = {"exact_match": Score(value=share, numerator=share, denominator=1.0)}
    given: dict[str, Any] = {"scores": scores, "references": ("12.50",)}
    given |= {"prediction": "12.50" if share == 1 else "13.50"} | keys
    return reports.record(given.pop("id", name), given.pop("prediction"), **given)


def job_of(records: list[Record], **keys: Any) -> Report:
    failed = sum(record.status == "failed" for record in records)
    n = len(records)
    share = sum(record.scores["exact_match"].value or 0 for record in records) / n
    groups = list(dict.fromkeys(record.doc_type for record in records if record.doc_type))
    counts = {"n": n, "answered": n - failed, "failed": failed}
    results = (
        _share("global", "all", share, **counts),
        *(_share("doc_type", name, (i % 10) / 10, n=i + 1) for i, name in enumerate(groups)),
    )
    counted = Counts(expected=n, answered=n - failed, failed=failed, unscored=0)
    given: dict[str, Any] = {"counts": counted, "results": results, "errors": (), "notes": ()}
    return reports.report(reports.job(**given | keys), limit=None)


def _share(level: Any, group: str, value: float, **keys: Any) -> Result:
    low, high = max(0.0, value - 0.1), min(1.0, value + 0.1)
    interval = Interval(low=low, high=high, confidence=0.95, method="bootstrap", clusters=9)
    given: dict[str, Any] = {"answered": keys["n"], "failed": 0, "value_answered": value}
    return reports.result(
        "exact_match",
        level,
        group,
        value=value,
        higher_is_better=True,
        range=Range(low=0, high=1),
        unit="share",
        interval=interval,
        **given | keys,
    )


def small() -> tuple[Report, list[Record]]:
    """Six records: total and date of three documents; two wrong, one failed."""
    records = []
    for number in range(3):
        for field in ("date", "total"):
            name = f"s{number}-{field}"
            kind = ("cafe", "fuel", "fuel")[number]
            told: dict[str, Any] = {"doc_id": f"s{number}", "doc_type": kind, "field": field}
            wrong = name in ("s0-total", "s1-date")
            if wrong:
                told["mistake"] = "wrong_value"
            if name == "s2-date":
                told |= {"status": "failed", "prediction": None, "value": None}
                told |= {"error_kind": "timeout", "mistake": "request_failed"}
            records.append(scored(name, 0.0 if wrong or name == "s2-date" else 1.0, **told))
    return job_of(records, mistakes={"wrong_value": 2, "request_failed": 1}), records


def hostile() -> tuple[Report, list[Record]]:
    """Each text in every place where a task or a model may put one; one answer of 1 MB."""
    records = []
    for number, text in enumerate(HOSTILE):
        whole = text.encode("utf-8", "backslashreplace").decode()
        told = {"id": f"{number} {whole}", "doc_type": whole, "field": whole, "language": whole}
        records.append(
            scored(
                str(number),
                0.0,
                **told,
                tags=(whole,),
                references=(text,),
                prediction=f"{text} {text}",
                value=f"{text} {text}",
                error=text,
            )
        )
    long = SCRIPT * 36_000
    records.append(scored("long", 0.0, references=("x" * 1_000_000,), prediction=long, value=long))
    ugly = " ".join(HOSTILE).encode("utf-8", "backslashreplace").decode()
    return job_of(records, notes=(ugly,), absent={ugly: ugly}), records


def many(number: int = 10_000, characters: int = 600) -> tuple[Report, list[Record]]:
    """Pages of text of two scripts, an answer with a few wrong characters each."""
    draw = random.Random(7)
    words = ["total", "€12.50", "Straße", "итого", "чек", "receipt", '"VAT"', "2024-11-14\n"]
    records = []
    for index in range(number):
        text = " ".join(draw.choices(words, k=characters // 7))
        spoiled = text[: index % 400] + "#" + text[index % 400 + 1 :]
        value = round(draw.random(), 4)
        records.append(
            scored(
                f"sample-{index:05}",
                value,
                doc_type=f"type-{index % 12}",
                field=("date", "total", None)[index % 3],
                references=(text,),
                prediction=spoiled,
                value=spoiled,
                latency_s=draw.random() * 9,
            )
        )
    return job_of(records), records


def write(folder: Path, made: tuple[Report, list[Record]], images: Images = "auto") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return write_html(folder, *made, images)


def with_images(folder: Path, names: dict[str, str]) -> None:
    """jobs/JOB/items.jsonl, each sample with a page of its own colour under the file name given."""
    place = folder / "jobs" / JOB
    place.mkdir(parents=True)
    rows = []
    for number, (sample, name) in enumerate(names.items()):
        path = folder / name
        Image.new("RGB", (1000, 2000), (number * 20, 90, 200)).save(path, "PNG")
        rows.append(
            {"id": sample, "images": [str(path)], "prompt": "What is it?", "references": []}
        )
    jsonl.write(place / "items.jsonl", rows)
