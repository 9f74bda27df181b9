"""lmms-eval's own scorers for `bench parity`.

Before its metrics see an answer, lmms-eval takes reasoning tags out of it (evaluator.py) and strips
it (ConfigurableTask.process_results); both belong to the score.
"""

import importlib.metadata
import importlib.util
import os
import random

from bench_scoring import Scorer, best, letters, serve, settled

DISTRIBUTION = "lmms-eval"
OFF = ("LMMS_", "LM_HARNESS_", "API_TYPE", "MODEL_VERSION")
FORMULA, OTHER = "HME100k", "other"


def versions():
    return {"harness": importlib.metadata.version(DISTRIBUTION), "distribution": DISTRIBUTION}


def sibling(name):
    """PYTHONSAFEPATH hides the files beside this one."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location("lmms_eval_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cleaned():
    """What an answer goes through first, with the tags that its command line has by default."""
    for name in [one for one in os.environ if one.startswith(OFF)]:
        del os.environ[name]
    os.environ.update(HF_EVALUATE_OFFLINE="1", LM_HARNESS_CACHE_PATH=os.environ["XDG_CACHE_HOME"])
    from lmms_eval.api.reasoning import parse_reasoning_tags_config, strip_reasoning_tags

    tags = parse_reasoning_tags_config(cli_value=sibling("invocation").REASONING)

    def clean(prediction):
        if isinstance(prediction, str):
            prediction = strip_reasoning_tags(prediction, tags)
        return "" if prediction is None else prediction.strip()

    return clean


def anls():
    clean = cleaned()
    from lmms_eval.api.metrics import anls as measure

    def score(references, prediction, _case):
        return measure(references, [clean(prediction)])["anls"]

    return score


def chartqa():
    clean = cleaned()
    from lmms_eval.tasks.chartqa.utils import chartqa_process_results as measure

    def score(references, prediction, _case):
        said = clean(prediction)
        return best(
            lambda one: measure({"type": "human_test", "answer": one}, [said])["relaxed_overall"],
            references,
        )

    return score


def textvqa():
    clean = cleaned()
    from lmms_eval.tasks.textvqa.utils import textvqa_process_results as measure

    def score(references, prediction, _case):
        doc = {"question_id": 0, "answers": list(references)}
        return measure(doc, [clean(prediction)])["exact_match"]

    return score


def ocrbench():
    clean = cleaned()
    from lmms_eval.tasks.ocrbench.utils import ocrbench_process_results as measure

    def score(references, prediction, case):
        kind = FORMULA if case.get("formula") else OTHER
        doc = {"answer": list(references), "dataset": kind, "question_type": kind}
        return measure(doc, [clean(prediction)])["ocrbench_accuracy"]["score"]

    return score


def exact_match():
    clean = cleaned()
    from lmms_eval.api.metrics import exact_match_hf_evaluate as measure

    def score(references, prediction, _case):
        said = clean(prediction)
        return best(
            lambda one: measure(references=[one], predictions=[said])["exact_match"], references
        )

    return score


def mmstar():
    clean = cleaned()
    from lmms_eval.tasks._task_utils.mcq_extract import extract_mcq_answer
    from lmms_eval.tasks.mmstar.utils import mmstar_process_results as measure

    def score(references, prediction, _case):
        said = clean(prediction)
        doc = {"answer": references[0], "category": "c", "l2_category": "l", "index": 0}
        read = extract_mcq_answer(said, choices=["A", "B", "C", "D"])
        return measure(doc, [said])["average"]["score"], read

    return score


def mmmu():
    clean = cleaned()
    from lmms_eval.tasks.mmmu import utils

    def score(references, prediction, case):
        said, options = clean(prediction), letters(case)
        doc = {
            "id": "validation_Art_1",
            "question_type": "multiple-choice",
            "options": repr(list(options.values())),
            "answer": references[0],
        }

        def read():
            return utils.mmmu_process_results(doc, [said])["mmmu_acc"]["parsed_pred"][0]

        letter = settled(read, random.seed)
        return float(utils.eval_multi_choice(references[0], letter)), letter

    return score


TASKS = "lmms_eval.tasks."
SCORERS = [
    Scorer("docvqa", "anls", "lmms_eval.api.metrics.anls", anls),
    Scorer("chartqa", "relaxed", TASKS + "chartqa.utils.chartqa_process_results", chartqa),
    Scorer("textvqa", "vqa", TASKS + "textvqa.utils.textvqa_process_results", textvqa),
    Scorer("ocrbench", "ocrbench", TASKS + "ocrbench.utils.ocrbench_process_results", ocrbench),
    Scorer("exact_match", "exact", "lmms_eval.api.metrics.exact_match_hf_evaluate", exact_match),
    Scorer("mmstar", "choice", TASKS + "mmstar.utils.mmstar_process_results", mmstar),
    Scorer("mmmu", "choice", TASKS + "mmmu.utils.mmmu_process_results", mmmu),
]

if __name__ == "__main__":
    serve(SCORERS, versions)
