"""gateway.json, which the core writes for the gateway, and ready.json, its answer."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

PROTOCOL: Final = 1
SETTINGS_NAME: Final = "gateway.json"
READY_NAME: Final = "ready.json"

EngineState = Literal["up", "starting", "gone"]


class Endpoint(BaseModel):
    """One model's endpoint and how patient to be with it. Times are in seconds.

    `timeout_s` holds for one attempt: connection, headers and whole body; of a stream, for the
    first chunk and then for each gap between chunks; `stream_timeout_s` for a stream as a whole.
    `attempts` counts the first one. `requests_per_minute` spaces the beginnings of attempts.
    `answer_limit_bytes` bounds one answer's body, decompressed.

    `supervised`: the core started the engine, and tells what becomes of it in `state` and `why`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    base_url: str
    api_key_env: str | None = None
    concurrency: int = Field(default=8, ge=1)
    timeout_s: float = Field(default=120.0, gt=0)
    stream_timeout_s: float = Field(default=600.0, gt=0)
    attempts: int = Field(default=3, ge=1)
    backoff_s: float = Field(default=0.5, ge=0)
    backoff_max_s: float = Field(default=30.0, ge=0)
    retry_after_max_s: float = Field(default=60.0, ge=0)
    requests_per_minute: float | None = Field(default=None, gt=0)
    answer_limit_bytes: int = Field(default=64 * 2**20, ge=1)
    supervised: bool = False
    state: EngineState = "up"
    why: str = ""

    @field_validator("base_url")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("base_url must be an http or https address")
        if "@" in parts.netloc:
            raise ValueError("base_url must hold no credentials: name a variable in api_key_env")
        if parts.query or parts.fragment:
            raise ValueError("base_url must end with its path")
        return value.rstrip("/")


class GatewaySettings(BaseModel):
    """The whole of gateway.json: endpoints by model name, and which model each job asks.

    `session` counts how often the run was begun or resumed, from 1. `body_limit_bytes` bounds what
    a harness may send in one request. `socket`: a Unix socket where it listens too, for those that
    have no network; its path has 107 bytes at most.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    protocol: Literal[1] = PROTOCOL
    host: Literal["127.0.0.1"] = "127.0.0.1"
    socket: str | None = None
    models: dict[str, Endpoint]
    jobs: dict[str, str]
    session: int = Field(default=1, ge=1)
    body_limit_bytes: int = Field(default=256 * 2**20, ge=1)

    @model_validator(mode="after")
    def _jobs_name_models(self) -> Self:
        for job, model in self.jobs.items():
            if model not in self.models:
                raise ValueError(f"job {job!r} asks model {model!r}, which is not in models")
        return self

    def write(self, folder: Path) -> None:
        """Whole or not at all: a gateway may be reading it."""
        staging = folder / f".{SETTINGS_NAME}.part"
        staging.write_text(self.model_dump_json(), encoding="utf-8")
        staging.replace(folder / SETTINGS_NAME)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises OSError, or pydantic's ValidationError with what is wrong."""
        return cls.model_validate_json((folder / SETTINGS_NAME).read_bytes())


class Ready(BaseModel):
    """The gateway listens on this port of 127.0.0.1."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    protocol: Literal[1] = PROTOCOL
    port: int
    pid: int
