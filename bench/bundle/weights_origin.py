"""Where a folder of weights came from, as far as it can be told."""

from __future__ import annotations

import json
import re
from pathlib import Path

HUGGING_FACE = "huggingface"


def weights_origin(folder: Path) -> str | None:
    """ORG/NAME@COMMIT: by the place in a hub client's cache, or by the record of bench fetch.

    None where neither is there, and where the folder does not hold the record's files any more.
    """
    cached = re.search(r"/models--([^/]+)/snapshots/([^/]+)$", folder.as_posix())
    if cached:
        return f"{cached[1].replace('--', '/')}@{cached[2]}"
    folder = folder.resolve()
    record = folder.with_name(f"{folder.name}.fetched.json")
    try:
        said = json.loads(record.read_bytes())
        sizes = {path: one["bytes"] for path, one in said["files"].items()}
        named, hub = f"{said['id']}@{said['revision']}", said["hub"]
        if not said.get("commit", said["revision"]):
            named += f" (content {said['content_sha256'][:12]})"
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    if sizes != _sizes_in(folder):
        return None
    return named if hub == HUGGING_FACE else f"{hub}: {named}"


def _sizes_in(folder: Path) -> dict[str, int]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
