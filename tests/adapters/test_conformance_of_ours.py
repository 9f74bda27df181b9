"""What `bench backend check` asks of anybody's adapter, asked of those that ship."""

from __future__ import annotations

import pytest

from bench.adapter import find_adapter
from bench.conformance.check import verdicts
from bench.conformance.checks import CHECKS


@pytest.mark.harness
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["vlmevalkit", "lmms-eval", "lm-eval", "evalscope", "echo"])
def test_our_adapters_keep_the_protocol(name: str) -> None:
    found = list(verdicts(find_adapter("harness", name), {}, print))
    assert {one.name: one.broken for one in found} == dict.fromkeys(CHECKS)
