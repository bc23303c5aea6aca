"""Recordings: the output of a script of commands, one command a line, as JSON.

    # text            a note (the first line is the title)
    #dockerd FLAGS    first line only: flags for the engine
    @capture NS DEV   capture on DEV in the network namespace NS (`-`: the host's own)
    @stop             end all captures and record their frames
    @sleep S          let S seconds pass
    cmd &             start in the background; killed at the end
    anything else     run by bash; exit code, output and seconds are recorded

A kernel script starts on an empty machine, a docker script on one whose engine runs (see Lab.docker_host).  Recordings
of a real machine have the same form, so that the two can be compared.  The host of both is a network namespace, as it
is where real machines are recorded.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from vnetsim import __version__
from vnetsim.budget import Budget
from vnetsim.clock import SECOND
from vnetsim.digits import is_digits
from vnetsim.engine import FrameStorm
from vnetsim.errors import KernelError, UsageError
from vnetsim.failures import Failure, message_of
from vnetsim.journal import Ran
from vnetsim.kernel.proc.child import ChildTask
from vnetsim.kernel.proc.pipe import Pipe, Writer
from vnetsim.lab import Lab
from vnetsim.process import Process
from vnetsim.sockets import Captured
from vnetsim.values import define, frozen
from vnetsim.wire.cooked import describe_seen
from vnetsim.wire.printer import PacketPrinter

KINDS: Final = ("kernel", "docker")
#: A machine whose kernel has all modules.
COMPLETE: Final = "kernel-vm"
RECORDED_KINDS: Final = (*KINDS, COMPLETE)
#: The time limit of a command, in simulated seconds.
COMMAND_TIMEOUT_SECONDS: Final = 40
#: How long it takes to start and stop tcpdump, and to start a background command.
CAPTURE_SECONDS: Final = 0.7
STOP_SECONDS: Final = 0.8
#: How long tcpdump, once started, misses frames.
TCPDUMP_SECONDS: Final = 0.1
BACKGROUND_SECONDS: Final = 0.4
#: Exit status of a command that was killed at its time limit (timeout(1)).
_TIMED_OUT: Final = 124
#: That machine has one CPU.
_HOSTNAME: Final = "vm"
_FILES: Final = {"/etc/resolv.conf": "nameserver 10.255.255.53\n"}
#: The modules that the kernel of the recorded machine lacks, of those that vnetsim has or names.
_BUILT_WITHOUT: Final = """
    bareudp bond bridge_vlan_filtering can dummy geneve gre gretap hsr ip6gre ipip ipvlan ipvtap macsec nlmon sit team
    vcan vlan vrf vti wireguard cake cbq cbs choke codel drr ets fq fq_codel fq_pie gred hfsc hhf multiq
    netem pie plug prio qfq red sfb sfq skbprio taprio teql0
    act_gact act_police act_skbedit act_vlan cls_flower cls_fw cls_matchall
