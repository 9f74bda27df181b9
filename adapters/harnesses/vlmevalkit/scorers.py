"""VLMEvalKit's own scorers for `bench parity`: one answer at a time, no judge is asked."""

import contextlib
import importlib.metadata
import io
import os
import random
import ssl

from bench_scoring import Scorer, letters, serve

DISTRIBUTION = "ms-vlmeval"
LINES = "vlmeval.dataset.utils.vqa_eval.process_line, hit_calculate"
FORMULA = "Handwritten Mathematical Expression Recognition"
OTHER = "Regular Text Recognition"


def versions():
    return {"harness": importlib.metadata.version(DISTRIBUTION), "distribution": DISTRIBUTION}


def of_lines(method, dataset):
    """As ImageVQADataset.evaluate_heuristic scores the rows of `dataset`."""

    def load():
        quietly_imported()
        from vlmeval.dataset.utils.vqa_eval import hit_calculate, process_line

        def score(references, prediction, _case):
            line = {"answer": repr(references), "prediction": str(prediction)}
            return hit_calculate([process_line(line, method=method)], dataset)[0]

        return score

    return load


def ocrbench():
    """The whole evaluation, over a table of one row; its files stay in memory."""
    quietly_imported()
    import pandas as pd
    from vlmeval.dataset import image_vqa

    table = {}
    image_vqa.load = lambda _path: table["frame"]
    image_vqa.dump = lambda *_args, **_options: None
    image_vqa.tqdm = lambda rows, **_options: rows

    def score(references, prediction, case):
        kind = FORMULA if case.get("formula") else OTHER
        row = {"prediction": prediction, "answer": repr(references), "category": kind}
        table["frame"] = pd.DataFrame([row])
        return image_vqa.OCRBench.evaluate("one.tsv")["Final Score"]

    return score


def choice():
    """As `--judge exact_matching` scores a question with options."""
    quietly_imported()
    from vlmeval.dataset.utils.multiple_choice import eval_vanilla, extract_answer_from_item

    def score(references, prediction, case):
        item = dict(letters(case), question="", prediction=str(prediction), GT=references[0])
        read = extract_answer_from_item(None, item)["opt"]
        return eval_vanilla(None, item)["hit"], read

    return score


def quietly_imported():
    """vlmeval replaces how every connection is checked."""
    os.environ.pop("VERBOSE", None)
    trusting = ssl._create_default_https_context  # noqa: SLF001
    with contextlib.redirect_stdout(io.StringIO()):
        import vlmeval  # noqa: F401
    ssl._create_default_https_context = trusting  # noqa: SLF001
    random.seed(0)


SCORERS = [
    Scorer("docvqa", "anls", LINES, of_lines("anls", "DocVQA_VAL")),
    Scorer("chartqa", "relaxed", LINES, of_lines("relaxed_accuracy", "ChartQA_TEST")),
    Scorer("textvqa", "vqa", LINES, of_lines("vqa_score", "TextVQA_VAL")),
    Scorer("ocrvqa", "exact", LINES, of_lines("accuracy", "OCRVQA_TEST")),
    Scorer("ocrbench", "ocrbench", "vlmeval.dataset.image_vqa.OCRBench.evaluate", ocrbench),
    Scorer(
        "mcq", "choice", "vlmeval.dataset.utils.multiple_choice.extract_answer_from_item", choice
    ),
]

if __name__ == "__main__":
    serve(SCORERS, versions)
