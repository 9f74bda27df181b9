"""Which torch an environment gets is seen when it is built, and kept to; tiny wheels stand for it.

What a plan shows before may be the other one, so nothing is kept under the key of a plan.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench import api, store, uv
from bench.adapter import Adapter, find_adapter
from bench.bundle.build import _settled
from bench.bundle.contents import contents_of, plan_of
from bench.bundle.licence import Policy
from bench.bundle.manifest import PackedEnvironment
from bench.bundle.outlook import outlook
from bench.bundle.provision import build_one
from bench.config import make_config
from bench.environment import build, built, health, may_be, plan_environment, prepared, remove
from bench.isolation.image import recipe
from tests.bundle.tiny_packages import pin, wheel
from tests.cli.said import Cli
from tests.conftest import REPOSITORY

MakeTask = Callable[..., Path]
CPU, CUDA = "2.0+cpu", "2.0"


@dataclass(frozen=True)
class Shop:
    """The only place of packages: `index`. torch with CUDA is always there."""

    index: Path
    adapter: Adapter

    def offer_cpu(self, *, offered: bool) -> None:
        name = f"torch-{CPU}-py3-none-any.whl"
        places = [self.index / name, self.index.parent / name]
        here, there = places if offered else reversed(places)
        if there.is_file():  # the same file again: the lock has its hash
            there.rename(here)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """With the CPU's wheel; an adapter that answers as echo does, and wants torch."""
    index, locks = tmp_path / "index", tmp_path / "locks"
    folder = tmp_path / "adapters" / "warm"
    for made in (index, locks):
        made.mkdir()
    (locks / "torch.cpu.lock").write_text(pin(wheel(index, "torch", CPU)))
    exactly = pin(wheel(index, "torch", CUDA)).replace("==", "===")  # or 2.0+cpu is one as well
    (locks / "torch.cuda.lock").write_text(exactly)
    shutil.copytree(REPOSITORY / "adapters" / "harnesses" / "echo", folder)
    described = (folder / "adapter.toml").read_text().replace('"echo"', '"warm"')
    (folder / "adapter.toml").write_text(f"{described}\ntorch = true\n")
    monkeypatch.setattr("bench.environment.lock_folder", lambda: locks)
    monkeypatch.setenv("BENCH_ADAPTERS", str(folder.parent))
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    for name in ("UV_FIND_LINKS", "UV_INDEX", "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    return Shop(index, find_adapter("harness", "warm"))


@pytest.fixture
def never_asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: monkeypatch.setattr(uv, "available", lambda *_: pytest.fail("it was asked"))


@pytest.mark.parametrize("offered", [True, False], ids=["offered", "not-offered"])
def test_what_is_built_is_what_is_offered_and_then_planned(
    shop: Shop, never_asked: Callable[[], None], *, offered: bool
) -> None:
    shop.offer_cpu(offered=offered)
    planned = plan_environment(shop.adapter, "cpu")
    assert planned.otherwise is not None
    found = build(shop.adapter, "cpu")
    wanted = planned if offered else planned.otherwise
    assert (found.key, found.folder, found.otherwise) == (wanted.key, wanted.folder, None)
    ready = json.loads((found.folder / "ready.json").read_bytes())
    assert ready["packages"] == [f"torch=={CPU if offered else CUDA}"]
    assert (ready["key"], ready["note"]) == (found.key, found.note)
    assert (found.note is None) is offered
    never_asked()
    shop.offer_cpu(offered=not offered)
    assert plan_environment(shop.adapter, "cpu") == build(shop.adapter, "cpu") == found
    assert health(found) is None


@pytest.mark.thorough
def test_a_run_goes_on_with_the_torch_that_it_began_with(
    shop: Shop, make_task: MakeTask, tmp_path: Path, never_asked: Callable[[], None]
) -> None:
    """The environment is gone, and the index has the other one by now."""
    shop.offer_cpu(offered=False)
    config = {"backend": "warm", "task": str(make_task([{}])), "out": str(tmp_path / "run")}
    for _ in (begun := api.start(config)).events():
        pass
    before = api.finish(begun).jobs[0].environment
    assert "with CUDA is used instead" in str(before.note)
    (one,) = built()
    remove(one.folder)
    (store.job_folder(begun.folder, begun.plan.jobs[0].id) / "predictions.jsonl").unlink()
    shop.offer_cpu(offered=True)
    assert plan_environment(shop.adapter, "cpu").key != before.key
    never_asked()
    for _ in (again := api.resume(begun.folder)).events():
        pass
    report = api.finish(again)
    assert (report.jobs[0].status, report.jobs[0].environment) == ("ok", before)
    assert before.lock_sha256 in may_be(shop.adapter, "cpu")


def test_plans_of_all_kinds_name_both_and_ask_nothing(
    shop: Shop, cli: Cli, never_asked: Callable[[], None]
) -> None:
    never_asked()
    planned = plan_environment(shop.adapter, "cpu")
    assert planned.otherwise is not None
    named = ("--backend", "warm", "--task", "receipts:ocr")
    shown = cli("eval", "--dry-run", *named)
    said = f"{planned.folder.name} (is not built; where CPU torch is not offered: "
    assert f"{said}{planned.otherwise.folder.name})" in shown.out
    assert cli("env", "check", "warm").out == "warm: is not built\n"
    assert cli("env", "containerfile", "warm", "--base", "base:1").code == 0
    (row,) = json.loads(cli("bundle", "plan", *named, "--json").out)["environments"]
    assert (row["packages"], "the build asks" in row["note"]) == (1, True)


@pytest.mark.parametrize("offered", [True, False], ids=["offered", "not-offered"])
def test_a_bundle_and_an_image_are_built_of_what_is_offered(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, *, offered: bool
) -> None:
    shop.offer_cpu(offered=offered)
    contents = contents_of(plan_of(make_config({"backend": "warm", "task": "receipts:ocr"})))
    (needed,) = _settled(contents, lambda _: None).environments
    image, _ = recipe(shop.adapter, "cpu", "base:1", to_build=True)
    monkeypatch.setattr(uv, "available", lambda *_: pytest.fail("it was asked"))
    of_folder, _ = recipe(shop.adapter, "cpu", "base:1", to_build=True, wheels=shop.index)
    assert of_folder == image
    wanted = "torch.cpu.lock" if offered else "torch.cuda.lock"
    assert [one.locks[-1].name for one in (needed.planned, image)] == [wanted, wanted]
    assert (needed.planned.note is None, needed.planned.otherwise) == (offered, None)
    (row,) = outlook(contents, Policy()).environments
    assert "the build asks" in str(row.note)


def test_an_installed_bundle_gets_what_was_packed(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine that it was built on was offered no torch for CPU; this one would be."""
    shop.offer_cpu(offered=False)
    planned = prepared(shop.adapter, "cpu")
    for lock in planned.locks:
        shutil.copy(lock, tmp_path)
    packed = PackedEnvironment(
        adapter="harness warm",
        name=planned.name,
        flavour="cpu",
        python=shop.adapter.python,
        key=planned.key,
        locks=tuple(lock.name for lock in planned.locks),
        packages=1,
    )
    shop.offer_cpu(offered=True)
    monkeypatch.setattr(uv, "available", lambda *_: pytest.fail("it was asked"))
    build_one(tmp_path, packed)
    (one,) = built()
    assert (one.ready or {})["packages"] == [f"torch=={CUDA}"]
