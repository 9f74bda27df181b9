"""python -m bench.gateway FOLDER: exit 0 when it was told to stop, 2 when it could not start."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from bench.errors import UsageError
from bench.gateway.settings import SETTINGS_NAME, GatewaySettings


def main(argv: list[str]) -> int:
    # Asked before the slow imports: a parent may be gone by the time they end.
    parent = os.getppid()
    try:
        _run(argv, parent)
    except UsageError as error:
        print(f"gateway: {error.message}", file=sys.stderr)
        return error.exit_code
    return 0


def _run(argv: list[str], parent: int) -> None:
    if len(argv) != 1:
        raise UsageError("usage: python -m bench.gateway FOLDER")
    folder = Path(argv[0]).resolve()
    try:
        settings = GatewaySettings.read(folder)
    except (OSError, ValidationError) as error:
        raise UsageError(f"{folder / SETTINGS_NAME}: {error}") from error
    keys = read_keys(settings, os.environ)

    import asyncio

    from bench.gateway.serving import serve

    try:
        asyncio.run(serve(folder, settings, keys, parent))
    except BlockingIOError as error:
        raise UsageError(f"another gateway writes in {folder}") from error


def read_keys(settings: GatewaySettings, environment: Mapping[str, str]) -> dict[str, str | None]:
    """The key of each model by name, None where it needs none. Raises UsageError by variable."""
    keys: dict[str, str | None] = {}
    for name, endpoint in settings.models.items():
        variable = endpoint.api_key_env
        keys[name] = None if variable is None else environment.get(variable, "").strip()
        if keys[name] == "":
            raise UsageError(f"model {name!r} needs the variable {variable}: not set, or empty")
        if not (keys[name] or "").isprintable() or not (keys[name] or "").isascii():
            raise UsageError(f"the variable {variable} holds no key: it is not printable ASCII")
    return keys


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
