"""The servers of a run while its jobs run: an engine that ends is started once more.

Without the gateway nothing can go on: the jobs are stopped, and the run can be resumed.
"""

from __future__ import annotations

import datetime as dt
import functools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from bench.errors import BenchError
from bench.ledger import Ledger
from bench.model import Model
from bench.plan import Job
from bench.preparation import Preparation, StoppedError
from bench.process import Ending
from bench.schema import Event
from bench.serving import Gateway

POLL_S = 0.1


class Watch:
    """A thread a server, between `start` and `stop`.

    `gone` says of each model whose engine is not started any more why.
    """

    def __init__(
        self,
        preparation: Preparation,
        gateway: Gateway,
        ledger: Ledger,
        emit: Callable[[Event], None],
        stop: threading.Event,
    ) -> None:
        """`stop` is the run's: read, and set where something here breaks."""
        self._preparation, self._gateway, self._ledger = preparation, gateway, ledger
        self._emit, self._stop = emit, stop
        self._closing = threading.Event()
        self._threads = ThreadPoolExecutor(1 + len(preparation.engines), "bench-watch")
        self._watching: list[Future[None]] = []
        self._gateway_ended: Ending | None = None
        self.gone: dict[str, str] = {}

    def start(self) -> None:
        self._watching.append(self._threads.submit(self._guarded, self._watch_gateway))
        for model in self._preparation.engines:
            watch = functools.partial(self._watch_engine, model)
            self._watching.append(self._threads.submit(self._guarded, watch))

    def stop(self) -> None:
        """An engine that is just being started again is stopped."""
        self._closing.set()
        self._threads.shutdown()
        for one in self._watching:
            one.result()  # raises what went wrong in it

    def gateway_ended(self) -> Ending | None:
        return self._gateway_ended or self._gateway.child.wait(0)

    def _guarded(self, watch: Callable[[], None]) -> None:
        try:
            watch()
        except BaseException:
            # Else requests would wait for a word that never comes.
            self._stop.set()
            raise

    def _watch_gateway(self) -> None:
        while self._gateway_ended is None and not self._closing.wait(POLL_S):
            self._gateway_ended = self._gateway.child.wait(0)

    def _watch_engine(self, model: str) -> None:
        """Started again once, and watched on; not where no job needs it any more."""
        again = True
        while not self._closing.wait(POLL_S):
            ending = self._preparation.engines[model].child.wait(0)
            if ending is None:
                continue
            job = next(iter(self._ledger.unfinished(model)), None)
            ended = f"ended ({ending}) at {dt.datetime.now(dt.UTC):%H:%M:%S} UTC"
            if again and job and job.model:
                self._gateway.tell(model, state="starting")
                self._say(model, f"ended ({ending}): starting it again")
            elif job:
                self._give_up(model, f"{ended}, for the second time: it was not started again")
            # Before the next one starts: what it had on the GPU must be free.
            self._preparation.engines[model].stop()
            if not (again and job and job.model and self._serves_again(job, job.model, ended)):
                return
            again = False

    def _serves_again(self, job: Job, model: Model, ended: str) -> bool:
        waiting = self._ledger.unfinished(model.name)
        try:
            engine = self._preparation.launch(job, model, self._alive)
        except StoppedError:
            return False
        except BenchError as error:
            self._give_up(model.name, f"{ended} and did not start again: {error.message}")
            return False
        self._preparation.engines[model.name] = engine
        for one in waiting:
            self._ledger.note(one, f"the engine {model.name} {ended} and was started again once")
        self._gateway.tell(model.name, state="up", base_url=engine.base_url)
        self._say(model.name, "ready")
        return True

    def _give_up(self, model: str, why: str) -> None:
        self.gone[model] = f"the engine {model} {why}"
        self._gateway.tell(model, state="gone", why=self.gone[model])
        for job in self._ledger.unfinished(model):
            self._ledger.note(job, self.gone[model])
        self._say(model, why)

    def _say(self, model: str, text: str) -> None:
        self._emit(Event(event="engine", name=model, text=text))

    def _alive(self) -> None:
        if self._closing.is_set() or self._stop.is_set():
            raise StoppedError
