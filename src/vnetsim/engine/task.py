"""Programs that run: SimPy processes around their generators, and services, which are callbacks of events."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final, TypeAlias

from vnetsim.engine.simpy_events import Environment, Event, Interrupt, Process
from vnetsim.errors import KernelError, UsageError
from vnetsim.process import BrokenPipe, Interrupted, Killed, Service

#: A program.
Steps: TypeAlias = "Generator[Any, Any, int | Service]"
REBOOTED: Final = "this waits for something on a machine that has been rebooted meanwhile"
_SIGINT: Final = 2
_SIGKILL: Final = 9
_SIGPIPE: Final = 13


class Signal:
    """A value that is set once, and that programs wait for."""

    __slots__ = ("event",)

    def __init__(self, event: Event) -> None:
        self.event = event

    @property
    def is_set(self) -> bool:
        return bool(self.event.triggered)

    def set(self, value: object = None) -> None:
        """Setting it again changes nothing."""
        if not self.event.triggered:
            self.event.succeed(value)

    def fail(self, error: KernelError) -> None:
        """Whoever waits for it gets the error."""
        if not self.event.triggered:
            self.event.fail(error)
            # A failure without a waiting program must not stop the engine.
            self.event.defused = True


class Alarm(Signal):
    """A signal that time sets."""

    __slots__ = ()

    @property
    def is_set(self) -> bool:
        return bool(self.event.processed)


class Task:
    """A running program: a SimPy process around its generator; a service is a callback of the event it waits for."""

    __slots__ = ("_env", "_finished", "_pending", "_process", "_program", "_resumed", "_service", "_waited", "signal",
                 "status")  # fmt: skip

    def __init__(self, env: Environment, program: Steps) -> None:
        self._env = env
        self._program: Steps | None = program
        self._pending: BaseException | None = None
        #: What a stopped program waits for.
        self._resumed: Event | None = None
        self.status: int | None = None
        #: The number of the signal that ended it.
        self.signal: int | None = None
        self._finished: Signal | None = None
        self._service: Service | None = None
        #: The event that the service waits for.
        self._waited: Event | None = None
        self._process: Process | None = Process(env, self._steps())

    @property
    def finished(self) -> Signal:
        if self._finished is None:
            self._finished = Signal(Event(self._env))
        return self._finished

    def throw(self, signal: BaseException) -> None:
        """Throw Killed, Interrupted or BrokenPipe into the program where it waits; nothing if it is over."""
        self._disturb()
        if self.status is None and self._process is not None and self._process.is_alive:
            self._pending = signal
            self._process.interrupt()

    def stop(self) -> None:
        """It goes on waiting, and does nothing about what it waited for, until it is resumed or killed."""
        self._disturb()
        if self._resumed is None:
            self._resumed = Event(self._env)

    @property
    def is_stopped(self) -> bool:
        return self._resumed is not None

    def resume(self) -> None:
        if self._resumed is not None:
            self._resumed.succeed()
            self._resumed = None

    def _park(self, service: Service) -> None:
        self._program = self._process = None
        self._service = service
        self._listen(service)

    def _unpark(self, service: Service, rest: Generator[Any, Any, int]) -> None:
        """It is a program again, which does the rest."""
        if self._waited is not None and self._waited.callbacks is not None:
            self._waited.callbacks.remove(self._heard)
        self._service = self._waited = None
        self._program = service.process.go_on(rest)
        self._process = Process(self._env, self._steps())

    def _disturb(self) -> None:
        """More happens to it than the events that it waits for."""
        service, waited = self._service, self._waited
        if service is not None:
            self._unpark(service, service.run(None if waited is None else Signal(waited)))

    def _listen(self, service: Service) -> None:
        """Wait for the next event; those that are there already are handled."""
        while True:
            try:
                signal: Any = service.wait()
            except BaseException as error:
                self._unpark(service, service.run(error=error))
                return
            event: Event = signal.event
            if not event.processed:
                self._waited = event
                event.callbacks.append(self._heard)
                return
            if not self._handle(service, event):
                return

    def _heard(self, event: Event) -> None:
        service, self._waited = self._service, None
        assert service is not None
        if self._handle(service, event):
            self._listen(service)

    def _handle(self, service: Service, event: Event) -> bool:
        """Whether it is still a service then."""
        error: BaseException | None = None
        rest: Generator[Any, Any, int] | None = None
        if event.ok:
            try:
                rest = service.handle(event.value)
            except BaseException as raised:
                error = raised
        else:
            event.defused, error = True, event.value
        if error is not None:
            self._unpark(service, service.run(error=error))
        elif rest is not None:
            self._unpark(service, service.end(rest))
        return self._service is service

    def _steps(self) -> Generator[Any, Any, None]:  # noqa: C901 -- all that may end or resume it
        answer: object = None
        error: BaseException | None = None
        program = self._program
        assert program is not None
        while True:
            try:
                waited = program.send(answer) if error is None else program.throw(error)
            except StopIteration as end:
                if isinstance(end.value, Service):
                    self._park(end.value)
                else:
                    self._end(end.value)
                return
            except Killed as killed:
                self._die(killed.args[0] if killed.args else _SIGKILL)
                return
            except Interrupted:
                self._die(_SIGINT)
                return
            except BrokenPipe:
                self._die(_SIGPIPE)
                return
            answer, error = None, None
            event = waited.event if isinstance(waited, Signal) else waited
            if event.env is not self._env:
                error = UsageError(REBOOTED)
                continue
            try:
                answer = yield event
            except Interrupt:
                error, self._pending = self._pending, None
            except KernelError as refused:
                error = refused
            if self._resumed is not None:
                error = (yield from self._wait_stopped(error)) or error

    def _wait_stopped(self, error: BaseException | None) -> Generator[Any, Any, BaseException | None]:
        """Until it is resumed; what was thrown at it meanwhile.  SIGKILL does not wait."""
        thrown = None
        while self._resumed is not None and not is_sigkill(error):
            try:
                yield self._resumed
            except Interrupt:
                thrown, self._pending = self._pending, None
                error = thrown
        return thrown

    def _die(self, signal: int) -> None:
        self.signal = signal
        self._end(128 + signal)

    def _end(self, status: int | None) -> None:
        self.status = status or 0
        self.finished.set(self.status)


def is_sigkill(error: BaseException | None) -> bool:
    return isinstance(error, Killed) and error.args[:1] in ((), (_SIGKILL,))
