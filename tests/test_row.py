"""A row that is made without a check is the row that pydantic makes."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from pydantic import ValidationError

from bench.schema import Score, Share

GIVEN: dict[str, Any] = {
    "value": 0.5,
    "numerator": 1.0,
    "denominator": 2.0,
    "strict": Share(value=1.0, numerator=1.0, denominator=1.0),
    "raw": None,
    "reason": "x",
}


def test_it_is_the_row_that_the_constructor_makes() -> None:
    made, expected = Score.unchecked(**GIVEN), Score(**GIVEN)
    assert made == expected
    assert repr(made) == repr(expected)
    assert made.model_dump_json() == expected.model_dump_json()
    assert made.model_fields_set == expected.model_fields_set
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == expected


def test_a_copy_leaves_other_rows_as_they_are() -> None:
    made = Score.unchecked(**GIVEN)
    assert made.model_copy(update={"value": 1.0}).value == 1.0
    assert Score.unchecked(**GIVEN) == made
    assert made.model_fields_set == set(Score.model_fields)
    with pytest.raises(ValidationError):
        made.value = 2.0
