from __future__ import annotations

import pytest

from tests.cli.said import Cli
from tests.runs import use_fakes


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    use_fakes(monkeypatch)
    return Cli(monkeypatch, capsys)
