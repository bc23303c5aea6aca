"""The client of the session (`netns_runner`): starts it, sends it scenarios, reads the result of each step.

Not modelled: a terminal.  Outputs are pipes, so what a program prints to both comes in no order between the two.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeGuard

from vnetsim.backends.acts import Act, CaptureAct, CommandAct, PauseAct, StopAct, is_probe
from vnetsim.errors import UsageError
from vnetsim.values import frozen
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.printer import PacketPrinter

_NETNS_RUNNER: Final = Path(__file__).with_name("netns_runner.py")
#: Of a command, in seconds; a command that still runs then gets SIGKILL.
COMMAND_TIMEOUT_SECONDS: Final = 40.0
#: What starting something in the background takes, as where real machines are recorded.
BACKGROUND_SECONDS: Final = 0.4
_SLACK_SECONDS: Final = 30.0
#: Without these nothing is played; and where they are looked for, as in `netns_runner`.
_NEEDED: Final = ("bash", "ip")
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_EN10MB: Final = 1


class KernelUnavailable(UsageError):
    """There is no real kernel to play on: not Linux, no namespaces for us, or no programs to play with."""


class KernelDied(UsageError):
    """The session ended in the middle of a scenario (it was killed); nothing of it is left."""


@frozen
class PlayedOnKernel:
    """What a scenario came to: `steps` in the shape of a recording, and of each the seconds of its two canaries.

    A canary that did not arrive is None; what is no command has no canaries.  `forwards`: new namespaces of this
    machine begin with ip_forward 1.
    """

    steps: tuple[dict[str, Any], ...]
    canaries: tuple[tuple[float | None, ...], ...]
    forwards: bool


class Kernel:
    """A session on the real kernel; one scenario at a time.  KernelUnavailable if this machine gives none."""

    _unavailable = "this kernel gives us no namespaces of our own"
    #: Beyond what the steps may take, in seconds.
    _slack = _SLACK_SECONDS

    def __init__(self) -> None:
        if not sys.platform.startswith("linux"):
            raise KernelUnavailable("there is no Linux kernel here to play on")
        self._start([str(_NETNS_RUNNER), str(os.getpid())])

    def _start(self, program: Sequence[str], *, apart: bool = False) -> None:
        """Start the program of the session; `apart`: signals of the terminal are not for it."""
        for name in _NEEDED:
            if shutil.which(name, path=_PATH) is None:
                raise KernelUnavailable(f"scenarios cannot be played on this machine: it has no {name}")
        self._process = subprocess.Popen(
            [sys.executable, "-I", *program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=apart,
        )
        self._buffer = b""
        try:
            #: Whether the session is in a user namespace (and needs no root).
            self.user_namespace = bool(self._read_hello())
        except BaseException:
            self.close()
            raise

    def _read_hello(self) -> bool:
        try:
            return bool(self._read(time.monotonic() + self._slack)["user_namespace"])
        except KernelDied:
            self._process.kill()
            errors = self._process.stderr
            output = b"" if errors is None or errors.closed else errors.read()
            reason = output.decode(errors="replace").strip().rpartition("\n")[2] or "no reason was given"
            raise KernelUnavailable(f"{self._unavailable}: {reason}") from None

    @property
    def pid(self) -> int:
        """The process with which all that is played dies."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End everything that was played here, at once."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue

    # --- playing ---------------------------------------------------------------------------------------------------

    def play(
        self, acts: Iterable[Act], *, files: Mapping[str, str] | None = None, hostname: str = "vm",
        capture_seconds: tuple[float, float] = (0.7, 0.8), background_seconds: float = BACKGROUND_SECONDS,
        batched: bool = False,
    ) -> PlayedOnKernel:  # fmt: skip
        """Play acts in namespaces of their own: a machine with nothing but lo, which is down.

        `capture_seconds` pass when a capture begins and before it ends; as long as the recordings give tcpdump.
        `batched`: what is no probe is run by one bash, as far as it comes one after the other.
        """
        wanted = list(acts)
        timing = _Timing(*capture_seconds, background_seconds)
        steps, origins, patience = _steps_of(wanted, timing, batched=batched)
        self._send({"files": dict(files or {}), "hostname": hostname, "steps": steps})
        return self._collect(wanted, origins, time.monotonic() + patience + self._slack)

    def _send(self, request: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise KernelDied("the process that plays on the real kernel has gone") from None

    def _collect(self, acts: Sequence[Act], origins: Sequence[list[int]], deadline: float) -> PlayedOnKernel:
        done: list[dict[str, Any]] = []
        canaries: list[tuple[float | None, ...]] = []
        forwards = False
        while "end" not in (answer := self._read(deadline)):
            if "fault" in answer:
                raise KernelDied(f"the scenario could not be played: {answer['fault']}")
            forwards = answer.get("forwards", forwards)
            owners = origins[answer["step"]] if "step" in answer else []
            if owners:
                new = _recorded(acts[owners.pop(0)], answer)
                done += new
                canaries += [tuple(answer.get("canary", ()))] * len(new)
        return PlayedOnKernel(tuple(done), tuple(canaries), forwards)

    def _read(self, deadline: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                self.close()
                raise KernelDied("the real kernel did not come to an end with a scenario in time")
            data = os.read(descriptor, 1 << 20)
            if not data:
                raise KernelDied("the process that plays on the real kernel has gone")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer


@frozen
class _Timing:
    capture: float
    stop: float
    background: float


def _steps_of(
    acts: Sequence[Act], timing: _Timing, *, batched: bool
) -> tuple[list[dict[str, Any]], list[list[int]], float]:
    """The session's steps, the acts that each has answers for, and the seconds that all may take."""
    steps: list[dict[str, Any]] = []
    origins: list[list[int]] = []
    for number, act in enumerate(acts):
        if batched and _is_plain(act) and steps and "batch" in steps[-1]:
            steps[-1]["batch"].append(act.line)
            origins[-1].append(number)
            continue
        for step, answers in _steps(act, timing, batched=batched):
            steps.append(step)
            origins.append([number] if answers else [])
    patience = sum(step.get("timeout", step.get("sleep", step.get("stop", 0))) for step in steps)
    return steps, origins, patience


def _is_plain(act: Act) -> TypeGuard[CommandAct]:
    """A command that need not be watched by canaries, on one line."""
    return isinstance(act, CommandAct) and not act.background and not is_probe(act.line) and "\n" not in act.line


def _steps(act: Act, timing: _Timing, *, batched: bool) -> list[tuple[dict[str, Any], bool]]:
    """The session's steps for an act, and whether each answers for it."""
    match act:
        case CommandAct(line=line, background=True):
            return [({"start": line}, True), ({"sleep": timing.background}, False)]
        case CommandAct(line=line) if batched and _is_plain(act):
            return [({"batch": [line], "timeout": COMMAND_TIMEOUT_SECONDS}, True)]
        case CommandAct(line=line):
            return [({"run": line, "timeout": COMMAND_TIMEOUT_SECONDS}, True)]
        case CaptureAct(namespace=namespace, device=device):
            return [({"capture": [namespace, device]}, False), ({"sleep": timing.capture}, False)]
        case StopAct():
            return [({"stop": timing.stop}, True)]
        case PauseAct(seconds=seconds):
            return [({"sleep": seconds}, False)]


def _recorded(act: Act, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An answer in the shape of a recording's steps."""
    if isinstance(act, StopAct):
        return [{"capture": _frames(capture)} for capture in answer["captures"]]
    assert isinstance(act, CommandAct)
    if act.background:
        return [{"cmd": f"{act.line} &"}]
    return [{"cmd": act.line, **{key: answer[key] for key in ("rc", "stdout", "stderr", "seconds")}}]


def _frames(capture: Mapping[str, Any]) -> dict[str, Any]:
    """Where there is no tcpdump, the frames are read and printed by vnetsim."""
    lines = capture.get("frames")
    if lines is None:
        printer = PacketPrinter()
        lines = [
            f"{when // 10**9}.{when // 1000 % 10**6:06} {Frame.decode(bytes.fromhex(data)).describe(printer)}"
            for when, data in capture["raw"]
            if capture["link"] == _EN10MB
        ]
    return {"netns": capture["netns"], "dev": capture["dev"], "frames": lines}
