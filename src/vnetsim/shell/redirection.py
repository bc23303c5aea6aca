"""File descriptors and redirections (POSIX.1-2017, XCU 2.7).

Not modelled: `{name}>file`, descriptors above 2 in programs (a shell of its own keeps them), reading from
/dev/udp.  A connection that was opened by /dev/tcp stays open until its shell ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError
from vnetsim.netfilter.services import service_port
from vnetsim.process import Input, Output, Process, Resolved
from vnetsim.programs.libc.socket_streams import Sending, receiving
from vnetsim.programs.libc.streams import Refusing, create
from vnetsim.shell.ast import Redirection
from vnetsim.shell.expansion import Expander
from vnetsim.shell.state import ShellState
from vnetsim.shell.steps import Steps
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import Address

_CREATING: Final = frozenset(("&>", "&>>", ">", ">|", ">>", "<>"))
_DEVICES: Final = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
#: Paths that bash opens as connections: /dev/tcp/HOST/PORT.
_NETWORK: Final = ("/dev/tcp/", "/dev/udp/")
_SLASHES: Final = 4
#: The output, and the socket to read from if it is a stream.
_Opened: TypeAlias = tuple[Output, TcpSocket | None]


class RedirectionError(Exception):
    """A redirection failed; the message is the shell's, without its prefix."""


class Streams:
    """The open file descriptors of a shell."""

    def __init__(self, inputs: dict[int, Input], outputs: dict[int, Output]) -> None:
        self.inputs, self.outputs = inputs, outputs

    @classmethod
    def of(cls, process: Process) -> Streams:
        return cls({0: process.stdin}, {1: process.stdout, 2: process.stderr})

    def copy(self) -> Streams:
        return Streams(dict(self.inputs), dict(self.outputs))

    def output(self, descriptor: int) -> Output:
        """The stream, or one that refuses every write if there is none."""
        return self.outputs.get(descriptor) or Refusing(Errno.EBADF)

    def duplicate(self, old: int, new: int) -> None:
        if old not in self.inputs and old not in self.outputs:
            raise KernelError(Errno.EBADF)
        taken = self.inputs.get(old), self.outputs.get(old)
        self.close(new)
        if taken[0] is not None:
            self.inputs[new] = taken[0]
        if taken[1] is not None:
            self.outputs[new] = taken[1]

    def close(self, descriptor: int) -> None:
        self.inputs.pop(descriptor, None)
        self.outputs.pop(descriptor, None)


def text_input(process: Process, text: str) -> Input:
    """An input that holds `text` and then ends."""
    reader, writer = process.pipe()
    if text:
        writer.write(text)
    writer.close()
    return reader


