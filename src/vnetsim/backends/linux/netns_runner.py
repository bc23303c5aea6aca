"""The program that plays scenarios on the real kernel: `python -I netns_runner.py`, a session in namespaces of its own.

Reads requests from standard input, a line of JSON each, and writes an answer for each step to standard output:

    {"files": {PATH: TEXT}, "hostname": NAME, "steps": [STEP...]}

    {"run": LINE, "timeout": S}   bash -c LINE; answers rc, stdout, stderr, seconds, and the canaries around it
    {"batch": [LINE...], "timeout": S}   all by one bash; answers those of each, without canaries
    {"start": LINE}               in the background, until the request is over
    {"sleep": S}
    {"capture": [NAMESPACE, DEVICE]}   NAMESPACE "-" is the request's own
    {"stop": S}                   after S seconds, the frames of all captures, as tcpdump prints them or as hexadecimal

Each request has namespaces of its own: new network, mount, PID, UTS and IPC namespaces, which end with it.  A canary is
a frame through a cable of no scenario: it shows that the machine moves frames, and how fast.

This program imports the standard library only, and nothing once it has begun: the files around it are not those that
it was started from.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
import namespaces  # type: ignore[import-not-found]

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LC_ALL": "C",
}
#: Characters of output that are kept of one command; who writes more is killed.
_MOST = 1_000_000
_ETH_P_ALL, _SOL_PACKET, _PACKET_ADD_MEMBERSHIP, _PACKET_MR_PROMISC, _PACKET_OUTGOING = 3, 263, 1, 1, 4
_SO_TIMESTAMPNS, _SO_RCVBUFFORCE, _SIOCGIFFLAGS = 35, 33, 0x8913
_ARPHRD_NONE, _DLT_EN10MB, _DLT_RAW = 65534, 1, 101
#: Of a protocol without a listener (IEEE 802 local experimental).
_CANARY = b"\xff" * 6 + b"\x02\0\0\0\0\1" + b"\x88\xb5"


# --- canaries ------------------------------------------------------------------------------------------------------


class Canary:
    """A cable in the session's own network namespace: what is sent into the one end must come out of the other."""

    def __init__(self) -> None:
        self._number = 0
        self._ends: list[socket.socket] = []
        subprocess.run(
            ["ip", "-batch", "-"],
            check=False,
            env=ENVIRONMENT,
            stderr=subprocess.DEVNULL,
            input=b"link add canary0 type veth peer name canary1\nlink set canary0 up\nlink set canary1 up\n",
        )
        with suppress(OSError):
            for name in ("canary0", "canary1"):
                self._ends.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88B5)))
                self._ends[-1].bind((name, 0x88B5))

    def fly(self) -> float | None:
        """Seconds until it arrived; None if it did not within one."""
        if len(self._ends) < 2:
            return None
        self._number += 1
        frame = _CANARY + struct.pack(">QQ", os.getpid(), self._number) + bytes(30)
        began = time.monotonic()
        self._ends[0].send(frame)
        while (left := began + 1 - time.monotonic()) > 0:
            if select.select([self._ends[1]], [], [], left)[0] and self._ends[1].recv(2048) == frame:
                return time.monotonic() - began
        return None


# --- captures ------------------------------------------------------------------------------------------------------


class PacketCapture:
    """A packet socket on a device, promiscuous as tcpdump's; frames wait in its buffer.  Of what is not up: nothing.

    VLAN tags that the kernel has taken off a frame are not put back.
    """

    def __init__(self, namespace: str, device: str) -> None:
        self._socket: socket.socket | None = None
        with suppress(OSError):
            self._socket = _inside(namespace, lambda: _packet_socket(device))

    def frames(self) -> tuple[int, list[tuple[int, bytes]]]:
        """The link type, and (nanoseconds since 1970, bytes) of each frame; the capture is over then."""
        if self._socket is None:
            return _DLT_EN10MB, []
        frames, hardware = [], 1
        with self._socket as tap:
            while True:
                try:
                    data, extra, _, address = tap.recvmsg(65536, 256)
                except OSError:
                    break
                name, _, kind, hardware = address[:4]
                if kind == _PACKET_OUTGOING and name == "lo":
                    continue
                seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16]) if extra else (0, 0)
                frames.append((seconds * 10**9 + nanoseconds, data))
        return (_DLT_RAW if hardware == _ARPHRD_NONE else _DLT_EN10MB), frames


def _inside(namespace: str, call: Any) -> Any:
    """What `call` gives in a named network namespace."""
    if namespace == "-":
        return call()
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    other = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        namespaces.setns(other)
        try:
            return call()
        finally:
            namespaces.setns(own)
    finally:
        os.close(own)
        os.close(other)


