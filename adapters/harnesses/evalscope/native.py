"""EvalScope's own numbers of one of its benchmarks, out of its files, checked against the answers.

Standard library only: tested without EvalScope. collect.py has the checks that document tasks
share.
"""

import math
import os
import re

# As EvalScope's parse_content_with_reasoning: the first block only, wherever it stands.
THINKING = re.compile(
    r'<think(?:\s+signature="[^"]*")?(?:\s+redacted="true")?\s*>.*?</think>', re.DOTALL
)
DIRECTIONS = {"higher_is_better": True, "lower_is_better": False}
ROUNDING = 5.1e-5  # EvalScope's reports have four digits


def spoken(text):
    """An answer as EvalScope scores it: without its first thinking block."""
    found = THINKING.search(text)
    return (text[: found.start()] + text[found.end() :]).strip() if found else text


def results(folder, model, benchmark, evidence, predictions, collect):  # noqa: PLR0917
    """(rows of `native`, (id, metric, value) of each sample).

    `evidence` is what benchmarks.py noted: `asked`, the ids of each subset in EvalScope's order,
    and `metrics`, the reports' name of each metric of a sample. Raises Broken.
    """
    asked = evidence["asked"]
    every = [one for ids in asked.values() for one in ids]
    if sorted(one["id"] for one in predictions) != sorted(every):
        raise collect.Broken("%d samples were asked, %d came back" % (len(every), len(predictions)))
    said = {
        one["id"]: spoken(collect.shown(one["prediction"]))
        for one in predictions
        if one["status"] == "answered"
    }
    scores = {}
    for subset, ids in asked.items():
        mine = {one: said[one] for one in ids if one in said}
        name = os.path.join(model, "%s_%s.jsonl" % (benchmark, subset))
        scores[subset] = {
            one["sample_metadata"]["sample"]: _values(one["score"]["value"], evidence["metrics"])
            for one in _reviews(folder, name, ids, mine, collect)
        }
    path = os.path.join(folder, "raw", "reports", model, benchmark + ".json")
    report = collect.report(path, len(every), len(said))
    rows = list(_rows(report, scores, os.path.relpath(path, folder), collect))
    told = {row["metric"] for row in rows}
    single = [
        (sample, metric, value)
        for ids in scores.values()
        for sample, values in ids.items()
        for metric, value in values.items()
        if metric in told
    ]
    return rows, single


def _values(value, names):
    """A sample's numbers under the names that EvalScope's report has for them."""
    return {names.get(name, name): float(value[name]) for name in value if _number(value[name])}


def _number(value):
    return isinstance(value, (bool, int, float))


def _reviews(folder, name, ids, said, collect):
    given = [collect.predicted(row) for row in collect.rows(folder, "predictions", name, said)]
    collect.same("prediction", given, said, ids)
    reviews = [row["sample_score"] for row in collect.rows(folder, "reviews", name, said)]
    found = [collect.reviewed(one) for one in reviews]
    # Some benchmarks leave the answer out of their reviews.
    found = [(n, mark, said.get(mark) if text is None else text) for n, mark, text in found]
    collect.same("review", found, said, ids)
    _none_failed(reviews, collect)
    return reviews


def _none_failed(reviews, collect):
    """A metric that raised is left out or 0.0, and the run goes on."""
    wrong, reason = set(), None
    for one in reviews:
        metadata = one["score"].get("metadata") or {}
        raised = [str(value) for value in metadata.values() if str(value).startswith("error: ")]
        raised += [str(value) for value in (metadata.get("metric_errors") or {}).values()]
        if raised or one["score"].get("status") != "success":
            wrong.add(one["sample_metadata"]["sample"])
            reason = reason or (raised[0] if raised else one["score"].get("status"))
    collect.none("EvalScope's metric failed (%s) on" % reason, wrong)


def _rows(report, scores, source, collect):
    """Each metric of the report: over all, then for each category and subset where several are."""
    for metric in report["metrics"]:
        name = label(metric["identity"])
        semantics = metric.get("semantics") or {}
        bounds = semantics.get("value_range") or {}
        places = [(None, metric["score"], metric["num"], list(scores))]
        subsets = [one for category in metric["categories"] for one in category["subsets"]]
        real = [one for one in subsets if not one.get("is_aggregate")]
        if len(real) > 1:
            if len(metric["categories"]) > 1:
                for one in metric["categories"]:
                    names = [each["name"] for each in one["subsets"]]
                    places.append(("/".join(one["name"]), one["score"], one["num"], names))
            places += [(one["name"], one["score"], one["num"], [one["name"]]) for one in real]
        for group, value, count, names in places:
            values = [
                sample[name]
                for subset in names
                for sample in scores.get(subset, {}).values()
                if name in sample
            ]
            yield {
                "metric": name,
                "group": group,
                "value": _unrounded(value, values, count, name, collect),
                "scale": bounds.get("max"),
                "higher_is_better": DIRECTIONS.get(semantics.get("direction")),
                "n": count,
                "failed_scored": 0,
                "source": source,
            }


def label(identity):
    """`anls`; `rouge,ngram=1,statistic=f1`; `accuracy,pass_at_k,k=3`: what tells metrics apart."""
    parts = [identity["name"]]
    if identity.get("aggregation") not in (None, "mean", "identity"):
        parts.append(identity["aggregation"])
    dimensions = identity.get("dimensions") or {}
    return ",".join(parts + ["%s=%s" % one for one in sorted(dimensions.items())])


def _unrounded(value, values, count, name, collect):
    """The samples' mean where the reported four digits are its own; else the four digits."""
    if not math.isfinite(value):
        raise collect.Broken("EvalScope's %s is %s" % (name, value))
    if len(values) == count and count:
        mean = math.fsum(values) / count
        if abs(mean - value) <= ROUNDING:
            return mean
    return value
