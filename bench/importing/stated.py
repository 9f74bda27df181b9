"""What each harness's own files say of how a number was made: keys of `bench.published.Protocol`.

What a file leaves open stays away: a default of a model class or of a server is no statement.
`n`, `metric`, `model` and `benchmark` are the report's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.errors import SourceError
from bench.importing.shown import Shown
from bench.protocol import Asked

Stated = dict[str, str | int]
LIKELIHOOD = "log-likelihood of each choice"
OURS = "BenchModel"  # bench's own model class: it sends the job's parameters, not the task's


def of_lm_eval(results: Mapping[str, Any], task: str, asked: Sequence[Asked]) -> Stated:
    config = _object(_object(results.get("configs")).get(task))
    prompt = config.get("doc_to_text")
    written = isinstance(prompt, str) and not _is_code(prompt)
    kwargs = _object(config.get("generation_kwargs"))
    likely = config.get("output_type") == "multiple_choice"
    return _said(
        split=config.get("test_split") or config.get("validation_split"),
        shots=_object(results.get("n-shot")).get(task),
        prompt=f"{config.get('description') or ''}{prompt}" if written else None,
        chat_template=results.get("chat_template") is not None,
        decoding=LIKELIHOOD if likely else _decoding(kwargs, config.get("output_type"), default=0),
        resolution=_without_pictures(asked),
        judge="none",  # lm-eval asks none
    )


def of_lmms_eval(results: Mapping[str, Any], task: str, asked: Sequence[Asked]) -> Stated:
    config = _object(_object(results.get("configs")).get(task))
    run = _object(results.get("config"))
    kwargs = _object(config.get("generation_kwargs"))
    output = None if run.get("model") == OURS else config.get("output_type")
    return _said(
        split=config.get("test_split") or config.get("validation_split"),
        shots=_object(results.get("n-shot")).get(task),
        prompt=_wrapped(config, asked),
        decoding=_decoding(kwargs, output),
        resolution=_pixels(run.get("model_args")),
    )


def of_evalscope(config: Mapping[str, Any], benchmark: str, asked: Sequence[Asked]) -> Stated:
    """`config`: the resolved one that newer EvalScopes leave in configs/task_config.yaml."""
    resolved = _object(_object(config.get("resolved_benchmarks")).get(benchmark))
    sent = _object(config.get("generation_config"))
    sent |= _object(sent.get("extra_body"))
    judge = _object(config.get("judge"))
    return _said(
        split=resolved.get("eval_split"),
        shots=resolved.get("few_shot_num"),
        prompt=resolved.get("prompt_template"),
        decoding=_decoding(sent, "generate_until"),
        resolution=_without_pictures(asked),
        judge="none" if judge.get("strategy") == "rule" and not judge.get("models") else None,
    )


def of_vlmevalkit(splits: Iterable[str | None], entry: Mapping[str, Any] | None) -> Stated:
    """Of a judge it keeps the name where it has fallen back to exact matching: not believed."""
    found = {one for one in splits if one}
    judge = (entry or {}).get("judge_model")
    return _said(
        split=found.pop() if len(found) == 1 else None,
        judge="none" if judge == "exact_matching" else None,
    )


def of_hret(info: Mapping[str, Any]) -> Stated:
    judged = info.get("evaluation_method_name")
    return _said(
        split=info.get("split"),
        shots=info.get("num_few_shot_applied", info.get("num_few_shot")),
        judge="none" if judged in ("string_match", "partial_match", "log_prob") else None,
    )


def resolved_config(path: Path) -> dict[str, Any]:
    """EvalScope's resolved config; {} where it is not there or is no YAML."""
    from bench import yaml

    try:
        return _object(yaml.load(path).values) if path.is_file() else {}
    except SourceError:
        return {}


def _said(**keys: Any) -> Stated:
    """The keys that a file says, as it says them."""
    words: Stated = {
        key: value
        for key, value in keys.items()
        if (isinstance(value, str) and value) or isinstance(value, bool)
    }
    shots = keys.get("shots")
    if isinstance(shots, int) and not isinstance(shots, bool) and shots >= 0:
        words["shots"] = shots
    else:
        words.pop("shots", None)
    return words


def _decoding(kwargs: Mapping[str, Any], output: Any, default: Any = None) -> str | None:
    """`default`: the temperature of a harness that says it sends one where none is named."""
    if output != "generate_until":
        return None
    temperature = kwargs.get("temperature", default)
    if kwargs.get("do_sample") is False or temperature == 0:
        return "greedy" if not kwargs.get("do_sample") else "sampled"
    return None if temperature is None and not kwargs.get("do_sample") else "sampled"


def _wrapped(config: Mapping[str, Any], asked: Sequence[Asked]) -> str | None:
    """The task's own template, or the words around each question that was asked."""
    template = config.get("doc_to_text")
    if isinstance(template, str) and "{{" in template and not _is_code(template):
        return template
    texts = [row.question for row in asked if isinstance(row, Shown) and row.question]
    fits = [
        (before, behind)
        for before, behind in _around(config)
        if before + behind
        and all(
            text.startswith(before) and text.endswith(behind) and len(text) > len(before + behind)
            for text in texts
        )
    ]
    if not texts or not fits:
        return None
    before, behind = max(fits, key=lambda one: len(one[0] + one[1]))
    return f"{before}{{question}}{behind}"


def _around(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a task's file puts before and behind a question, for this model or another."""
    for name in ("lmms_eval_specific_kwargs", "model_specific_prompt_kwargs"):  # the latter of 0.2
        said = _object(config.get(name))
        for one in (said, *said.values()):
            words = _object(one)
            before, behind = words.get("pre_prompt"), words.get("post_prompt")
            if isinstance(before, str) and isinstance(behind, str):
                yield before, behind


def _pixels(arguments: Any) -> str | None:
    """`max_pixels=1605632, min_pixels=200704`, where the model was given them."""
    found = re.findall(
        r"\b((?:max|min)_pixels)=(\d+)", arguments if isinstance(arguments, str) else ""
    )
    return ", ".join(f"{name}={value}" for name, value in sorted(found)) or None


def _without_pictures(asked: Sequence[Asked]) -> str | None:
    """`none` where every question is here, and none of them had a picture."""
    shown = [row for row in asked if isinstance(row, Shown) and row.question is not None]
    whole = bool(asked) and len(shown) == len(asked)
    return "none" if whole and not any(row.images or row.unshown for row in shown) else None


def _is_code(text: str) -> bool:
    return text.lstrip().startswith(("<function", "def ", '"doc_to_text"')) or "lambda " in text


def _object(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