def _packet_socket(device: str) -> socket.socket:
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    if device != "any":
        flags = fcntl.ioctl(tap, _SIOCGIFFLAGS, struct.pack("16sh14x", device.encode(), 0))
        if not struct.unpack("16xh", flags[:18])[0] & 1:
            raise OSError(errno.ENETDOWN, "not up")
    with suppress(OSError):
        tap.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 1 << 24)
    tap.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    tap.setblocking(False)
    if device == "any":
        tap.bind(("", _ETH_P_ALL))
        return tap
    tap.bind((device, _ETH_P_ALL))
    index = socket.if_nametoindex(device)
    tap.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, struct.pack("iHH8s", index, _PACKET_MR_PROMISC, 0, b""))
    return tap


def printed(link_type: int, frames: list[tuple[int, bytes]]) -> dict[str, Any]:
    """`frames` as the real tcpdump prints them, or in hexadecimal as `raw` where there is none."""
    if not frames:
        return {"frames": []}
    header = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, link_type)
    records = [struct.pack("<IIII", *divmod(when, 10**9), len(data), len(data)) + data for when, data in frames]
    try:
        done = subprocess.run(
            ["tcpdump", "-n", "-e", "-tt", "-r", "-"],
            input=header + b"".join(records),
            capture_output=True,
            env=ENVIRONMENT,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return {"raw": [[when, data.hex()] for when, data in frames], "link": link_type}
    return {"frames": done.stdout.decode(errors="replace").splitlines()}


# --- commands ------------------------------------------------------------------------------------------------------


def run(line: str, timeout: float) -> dict[str, Any]:
    """The result of `bash -c LINE`, once no process writes to its outputs any more."""
    began = time.monotonic()
    child = subprocess.Popen(
        ["bash", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=ENVIRONMENT, cwd=ENVIRONMENT["HOME"], start_new_session=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stderr is not None
    out, err = child.stdout.fileno(), child.stderr.fileno()
    parts: dict[int, list[bytes]] = {out: [], err: []}
    late = _read(parts, began + timeout)
    if late:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    child.stderr.close()
    texts = [b"".join(parts[number]).decode(errors="replace") for number in (out, err)]
    answer = {"rc": child.returncode, "stdout": texts[0], "stderr": texts[1]}
    if late:
        answer |= {"rc": None, "stderr": late}
    elif child.returncode < 0:
        answer["rc"] = 128 - child.returncode
    return {**answer, "seconds": round(time.monotonic() - began, 3)}


#: Runs the lines of a file as `bash -c` would, each with its outputs in files.
_BATCH = """
n=0
while IFS= read -r line <&9; do
    { eval "$line"; } 9<&- </dev/null >/run/batch/$n.out 2>/run/batch/$n.err
    echo $?
    n=$((n + 1))
done 9</run/batch/lines
"""


def run_batch(lines: list[str], timeout: float) -> list[dict[str, Any]]:
    """What the lines come to that one bash runs; those that it did not come to have ended late."""
    os.makedirs("/run/batch", exist_ok=True)  # noqa: PTH103
    with open("/run/batch/lines", "w") as file:  # noqa: PTH123
        file.write("".join(f"{line}\n" for line in lines))
    done = run(_BATCH, timeout)
    statuses = done["stdout"].split()
    answers = []
    for number in range(len(lines)):
        texts = [_taken(f"/run/batch/{number}.{end}") for end in ("out", "err")]
        late = number >= len(statuses)
        status, err = (None, "TIMEOUT") if late else (int(statuses[number]), texts[1])
        answers.append({"rc": status, "stdout": texts[0], "stderr": err, "seconds": 0.0})
    return answers


def _taken(path: str) -> str:
    """The text of a file, which is no more."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            text = file.read().decode(errors="replace")
        os.unlink(path)  # noqa: PTH108
    except OSError:
        return ""
    return text


def _read(parts: dict[int, list[bytes]], deadline: float) -> str:
    """Read until both ends are closed; why it was not waited for otherwise (`TIMEOUT`, `TOO MUCH OUTPUT`)."""
    poll = select.poll()
    for descriptor in parts:
        poll.register(descriptor, select.POLLIN)
    left, size = len(parts), 0
    while left:
        wait = deadline - time.monotonic()
        if wait <= 0:
            return "TIMEOUT"
        for descriptor, _ in poll.poll(wait * 1000):
            data = os.read(descriptor, 65536)
            parts[descriptor].append(data)
            size += len(data)
            if not data:
                poll.unregister(descriptor)
                left -= 1
        if size > _MOST:
            return "TOO MUCH OUTPUT"
    return ""


# --- namespaces of a request -----------------------------------------------------------------------------------------


class NetnsRunner:
    """Plays the steps of one request."""

    def __init__(self, canary: Canary) -> None:
        self._canary = canary
        self._captures: list[tuple[str, str, PacketCapture]] = []

    def play(self, step: dict[str, Any]) -> list[dict[str, Any]]:
        if "run" in step:
            before = self._canary.fly()
            answer = run(step["run"], step.get("timeout", 40))
            return [{**answer, "canary": [before, self._canary.fly()]}]
        if "batch" in step:
            return run_batch(step["batch"], step["timeout"])
        if "start" in step:
            subprocess.Popen(
                ["bash", "-c", "exec " + step["start"]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env=ENVIRONMENT, cwd=ENVIRONMENT["HOME"], start_new_session=True,
            )  # fmt: skip
            return [{}]
        if "sleep" in step:
            time.sleep(step["sleep"])
            return [{}]
        if "capture" in step:
            self._captures.append((*step["capture"], PacketCapture(*step["capture"])))
            return [{}]
        time.sleep(step["stop"])
        taken = [{"netns": ns, "dev": dev, **printed(*capture.frames())} for ns, dev, capture in self._captures]
        self._captures = []
        return [{"captures": taken}]


def _play_inside(request: dict[str, Any], canary: Canary, out: int) -> None:
    """The life of the first process of a request's namespaces."""
    namespaces.populate(request["files"], request["hostname"])
    with open("/proc/sys/net/ipv4/ip_forward") as file:  # noqa: PTH123
        tell(out, {"forwards": file.read().strip() == "1"})
    with open("/proc/sys/net/ipv4/ip_forward", "w") as file:  # noqa: PTH123
        file.write("0")
    netns_runner = NetnsRunner(canary)
    for number, step in enumerate(request["steps"]):
        for answer in netns_runner.play(step):
            tell(out, {"step": number, **answer})


def tell(out: int, value: dict[str, Any]) -> None:
    data = json.dumps(value).encode() + b"\n"
    while data:
        data = data[os.write(out, data) :]


def _enter_namespaces(request: dict[str, Any], canary: Canary) -> None:
    """In a child of the session: make the namespaces, and wait for their first process to end."""
    namespaces.die_with_parent(1)
    namespaces.unshare(
        namespaces.CLONE_NEWNET
        | namespaces.CLONE_NEWNS
        | namespaces.CLONE_NEWPID
        | namespaces.CLONE_NEWUTS
        | namespaces.CLONE_NEWIPC
    )
    child = os.fork()
    if child == 0:
        namespaces.die_with_parent(0)
        _play_inside(request, canary, 1)
        os._exit(0)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)


def _serve(canary: Canary) -> None:
    """Requests, one after the other; the end of standard input is the end of all."""
    buffer = b""
    while True:
        data = os.read(0, 1 << 20)
        if not data:
            os._exit(0)
        buffer += data
        while b"\n" in buffer:
            line, buffer = buffer.split(b"\n", 1)
            _handle(json.loads(line), canary)


def _handle(request: dict[str, Any], canary: Canary) -> None:
    child = os.fork()
    if child == 0:
        try:
            _enter_namespaces(request, canary)
        except BaseException as error:
            tell(1, {"fault": f"{type(error).__name__}: {error}"})
            os._exit(1)
    status = _wait(child)
    tell(1, {"end": status})


def _wait(child: int) -> int:
    """The child's status; who waits at standard input for its end may see it meanwhile."""
    ended = os.pidfd_open(child)
    poll = select.poll()
    poll.register(0, select.POLLHUP)
    poll.register(ended, select.POLLIN)
    if any(descriptor == 0 for descriptor, _ in poll.poll()):
        os._exit(0)
    os.close(ended)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _first_process(parent: int) -> None:
    """The first process of the PID namespace: nothing of it outlives it."""
    namespaces.die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who plays the scenario; we end when he does
    namespaces.protect()
    namespaces.mount("proc", "/proc", "proc")
    _serve(Canary())


def main() -> None:
    """Make the session, and wait for it: whoever kills this process kills all."""
    namespaces.die_with_parent(int(sys.argv[1]))
    own_user = namespaces.enter_user_namespace()
    namespaces.unshare(namespaces.CLONE_NEWNS | namespaces.CLONE_NEWPID | namespaces.CLONE_NEWNET)
    session = os.fork()
    if session == 0:
        tell(1, {"user_namespace": own_user})
        try:
            _first_process(0)
        except BaseException as error:
            tell(1, {"fault": f"{type(error).__name__}: {error}"})
            os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.close(0)
    os.waitpid(session, 0)


if __name__ == "__main__":
    main()
