"""bench fetch: models and data sets of a hub."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click


@click.command("fetch")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--into",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that the repositories are fetched into, each in a folder of its own.",
)
@click.option("--revision", help="Branch, tag or commit; of one NAME only.")
@click.option(
    "--hub",
    type=click.Choice(["huggingface", "modelscope"]),
    default="huggingface",
    show_default=True,
    help="Whose repositories the names are.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def fetch_command(
    names: tuple[str, ...], *, into: Path, revision: str | None, hub: str, as_json: bool
) -> None:
    """Fetch models and data sets of a hub, whole and compared with its hashes.

    NAME is a model or a benchmark of ours, a model's id ORGANISATION/NAME, or
    datasets/ORGANISATION/NAME; an id takes @REVISION. What was cut off is gone on with by the same
    command. HF_ENDPOINT, HF_TOKEN (MODELSCOPE_ENDPOINT, MODELSCOPE_API_TOKEN) and HTTPS_PROXY are
    honoured. See docs/fetch.md.

    \b
    bench fetch qwen2.5-vl-3b-instruct docvqa-val --into stick
    """  # noqa: D301  (click reads the mark)
    from bench.errors import UsageError
    from bench.fetching import fetch, wanted
    from bench.fetching.client import Client
    from bench.progress import saying

    if revision and len(names) > 1:
        raise UsageError("--revision is of one NAME", hint="ORGANISATION/NAME@REVISION for each")
    asked = [wanted(name, revision) for name in dict.fromkeys(names)]
    with _terminated_as_interrupted():
        with saying("hub") as say:
            client = Client.built(hub, say)
        for one in asked:
            with saying(one.label) as say:
                found = fetch(one, into, client, say)
            if as_json:
                row = {"name": one.name, "folder": str(found.folder), "fresh": found.fresh}
                kept = {key: value for key, value in found.record.items() if key != "files"}
                click.echo(json.dumps(row | kept | {"bytes": found.bytes}, ensure_ascii=False))
                continue
            word = "fetched" if found.fresh else "is there already"
            files = len(found.record["files"])
            click.echo(f"{one.label}: {word}: {files} files, {found.bytes / 1e6:.1f} MB")
            click.echo(f"  revision {_revision(found.record)}")
            click.echo(f"  licence  {found.record['licence'] or 'its card names none'}")
            click.echo(f"  next     {one.next_step(found.folder)}")


def _revision(record: dict[str, Any]) -> str:
    """A record without the key is of a time when every revision was a commit."""
    if record.get("commit", record["revision"]):
        return str(record["revision"])
    return f"{record['revision']} (no commit is proven; content {record['content_sha256'][:12]})"


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM ends like ^C: the client's process is ended too."""

    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
