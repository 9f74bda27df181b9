from __future__ import annotations

from typing import Any

import pytest

from bench.cost import cost
from bench.performance_rows import Cost, Prices
from tests.made_requests import made

PER_TOKEN = Prices(currency="EUR", input_per_million=0.15, output_per_million=0.6)


def known(prices: Prices, *requests: Any, documents: int | None = None) -> Cost:
    found = cost(prices, requests, documents=documents)
    assert isinstance(found, Cost)
    return found


def test_tokens_by_the_million() -> None:
    found = known(PER_TOKEN, made(tokens=(1_000_000, 0)), made(tokens=(0, 500_000)))
    assert found.amount == pytest.approx(0.15 + 0.30)
    assert found.currency == "EUR"
    assert found.per_1000_requests == pytest.approx(225)
    assert found.per_1000_documents is None
    assert found.prices == PER_TOKEN


def test_requests_and_images_have_a_price_of_their_own() -> None:
    prices = Prices(per_request=0.01, per_image=0.002)
    found = known(prices, made(images=("a", "a", "b"), tokens=None), made(tokens=None))
    assert found.amount == pytest.approx(2 * 0.01 + 3 * 0.002)
    assert found.currency == "USD"


def test_a_failed_request_costs_nothing_but_its_document_is_one_of_the_thousand() -> None:
    """Two documents of two questions; one failed: the mean answer stands for it."""
    prices = Prices(per_request=0.5)
    requests = [made(), made(), made(), made(status="failed")]
    found = known(prices, *requests, documents=2)
    assert found.amount == 1.5
    assert found.per_1000_requests == 500
    assert found.per_1000_documents == 1000


def test_repeated_attempts_are_one_request() -> None:
    again = made(failed_before=[(0, 1), (2, 1)])
    assert known(Prices(per_request=1), again).amount == 1


def test_free_is_a_price() -> None:
    assert known(Prices(input_per_million=0, output_per_million=0), made()).amount == 0


def test_one_answer_without_tokens_is_no_cost_and_counted() -> None:
    requests = [made(), made(tokens=None), made(tokens=None, status="failed")]
    assert (
        cost(PER_TOKEN, requests, documents=3)
        == "1 of 2 answers came without their number of tokens"
    )


@pytest.mark.parametrize("sent", [None, True, "7"])
def test_half_a_count_is_none(sent: object) -> None:
    usage = {"prompt_tokens": sent, "completion_tokens": 1}
    said = cost(PER_TOKEN, [made(usage=usage)], documents=None)
    assert said == "1 of 1 answers came without their number of tokens"


def test_no_prices_and_no_answers_say_so() -> None:
    assert cost(None, [made()], documents=1) == "the model file gives no prices"
    assert cost(PER_TOKEN, [made(status="failed")], documents=1) == "no request was answered"
