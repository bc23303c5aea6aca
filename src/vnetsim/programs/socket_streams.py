"""A connection as the standard input and output of a program (as after dup2(2)): `nc -e`, /dev/tcp of the shell."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from vnetsim.errors import KernelError
from vnetsim.process import BrokenPipe, Child, Process, TcpSocket
from vnetsim.programs.octets import Decoder, encode


class SocketStreams:
    """`stdin` and `stdout` are for the program; `carry` moves the data until it ends."""

    def __init__(self, process: Process, socket: TcpSocket) -> None:
        self._process = process
        self._socket = socket
        self.stdin, self._to_program = process.pipe()
        self._from_program, self.stdout = process.pipe()

    def carry(self, child: Child) -> Generator[Any, Any, int]:
        """The program's exit status, once all that it wrote is sent."""
        self.stdin.close()
        self.stdout.close()
        feeder = self._process.fork(self._feed)
        try:
            yield from self._send()
            status: int = yield child.wait()
        finally:
            feeder.kill()
            self._to_program.close()
        return status

    def _feed(self, process: Process) -> Generator[Any, Any, int]:
        """From the network to the program."""
        del process
        decoder = Decoder()
        try:
            while data := (yield self._socket.receive()):
                self._to_program.write(decoder.decode(data))
        except (KernelError, BrokenPipe):
            return 1
        finally:
            self._to_program.close()
        return 0

    def _send(self) -> Generator[Any, Any, None]:
        """From the program to the network."""
        try:
            while text := (yield self._from_program.read_some()):
                yield self._socket.send(encode(text))
        except KernelError:
            self._from_program.close()
