"""VLMEvalKit's own score of each sample, read from what its evaluation wrote; standard library.

Each is 1 for a perfect answer. Where VLMEvalKit's number is no mean of its samples' scores (MME's
sums, F1, precision, recall) there are none.
"""

import ast
import math
import os

FORMULA = "Handwritten Mathematical Expression Recognition"
HALF = 0.5  # vqa_eval.hit_calculate: an ANLS below it counts nothing
CLOSE = 1e-6


def of_samples(stem, dataset, rows, *, metric, read, literal):
    """{metric: {index: score}} of the benchmark; {} where VLMEvalKit keeps none.

    `stem` is the path of the prediction table without its ending, `rows` its rows, `metric` what
    `collect.vqa_metric` calls the number of an ImageVQADataset; `read` and `literal` are
    collect.table_rows and literals.literal.
    """
    if dataset.startswith("OCRBench") and not dataset.startswith("OCRBench_v2"):
        return {"ocrbench_score": {row["index"]: ocrbench(row, literal) for row in rows}}
    results, choices = stem + "_results.tsv", stem + "_exact_matching_result.tsv"
    yes_no = stem + "_auxmatch.tsv"
    if os.path.exists(results):
        found = read(results)
        if found and "eval_match" in found[0]:
            best = metric == "relaxed_accuracy" or "OCRVQA" in dataset
            return {metric: {row["index"]: matched(row, metric, best=best) for row in found}}
    if os.path.exists(choices):
        return {"accuracy": {row["index"]: float(row["hit"]) for row in read(choices)}}
    if os.path.exists(yes_no):
        said = {row["index"]: float(row["score"] == "True") for row in read(yes_no)}
        return {"accuracy": said, "aAcc": said}
    return {}


def matched(row, metric, best):
    """`eval_match` holds a number for each reference: for ANLS a distance, else a score; `best`:
    the highest counts, not their mean.

    `eval_score` is their mean, which is not what VLMEvalKit's number is made of.
    """
    found = [float(one) for one in ast.literal_eval(row["eval_match"])]
    if metric == "anls":
        near = 1 - min(found)
        return near if near >= HALF else 0.0
    return max(found) if best else math.fsum(found) / len(found)


def ocrbench(row, literal):
    """1 where the answer holds one of the references; OCRBench.evaluate keeps no such column."""
    said = row["prediction"]
    for reference in literal(row["answer"]):
        if row["category"] == FORMULA:
            wanted = reference.strip().replace("\n", " ").replace(" ", "")
            said = said.strip().replace("\n", " ").replace(" ", "")
        else:
            wanted = reference.lower().strip().replace("\n", " ")
            said = said.lower().strip().replace("\n", " ")
        if wanted in said:
            return 1.0
    return 0.0


def closing(found, native):
    """(those of `found` whose mean is the number in `native`, the metrics of the others)."""
    closed, open_ = {}, []
    for metric, scores in found.items():
        whole = [one for one in native if one["metric"] == metric and one["group"] is None]
        if not whole or not scores:
            continue
        mean = math.fsum(scores.values()) / len(scores)
        scale = whole[0]["scale"] or 1
        if abs(mean * scale - whole[0]["value"]) <= CLOSE * scale:
            closed[metric] = scores
        else:
            open_.append(metric)
    return closed, open_
