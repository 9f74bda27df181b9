"""Whole runs that differ in one thing, in two, or in none: what differs is named, nothing else."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image

from bench import api
from bench.differences import Comparison, Difference, compare
from tests.endpoint import Reply
from tests.protocols import INJECTED, Named, Protocol, encoded, ended, page
from tests.runs import run, use_fakes

pytestmark = pytest.mark.thorough


@dataclass(frozen=True)
class Base:
    """The run that every other is compared with."""

    folder: Path

    def against(self, protocol: Protocol, folder: Path) -> Comparison:
        return compare(self.folder / "run", ended(protocol, folder).folder)

    def injected(self, name: str) -> Path:
        """The run with this one difference, made once."""
        folder = self.folder.parent / name
        if not folder.exists():
            protocol = Protocol()
            INJECTED[name][0](protocol)
            ended(protocol, folder)
        return folder / "run"


@pytest.fixture(scope="module")
def base(bench_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCH_HOME", str(bench_home))
        folder = tmp_path_factory.mktemp("base") / "a"
        ended(Protocol(), folder)
        yield Base(folder)


def found(comparison: Comparison) -> list[Difference]:
    (job,) = comparison.jobs
    assert comparison.same == (not job.differences)
    return list(job.differences)


def named(comparison: Comparison) -> list[Named]:
    return [(one.kind, one.name) for one in found(comparison)]


@pytest.mark.parametrize("name", INJECTED)
def test_a_single_difference_is_named_and_nothing_else(base: Base, name: str) -> None:
    comparison = compare(base.folder / "run", base.injected(name))
    assert named(comparison) == [INJECTED[name][1]]
    assert comparison.jobs[0].a_short != comparison.jobs[0].b_short
    in_task = {"suffix", "space", "jpeg", "png", "order", "content"}
    assert bool(comparison.jobs[0].explained) == (name in in_task)


HARD = [
    *(("suffix", "space"), ("suffix", "system"), ("suffix", "content"), ("space", "jpeg")),
    *(("jpeg", "order"), ("png", "order"), ("jpeg", "content"), ("max_tokens", "temperature")),
    *(("temperature", "seed"), ("system", "model"), ("model", "order"), ("content", "scorer")),
]


def both_are_named(base: Base, folder: Path, pair: tuple[str, str]) -> None:
    protocol, expected = Protocol(), set()
    for name in pair:
        inject, what = INJECTED[name]
        inject(protocol)
        expected.add(what)
    if pair == ("jpeg", "png"):  # a PNG of what the JPEG left: one coding, with loss on the way
        expected = {("image loss", "")}
    got = named(base.against(protocol, folder))
    assert set(got) == expected
    assert len(got) == len(expected)


@pytest.mark.thorough
@pytest.mark.parametrize("pair", HARD, ids="+".join)
def test_two_at_once_are_both_named(base: Base, tmp_path: Path, pair: tuple[str, str]) -> None:
    both_are_named(base, tmp_path / "b", pair)


@pytest.mark.slow
@pytest.mark.parametrize(
    "pair", [pair for pair in combinations(INJECTED, 2) if pair not in HARD], ids="+".join
)
def test_any_two_at_once_are_both_named(base: Base, tmp_path: Path, pair: tuple[str, str]) -> None:
    both_are_named(base, tmp_path / "b", pair)


def nothing_is_named(base: Base, folder: Path, seed: int) -> None:
    """The server answers in any order, and now and then with a 500 first."""
    chance = random.Random(seed)
    late = [chance.random() / 20 for _ in range(64)]
    broken = chance.randrange(1, 4) if seed % 2 else 0

    def script(_: str, number: int) -> Reply:
        if number == broken:
            return Reply(status=500)
        return Reply(f"page {number}", delay_s=late[number % len(late)])

    other = ended(Protocol(), folder, script, requests={"concurrency": 8})
    assert other.job.performance is not None
    assert other.job.performance.retries == (1 if broken else 0)
    comparison = compare(base.folder / "run", other.folder)
    assert found(comparison) == []
    assert comparison.jobs[0].a_short == comparison.jobs[0].b_short
    assert comparison.same


@pytest.mark.parametrize("seed", range(3))
def test_the_same_again_differs_in_nothing(base: Base, tmp_path: Path, seed: int) -> None:
    nothing_is_named(base, tmp_path / "elsewhere", seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 20))
def test_the_same_seventeen_times_more(base: Base, tmp_path: Path, seed: int) -> None:
    nothing_is_named(base, tmp_path / "elsewhere", seed)


def test_a_run_that_is_scored_again_differs_in_nothing(base: Base) -> None:
    before = compare(base.folder / "run", base.folder / "run")
    api.rescore(base.folder / "run")
    assert before.same
    assert compare(base.folder / "run", base.folder / "run") == before


def told(comparison: Comparison) -> set[tuple[str, str, str]]:
    return {(one.kind, one.name, one.said) for one in found(comparison)}


def test_many_settings_at_once_are_all_named(base: Base, tmp_path: Path) -> None:
    protocol = Protocol(prompt="What do the two scans say?", model={"served_id": "other"})
    protocol.parameters["top_p"] = 0.5
    protocol.config["seed"] = 7
    assert told(base.against(protocol, tmp_path / "b")) == {
        ("system prompt", "removed", "removed: “You read scans.”"),
        ("prompt", "changed", "changed"),
        ("parameter", "top_p", "not sent → 0.5"),
        ("served model", "", "served → other"),
        ("interval seed", "", "0 → 7"),
    }


def test_a_limit_and_a_name_that_the_request_follows(base: Base, tmp_path: Path) -> None:
    protocol = Protocol(prompt="Read the two pages.", name="m2", model={"served_id": "m2"})
    protocol.model["system_prompt"] = "You read scans."
    protocol.config["limit"] = 3
    assert told(base.against(protocol, tmp_path / "b")) == {
        ("samples", "", "1 asked only in A: s3"),
        ("prompt", "text removed at the end", "text removed at the end: “ Answer with the text.”"),
        ("model", "", "m → m2"),
        ("served model", "", "served → m2"),
        ("limit", "", "none → 3"),
    }


def test_each_image_is_judged_by_itself(base: Base, tmp_path: Path) -> None:
    protocol = Protocol()
    resized, turned, replaced, stamped = protocol.images
    front = Image.open(BytesIO(resized[0]))
    resized[0] = encoded(front.resize((80, 100)))
    turned[0] = encoded(Image.open(BytesIO(turned[0])).transpose(Image.Transpose.ROTATE_90))
    replaced[0] = encoded(page("front", 99))
    black = Image.open(BytesIO(stamped[0]))
    black.paste("black", (100, 100, 112, 112))
    stamped[0] = encoded(black)
    del stamped[1]
    got = {one.kind: one for one in found(base.against(protocol, tmp_path / "b"))}
    assert {kind: (one.sample, one.requests, one.of) for kind, one in got.items()} == {
        "image size": ("s0", 1, 4),
        "image turned": ("s1", 1, 4),
        "another image": ("s2", 1, 4),
        "image altered": ("s3", 1, 4),
        "image count": ("s3", 1, 4),
    }
    assert got["image size"].said.startswith("resized 160x200 → 80x100: PNG")
    assert got["image turned"].said == "turned by 90° against the clock: 160x200 → 200x160"
    assert got["image count"].said == "2 → 1 in a request"
    assert "in one place" in got["image altered"].said


def test_the_example_is_from_the_record(base: Base, tmp_path: Path) -> None:
    protocol = Protocol()
    for name in ("suffix", "png", "content"):
        INJECTED[name][0](protocol)
    prompt, image, content = found(base.against(protocol, tmp_path / "b"))
    assert prompt.said == "text added at the end: “ No comments.”"
    assert (prompt.requests, prompt.of, prompt.sample) == (4, 4, "s0")
    assert [one for one in prompt.edits if one.how != "same"] == [("added", " No comments.")]
    before, after = (len(images[0][0]) / 1000 for images in (Protocol().images, protocol.images))
    assert f"PNG {before:.1f} kB → PNG {after:.0f} kB: 8 images" in image.said
    assert content.sample == "s2"
    assert [one for one in content.edits if one.how != "same"] == [
        ("removed", "2"),
        ("added", "two"),
    ]


@pytest.mark.parametrize("name", INJECTED)
def test_by_the_reports_alone_the_same_is_named_without_examples(base: Base, name: str) -> None:
    other = base.injected(name) / "report.json"
    (one,) = found(compare(base.folder / "run" / "report.json", other))
    kind = {"jpeg": "image"}.get(name, INJECTED[name][1][0])
    assert (one.kind, one.sample, one.edits) == (kind, None, ())


def test_a_server_that_names_itself_otherwise(base: Base, tmp_path: Path) -> None:
    """The alias at a provider has moved: nothing that was sent shows it."""
    other = tmp_path / "b"
    shutil.copytree(base.folder / "run", other)
    record = other / "gateway" / "requests.jsonl"
    named_so = record.read_text().replace(r'"response": "{', r'"response": "{\"model\": \"new\", ')
    assert named_so.count("new") == 4
    record.write_text(named_so)
    api.rescore(other)
    assert [(one.kind, one.said) for one in found(compare(base.folder / "run", other))] == [
        ("answered by", "not named → new")
    ]


@pytest.mark.parametrize(("name", "kind"), [("png", "image encoding"), ("jpeg", "image")])
def test_images_that_are_gone_are_told_by_what_is_known(
    base: Base, tmp_path: Path, name: str, kind: str
) -> None:
    other = tmp_path / "b"
    shutil.copytree(base.injected(name), other)
    shutil.rmtree(other / "gateway" / "images")
    (one,) = found(compare(base.folder / "run", other))
    assert one.kind == kind
    assert ("no longer stored" in one.said) == (name == "jpeg")


def test_a_run_without_a_model(base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)
    task = str(base.folder / "task")
    one, other = (run(backend="echo", task=task, out=tmp_path / name) for name in ("a", "b"))
    same = compare(one.folder, other.folder)
    assert same.same
    assert same.jobs[0].unseen == (
        "prompts, images and parameters are not compared: no request went through the gateway",
    )
    mixed = found(compare(base.folder / "run", one.folder))
    assert [one.kind for one in mixed] == ["record", "model"]
    assert mixed[0].said == "B has no request: no request went through the gateway"
