from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway.loopback import Pair, always, endpoint, gateway


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """An endpoint and a gateway for all tests that need no settings of their own."""
    folder = tmp_path_factory.mktemp("gateway")
    with endpoint(always(b"{}")) as server, gateway(folder, server.url) as proxy:
        yield server, proxy
