"""NVML by a made-up library at the machine's edge: nothing here ran on a GPU."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.nvml import GpuUse, Nvml
from bench.usage import Usage, read_usage
from tests.runs import await_true

HERE = os.getpid()
NOBODY = 2**22 + 1  # above the largest pid that Linux gives


class NVMLError(Exception):
    pass


@dataclass
class Device:
    """`processes`: bytes by pid, None where the driver does not say."""

    used: int = 900
    busy: int | None = 40
    name: str | bytes = "NVIDIA Toy"
    processes: dict[int, int | None] = field(default_factory=dict)
    graphics: dict[int, int | None] = field(default_factory=dict)


@dataclass
class Library:
    """What bench asks of pynvml."""

    devices: list[Device]
    broken: str = ""
    NVMLError: type[Exception] = NVMLError
    shut: int = 0

    def nvmlInit(self) -> None:  # noqa: N802
        self._check("init")

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.shut += 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return len(self.devices)

    def nvmlDeviceGetHandleByIndex(self, number: int) -> Device:  # noqa: N802
        return self.devices[number]

    def nvmlDeviceGetName(self, device: Device) -> str | bytes:  # noqa: N802
        return device.name

    def nvmlDeviceGetMemoryInfo(self, device: Device) -> SimpleNamespace:  # noqa: N802
        self._check("memory")
        return SimpleNamespace(used=device.used)

    def nvmlDeviceGetUtilizationRates(self, device: Device) -> SimpleNamespace:  # noqa: N802
        if device.busy is None:
            raise NVMLError("not supported")
        return SimpleNamespace(gpu=device.busy)

    def nvmlDeviceGetComputeRunningProcesses(  # noqa: N802
        self, device: Device
    ) -> list[SimpleNamespace]:
        self._check("processes")
        return _rows(device.processes)

    def nvmlDeviceGetGraphicsRunningProcesses(  # noqa: N802
        self, device: Device
    ) -> list[SimpleNamespace]:
        self._check("processes")
        return _rows(device.graphics)

    def _check(self, what: str) -> None:
        if what in self.broken.split():
            raise NVMLError(what)


def _rows(given: dict[int, int | None]) -> list[SimpleNamespace]:
    return [SimpleNamespace(pid=pid, usedGpuMemory=used) for pid, used in given.items()]


def opened(monkeypatch: pytest.MonkeyPatch, *devices: Device, broken: str = "") -> Nvml | None:
    monkeypatch.setitem(sys.modules, "pynvml", Library(list(devices), broken))
    return Nvml.opened()


def use(
    monkeypatch: pytest.MonkeyPatch, pids: set[int], *devices: Device, broken: str = ""
) -> GpuUse | None:
    nvml = opened(monkeypatch, *devices, broken=broken)
    assert nvml is not None
    return nvml.use(pids)


def test_the_processes_own_memory_on_the_devices_where_they_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = Device(processes={10: 300, HERE: 7}, graphics={10: 300, 11: 5}, busy=80)
    second = Device(processes={11: 50}, busy=20, name=b"NVIDIA Toy")
    third = Device(processes={HERE: 1000}, busy=0)
    found = use(monkeypatch, {10, 11}, first, second, third)
    assert found == GpuUse(355, "process", 50.0, "2 x NVIDIA Toy")


def test_where_the_driver_does_not_say_whose_it_is_the_device_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, other = Device(used=700, processes={10: None}), Device(used=5000)
    assert use(monkeypatch, {10}, ours, other) == GpuUse(700, "device", 40.0, "NVIDIA Toy")


@pytest.mark.parametrize("hidden", [{}, {NOBODY: 500}])
def test_in_a_container_that_hides_pids_the_device_is_told(
    monkeypatch: pytest.MonkeyPatch, hidden: dict[int, int | None]
) -> None:
    assert use(monkeypatch, {10}, Device(used=700, processes=hidden)) == GpuUse(
        700, "device", 40.0, "NVIDIA Toy"
    )


def test_a_gpu_that_only_others_use_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = Device(used=9000, processes={HERE: 8000})
    assert use(monkeypatch, {10}, busy) == GpuUse(0, "process", None, "NVIDIA Toy")


def test_without_process_lists_or_utilisation_the_rest_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sliced = Device(used=700, busy=None, processes={10: 300})
    assert use(monkeypatch, {10}, sliced) == GpuUse(300, "process", None, "NVIDIA Toy")
    assert use(monkeypatch, {10}, sliced, broken="processes") == GpuUse(
        700, "device", None, "NVIDIA Toy"
    )
    assert use(monkeypatch, {10}, sliced, broken="processes memory") is None


def test_no_driver_no_gpu_no_library_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(monkeypatch, Device(), broken="init") is None
    assert opened(monkeypatch) is None
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert Nvml.opened() is None


def test_the_real_package_has_what_is_asked_of_it() -> None:
    import pynvml

    asked = [name for name in dir(Library) if name.startswith("nvml")]
    assert len(asked) == 9
    assert [name for name in [*asked, "NVMLError"] if not hasattr(pynvml, name)] == []


def _sampled_twice(path: Path) -> bool:
    return len(read_usage(path)) >= 2


def test_gpu_columns_in_the_file_and_none_without_a_gpu(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, devices in (("gpu", [Device()]), ("none", [])):
        path = tmp_path / f"{name}.jsonl"
        monkeypatch.setitem(sys.modules, "pynvml", Library(devices))
        with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
            watching = Usage(path, process.pid)
            watching.start()
            await_true(partial(_sampled_twice, path))
            watching.stop()
            process.kill()
        first, second = read_usage(path)[:2]
        assert first.gpu == (900 if devices else None)
        assert first.gpu_name == ("NVIDIA Toy" if devices else None)
        assert second.gpu is None, "between two looks the GPU is not asked"


def test_a_driver_that_breaks_while_running_stops_only_the_sampling(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    library = Library([Device()])
    monkeypatch.setitem(sys.modules, "pynvml", library)
    monkeypatch.setattr(library, "nvmlDeviceGetName", lambda _: 1 / 0)
    watching = Usage(tmp_path / "usage.jsonl", HERE)
    watching.start()
    time.sleep(0.1)
    watching.stop()
    assert not watching._thread.is_alive()
    assert library.shut == 1
