"""`busybox nc`: -l -ll -p PORT -w SECONDS -e PROGRAM (networking/nc.c).

Not modelled: -i, -f.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Final

from vnetsim.clock import SECOND
from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Process, Program, Resolved
from vnetsim.programs.busybox.appletlib import complain, version
from vnetsim.programs.libc.socket_streams import SocketStreams
from vnetsim.programs.nc.options import Options
from vnetsim.programs.nc.relay import relay
from vnetsim.programs.resources import resource
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import ANY6

_USAGE: Final = "busybox/usage/nc.txt"


class _Wanted:
    """What the words on the command line ask for."""

    def __init__(self) -> None:
        self.listening = 0
        self.port = 0
        self.wait: int | None = None
        self.program: list[str] = []
        self.operands: list[str] = []
        self.problem: str | None = None


def main(process: Process, words: Sequence[str]) -> Generator[Any, Any, int]:
    if "--help" in words:
        process.error(f"{version(process)}\n\n{resource(_USAGE)}")
        return 0
    wanted = _parse(words)
    if wanted.problem is not None:
        return complain(process, "nc", wanted.problem, resource(_USAGE))
    if wanted.listening:
        return (yield from _listen(process, wanted))
    if len(wanted.operands) != 2:
        process.error(f"{version(process)}\n\n{resource(_USAGE)}")
        return 1
    return (yield from _connect(process, wanted))


def _parse(words: Sequence[str]) -> _Wanted:
    """-e takes the rest of the line."""
    wanted, rest = _Wanted(), list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            wanted.operands.append(word)
            continue
        letters = word[1:]
        while letters and wanted.problem is None:
            letter, letters = letters[0], letters[1:]
            letters = _option(wanted, letter, letters, rest)
    return wanted


def _option(wanted: _Wanted, letter: str, letters: str, rest: list[str]) -> str:
    """One letter; what is left of its word."""
    if letter == "l":
        wanted.listening += 1
        return letters
    if letter not in "pweif":
        wanted.problem = f"invalid option -- '{letter}'"
        return ""
    if letter in "if":
        raise NotModelled(f"busybox nc -{letter}")
    if not letters and not rest:
        wanted.problem = f"option requires an argument -- '{letter}'"
        return ""
    value = letters or rest.pop(0)
    if letter == "e":
        wanted.program = [value, *rest]
        rest.clear()
    elif not is_digits(value):
        wanted.problem = f"invalid number '{value}'"
    elif letter == "p":
        wanted.port = int(value)
    else:
        wanted.wait = int(value) * SECOND
    return ""


def _listen(process: Process, wanted: _Wanted) -> Generator[Any, Any, int]:
    listener = process.network.tcp_socket(6, owner=process)
    try:
        listener.bind(ANY6, wanted.port, reuse=True)
        listener.listen(wanted.listening)
    except KernelError as error:
        listener.close()
        process.error(f"nc: bind: {error.errno.words}\n")
        return 1
    try:
        while True:
            connection: TcpSocket = yield listener.accept()
            if wanted.listening == 1:
                return (yield from _use(process, wanted, connection))
            process.fork(_child(wanted, connection))
    finally:
        listener.close()


def _child(wanted: _Wanted, connection: TcpSocket) -> Callable[[Process], Program]:
    return lambda process: _use(process, wanted, connection)


def _connect(process: Process, wanted: _Wanted) -> Generator[Any, Any, int]:
    host, port = wanted.operands
    if not is_digits(port):
        raise NotModelled("names of ports in `busybox nc`")
    told: Resolved = yield process.resolve(host)
    if told.error is not None:
        process.error(f"nc: bad address '{host}'\n")
        return 1
    address = told.addresses[0]
    socket = process.network.tcp_socket(address.version, owner=process)
    try:
        if wanted.port:
            socket.bind(type(address)(0), wanted.port, reuse=True)
        if not (yield socket.connect(address, int(port), wanted.wait)):
            socket.close()
            process.error("nc: timed out\n")
            return 1
    except KernelError as error:
        socket.close()
        process.error(f"nc: can't connect to remote host ({address}): {error.errno.words}\n")
        return 1
    return (yield from _use(process, wanted, socket))


def _use(process: Process, wanted: _Wanted, connection: TcpSocket) -> Generator[Any, Any, int]:
    """Run the program with the connection as its input and output, or be in between oneself."""
    try:
        if not wanted.program:
            yield from relay(process, Options(frozenset(), listen=True, shut=True), connection)
            return 0
        streams = SocketStreams(process, connection)
        try:
            child = process.spawn(wanted.program, stdin=streams.stdin, stdout=streams.stdout)
        except KernelError as error:
            process.error(f"nc: can't execute '{wanted.program[0]}': {error.errno.words}\n")
            return 127
        return (yield from streams.carry(child))
    finally:
        connection.close()
