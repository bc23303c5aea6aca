"""Scenarios on the real kernel: with the real tools, apart from everything, and gone afterwards, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.real import alive, eventually, kernel_session, machine, running
from vnetsim.backends.acts import Act, CaptureAct, CommandAct, StopAct
from vnetsim.backends.linux import Kernel
from vnetsim.backends.linux.kernel import KernelDied

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    with kernel_session() as found:
        yield found


def typed(kernel: Kernel, *lines: str, batched: bool = False) -> list[str]:
    steps = kernel.play([CommandAct(line) for line in lines], batched=batched).steps
    return [step["stdout"] + step["stderr"] + (f"[{step['rc']}]" if step["rc"] else "") for step in steps]


def links_of_the_host() -> str:
    return " ".join(sorted(path.name for path in Path("/sys/class/net").iterdir()))


# --- what is a session's own ---------------------------------------------------------------------------------------


def test_a_room_has_a_loopback_device_and_nothing_else(kernel: Kernel) -> None:
    lines = "ip -br link | cut -d' ' -f1", "ip netns list", "cat /proc/sys/net/ipv4/ip_forward", "hostname"
    assert typed(kernel, *lines) == ["lo\n", "", "0\n", "vm\n"]


@pytest.mark.parametrize("batched", [False, True])
def test_answers_are_those_of_bash(kernel: Kernel, batched: bool) -> None:
    lines = ("echo out; echo err >&2; exit 3", "nosuchprogram", "echo $((1+1)) 'a  b'", "true")
    if batched:
        lines = ("echo out; echo err >&2; (exit 3)", *lines[1:])
    answers = typed(kernel, *lines, batched=batched)
    assert answers[0] == "out\nerr\n[3]"
    assert "nosuchprogram: command not found" in answers[1]
    assert answers[2:] == ["2 a  b\n", ""]


def test_a_room_begins_where_none_was_before(kernel: Kernel) -> None:
    first = typed(
        kernel, "ip netns add red", "mkdir -p /etc/netns/red", "echo x >/etc/netns/red/hosts", "echo y >/tmp/y"
    )
    assert first == ["", "", "", ""]
    assert typed(kernel, "ip netns list; ls /etc/netns /tmp/y 2>&1 | wc -l") == ["2\n"]
    assert not Path("/etc/netns/red").exists()
    assert not Path("/tmp/y").exists()


def test_what_is_outside_cannot_be_written(kernel: Kernel, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    typed(kernel, f"echo broken >{mine}", "touch /usr/vnetsim-was-here", "ip link del eth0")
    assert mine.read_text() == "mine"
    assert not Path("/usr/vnetsim-was-here").exists()


def test_a_capture_shows_frames_as_tcpdump_does(kernel: Kernel) -> None:
    machine(kernel, "ping")
    acts: list[Act] = [
        CommandAct("ip link set lo up"),
        CaptureAct("-", "lo"),
        CommandAct("ping -c 1 127.0.0.1"),
        StopAct(),
    ]
    frames = kernel.play(acts, capture_seconds=(0, 0)).steps[-1]["capture"]["frames"]
    assert ["127.0.0.1 > 127.0.0.1: ICMP echo re" in frame for frame in frames if "ICMP" in frame] == [True, True]


def test_a_canary_comes_home_around_each_command(kernel: Kernel) -> None:
    played = kernel.play([CommandAct("true"), CommandAct("false")])
    assert [len(canaries) for canaries in played.canaries] == [2, 2]
    assert all(seconds is not None and seconds < 1 for pair in played.canaries for seconds in pair)


def test_who_writes_without_end_is_stopped(kernel: Kernel) -> None:
    step = kernel.play([CommandAct("yes")]).steps[0]
    assert (step["rc"], step["stderr"]) == (None, "TOO MUCH OUTPUT")
    assert typed(kernel, "echo still here") == ["still here\n"]


# --- what is left ----------------------------------------------------------------------------------------------------


def test_what_ran_in_the_background_ends_with_its_room(kernel: Kernel) -> None:
    kernel.play([CommandAct("sleep 31337.1", background=True)], background_seconds=0.01)
    assert eventually(lambda: not running("sleep 31337.1"))


def test_a_full_disk_is_the_scenarios_own(kernel: Kernel) -> None:
    answers = typed(
        kernel,
        "dd if=/dev/zero of=/tmp/full bs=1M count=500 2>&1 | grep -o 'No space left on device'",
        "dd if=/dev/zero of=/run/full bs=1M count=500 2>&1 | grep -o 'No space left on device'",
        "ip netns add red; ip netns list",
        "echo x >/etc/netns-is-full; ip link add v0 type veth && echo made",
    )
    assert answers[:2] == ["No space left on device\n"] * 2
    assert answers[3].startswith("made\n")
    assert typed(kernel, "ip netns list; ls /tmp") == [""]
    assert not Path("/tmp/full").exists()


def played_aside(kernel: Kernel, line: str) -> tuple[threading.Thread, list[BaseException]]:
    """A scenario that is being played; what it raised when it was over."""
    raised: list[BaseException] = []

    def play() -> None:
        try:
            kernel.play([CommandAct("ip link add vtest type veth"), CommandAct("ip netns add red"), CommandAct(line)])
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=play)
    thread.start()
    return thread, raised


@pytest.mark.parametrize("victim", ["launcher", "session"])
def test_nothing_is_left_when_the_child_is_killed(kernel: Kernel, victim: str) -> None:
    before = links_of_the_host()
    marker = f"sleep 31337.{2 if victim == 'launcher' else 3}"
    thread, raised = played_aside(kernel, marker)
    assert eventually(lambda: bool(running(marker)))
    pid = kernel.pid
    if victim == "session":
        pid = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    thread.join()
    assert isinstance(raised[0], KernelDied)
    assert eventually(lambda: not running(marker))
    assert eventually(lambda: not alive(pid))
    assert links_of_the_host() == before


PLAYS = """
import sys
from vnetsim.backends.acts import CommandAct
from vnetsim.backends.linux import Kernel
with Kernel() as kernel:
    print(kernel.pid, flush=True)
    kernel.play([CommandAct("ip link add vtest type veth"), CommandAct(sys.argv[1])])
