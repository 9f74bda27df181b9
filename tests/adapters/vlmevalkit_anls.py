"""VLMEvalKit's own ANLS of each sample; runs inside VLMEvalKit's environment.

stdin: [{"references": [text, ...], "prediction": text}, ...]    stdout, last line: [score, ...]

The functions and their order are those of `ImageVQADataset.evaluate_heuristic` for DocVQA.
"""

import json
import sys

from vlmeval.dataset.utils.vqa_eval import anls_compute, hit_calculate

pairs = json.load(sys.stdin)
lines = [
    {"match": [anls_compute(one, pair["prediction"]) for one in pair["references"]]}
    for pair in pairs
]
print()
print(json.dumps([float(score) for score in hit_calculate(lines, "DocVQA_VAL")]))