"""

Step = dict[str, Any]


class _Collected(Writer):
    """An output that keeps what is written; `closed` fires when the last writer has closed it."""

    def __init__(self, engine: Any) -> None:
        pipe = Pipe(engine)
        super().__init__(pipe)
        self.text = ""
        self.closed = pipe.ends()[0].read_all()

    def write(self, text: str) -> None:
        self.text += text


@define
class _Capture:
    """tcpdump -n -e -tt on one device."""

    namespace: str
    device: str
    frames: list[str] = attrs.field(factory=list)
    child: ChildTask | None = None


@frozen
class Recorded(Ran):
    """A command line, with the end of all background processes that still write."""

    timeout_seconds: float | None = COMMAND_TIMEOUT_SECONDS

    def replay(self, lab: Any) -> None:
        Recorder(lab).run(self.line)


class Recorder:
    """Plays one script on one lab and records the steps.

    `capture_seconds` pass when a capture begins and before it ends, `background_seconds` when one starts with `&`.
    """

    def __init__(
        self,
        lab: Lab,
        *,
        capture_seconds: tuple[float, float] = (CAPTURE_SECONDS, STOP_SECONDS),
        background_seconds: float = BACKGROUND_SECONDS,
    ) -> None:
        self.lab = lab
        self.steps: list[Step] = []
        self._starting, self._stopping = capture_seconds
        self._background_seconds = background_seconds
        self._captures: list[_Capture] = []
        self._background: list[ChildTask] = []

    def play(self, script: str) -> list[Step]:
        for line in filter(None, map(str.strip, script.splitlines())):
            self._line(line)
        return self.end()

    def end(self) -> list[Step]:
        """End captures and background commands; gives all steps."""
        if self._captures:
            self.stop()
        for child in self._background:
            self.lab.stop(child)
        return self.steps

    def _line(self, line: str) -> None:
        if line.startswith("#"):
            self.steps.append({"note": line.lstrip("# ")})
        elif line.startswith("@"):
            self._directive(line)
        elif line.endswith("&") and not line.endswith("&&"):
            self.start(line[:-1])
            self.steps[-1] = {"cmd": line}
        else:
            self.run(line)

    def _directive(self, line: str) -> None:
        match line.split():
            case ["@capture", namespace, device]:
                self.capture(namespace, device)
            case ["@stop"]:
                self.stop()
            case ["@sleep", seconds] if is_digits(seconds.replace(".", "", 1)):
                self.wait(float(seconds))
            case _:
                raise UsageError(f"{line!r} is none of `@capture NAMESPACE DEVICE`, `@stop` and `@sleep SECONDS`")

    def wait(self, seconds: float) -> None:
        """Let time pass; a frame storm is dropped at its limit."""
        try:
            self.lab.sleep(seconds)
        except FrameStorm:
            self.lab.machine.engine.drop_backlog()

    # --- commands ----------------------------------------------------------------------------------------------------

    def start(self, line: str) -> None:
        """Start a command that runs on until the end."""
        self._background.append(self.lab.start("exec " + line))
        self.wait(self._background_seconds)
        self.steps.append({"cmd": f"{line} &"})

    def run(self, line: str) -> None:
        """Run a command to its end, or to its time limit, and record it."""
        with self.lab.journal.record(Recorded(line)) as noted:
            step = self.command(line)
            noted[0] = Recorded(line, step["stdout"] + step["stderr"], step["rc"] or 0)
        self.steps.append(step)

    def command(self, line: str) -> Step:
        """Run one line, and wait until its last writer has closed the output."""
        self.lab.begin(line)
        machine = self.lab.machine
        began = self.lab.now()
        stdout, stderr = _Collected(machine.engine), _Collected(machine.engine)
        child = machine.spawn(["bash", "-c", line], machine.host, stdout=stdout, stderr=stderr)
        stdout.close()
        stderr.close()
        try:
            in_time = self.lab.do(self._finish(child, stdout, stderr))
        except FrameStorm as storm:
            machine.engine.drop_backlog()
            self.lab.stop(child)
            stderr.write(f"{storm}\n")
            in_time = True
        self._note_end(child, line, stderr.text, in_time=in_time)
        if in_time:
            answer: Step = {"rc": child.status, "stdout": stdout.text, "stderr": stderr.text}
        else:
            answer = {"rc": None, "stdout": stdout.text, "stderr": "TIMEOUT"}
        return {"cmd": line, **answer, "seconds": round((self.lab.now() - began) / SECOND, 3)}

    def _note_end(self, child: ChildTask, line: str, stderr: str, *, in_time: bool) -> None:
        message = message_of(stderr) if in_time else "its time was over"
        failure = Failure(command=line, status=(child.status or 0) if in_time else _TIMED_OUT, message=message)
        self.lab.shortfall.ended(child, failure)

    def _finish(self, child: Any, stdout: _Collected, stderr: _Collected) -> Generator[Any, Any, bool]:
        """Wait until the command has ended and its output is closed; kill it at the time limit, and give False."""
        engine = self.lab.machine.engine
        deadline = engine.timeout(COMMAND_TIMEOUT_SECONDS * SECOND)
        for awaited in (stdout.closed, stderr.closed, child.wait()):
            if not awaited.is_set:
                yield engine.any_of([awaited, deadline])
            if not awaited.is_set:
                child.kill()
                return False
        return True

    # --- captures ----------------------------------------------------------------------------------------------------

    def capture(self, namespace: str, device: str) -> None:
        """Start a capture; on a device that is missing or down it records nothing."""
        until_it_sees = min(TCPDUMP_SECONDS, self._starting)
        self.wait(until_it_sees)
        self._tap(namespace, device)
        self.wait(self._starting - until_it_sees)

    def _tap(self, namespace: str, device: str) -> None:
        capture = _Capture(namespace, device)
        self._captures.append(capture)
        if not self._is_up(capture):
            return
        machine = self.lab.machine
        network = self.lab.network(None if namespace == "-" else namespace)
        argv = ["tcpdump", "-n", "-e", "-l", "-tt", "-i", device]
        context = attrs.evolve(machine.host, network=network, files=machine.network_files(machine.host.files, network))
        capture.child = machine.run(lambda process: _tcpdump(process, capture), argv, context)

    def _is_up(self, capture: _Capture) -> bool:
        try:
            links = self.lab.network(None if capture.namespace == "-" else capture.namespace).links()
        except KernelError:
            return False
        return any(link.name == capture.device and "UP" in link.flags for link in links)

    def stop(self) -> None:
        """End all captures and record their frames."""
        self.wait(self._stopping)
        for capture in self._captures:
            frames = list(capture.frames)
            if capture.child is not None:
                self.lab.stop(capture.child)
                # tcpdump ends the line in which Ctrl-C was echoed, unless its device had gone before.
                frames += [""] if self._is_there(capture) else []
            self.steps.append({"capture": {"netns": capture.namespace, "dev": capture.device, "frames": frames}})
        self._captures.clear()

    def _is_there(self, capture: _Capture) -> bool:
        try:
            links = self.lab.network(None if capture.namespace == "-" else capture.namespace).links()
        except KernelError:
            return False
        return any(link.name == capture.device for link in links)


def _tcpdump(process: Process, capture: _Capture) -> Generator[Any, Any, int]:
    epoch = process.machine.wall_clock() - process.now()
    socket = process.network.packet_socket(capture.device)
    printer = PacketPrinter()
    try:
        while not socket.gone:
            seen: Captured | None = yield socket.receive()
            if seen is None or (seen.outgoing and seen.device == "lo"):
                continue  # what lo sends, it also receives: libpcap shows it once
            at = (epoch + seen.at) // 1000
            text = describe_seen(seen.frame, seen.link_type, printer, outgoing=seen.outgoing)
            capture.frames.append(f"{at // 1_000_000}.{at % 1_000_000:06} {text}")
        return 1
    finally:
        socket.close()


def lab_for(
    kind: str, script: str, seed: int = 0, docker_flags: Sequence[str] = (), *, complete: bool = False,
    budget: Budget | None = None, images: Mapping[str, Sequence[str]] | None = None,
) -> Lab:  # fmt: skip
    """The machine for a script of this kind, with these flags of dockerd.

    `complete`: its kernel has all modules of vnetsim, else those of the recorded machine.
    """
    without = [] if complete else _BUILT_WITHOUT.split()
    flags = flags_of(kind, script, docker_flags)
    if kind == COMPLETE:
        return Lab(seed, docker=False, files=_FILES, hostname=_HOSTNAME, nested=True, without=["smp"],
                   budget=budget)  # fmt: skip
    if kind == "kernel":
        return Lab(seed, docker=False, files=_FILES, hostname=_HOSTNAME, nested=True, without=without, budget=budget)
    return Lab.docker_host(
        seed, docker_flags=flags, hostname=_HOSTNAME, nested=True, without=without, has_registry=complete,
        images=images, budget=budget,
    )  # fmt: skip


def flags_of(kind: str, script: str, more: Sequence[str] = ()) -> tuple[str, ...]:
    """Flags of dockerd: those of the script's first line, and more; UsageError for a machine that has no engine."""
    if kind == "kernel" and more:
        raise UsageError(f"{more[0]}: expected a scenario with an engine, found a script of the kind kernel")
    first = script.split("\n", 1)[0]
    return (*(first.split()[1:] if first.startswith("#dockerd") else ()), *more)


def record(kind: str, name: str, script: str, seed: int = 0) -> dict[str, Any]:
    """The recording of one script: `name`, `recorded_on`, `steps`."""
    if kind not in RECORDED_KINDS:
        raise UsageError(f"{kind!r} is no kind of script: {', '.join(RECORDED_KINDS)}")
    steps = Recorder(lab_for(kind, script, seed)).play(script)
    return {"name": name, "recorded_on": {"vnetsim": __version__, "seed": seed}, "steps": steps}


def record_file(kind: str, path: Path, directory: Path, seed: int = 0) -> str:
    """Record the script `path` into `directory`; gives a line with the outcome."""
    try:
        script = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot read the script: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: the script is not text") from None
    try:
        recording = record(kind, path.stem, script, seed)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None
    target = directory / f"{path.stem}.json"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(recording, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise UsageError(f"{target}: cannot write the recording: {error.strerror}") from None
    steps = recording["steps"]
    failed = sum(1 for step in steps if step.get("rc"))
    late = sum(1 for step in steps if step.get("stderr") == "TIMEOUT")
    return f"{target.name}: {len(steps)} steps, {failed} non-zero, {late} timed out"
