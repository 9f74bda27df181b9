"""What NVIDIA's driver says of GPU memory and use, through NVML (the package nvidia-ml-py).

Without the driver, a GPU or the package there is nothing to say, and nothing is raised.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Literal

Scope = Literal["process", "device"]


@dataclass(frozen=True)
class GpuUse:
    """`used` bytes of `scope`: those processes alone, or everybody on their devices.

    `utilisation` is the devices' own, in per cent, whoever keeps them busy.
    """

    used: int
    scope: Scope
    utilisation: float | None
    name: str


class Nvml:
    """NVML, opened; `close` when done."""

    def __init__(self, library: Any, devices: list[Any]) -> None:
        self._library, self._devices = library, devices

    @classmethod
    def opened(cls) -> Nvml | None:
        """None where there is no GPU to be asked about."""
        try:
            import pynvml

            pynvml.nvmlInit()
            numbers = range(pynvml.nvmlDeviceGetCount())
            devices = [pynvml.nvmlDeviceGetHandleByIndex(number) for number in numbers]
        except Exception:  # noqa: BLE001  (a broken driver raises what it likes)
            return None
        return cls(pynvml, devices) if devices else None

    def close(self) -> None:
        with contextlib.suppress(self._library.NVMLError):
            self._library.nvmlShutdown()

    def use(self, pids: AbstractSet[int]) -> GpuUse | None:
        """What the processes `pids` use; of the whole devices where NVML cannot tell them apart.

        In a container NVML shows no process, or numbers that do not exist there.
        """
        import psutil

        listed = [self._processes(device) for device in self._devices]
        ours = [number for number, found in enumerate(listed) if found.keys() & pids]
        if ours:
            memory = [
                used for number in ours for pid, used in listed[number].items() if pid in pids
            ]
            known = [used for used in memory if used is not None]
            if len(known) == len(memory):
                return GpuUse(sum(known), "process", self._busy(ours), self._name(ours))
            return self._whole(ours)
        everyone = {pid for found in listed for pid in found}
        if everyone and all(map(psutil.pid_exists, everyone)):
            return GpuUse(0, "process", None, self._name(range(len(listed))))
        return self._whole(range(len(listed)))

    def _whole(self, numbers: Iterable[int]) -> GpuUse | None:
        chosen = list(numbers)
        try:
            used = sum(
                int(self._library.nvmlDeviceGetMemoryInfo(self._devices[number]).used)
                for number in chosen
            )
        except self._library.NVMLError:
            return None
        return GpuUse(used, "device", self._busy(chosen), self._name(chosen))

    def _processes(self, device: Any) -> dict[int, int | None]:
        """Bytes by pid; None where the driver does not say how many."""
        found: dict[int, int | None] = {}
        for ask in (
            self._library.nvmlDeviceGetGraphicsRunningProcesses,
            self._library.nvmlDeviceGetComputeRunningProcesses,
        ):
            try:
                found |= {int(one.pid): one.usedGpuMemory for one in ask(device)}
            except self._library.NVMLError:
                continue
        return found

    def _busy(self, numbers: Iterable[int]) -> float | None:
        try:
            shares = [
                float(self._library.nvmlDeviceGetUtilizationRates(self._devices[number]).gpu)
                for number in numbers
            ]
        except self._library.NVMLError:  # a slice of a GPU (MIG) has none
            return None
        return sum(shares) / len(shares) if shares else None

    def _name(self, numbers: Iterable[int]) -> str:
        names = []
        for number in numbers:
            try:
                name = self._library.nvmlDeviceGetName(self._devices[number])
            except self._library.NVMLError:
                name = "GPU"
            names.append(name.decode() if isinstance(name, bytes) else str(name))
        distinct = dict.fromkeys(names)
        return ", ".join(
            name if names.count(name) == 1 else f"{names.count(name)} x {name}" for name in distinct
        )
