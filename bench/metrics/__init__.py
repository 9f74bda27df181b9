"""The metrics, by name. A metric measures a sample; a result is a sum over a sum of such parts."""

from __future__ import annotations

from bench.metrics.anls import ANLS, ANLS_EVALSCOPE, ANLS_VLMEVALKIT
from bench.metrics.anls_star import ANLS_STAR
from bench.metrics.bag import BAG_OF_CHARACTERS_F1, BAG_OF_WORDS_F1
from bench.metrics.cer import CER
from bench.metrics.evalscope import ANLS_EVALSCOPE_ANSWER, RELAXED_ACCURACY_EVALSCOPE
from bench.metrics.exact_match import EXACT_MATCH
from bench.metrics.field_match import FIELD_MATCH
from bench.metrics.kie import (
    KIE_TYPED_ENTITY_F1,
    KIE_TYPED_GROUP_F1,
    KIEVAL_ENTITY_F1,
    KIEVAL_GROUP_F1,
)
from bench.metrics.metric import Metric, Part, Policy
from bench.metrics.ned import ONE_MINUS_NED
from bench.metrics.ocrbench import OCRBENCH_CONTAINMENT, OCRBENCH_CONTAINMENT_HME
from bench.metrics.relaxed_accuracy import RELAXED_ACCURACY, RELAXED_ACCURACY_VLMEVALKIT
from bench.metrics.teds import TEDS, TEDS_STRUCT
from bench.metrics.teds_page import TEDS_PAGE, TEDS_STRUCT_PAGE
from bench.metrics.token_f1 import TOKEN_F1
from bench.metrics.vqa_accuracy import VQA_ACCURACY
from bench.metrics.wer import WER

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        EXACT_MATCH,
        FIELD_MATCH,
        *(CER, WER, ONE_MINUS_NED),
        *(BAG_OF_WORDS_F1, BAG_OF_CHARACTERS_F1, TOKEN_F1),
        *(ANLS, ANLS_EVALSCOPE, ANLS_VLMEVALKIT, ANLS_STAR),
        *(RELAXED_ACCURACY, RELAXED_ACCURACY_VLMEVALKIT, VQA_ACCURACY),
        *(OCRBENCH_CONTAINMENT, OCRBENCH_CONTAINMENT_HME),
        *(ANLS_EVALSCOPE_ANSWER, RELAXED_ACCURACY_EVALSCOPE),
        *(TEDS, TEDS_STRUCT, TEDS_PAGE, TEDS_STRUCT_PAGE),
        *(KIEVAL_ENTITY_F1, KIEVAL_GROUP_F1, KIE_TYPED_ENTITY_F1, KIE_TYPED_GROUP_F1),
    )
}

__all__ = ["METRICS", "Metric", "Part", "Policy"]
