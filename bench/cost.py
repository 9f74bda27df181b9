"""What a job's answers cost by the price list in the model file."""

from __future__ import annotations

from collections.abc import Sequence

from bench.gateway.record import RecordedRequest
from bench.performance_rows import Cost, Prices


def cost(
    prices: Prices | None, requests: Sequence[RecordedRequest], *, documents: int | None
) -> Cost | str:
    """Of the answered requests among `requests`, or why it is not known.

    The sums for 1,000 take the mean answered request for each one, answered or not; `documents`
    is how many the job has, None where it has none. Failed attempts count nothing.
    """
    if prices is None:
        return "the model file gives no prices"
    answered = [one for one in requests if one.status == "ok"]
    if not answered:
        return "no request was answered"
    by_token = prices.input_per_million is not None
    tokens = [(one.prompt_tokens, one.completion_tokens) for one in answered]
    lacking = sum(None in pair for pair in tokens)
    if by_token and lacking:
        return f"{lacking} of {len(answered)} answers came without their number of tokens"
    sent = sum(pair[0] or 0 for pair in tokens)
    made = sum(pair[1] or 0 for pair in tokens)
    images = sum(len(one.images) for one in answered)
    amount = (
        sent * (prices.input_per_million or 0) / 1e6
        + made * (prices.output_per_million or 0) / 1e6
        + len(answered) * (prices.per_request or 0)
        + images * (prices.per_image or 0)
    )
    each = amount / len(answered)
    return Cost(
        amount=amount,
        currency=prices.currency,
        per_1000_requests=1000 * each,
        per_1000_documents=1000 * each * len(requests) / documents if documents else None,
        prices=prices,
    )
