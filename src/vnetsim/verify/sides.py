"""The two sides of a comparison: a plan played in the simulator, and on the real kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from vnetsim.backends.acts import Act, CaptureAct, CommandAct, PauseAct, StopAct
from vnetsim.backends.linux import Kernel, PlayedOnKernel, RealMachine
from vnetsim.lab import Lab
from vnetsim.record import Recorder, Step
from vnetsim.verify.plan import Plan

#: The machines that scenarios start on: their name, and files that name services read.
_HOSTS_FILE: Final = (
    "127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\nff02::1\t\tip6-allnodes\n"
    "ff02::2\t\tip6-allrouters\n\n"
)
_RECORDED: Final = ("vm", {"/etc/resolv.conf": "nameserver 10.255.255.53\n"})
_SESSION: Final = ("host", {"/etc/resolv.conf": ""})


def outfit(plan: Plan) -> tuple[str, dict[str, str]]:
    """The name of the machine that the plan starts on, and its files."""
    hostname, files = _SESSION if plan.session else _RECORDED
    return hostname, {"/etc/hosts": _HOSTS_FILE, "/etc/hostname": f"{hostname}\n", **files}


def simulate(
    plan: Plan, machine: RealMachine, *, forwards: bool = False, seed: int = 0,
    capture_seconds: tuple[float, float] = (0.7, 0.8), background_seconds: float = 0.4,
) -> dict[str, Any]:  # fmt: skip
    """The simulator's recording of the plan, on a kernel that lacks what the `machine` lacks."""
    lab = bare_lab(plan, machine, forwards=forwards, seed=seed)
    recorder = Recorder(lab, capture_seconds=capture_seconds, background_seconds=background_seconds)
    return {"steps": perform(plan, recorder)}


def bare_lab(plan: Plan, machine: RealMachine, *, forwards: bool = False, seed: int = 0) -> Lab:
    """The machine that the plan starts on, without an engine, with what the real `machine` has."""
    hostname, files = outfit(plan)
    lab = Lab(
        seed, docker=False, hostname=hostname, files=files, nested=True, first_forwards=forwards, without=machine.lacks,
        docker_flags=plan.engine_flags,
    )  # fmt: skip
    lab.run("sysctl -qw net.ipv4.ip_forward=0")
    return lab


def perform(plan: Plan, recorder: Recorder) -> list[Step]:
    """The acts of the plan, one after the other."""
    for act in plan.acts:
        perform_act(act, recorder)
    return recorder.end()


def perform_act(act: Act, recorder: Recorder) -> None:
    """One act in the simulator."""
    match act:
        case CommandAct(line=line, background=True):
            recorder.start(line)
        case CommandAct(line=line):
            recorder.run(line)
        case CaptureAct(namespace=namespace, device=device):
            recorder.capture(namespace, device)
        case StopAct():
            recorder.stop()
        case PauseAct(seconds=seconds):
            recorder.wait(seconds)


def really(
    plan: Plan,
    kernel: Kernel,
    *,
    capture_seconds: tuple[float, float] = (0.7, 0.8),
    background_seconds: float = 0.4,
    batched: bool = False,
    more_files: Mapping[str, str] | None = None,
) -> PlayedOnKernel:
    """What the plan comes to on the real kernel."""
    hostname, files = outfit(plan)
    return kernel.play(
        plan.acts,
        files={**files, **(more_files or {})},
        hostname=hostname,
        capture_seconds=capture_seconds,
        background_seconds=background_seconds,
        batched=batched,
    )
