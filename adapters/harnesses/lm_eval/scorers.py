"""lm-eval's own scorers for `bench parity`."""

import importlib.metadata
import importlib.util
import os
import random

from bench_scoring import Scorer, best, serve, settled

DISTRIBUTION = "lm_eval"
OFF = ("LMEVAL_", "LM_HARNESS_", "LOCAL_RANK")


def versions():
    return {"harness": importlib.metadata.version(DISTRIBUTION), "distribution": DISTRIBUTION}


def of_task(name):
    """The module beside a task's YAML: lm-eval's folders of tasks are no packages."""
    for one in [one for one in os.environ if one.startswith(OFF)]:
        del os.environ[one]
    import lm_eval.tasks

    path = os.path.join(os.path.dirname(lm_eval.tasks.__file__), name, "utils.py")
    spec = importlib.util.spec_from_file_location("lm_eval_task_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def chartqa():
    measure = of_task("chartqa").relaxed_accuracy

    def score(references, prediction, _case):
        """`doc_to_target: label[0]`: the task takes the first."""
        found = measure(references=[references[0]], predictions=[prediction])
        return found["relaxed_accuracy"]

    return score


def exact_match():
    from lm_eval.api.metrics import exact_match_hf_evaluate as measure

    def score(references, prediction, _case):
        return best(
            lambda one: measure(references=[one], predictions=[prediction])["exact_match"],
            references,
        )

    return score


def gsm8k():
    """The filter `flexible-extract` of the task, and its options of exact_match."""
    import lm_eval.tasks
    import yaml
    from lm_eval.api.metrics import exact_match_hf_evaluate as measure
    from lm_eval.filters.extraction import RegexFilter

    path = os.path.join(os.path.dirname(lm_eval.tasks.__file__), "gsm8k", "gsm8k.yaml")
    with open(path, encoding="utf-8") as file:
        task = yaml.safe_load(file)
    (options,) = task["metric_list"]
    kept = ("ignore_case", "ignore_punctuation", "regexes_to_ignore")
    options = {name: options[name] for name in kept if name in options}
    (flexible,) = [one for one in task["filter_list"] if one["name"] == "flexible-extract"]
    arguments = dict(flexible["filter"][0])
    arguments.pop("function")
    extract = RegexFilter(**arguments)

    def score(references, prediction, _case):
        ((said,),) = extract.apply([[prediction]], [{}])
        return best(
            lambda one: measure(references=[one], predictions=[said], **options)["exact_match"],
            references,
        )

    return score


def mmmu():
    module = of_task("mmmu")

    def score(references, prediction, case):
        options = list(case["choices"])
        names = [chr(ord("A") + place) for place in range(len(options))]
        texts = dict(zip(names, options))

        def read():
            return module.parse_multi_choice_response(prediction, names, texts)

        letter = settled(read, random.seed)
        return float(module.eval_multi_choice(references[0], letter)), letter

    return score


SCORERS = [
    Scorer("chartqa", "relaxed", "lm_eval.tasks.chartqa.utils.relaxed_accuracy", chartqa),
    Scorer("exact_match", "exact", "lm_eval.api.metrics.exact_match_hf_evaluate", exact_match),
    Scorer("gsm8k", "exact", "lm_eval.filters.extraction.RegexFilter, exact_match", gsm8k),
    Scorer("mmmu", "choice", "lm_eval.tasks.mmmu.utils.parse_multi_choice_response", mmmu),
]

if __name__ == "__main__":
    serve(SCORERS, versions)
