from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.report.chromium import Chromium


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    started = Chromium(tmp_path_factory.mktemp("profile"))
    yield started
    started.driver.quit()


@pytest.fixture
def browser(chromium: Chromium) -> Iterator[Chromium]:
    """Whatever the test did: nothing was complained of, and nothing left file://."""
    yield chromium
    assert chromium.complaints() == []
    asked = chromium.requests()
    assert asked
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:"))] == []
    chromium.emulate(clearDeviceMetricsOverride={}, setEmulatedMedia={"features": []})
