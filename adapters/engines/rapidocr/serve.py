"""RapidOCR behind the OpenAI chat API: the images of the last user message in, their text out."""

from __future__ import annotations

import importlib.util
import os
from importlib.metadata import version

import numpy as np
from bench_images import decoded
from bench_ocr import Pages, engine_spec, page_of, page_text, serve_pages
from bench_ocr import settings as filled
from bench_protocol import main

MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}
DEFAULTS = {"threads": None, "max_side": 4096, "text_score": 0.5, "cache": 256}
LEAST = {"threads": 1, "max_side": 32, "cache": 0}


def versions():
    names = {name: version(name) for name in ("rapidocr", "onnxruntime")}
    return dict(names, models=sorted(MODELS.values()))


def settings(arguments):
    """The arguments with their defaults filled in; ValueError for an unknown or impossible one."""
    chosen = filled(arguments, DEFAULTS, LEAST)
    score = chosen["text_score"]
    if isinstance(score, bool) or not isinstance(score, (int, float)) or not 0 <= score <= 1:
        raise ValueError("text_score must be a number from 0 to 1")
    return chosen


def sibling(name):
    """PYTHONSAFEPATH hides the files beside this one: load by path."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Reader:
    """An image's bytes to its text; safe to call from many threads."""

    def __init__(self, max_side, text_score):
        import cv2
        import rapidocr
        from rapidocr.utils.download_file import DownloadFile

        folder = os.path.join(os.path.dirname(rapidocr.__file__), "models")
        params = {"%s.model_path" % part: os.path.join(folder, MODELS[part]) for part in MODELS}
        for path in params.values():
            if not os.path.isfile(path):
                raise FileNotFoundError("the model %s is missing: build this engine anew" % path)
        DownloadFile.run = _no_download
        cv2.setNumThreads(1)
        self._order = sibling("reading").reading_order
        self._max_side = max_side
        # Intra-op 1: measured faster and 12 % cheaper than one page on two cores, and the text
        # cannot depend on the number of cores.
        self._ocr = rapidocr.RapidOCR(
            params=dict(
                params,
                **{
                    "Global.log_level": "warning",
                    "Global.max_side_len": max_side,
                    "Global.text_score": text_score,
                    # 1000 as shipped: a dense page would lose lines without a word.
                    "Det.max_candidates": 100_000,
                    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                },
            )
        )

    def read(self, content):
        """The page's text, and the scale (at most 1) it was read at; may raise RequestError."""
        page = np.ascontiguousarray(np.asarray(decoded(content))[:, :, ::-1])  # BGR
        found = self._ocr(page)
        scale = min(1.0, self._max_side / max(page.shape))
        if found.boxes is None:
            return "", scale
        return self._order(found.boxes.tolist(), list(found.txts)), scale


def _no_download(*_args, **_options):
    raise RuntimeError("this engine reads only the models of its own wheel")


def warm_up(reader):
    text, _ = reader.read(page_of("READY"))
    if "READY" not in text.upper():
        raise RuntimeError("warm-up: drew READY, read %r" % text)


def serve(folder, answer=page_text, versions=versions):
    """Until SIGTERM. A pipeline on top of this OCR passes its own `answer` and `versions`."""
    chosen = settings(engine_spec(folder).get("arguments") or {})
    reader = Reader(chosen["max_side"], chosen["text_score"])
    warm_up(reader)
    pages = Pages(reader.read, chosen["threads"], chosen["cache"])
    serve_pages(folder, pages, versions(), answer)


if __name__ == "__main__":
    main(describe=lambda: {"versions": versions()}, serve=serve)
