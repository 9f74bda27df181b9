"""Every command block of README and docs runs, or is skipped by the name of what it needs.

```sh            runs in the tests
```sh harness    runs with the real environments (make test-harness)
```sh endpoint   runs beside a model file my-vlm.yaml
```sh make       the make targets themselves: they call these tests
```sh gpu | hub  needs what no CI machine has: skipped, and counted here by name
```sh container  needs docker and a base image: tests/isolation runs the same
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tools.docs.__main__ import references

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
FENCE = re.compile(r"(?ms)^```(\S*) ?(.*?)\n(.*?)^```$")
KINDS = {"", "harness", "endpoint", "make", "gpu", "hub", "container"}
SKIPPED = ("sh gpu", "sh hub", "sh make", "sh container")
MODEL = """
name: my-vlm
served_id: Qwen/Qwen2.5-VL-7B-Instruct
base_url: http://127.0.0.1:8000/v1
"""


@dataclass(frozen=True)
class Block:
    page: str
    number: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}-{self.number}"


def blocks() -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for number, one in enumerate(FENCE.finditer(text), 1):
            if one.group(1) in ("sh", "python"):
                kind = f"{one.group(2)}"
                found.append(
                    Block(page.stem, number, f"{one.group(1)} {kind}".strip(), one.group(3))
                )
    return found


def run(block: Block, folder: Path) -> None:
    (folder / "my-vlm.yaml").write_text(MODEL)
    for name in ("configs", "docs_tasks"):
        (folder / name).symlink_to(REPOSITORY / name)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    argv = [sys.executable, "-c", block.text]
    if block.kind.startswith("sh"):
        argv = ["bash", "-euo", "pipefail", "-c", block.text]
    done = subprocess.run(
        argv, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"


def of(*kinds: str) -> list[Block]:
    return [block for block in blocks() if block.kind in kinds]


FIRST = ("README", "getting-started")  # what a newcomer types
LONG = ("README-3",)  # a quarter of a minute: several runs


def is_quick(name: str) -> bool:
    return name.rpartition("-")[0] in FIRST and name not in LONG


BLOCKS = [
    pytest.param(
        block,
        id=str(block),
        marks=[] if is_quick(str(block)) else pytest.mark.thorough,
    )
    for block in of("sh", "sh endpoint", "python")
]


def test_what_a_newcomer_types_is_among_the_blocks() -> None:
    assert {str(block).rpartition("-")[0] for block in of("sh")} >= set(FIRST)


@pytest.mark.parametrize("block", BLOCKS)
def test_block_runs(block: Block, tmp_path: Path) -> None:
    run(block, tmp_path)


@pytest.mark.harness
@pytest.mark.parametrize("block", of("sh harness"), ids=str)
def test_block_runs_with_real_environments(block: Block, tmp_path: Path) -> None:
    run(block, tmp_path)


def test_every_block_is_of_a_known_kind_and_these_are_skipped() -> None:
    assert {block.kind.partition(" ")[2] for block in blocks()} <= KINDS
    skipped = Counter(f"{block.page} {block.kind}" for block in of(*SKIPPED))
    assert skipped == {
        "tasks sh hub": 1,
        "evalscope sh hub": 1,
        "README sh make": 1,
        "README sh gpu": 1,
        "getting-started sh make": 1,
        "gpu sh gpu": 2,
        "your-endpoint sh gpu": 1,
        "offline sh make": 2,
        "isolation sh container": 1,
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_command_hides_in_a_block_that_does_not_run(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    unnamed = [one.group(3) for one in FENCE.finditer(text) if not one.group(1)]
    assert not [block for block in unnamed if re.search(r"(?m)^(bench|make) ", block)]


@pytest.mark.parametrize("path", references())
def test_generated_references_are_up_to_date(path: str) -> None:
    assert (REPOSITORY / path).read_text(encoding="utf-8") == references()[path](), "make docs"


@pytest.mark.parametrize("page", [*PAGES, *REPOSITORY.glob("adapters/**/README.md")], ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
