"""lmms-eval's own numbers of its own tasks, as it wrote them. Standard library only."""

import math

# The value of a perfect run, by metric; read in the tasks' own functions. None where a metric
# stands in neither place.
WHOLE = {
    **dict.fromkeys(("anls", "exact_match", "acc", "acc_norm", "mmmu_acc", "websrc_squad_f1"), 1),
    **dict.fromkeys(("relaxed_overall", "relaxed_human_split", "relaxed_augmented_split"), 1),
    **dict.fromkeys(("pope_accuracy", "pope_precision", "pope_recall", "pope_f1_score"), 1),
    **dict.fromkeys(("seed_image", "seed_video", "seed_all"), 1),
}
STDERR = ("_stderr", "_stderr_clt", "_stderr_clustered")  # ends of keys: errors of a number
NEITHER = ("pope_yes_ratio",)  # neither more nor less of it is better


def native(results, logs, failed, parts, source):
    """The rows of result.json, one for each number.

    `parts`: our names of parts by lmms-eval's, empty where the whole was asked; `failed`: the ids
    without an answer, whose failure texts lmms-eval scored; `source`: its file.
    """
    found = []
    for task, values in results["results"].items():
        for key, value in values.items():
            metric, comma, _filter = key.partition(",")
            if not comma or metric.endswith(STDERR) or not is_number(value):
                continue
            rows = [row for one in under(results, task) for row in logs[one] if metric in row]
            if rows:
                name = label(metric, key, values)
                group = parts.get(task, task) if parts or len(logs) > 1 else None
                asked = {row["sample"] for row in rows}
                better = results["higher_is_better"].get(task, {}).get(metric)
                scale = whole(metric, rows)
                known = scale is not None and metric not in NEITHER and isinstance(better, bool)
                found.append(
                    {
                        "metric": name,
                        "group": group if task in logs else None,
                        "value": finite(value, name, task),
                        "scale": scale,
                        "higher_is_better": better if known else None,
                        "n": len(asked),
                        "failed_scored": len(asked & failed),
                        "source": source,
                    }
                )
    return found


def under(results, task):
    """The tasks whose samples a number is about: the task's own, or those of the group."""
    below = results.get("group_subtasks", {}).get(task) or []
    return [one for name in below for one in under(results, name)] or [task]


def label(metric, key, values):
    """The metric's name; with its filter where lmms-eval has the number by several filters."""
    same = [one for one in values if one.partition(",")[0] == metric]
    return metric if len(same) == 1 else key


def whole(metric, rows):
    """The value of a perfect run of these rows, or None."""
    if metric == "ocrbench_accuracy":
        return len(rows) / 1000  # lmms-eval divides the count by 1000 whatever was asked
    if metric in ("mme_perception_score", "mme_cognition_score"):
        return 200 * len({row[metric]["category"] for row in rows})
    return WHOLE.get(metric)


def of_samples(results, logs):
    """(sample, metric, score) of each sample and each metric that scores samples one by one."""
    for task, rows in logs.items():
        values = results["results"][task]
        for key in values:
            metric, comma, _filter = key.partition(",")
            same = [one for one in values if one.partition(",")[0] == metric]
            if not comma or metric.endswith(STDERR) or len(same) > 1:
                continue  # by several filters the log does not say which row is whose
            for row in rows:
                score = row.get(metric)
                score = score.get("score") if isinstance(score, dict) else score
                if is_number(score):
                    yield row["sample"], metric, float(score)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def finite(value, metric, task):
    if not math.isfinite(value):
        raise ValueError("lmms-eval's %s of %s is %s" % (metric, task, value))
    return float(value)
