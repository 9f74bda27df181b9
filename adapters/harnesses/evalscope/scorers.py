"""EvalScope's own scorers for `bench parity`: a benchmark's extraction, then its score.

Before that EvalScope takes a thinking block out of a model's answer (api/messages/utils.py) and
strips the references (api/evaluator/state.py: Target).
"""

import importlib.metadata
import json
import os
from types import SimpleNamespace

from bench_scoring import Scorer, best, serve

DISTRIBUTION = "evalscope"
OFF = ("EVALSCOPE_", "MODELSCOPE_", "JUDGE_")
FORMULA, OTHER = "HME100k", "other"


def versions():
    return {"harness": importlib.metadata.version(DISTRIBUTION), "distribution": DISTRIBUTION}


def parts():
    """(what takes thinking out of an answer, what a reference becomes)."""
    for name in [one for one in os.environ if one.startswith(OFF)]:
        del os.environ[name]
    from evalscope.api.evaluator import Target
    from evalscope.api.messages.utils import parse_content_with_reasoning

    def spoken(prediction):
        return parse_content_with_reasoning(prediction)[0]

    def target(reference):
        return Target(reference).text

    return spoken, target


def docvqa():
    spoken, target = parts()
    from evalscope.benchmarks.docvqa.docvqa_adapter import DocVQAAdapter
    from evalscope.metrics.nlp.metrics import ANLS

    measure = ANLS()

    def score(references, prediction, _case):
        said = DocVQAAdapter.extract_answer(None, spoken(prediction), None)
        return measure.apply([said], [target(json.dumps(references))])[0]

    return score


def chartqa():
    spoken, target = parts()
    from evalscope.benchmarks.chartqa.chartqa_adapter import ChartQAAdapter

    def score(references, prediction, _case):
        said = ChartQAAdapter.extract_answer(None, spoken(prediction), None)

        def against(one):
            found = ChartQAAdapter.match_score(None, prediction, said, target(one), None)
            return found.value["relaxed_acc"]

        return best(against, references)

    return score


def ocrbench():
    spoken, target = parts()
    from evalscope.benchmarks.ocr_bench.ocr_bench import ocr_bench_adapter

    adapter = ocr_bench_adapter.OCRBenchAdapter

    def score(references, prediction, case):
        state = SimpleNamespace(metadata={"dataset": FORMULA if case.get("formula") else OTHER})
        said, wanted = spoken(prediction), target(json.dumps(references, ensure_ascii=False))
        return adapter.match_score(None, said, said, wanted, state).value["acc"]

    return score


def exact_match():
    spoken, target = parts()
    from evalscope.metrics.nlp.metrics import ExactMatch

    measure = ExactMatch()

    def score(references, prediction, _case):
        said = spoken(prediction)
        return best(lambda one: measure.apply([said], [target(one)])[0], references)

    return score


def choice():
    spoken, target = parts()
    from evalscope.benchmarks.mmmu.mmmu_adapter import MMMUAdapter
    from evalscope.metrics.nlp.metrics import ExactMatch

    measure = ExactMatch()

    def score(references, prediction, case):
        kind = {"question_type": "multiple-choice"}
        state = SimpleNamespace(metadata=kind, choices=list(case["choices"]))
        read = MMMUAdapter.extract_answer(None, spoken(prediction), state)
        return measure.apply([read], [target(references[0])])[0], read

    return score


NAMES = "evalscope.benchmarks."
SCORERS = [
    Scorer("docvqa", "anls", NAMES + "docvqa.DocVQAAdapter.extract_answer, metrics ANLS", docvqa),
    Scorer("chartqa", "relaxed", NAMES + "chartqa.ChartQAAdapter", chartqa),
    Scorer("ocrbench", "ocrbench", NAMES + "ocr_bench.OCRBenchAdapter.match_score", ocrbench),
    Scorer("exact_match", "exact", "evalscope.metrics.nlp.metrics.ExactMatch", exact_match),
    Scorer("mcq", "choice", NAMES + "mmmu.MMMUAdapter.extract_answer", choice),
]

if __name__ == "__main__":
    serve(SCORERS, versions)