class Redirector:
    """Applies redirections in one shell."""

    def __init__(self, process: Process, state: ShellState, expander: Expander) -> None:
        self._process, self._state, self._expander = process, state, expander

    def apply(self, redirections: tuple[Redirection, ...], streams: Streams) -> Steps[None]:
        """Change `streams` from left to right; RedirectionError at the first that fails."""
        for redirection in redirections:
            yield from self._apply(redirection, streams)

    def _apply(self, redirection: Redirection, streams: Streams) -> Steps[None]:
        operator, descriptor = redirection.operator, redirection.descriptor
        if operator in ("<<", "<<-", "<<<"):
            text = yield from self._expander.text(redirection.target)
            body = text + "\n" if operator == "<<<" else text
            streams.inputs[descriptor or 0] = text_input(self._process, body)
            return
        target = yield from self._target(redirection)
        if target.startswith(_NETWORK) and target.count("/") == _SLASHES and self._state.dialect.bash:
            yield from self._connect(target, operator, descriptor, streams)
            return
        if operator in (">&", "<&"):
            self._duplicate(redirection, target, streams)
        elif operator == "<":
            self._open(target, streams, 0 if descriptor is None else descriptor, self._read)
        elif operator == "<>":
            self._open(target, streams, 0 if descriptor is None else descriptor, self._read_and_write)
        else:
            append = operator in (">>", "&>>")
            number = 1 if descriptor is None else descriptor
            self._open(target, streams, number, self._append if append else self._create)
            if operator.startswith("&"):
                streams.duplicate(1, 2)

    def _target(self, redirection: Redirection) -> Steps[str]:
        if not self._state.dialect.bash:
            return (yield from self._expander.text(redirection.target))
        fields = yield from self._expander.fields([redirection.target])
        if len(fields) != 1:
            raise RedirectionError(f"{redirection.source}: ambiguous redirect")
        return str(fields[0])

    def _duplicate(self, redirection: Redirection, target: str, streams: Streams) -> None:
        default = 1 if redirection.operator == ">&" else 0
        number = default if redirection.descriptor is None else redirection.descriptor
        if target == "-":
            streams.close(number)
        elif is_digits(target.rstrip("-")):
            try:
                streams.duplicate(int(target.rstrip("-")), number)
            except KernelError as error:
                raise RedirectionError(f"{target}: {error.errno.strerror}") from None
        elif redirection.operator == ">&" and redirection.descriptor is None and self._state.dialect.bash:
            self._open(target, streams, 1, self._create)
            streams.duplicate(1, 2)
        else:
            raise RedirectionError(f"{redirection.source}: ambiguous redirect")

    # --- opening -----------------------------------------------------------------------------------------------------

    def _open(
        self, target: str, streams: Streams, descriptor: int, opening: Callable[[str, Streams, int], None]
    ) -> None:
        try:
            if target in _DEVICES or target.startswith("/dev/fd/"):
                number = _DEVICES[target] if target in _DEVICES else int(target.rpartition("/")[2])
                streams.duplicate(number, descriptor)
            elif self._state.dialect.bash and target.startswith(_NETWORK):
                raise KernelError(Errno.ENOENT)
            else:
                opening(target, streams, descriptor)
        except KernelError as error:
            creating = opening != self._read
            raise RedirectionError(self._state.dialect.cannot_open(target, error.errno, creating=creating)) from None

    def _read(self, target: str, streams: Streams, descriptor: int) -> None:
        path = self._state.absolute(target)
        text = "" if path == "/dev/null" else self._process.files.read(path)
        streams.close(descriptor)
        streams.inputs[descriptor] = text_input(self._process, text)

    def _create(self, target: str, streams: Streams, descriptor: int, *, append: bool = False) -> None:
        if not target:
            raise KernelError(Errno.ENOENT)
        output = create(self._process.context, self._state.absolute(target), append=append)
        streams.close(descriptor)
        streams.outputs[descriptor] = output

    def _append(self, target: str, streams: Streams, descriptor: int) -> None:
        self._create(target, streams, descriptor, append=True)

    def _read_and_write(self, target: str, streams: Streams, descriptor: int) -> None:
        self._create(target, streams, descriptor, append=True)
        path = self._state.absolute(target)
        text = "" if path == "/dev/null" else self._process.files.read(path)
        streams.inputs[descriptor] = text_input(self._process, text)

    def _connect(self, target: str, operator: str, descriptor: int | None, streams: Streams) -> Steps[None]:
        """/dev/tcp/HOST/PORT and /dev/udp/HOST/PORT (lib/sh/netopen.c)."""
        _, _, protocol, host, port = target.split("/")
        number = int(port) if is_digits(port) else service_port(port, protocol)
        resolved: Resolved = yield self._process.resolve(host)
        if resolved.error is not None:
            raise self._unknown(target, host, resolved.error)
        if number is None:
            raise self._unknown(target, port, "Servname not supported for ai_socktype")
        error = Errno.ECONNREFUSED
        for address in resolved.addresses:
            try:
                output, stream = yield from self._open_socket(protocol, address, number, resolved.zone)
            except KernelError as refused:
                error = refused.errno
                continue
            reads = operator in ("<", "<>")
            opened = (0 if reads else 1) if descriptor is None else descriptor
            streams.close(opened)
            if operator != "<":
                streams.outputs[opened] = output
            if reads and stream is not None:
                streams.inputs[opened] = receiving(self._process, stream)
            return
        self._process.error(f"{self._process.argv[0]}: connect: {error.strerror}\n")
        raise RedirectionError(f"{target}: {error.strerror}")

    def _unknown(self, target: str, word: str, why: str) -> RedirectionError:
        self._process.error(f"{self._state.prefix(self._state.line)}{word}: {why}\n")
        return RedirectionError(f"{target}: {Errno.EINVAL.strerror}")

    def _open_socket(self, protocol: str, address: Address, port: int, zone: str | None) -> Steps[_Opened]:
        network = self._process.network
        if protocol == "udp":
            datagrams = network.udp_socket(address.version, owner=self._process)
            datagrams.connect(address, port, zone)
            return Sending(datagrams), None
        socket = network.tcp_socket(address.version, owner=self._process)
        try:
            yield socket.connect(address, port, zone=zone)
        except KernelError:
            socket.close()
            raise
        return Sending(socket), socket
