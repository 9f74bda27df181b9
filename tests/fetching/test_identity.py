"""Which revision a folder holds, by two hubs; no hub is asked."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, get_args

import click
import pytest

from bench.cli.fetch import fetch_command
from bench.errors import UsageError
from bench.fetching import fetch
from bench.fetching.failure import failure
from bench.fetching.hub import HUBS, HubName
from bench.fetching.listing import HubFile, Listing, read_listing
from bench.fetching.place import record_of
from tests.fetching.test_place import MODEL, SMALL, Shelf, quiet

SAID: dict[str, Any] = {
    "revision": "master",
    "commit": None,
    "licence": None,
    "endpoint": "https://hub.example",
    "files": [
        {"path": "b", "bytes": 1, "sha256": "2" * 64, "git_sha1": None},
        {"path": "a", "bytes": 1, "sha256": None, "git_sha1": "1" * 40},
    ],
}


def of_modelscope(files: dict[str, bytes], commit: str | None = None) -> Shelf:
    shelf = Shelf(files, "master")
    shelf.hub, shelf.commit = HUBS["modelscope"], commit
    return shelf


def test_the_hubs_of_the_command_are_those_that_can_be_asked() -> None:
    (option,) = [one for one in fetch_command.params if one.name == "hub"]
    assert isinstance(option.type, click.Choice)
    assert list(option.type.choices) == list(HUBS) == list(get_args(HubName))
    assert all(name == hub.name for name, hub in HUBS.items())


def test_the_content_is_named_whatever_the_order() -> None:
    listing = read_listing(SAID, "org/tiny")
    lines = f"a\t{'1' * 40}\nb\t{'2' * 64}\n"
    assert listing.content_sha256 == hashlib.sha256(lines.encode()).hexdigest()
    turned = read_listing(SAID | {"files": SAID["files"][::-1]}, "org/tiny")
    assert turned.content_sha256 == listing.content_sha256
    assert (listing.revision, listing.commit, listing.endpoint) == (
        "master",
        None,
        "https://hub.example",
    )


def test_a_hash_that_changed_is_another_content() -> None:
    one = (HubFile("a", 1, "1" * 64, None),)
    other = (HubFile("a", 1, "2" * 64, None),)
    first, second = (Listing("master", None, None, files) for files in (one, other))
    assert first.content_sha256 != second.content_sha256


def test_a_branch_that_moved_is_seen_without_a_commit(tmp_path: Path) -> None:
    done = fetch(MODEL, tmp_path, of_modelscope(SMALL), quiet)
    assert (done.record["revision"], done.record["commit"]) == ("master", None)
    assert not fetch(MODEL, tmp_path, of_modelscope(SMALL), quiet).fresh
    with pytest.raises(UsageError, match="holds other files than the hub lists for org/tiny now"):
        fetch(MODEL, tmp_path, of_modelscope(SMALL | {"config.json": b"{ }"}), quiet)


def test_a_commit_that_is_known_now_does_not_change_the_content(tmp_path: Path) -> None:
    fetch(MODEL, tmp_path, of_modelscope(SMALL), quiet)
    assert not fetch(MODEL, tmp_path, of_modelscope(SMALL, "c" * 40), quiet).fresh


def test_another_hub_is_not_the_same_repository(tmp_path: Path) -> None:
    fetch(MODEL, tmp_path, Shelf(SMALL), quiet)
    with pytest.raises(UsageError, match="was fetched from huggingface, not from modelscope"):
        fetch(MODEL, tmp_path, of_modelscope(SMALL, "c0ffee"), quiet)


def test_a_record_of_before_says_its_commit_as_its_revision(tmp_path: Path) -> None:
    place = record_of(fetch(MODEL, tmp_path, Shelf(SMALL), quiet).folder)
    said = json.loads(place.read_bytes())
    for key in ("commit", "content_sha256", "endpoint"):
        del said[key]
    place.write_text(json.dumps(said))
    assert not fetch(MODEL, tmp_path, Shelf(SMALL), quiet).fresh
    with pytest.raises(UsageError, match="holds the revision c0ffee, and org/tiny is decade now"):
        fetch(MODEL, tmp_path, Shelf(SMALL, "decade"), quiet)


def test_each_hub_s_own_settings_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = HUBS["modelscope"]
    monkeypatch.setenv("HF_TOKEN", "of another hub")
    monkeypatch.delenv(hub.token, raising=False)
    assert str(failure(MODEL, hub, "gated")) == "org/tiny is gated: MODELSCOPE_API_TOKEN is not set"
    assert str(failure(MODEL, hub, "network", "refused").hint).startswith("MODELSCOPE_ENDPOINT and")
    unknown = str(failure(MODEL, hub, "unknown").hint)
    assert "the id may be another on modelscope" in unknown
    assert "a private one needs MODELSCOPE_API_TOKEN" in unknown
    assert "another on" not in str(failure(MODEL, HUBS["huggingface"], "unknown").hint)
    monkeypatch.setenv(hub.token, "x")
    assert failure(MODEL, hub, "status", 401).hint == "it refused MODELSCOPE_API_TOKEN"
