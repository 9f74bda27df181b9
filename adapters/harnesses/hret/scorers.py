"""HRET's own scorers for `bench parity`."""

import importlib
import importlib.metadata
import logging
import os

from bench_scoring import Scorer, best, serve

DISTRIBUTION = "haerae-evaluation-toolkit"
OFF = ("LITELLM_", "VLLM_", "SPACY_", "MLFLOW_")


def versions():
    return {"harness": importlib.metadata.version(DISTRIBUTION), "distribution": DISTRIBUTION}


def evaluator(module, name):
    def load():
        for one in [one for one in os.environ if one.startswith(OFF)]:
            del os.environ[one]
        found = importlib.import_module("llm_eval.evaluation." + module)
        logging.getLogger(module).setLevel(logging.WARNING)
        found.tqdm = lambda rows, **_options: rows
        measure = getattr(found, name)()

        def score(references, prediction, _case):
            def against(one):
                sample = {"prediction": prediction, "reference": one}
                return measure.evaluate_predictions([sample])["accuracy"]

            return best(against, references)

        return score

    return load


NAMES = "llm_eval.evaluation."
SCORERS = [
    Scorer(
        "string_match",
        "exact",
        NAMES + "string_match.StringMatchEvaluator",
        evaluator("string_match", "StringMatchEvaluator"),
    ),
    Scorer(
        "partial_match",
        "exact",
        NAMES + "partial_match.PartialMatchEvaluator",
        evaluator("partial_match", "PartialMatchEvaluator"),
    ),
]

if __name__ == "__main__":
    serve(SCORERS, versions)
