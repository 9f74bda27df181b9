"""Runs of document tasks: an extraction through two harnesses, and a classification."""

from __future__ import annotations

import json
from typing import Any

from bench.agreement import agreement
from bench.quality_rows import (
    Axes,
    AxisValue,
    Classification,
    ClassScore,
    HardDocument,
    Interval,
    MistakeCount,
    MistakeGroup,
)
from bench.schema import (
    Counts,
    HarnessUsed,
    JobReport,
    Level,
    PromptUsed,
    Range,
    Record,
    Report,
    Result,
    Score,
    Share,
    TaskUsed,
)
from tests.report import reports

HASH = "9f86d081884c7d65"
NO_PAGES = "the task has no transcripts"
BOUNDS = Interval(low=0.6, high=0.9, confidence=0.95, method="bootstrap", clusters=3)
REFERENCE = {"total": "12.50", "items": [{"price": "2.00"}], "vat": None}
EXTRACTION = TaskUsed(
    name="bills:extract",
    kind="document",
    asks="extraction",
    version="1",
    reading="json/1",
    prompts=(
        PromptUsed(name="bill", version="2", language="en", sha256=HASH),
        PromptUsed(name="rechnung", sha256="ab" * 8),
    ),
)


def extraction() -> tuple[Report, list[Record]]:
    """Two harnesses, three bills each: per bill one answer and three fields.

    `kit` answers without a fence, leaves prices out, and fails at the third bill.
    """
    jobs, records = [], []
    for harness, wrong in (("echo", 1), ("kit", 3)):
        own = [one for bill in range(3) for one in _bill(harness, bill, wrong=bill < wrong)]
        jobs.append(_extraction_job(harness, own))
        records += own
    report = reports.report(*jobs, limit=None)
    answers = [one for one in records if one.part_of is None]
    return report.model_copy(update={"agreement": agreement(jobs, answers)}), records


def _bill(harness: str, bill: int, *, wrong: bool) -> list[Record]:
    failed = harness == "kit" and bill == 2
    price = "3.00" if wrong else "2.00"
    said: dict[str, Any] = {"total": "12.50", "items": [{"price": price}]}
    if wrong:
        said["vat"] = "5 %"
    value = None if failed else json.dumps(said)
    told: dict[str, Any] = {"job": f"{harness}--bills", "doc_id": f"d{bill}", "doc_type": "bill"}
    told |= {"status": "failed" if failed else "answered", "tokens": None if failed else 40}
    told |= {"error_kind": "timeout" if failed else None, "latency_s": 1.25}
    whole = reports.record(
        f"b{bill}",
        None if failed else f"```json\n{value}\n```",
        **told | {"value": value, "references": (json.dumps(REFERENCE),)},
        scores={
            "anls_star": Score(
                value=0.75,
                numerator=3,
                denominator=4,
                strict=Share(value=0, numerator=0, denominator=1),
                raw=Share(value=0.75, numerator=3, denominator=4),
            )
        },
    )
    fields = (
        ("total", "12.50", None if failed else "12.50", None),
        ("items[0].price", "2.00", None if failed else price, "wrong_value" if wrong else None),
        ("vat", None, said.get("vat"), "hallucinated" if wrong else None),
    )
    return [whole, *(_field(f"b{bill}", *one, failed=failed, told=told) for one in fields)]


def _field(
    sample: str,
    place: str,
    right: str | None,
    said: str | None,
    mistake: str | None,
    *,
    failed: bool,
    told: dict[str, Any],
) -> Record:
    value = None if failed else said
    share = 0.0 if mistake or failed else 1.0
    reason = "another value" if share == 0 else "the same value"
    return reports.record(
        f"{sample}#{place}",
        None if failed else said or "",
        **told | {"tokens": None, "latency_s": None},
        part_of=sample,
        field=place.replace("[0]", ""),
        value=value,
        references=() if right is None else (right,),
        answerable=right is not None,
        mistake="request_failed" if failed else mistake,
        scores={
            "field_match": Score(value=share, numerator=share, denominator=1, reason=reason),
        },
    )


def _extraction_job(harness: str, records: list[Record]) -> JobReport:
    answers = [one for one in records if one.part_of is None]
    parts = [one for one in records if one.part_of is not None]
    failed = sum(one.status == "failed" for one in answers)
    results = [_result("anls_star", "global", "all", 0.75, value_strict=0.0, value_raw=0.7)]
    results.append(_result("field_match", "global", "all", 0.6, n=9, macro={"field": 0.55}))
    for field in dict.fromkeys(one.field for one in parts):
        own = [one for one in parts if one.field == field]
        mean = sum(one.scores["field_match"].value or 0 for one in own) / len(own)
        results.append(_result("field_match", "field", str(field), mean, n=len(own)))
    return reports.job(
        id=f"{harness}--bills",
        harness=HarnessUsed(name=harness, version="1"),
        task=EXTRACTION,
        counts=Counts(expected=3, answered=3 - failed, failed=failed, unscored=0),
        results=tuple(results),
        errors=(),
        notes=(),
        performance=None,
        mistake_groups=groups_of(parts),
        hardest=(HardDocument(doc_id="d0", doc_type="bill", value=0.5, n=4, wrong=2),),
        axes=Axes(
            accuracy=AxisValue(value=0.75, n=3, interval=BOUNDS, measure="anls_star"),
            groundedness=AxisValue(value=None, measure="values on their page", reason=NO_PAGES),
            relevancy=AxisValue(value=1.0, n=3, measure="answers of the asked kind"),
            stability=AxisValue(value=0.5, n=3, measure="no-answer accuracy"),
        ),
    )


