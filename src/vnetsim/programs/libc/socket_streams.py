"""A socket as the standard input and output of a program (as after dup2(2)): `nc -e`, /dev/tcp of the shell."""

from __future__ import annotations

from vnetsim.errors import KernelError
from vnetsim.process import BrokenPipe, Child, Coroutine, Input, Output, Process
from vnetsim.programs.libc.octets import Decoder, encode
from vnetsim.sockets import TcpSocket, UdpSocket


class Sending:
    """An output to a stream socket, or to one that makes each write a datagram; it does not wait for buffer space."""

    def __init__(self, socket: TcpSocket | UdpSocket) -> None:
        self._socket = socket

    def write(self, text: str) -> None:
        if text:
            self._socket.send(encode(text))

    def close(self) -> None:
        self._socket.close()


def receiving(process: Process, socket: TcpSocket) -> Input:
    """An input that is a connection."""
    reader, writer = process.pipe()
    process.fork(lambda feeder: _feed(feeder, socket, writer))
    return reader


def _feed(process: Process, socket: TcpSocket, to: Output) -> Coroutine[int]:
    """From the network into a pipe, until either end is gone."""
    del process
    decoder = Decoder()
    try:
        while data := (yield socket.receive()):
            to.write(decoder.decode(data))
    except (KernelError, BrokenPipe):
        return 1
    finally:
        to.close()
    return 0


class SocketStreams:
    """`stdin` and `stdout` are for the program; `carry` moves the data until it ends."""

    def __init__(self, process: Process, socket: TcpSocket) -> None:
        self._process = process
        self._socket = socket
        self.stdin, self._to_program = process.pipe()
        self._from_program, self.stdout = process.pipe()

    def carry(self, child: Child) -> Coroutine[int]:
        """The program's exit status, once all that it wrote is sent."""
        self.stdin.close()
        self.stdout.close()
        feeder = self._process.fork(lambda process: _feed(process, self._socket, self._to_program))
        try:
            yield from self._send()
            status: int = yield child.wait()
        finally:
            feeder.kill()
            self._to_program.close()
        return status

    def _send(self) -> Coroutine[None]:
        """From the program to the network."""
        try:
            while text := (yield self._from_program.read_some()):
                yield self._socket.send(encode(text))
        except KernelError:
            self._from_program.close()