"""


def test_nothing_is_left_when_we_are_killed_ourselves(kernel: Kernel) -> None:
    kernel.close()
    before = links_of_the_host()
    marker = "sleep 31337.4"
    ours = subprocess.Popen([sys.executable, "-c", PLAYS, marker], stdout=subprocess.PIPE, cwd=ROOT, env=environment())
    with ended(ours):
        assert ours.stdout is not None
        launcher = int(ours.stdout.readline())
        assert eventually(
            lambda: any(f"bash -c {marker}" in words or words.startswith(marker) for words in running(marker))
        )
        ours.send_signal(signal.SIGKILL)
    assert eventually(lambda: not running(marker))
    assert eventually(lambda: not alive(launcher))
    assert links_of_the_host() == before


def test_nothing_is_left_after_ctrl_c(kernel: Kernel, tmp_path: Path) -> None:
    kernel.close()
    marker = "sleep 31337.5"
    script = tmp_path / "long.sh"
    script.write_text(f"ip link add vtest type veth\n{marker}\n")
    command = [sys.executable, "-m", "vnetsim", "verify", "--incomplete", str(script)]
    # A shell gives what it starts in the background a SIGINT that is ignored, and children inherit that.
    ours = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 -- one thread
    )
    with ended(ours):
        assert eventually(lambda: any(words.startswith("sleep") for words in running(marker)))
        os.killpg(ours.pid, signal.SIGINT)
        _, words = ours.communicate()
    assert (ours.returncode, words) == (130, b"vnetsim: interrupted\n")
    assert eventually(lambda: not running(marker))


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """A process that a failing test leaves running would fail whichever test comes next."""
    with process:
        try:
            yield
        finally:
            process.kill()


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
