"""A small place to build bundles in: packages made on the spot, and an adapter that wants them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bench import resources
from bench.bundle.build import Core, build_bundle
from bench.bundle.contents import ImageEngine, plan_of
from bench.bundle.licence import Policy
from bench.bundle.manifest import Manifest
from bench.config import make_config
from tests.bundle.tiny_packages import builder, pin, source, wheel

ADAPTER = """
protocol = 1
name = "packed"
kind = "harness"
summary = "Has packages."
python = "3.11"
flavours = ["cpu"]
needs_model = false
tasks = "document"
"""


@dataclass(frozen=True)
class Workshop:
    """`index` is where pip and uv look, and nowhere else."""

    index: Path
    adapter: Path
    core: Core
    out: Path

    def lock(self, *files: Path) -> None:
        (self.adapter / "requirements.lock").write_text("".join(map(pin, files)))

    def build(
        self,
        policy: Policy | None = None,
        volume_bytes: int | None = None,
        images: ImageEngine | None = None,
        **config: object,
    ) -> Manifest:
        config = {"backend": "packed", "task": "receipts:ocr"} | config
        return build_bundle(
            plan_of(make_config(config)),
            self.out,
            policy=policy or Policy(),
            volume_bytes=volume_bytes,
            core=self.core,
            images=images,
        )

    def log(self) -> str:
        return (resources.logs() / "bundle.log").read_text()


def make_workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A core of two wheels; a harness whose lock has a wheel, and a source that needs a builder."""
    index, adapter = tmp_path / "index", tmp_path / "adapters" / "packed"
    index.mkdir()
    adapter.mkdir(parents=True)
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BENCH_ADAPTERS", str(adapter.parent))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    (adapter / "run.py").write_text("")
    (adapter / "adapter.toml").write_text(ADAPTER)
    (tmp_path / "own").mkdir()
    core = Core(pin(wheel(index, "corepart")), wheel(tmp_path / "own", "vlmhyperbench"))
    monkeypatch.chdir(tmp_path)  # a relative path is what people type; pip and uv run elsewhere
    made = Workshop(index, adapter, core, Path("bundle"))
    builder(index, "maker", of="fromsource")
    made.lock(
        wheel(index, "plain"),
        source(index, "fromsource", backend="maker", requires=("maker",)),
    )
    return made
