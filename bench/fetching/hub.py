"""The hubs that can be asked, and how a person speaks to their clients."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

HubName = Literal["huggingface", "modelscope"]


@dataclass(frozen=True)
class Hub:
    """`name` is its adapter's. The rest: names of variables that its client reads."""

    name: HubName
    token: str
    endpoint: str
    offline: str | None = None

    def has_token(self, environ: Mapping[str, str] = os.environ) -> bool:
        return bool(environ.get(self.token))


HUBS: dict[str, Hub] = {
    "huggingface": Hub("huggingface", "HF_TOKEN", "HF_ENDPOINT", "HF_HUB_OFFLINE"),
    "modelscope": Hub("modelscope", "MODELSCOPE_API_TOKEN", "MODELSCOPE_ENDPOINT"),
}
