"""telnet (GNU inetutils 2.4): HOST [PORT] without a terminal, as scripts use it to try a port.

It leaves when its input ends, and flushes its output when the peer sends something, or when it ends:
its output is no terminal.  Not modelled: its prompt (`telnet` without a host), options, negotiation (RFC 854), and
that the real one may lose what it read together with the end of its input.
"""

from __future__ import annotations

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.netfilter.services import service_port
from vnetsim.process import Coroutine, Process, Resolved
from vnetsim.programs.libc.octets import Decoder, encode
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import Address


def main(process: Process) -> Coroutine[int]:
    args = process.argv[1:]
    if not args or len(args) > 2 or any(arg.startswith("-") for arg in args):
        raise NotModelled(f"telnet {' '.join(args)}".rstrip())
    host, name = args[0], args[1] if len(args) == 2 else "telnet"
    port = int(name) if is_digits(name) else service_port(name, "tcp")
    pending: list[str] = []
    resolved: Resolved = yield process.resolve(host)
    wrong = resolved.error if port is not None else "Servname not supported for ai_socktype"
    if wrong is not None or port is None:
        process.write(f"Server lookup failure:  {host}:{name}, {wrong}\n")
        return 1
    socket = yield from _connected(process, resolved.addresses, port, pending)
    if socket is None:
        return 1
    try:
        yield from _talk(process, socket, pending)
    except KernelError:
        pass
    finally:
        socket.close()
    process.write("".join(pending))
    process.error("Connection closed by foreign host.\n")
    return 0


def _connected(
    process: Process, addresses: tuple[Address, ...], port: int, pending: list[str]
) -> Coroutine[TcpSocket | None]:
    """The first address that answers; the error of the last one goes to standard error."""
    for number, address in enumerate(addresses, 1):
        pending.append(f"Trying {address}...\n")
        socket = process.network.tcp_socket(address.version, owner=process)
        try:
            yield socket.connect(address, port)
        except KernelError as error:
            socket.close()
            if number == len(addresses):
                process.write("".join(pending))
                process.error(f"telnet: Unable to connect to remote host: {error.errno.strerror}\n")
            else:
                process.error(f"telnet: connect to address {address}: {error.errno.strerror}\n")
            continue
        except BaseException:
            socket.close()
            raise
        pending.append(f"Connected to {address}.\nEscape character is '^]'.\n")
        return socket
    return None


def _talk(process: Process, socket: TcpSocket, pending: list[str]) -> Coroutine[None]:
    """Relay both directions until either end reaches end of file."""
    decoder = Decoder()
    typed = process.stdin.read_some()
    while True:
        heard = socket.readable()
        yield process.any_of([heard, typed])
        if heard.is_set:
            data: bytes = yield socket.receive()
            if not data:
                return
            process.write("".join([*pending, decoder.decode(data)]))
            pending.clear()
        if typed.is_set:
            text: str = yield typed
            if not text:
                return
            yield socket.send(encode(text.replace("\r", "\r\0").replace("\n", "\r\n")))
            typed = process.stdin.read_some()
