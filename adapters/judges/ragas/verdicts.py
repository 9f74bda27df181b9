"""One answer by one metric of RAGAS: a value, or why there is none.

RAGAS 0.4.3 gives a number in cases in which the judge did not answer what it was asked:
faithfulness over the verdicts that came, however few; a verdict of 7 taken for 1; a relevancy of 0
where the judge named no question. What the judge said is therefore looked at beside the number.
"""

import math
from typing import Any, NamedTuple


class OddAnswer(Exception):  # noqa: N818  (it reads as what the judge gave)
    """The judge answered in the right form, but not what it was asked."""


class Asking(NamedTuple):
    """Clients of the two endpoints, and what job.json says of their models."""

    chat: Any
    model: Any
    vectors: Any
    embeddings: Any


async def verdict(metric, item, asking):
    """{status, value, kind, error}; kind is request_failed, not_json, odd_answer or error."""
    try:
        value = await MEASURES[metric](item, asking)
    except Exception as error:  # one answer's trouble must not end the others'
        kind, said = trouble(error)
        return {"status": "failed", "value": None, "kind": kind, "error": said}
    return {"status": "judged", "value": value, "kind": None, "error": None}


def listening(asking):
    """RAGAS's model, and the list that grows by each of its parsed answers."""
    from ragas.llms import llm_factory

    model = asking.model
    how = dict(model.get("parameters") or {})
    if model.get("system_prompt"):
        how["system_prompt"] = model["system_prompt"]
    llm = llm_factory(model["served_id"], client=asking.chat, **how)
    said, ask = [], llm.agenerate

    async def heard(prompt, form):
        answer = await ask(prompt, form)
        said.append(answer)
        return answer

    llm.agenerate = heard
    return llm, said


async def faithfulness(item, asking):
    from ragas.metrics.collections import Faithfulness

    llm, said = listening(asking)
    result = await Faithfulness(llm=llm).ascore(
        user_input=item["question"],
        response=item["answer"],
        retrieved_contexts=[item["context"]],
    )
    if not said[0].statements:
        raise OddAnswer("the judge found no statement in the answer")
    found, judged = len(said[0].statements), said[1].statements
    if len(judged) != found:
        raise OddAnswer("%d verdicts for %d statements" % (len(judged), found))
    odd = [one.verdict for one in judged if one.verdict not in (0, 1)]
    if odd:
        raise OddAnswer("a verdict is 0 or 1, not %r" % odd[0])
    return finite(result.value)


async def answer_relevancy(item, asking):
    from ragas.embeddings import OpenAIEmbeddings
    from ragas.metrics.collections import AnswerRelevancy

    llm, said = listening(asking)
    vectors = OpenAIEmbeddings(client=asking.vectors, model=asking.embeddings["served_id"])
    result = await AnswerRelevancy(llm=llm, embeddings=vectors).ascore(
        user_input=item["question"], response=item["answer"]
    )
    if any(not one.question.strip() for one in said):
        raise OddAnswer("the judge named no question that the answer would answer")
    odd = [one.noncommittal for one in said if one.noncommittal not in (0, 1)]
    if odd:
        raise OddAnswer("noncommittal is 0 or 1, not %r" % odd[0])
    return finite(result.value)


MEASURES = {"answer_relevancy": answer_relevancy, "faithfulness": faithfulness}


def finite(value):
    if not math.isfinite(value):
        raise OddAnswer("RAGAS gave %r" % value)
    return float(value)


def trouble(error):
    """(kind, one line): what lies below the wrapping that instructor gives every failure."""
    import openai
    from instructor.core import IncompleteOutputException
    from pydantic import ValidationError

    if isinstance(error, OddAnswer):
        return "odd_answer", str(error)
    below = list(chain(error))
    for one in below:
        if isinstance(one, openai.APIError):
            return "request_failed", line(one)
    for one in below:
        if isinstance(one, IncompleteOutputException):
            return "not_json", "the judge's answer was cut off: its max_tokens are too few"
    for one in below:
        if isinstance(one, ValidationError):
            return "not_json", line(one)
    return "error", "%s: %s" % (type(error).__name__, line(error))


def chain(error):
    """The error and all that it came from; what instructor keeps of its attempts as well."""
    waiting, seen = [error], []
    while waiting:
        one = waiting.pop()
        if one is None or one in seen:
            continue
        seen.append(one)
        yield one
        waiting += [one.__cause__, one.__context__]
        waiting += [try_.exception for try_ in getattr(one, "failed_attempts", None) or ()]


def line(error):
    return " ".join(str(error).split())[:500] or type(error).__name__