def groups_of(records: list[Record]) -> tuple[MistakeGroup, ...]:
    fields = dict.fromkeys(one.field for one in records)
    return tuple(
        _group(field, [one for one in records if field is None or one.field == field])
        for field in (None, *fields)
    )


def _group(field: str | None, records: list[Record]) -> MistakeGroup:
    kinds = dict.fromkeys(one.mistake for one in records if one.mistake)
    found = {kind: [one.id for one in records if one.mistake == kind] for kind in kinds}
    n = len(records)
    return MistakeGroup(
        field=field,
        n=n,
        kinds={
            kind: MistakeCount(n=len(ids), share=len(ids) / n, examples=tuple(ids[:5]))
            for kind, ids in found.items()
        },
    )


def _result(metric: str, level: Level, group: str, value: float, **keys: Any) -> Result:
    given: dict[str, Any] = {
        "value": value,
        "value_answered": value,
        "n": 3,
        "answered": 3,
        "failed": 0,
        "higher_is_better": True,
        "range": Range(low=0, high=1),
        "unit": "share",
        "interval": BOUNDS,
        "detectable": 0.081,
    }
    return reports.result(metric, level, group, **given | keys)


CLASSES = ("invoice", "receipt", "letter")
MATRIX = ((4, 1, 0, 1, 0), (0, 6, 0, 0, 0), (2, 0, 3, 0, 1))


def classified(classes: tuple[str, ...] = CLASSES) -> tuple[Report, list[Record]]:
    """Three pages, each asked in two orders; the first one's answers differ."""
    size = len(classes)
    matrix = MATRIX if classes == CLASSES else ((1,) * (size + 2),) * size
    records = [
        reports.record(
            f"p{page}~{order}",
            classes[(page + (page == 0 and order == 2)) % size],
            variant_of=f"p{page}",
            doc_id=f"p{page}",
            references=(classes[page],),
            mistake="wrong_value" if page == 0 and order == 2 else None,
        )
        for page in range(3)
        for order in (1, 2)
    ]
    found = Classification(
        classes=classes,
        matrix=matrix,
        accuracy=13 / 18,
        macro_f1=0.7,
        macro_f1_interval=BOUNDS,
        per_class=tuple(
            ClassScore(name=name, precision=None if not n else 0.5, recall=0.75, f1=0.6, n=n)
            for n, name in enumerate(classes)
        ),
        orders=2,
        consistency=2 / 3,
    )
    task = TaskUsed(name="pages:class", kind="document", asks="classification", version="1")
    job = reports.job(
        task=task,
        classification=found,
        results=(_result("exact_match", "global", "all", 13 / 18),),
        counts=Counts(expected=6, answered=6, failed=0, unscored=0),
        errors=(),
        notes=(),
        performance=None,
    )
    return reports.report(job, limit=None), records


def many(documents: int = 900, fields: int = 11) -> tuple[Report, list[Record]]:
    """Over 10,000 records: answers of JSON with as many fields each, most of them right."""
    records: list[Record] = []
    for number in range(documents):
        right = {f"field_{field}": f"value {number * field} of it" for field in range(fields)}
        said = right | {"field_3": f"value {number}"}
        told: dict[str, Any] = {"job": "echo--bills", "doc_id": f"doc-{number:05}"}
        scores = {"anls_star": Score(value=0.9, numerator=9, denominator=10)}
        texts = {"value": json.dumps(said), "references": (json.dumps(right),)}
        records.append(
            reports.record(f"doc-{number:05}", json.dumps(said), **told | texts, scores=scores)
        )
        records += (
            _field(
                f"doc-{number:05}",
                *(name, value, said[name], None if said[name] == value else "wrong_value"),
                failed=False,
                told=told,
            )
            for name, value in right.items()
        )
    return reports.report(_extraction_job("echo", records), limit=None), records


def hostile(ugly: str) -> tuple[Report, list[Record]]:
    """`ugly` wherever a task, a prompt file or a model may put a text; it is UTF-8."""
    report, records = extraction()
    odd = [
        one.model_copy(
            update={
                "id": one.id if one.part_of is None else f"{one.part_of}#{ugly}",
                "doc_id": ugly,
                "field": ugly,
                "variant_of": ugly,
                "scores": {
                    name: score.model_copy(update={"reason": ugly})
                    for name, score in one.scores.items()
                },
            }
        )
        for one in records
    ]
    prompt = PromptUsed(name=ugly, version=ugly, language=ugly, sha256=ugly)
    axis = AxisValue(value=None, measure=ugly, reason=ugly)
    axes = Axes(accuracy=axis, groundedness=axis, relevancy=axis, stability=axis)
    several = classified((ugly, "b", "c"))[0].jobs[0].classification
    given = {
        "task": EXTRACTION.model_copy(update={"prompts": (prompt,), "reading": ugly}),
        "axes": axes,
        "classification": several,
        "hardest": (HardDocument(doc_id=ugly, doc_type=ugly, value=0, n=1, wrong=1),),
        "mistake_groups": groups_of([one for one in odd if one.part_of is not None]),
        "results": tuple(
            one.model_copy(update={"group": ugly, "metric": ugly, "macro": {"field": 0.5}})
            for one in report.jobs[0].results
        ),
    }
    jobs = tuple(job.model_copy(update=given) for job in report.jobs)
    return report.model_copy(update={"jobs": jobs, "agreement": ()}), odd
