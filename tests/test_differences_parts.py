"""The parts of a comparison, without runs: texts, images, pairing, packages, settings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from bench.differences import Difference
from bench.differences.images import image_differences
from bench.differences.installed import packages
from bench.differences.looking import look, opened
from bench.differences.matching import Shown, matched
from bench.differences.pairing import pair, pair_requests
from bench.differences.prompts import form_differences, prompt_differences, system_differences
from bench.differences.settings import (
    parameter_differences,
    scorer_differences,
    software_differences,
)
from bench.differences.sides import Gallery
from bench.differences.texts import changes, edits, white_space
from bench.fingerprint_rows import Fingerprint, PerEnvironment
from bench.gateway.images import ImageStore
from bench.pixels import image_facts
from bench.wire import Sent, sent
from tests.protocols import encoded, page
from tests.test_fingerprint import IMAGES, image, messages, request, taken, text

ADDED, REMOVED = "text added at the", "text removed at the"
SPACE, CHANGED = "white space only", "changed"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("Read it.", "Read it.", []),
        ("Read it.", "Read it. Be short.", [(f"{ADDED} end", " Be short.")]),
        ("Read it.", "Read it.\nRead it.", [(f"{ADDED} end", "\nRead it.")]),
        ("Read it.", "Please. Read it.", [(f"{ADDED} beginning", "Please. ")]),
        ("Read it. Now.", "Read it.", [(f"{REMOVED} end", " Now.")]),
        ("it", "Do it now", [(f"{ADDED} beginning", "Do "), (f"{ADDED} end", " now")]),
        ("Read it.", "Read  it.", [(SPACE, "")]),
        ("Read it.", "Read it. ", [(SPACE, "")]),
        ("Read it.", "Readit.", [(SPACE, "")]),
        ("Read it.\n", "Read it.", [(SPACE, "")]),
        ("a\u00a0b", "a b", [(SPACE, "")]),
        ("Read it.", "Read  it. Now.", [(f"{ADDED} end", " Now."), (SPACE, "")]),
        (" Read it.", "Read it. Now.", [(f"{ADDED} end", " Now."), (SPACE, "")]),
        ("Read it.\n", "Read it.\nNow.\n", [(f"{ADDED} end", "\nNow.\n")]),
        ("total", "totals", [(CHANGED, "")]),
        ("at", "what", [(CHANGED, "")]),
        ("cat cat", "concat cat", [(CHANGED, "")]),
        ("it", "with it", [(f"{ADDED} beginning", "with ")]),
        ("Read it.", "Read that.", [(CHANGED, "")]),
    ],
)
def test_how_a_text_changed(a: str, b: str, expected: list[tuple[str, str]]) -> None:
    assert [tuple(one) for one in changes(a, b)] == expected


WORDS = some.text(alphabet="ab. \n", max_size=12)


@given(WORDS, WORDS)
def test_a_change_is_found_exactly_where_there_is_one(a: str, b: str) -> None:
    assert bool(changes(a, b)) == (a != b)
    kept = {"same", "removed"}
    if max(len(a), len(b)) < 30 and not set(" \n") & set(a + b):
        assert "".join(text for how, text in edits(a, b) if how in kept) == a
        assert "".join(text for how, text in edits(a, b) if how != "removed") == b


def test_white_space_is_made_visible() -> None:
    assert white_space("Read it.\nNow", "Read it. \nNow") == "“Read·it.⏎Now” → “Read·it.·⏎Now”"
    assert ("added", "·⏎") in edits("a\nb", "a \nb")


def test_long_texts_are_cut() -> None:
    (same, added) = edits("x " * 500, "x " * 500 + "y" * 900)
    assert len(same.text) < 40
    assert added.text.endswith("… (660 more)")
    assert len(edits("a b " * 2000, "c d " * 2000)) == 2


def asked(*rows: Any, sample: str | None = "s0", **keys: Any) -> Sent:
    return sent(request(sample, messages=messages(*rows), **keys))


def names(found: Iterable[Difference]) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in found]


def test_text_that_moved_past_the_images() -> None:
    one, other = (
        asked(image(IMAGES[0]), text("Read.")),
        asked(text("Read."), image(IMAGES[0])),
    )
    (found,) = prompt_differences([(one, other)])
    assert found.said == "text and images in another order: image, user text → user text, image"
    (moved, added) = sorted(
        names(prompt_differences([(one, asked(text("Read. Now."), image(IMAGES[0])))]))
    )
    assert (moved[1], added[1]) == ("moved", "text added at the end")


def test_one_text_in_two_parts() -> None:
    one, other = asked(text("Read. Now.")), asked(text("Read. "), text("Now."))
    assert names(prompt_differences([(one, other)])) == [("prompt", "same text in other parts")]


def test_an_image_more_is_no_other_prompt() -> None:
    one = asked(image(IMAGES[0]), text("Read."))
    more = asked(image(IMAGES[0]), image(IMAGES[1]), text("Read."))
    none = asked(text("Read."))
    assert list(prompt_differences([(one, more), (one, none), (none, more)])) == []


def test_prompts_that_change_each_in_its_own_way_are_counted() -> None:
    pairs = [(asked(text("Read.")), asked(text(f"Read. Number {n}."))) for n in range(9)]
    (found,) = prompt_differences(pairs)
    assert found.said == "text added at the end, not the same everywhere"
    assert (found.requests, found.of) == (9, 9)


def test_a_system_prompt_that_came() -> None:
    one = sent(request(messages=messages(text("Read."), system=None)))
    assert names(system_differences([(one, asked(text("Read.")))])) == [("system prompt", "added")]


def test_another_form_shows_what_is_odd(tmp_path: Path) -> None:
    one, other = asked(image(IMAGES[0])), asked(image(IMAGES[0], detail="low"))
    (found,) = form_differences([(one, other)], Gallery(tmp_path), Gallery(tmp_path))
    assert "detail" in "".join(piece.text for piece in found.edits)


def gallery(folder: Path, *contents: bytes) -> tuple[Gallery, list[str]]:
    folder.mkdir()
    store = ImageStore(folder)
    return Gallery(folder), [store.keep(content) for content in contents]


def shown(of: Gallery, keys: list[str]) -> Shown:
    return Shown(image_facts(of.folder, keys), of.paths)


def jpeg(content: Image.Image, quality: int = 40) -> bytes:
    return encoded(content, "JPEG", quality=quality)


PAGES = [page("x", seed) for seed in range(5)]


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [1, 2, 3, 4, 0]])
@pytest.mark.parametrize("quality", [None, 75, 10])
def test_images_are_matched_by_what_they_show(
    tmp_path: Path, order: list[int], quality: int | None
) -> None:
    a, old = gallery(tmp_path / "a", *map(encoded, PAGES))
    coded = [encoded(one) if quality is None else jpeg(one, quality) for one in PAGES]
    b, new = gallery(tmp_path / "b", *(coded[n] for n in order))
    found = matched(old, new, shown(a, old), shown(b, new))
    assert [(one.a, order[one.b], one.sure) for one in found] == [(n, n, True) for n in range(5)]


def test_pages_that_look_alike_are_not_shuffled_by_a_coding(tmp_path: Path) -> None:
    """Empty pages: any order fits, so that none is claimed."""
    chance = np.random.default_rng(1)
    blank = [
        Image.fromarray(chance.integers(250, 256, (64, 64, 3), dtype=np.uint8)) for _ in range(4)
    ]
    a, old = gallery(tmp_path / "a", *map(encoded, blank))
    b, new = gallery(tmp_path / "b", *(jpeg(one, 5) for one in blank))
    found = matched(old, new, shown(a, old), shown(b, new))
    assert [(one.a, one.b) for one in found] == [(n, n) for n in range(4)]


def test_the_same_image_twice_keeps_its_places(tmp_path: Path) -> None:
    a, old = gallery(tmp_path / "a", encoded(PAGES[0]))
    seen = shown(a, old)
    assert [(one.a, one.b) for one in matched(old * 3, old * 3, seen, seen)] == [
        (0, 0),
        (1, 1),
        (2, 2),
    ]


@pytest.mark.parametrize("quality", [95, 60, 20, 5])
def test_a_lossy_coding_is_told_from_a_word_that_was_printed(tmp_path: Path, quality: int) -> None:
    one, coded, printed = tmp_path / "a.png", tmp_path / "b.jpg", tmp_path / "c.jpg"
    one.write_bytes(encoded(PAGES[0]))
    coded.write_bytes(jpeg(PAGES[0], quality))
    other = PAGES[0].copy()
    other.paste("black", (64, 64, 96, 80))
    printed.write_bytes(jpeg(other, quality))
    judged = [look(one, path) for path in (one, coded, printed)]
    assert [found and found.judged for found in judged] == ["loss", "loss", "altered"]
    assert judged[0] is not None
    assert judged[0].mean == 0


def test_an_image_that_no_decoder_reads(tmp_path: Path) -> None:
    a, old = gallery(tmp_path / "a", b"no image")
    b, new = gallery(tmp_path / "b", encoded(PAGES[0]))
    (found,) = image_differences([(asked(image(old[0])), asked(image(new[0])))], a, b)
    assert found.kind == "image"
    assert "not decoded: UnidentifiedImageError" in found.said
    assert "unknown format 8 B → PNG" in found.said


def test_sixteen_bits_are_looked_at_in_eight(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(Image.new("I;16", (3, 3), 65535)))
    with opened(tmp_path / "a.png") as seen:
        assert seen.getpixel((0, 0)) == (255, 255, 255)


def test_an_image_that_is_only_named(tmp_path: Path) -> None:
    def at(url: str) -> dict[str, Any]:
        return {"type": "image_url", "image_url": {"url": url}}

    none = Gallery(tmp_path)
    (found,) = image_differences([(asked(at("http://a/x")), asked(at("http://a/y")))], none, none)
    assert found.said.startswith("http://a/x → http://a/y")


@given(some.lists(some.sampled_from("abc")), some.lists(some.sampled_from("abc")))
def test_pairing_loses_nothing(a: list[str], b: list[str]) -> None:
    pairs, left_a, left_b = pair(a, b, [lambda one: one])
    assert sorted([one for one, _ in pairs] + left_a) == sorted(a)
    assert sorted([two for _, two in pairs] + left_b) == sorted(b)
    assert not (left_a and left_b)
    exact = sum(min(a.count(letter), b.count(letter)) for letter in "abc")
    assert sum(one == two for one, two in pairs) == exact


def test_requests_without_a_sample_are_paired_by_what_they_ask() -> None:
    old = [asked(image(IMAGES[n]), text(f"{n}?"), sample=None) for n in range(3)]
    new = [asked(image(IMAGES[n]), text(f"{n}? Now."), sample=None) for n in (2, 0, 1)]
    found = pair_requests(old, [*new, *new])
    assert [one.keys == two.keys for one, two in found.pairs] == [True] * 3
    assert (found.more_a, found.more_b, found.only_a, found.only_b) == (0, 0, (), ())


def test_a_request_more_for_a_sample_is_counted() -> None:
    usual, also = asked(text("Read.")), asked(text("And now?"))
    found = pair_requests([usual], [usual, also])
    assert (len(found.pairs), found.more_a, found.more_b) == (1, 0, 1)


def test_a_parameter_that_varies_is_told_by_the_requests() -> None:
    def both(second: int) -> tuple[Fingerprint, list[Sent]]:
        requests = [
            request("s0", parameters={"n": 0}),
            request("s1", parameters={"n": second}),
        ]
        return taken(requests), [sent(one) for one in requests]

    (a, old), (b, new) = both(1), both(2)
    (found,) = parameter_differences(a, b, list(zip(old, new, strict=True)))
    assert found.said == "1 → 2 (not the same in every request)"
    assert (found.requests, found.of, found.sample) == (1, 2, "s1")
    (alone,) = parameter_differences(a, b, None)
    assert "not the same in every request" in alone.said


MARK = taken([request()])


def changed(**keys: Any) -> Fingerprint:
    return MARK.model_copy(update=keys)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"engine": "vllm"}, "none → vllm"),
        ({"engine_versions": {"vllm": "1"}}, "vllm 1 only in B"),
        ({"python": PerEnvironment(harness="3.12.1")}, "of the harness: 3.11.7 → 3.12.1"),
        ({"locks": PerEnvironment(harness="l", engine="e")}, "of the engine: none → e"),
        (
            {"harness": MARK.harness.model_copy(update={"version": "2"})},
            "echo 1 → echo 2",
        ),
    ],
)
def test_software(keys: dict[str, Any], said: str) -> None:
    assert [one.said for one in software_differences(MARK, changed(**keys))] == [said]
    assert list(software_differences(MARK, MARK)) == []


def test_the_locks_of_another_harness_are_no_difference_of_their_own() -> None:
    other = changed(
        harness=MARK.harness.model_copy(update={"name": "vlmevalkit"}),
        locks=PerEnvironment(harness="other"),
        python=PerEnvironment(harness="3.12.1"),
    )
    assert names(software_differences(MARK, other)) == [("harness", "")]


def test_the_scorer_says_which_file_and_which_metric() -> None:
    scorer = MARK.scorer
    sources = scorer.sources | {"metrics/new.py": "f" * 64}
    metrics = ({"metric": "cer", "case": "fold"},)
    other = scorer.model_copy(
        update={"sources": sources, "metrics": metrics, "bench_version": "9", "libraries": {}}
    )
    (found,) = scorer_differences(MARK, changed(scorer=other))
    assert "bench/metrics/new.py ffffffffffff only in B" in found.details
    assert any(line.startswith("bench ") and line.endswith("→ 9") for line in found.details)
    assert any('"case": "fold"' in line for line in found.details)
    rules = scorer.model_copy(update={"mistake_sources": {}})
    assert {one.kind for one in scorer_differences(MARK, changed(scorer=rules))} == {
        "mistake rules"
    }


def test_locks_are_told_by_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_HOME", str(tmp_path))
    for lock, numpy in (("a" * 64, "1.26.4"), ("b" * 64, "2.3.0")):
        folder = tmp_path / "environments" / lock
        folder.mkdir(parents=True)
        listed = [f"numpy=={numpy}", "Odd_Name==1", "local @ file:///x"]
        ready = {"lock_sha256": lock, "packages": listed}
        (folder / "ready.json").write_text(json.dumps(ready))
    a, b = (changed(locks=PerEnvironment(harness=letter * 64)) for letter in "ab")
    (found,) = software_differences(a, b)
    assert found.said == f"of the harness: 1 package, {'a' * 12} → {'b' * 12}"
    assert found.details == ("numpy 1.26.4 → 2.3.0",)
    assert packages("a" * 64) == {"numpy": "1.26.4", "odd-name": "1", "local": "file:///x"}


def test_a_lock_file_at_hand_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bench.adapter import find_adapter
    from bench.environment import digest

    monkeypatch.setenv("BENCH_HOME", str(tmp_path))
    lock = find_adapter("engine", "rapidocr").lock
    found = packages(digest((lock,)))
    assert found is not None
    assert found["rapidocr"] == "3.10.0"
    assert packages("0" * 64) is None
