"""The docker-proxy of a scenario's namespaces: `python -I relay.py tcp|udp HOST PORT ADDRESS PORT READY`.

What arrives at HOST and PORT goes on to ADDRESS and PORT from this machine's own address, and answers go back.  The
file READY comes into being when it listens.  It imports the standard library only.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Until the end of `source`, which becomes the end of `sink`."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def relay(client: socket.socket, target: tuple[str, int]) -> None:
    """One connection becomes two; a refused one ends at once."""
    with client:
        try:
            server = socket.create_connection(target)
        except OSError:
            return
        with server:
            back = threading.Thread(target=pump, args=(server, client))
            back.start()
            pump(client, server)
            back.join()


def serve_tcp(listener: socket.socket, target: tuple[str, int]) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((sys.argv[2], int(sys.argv[3])))
    listener.listen(4096)
    ready()
    while True:
        client, _ = listener.accept()
        threading.Thread(target=relay, args=(client, target), daemon=True).start()


def serve_udp(listener: socket.socket, target: tuple[str, int]) -> None:
    listener.bind((sys.argv[2], int(sys.argv[3])))
    ready()
    known: dict[object, socket.socket] = {}
    while True:
        data, client = listener.recvfrom(65536)
        if client not in known:
            known[client] = socket.socket(socket.AF_INET6 if ":" in target[0] else socket.AF_INET, socket.SOCK_DGRAM)
            known[client].connect(target)
            threading.Thread(target=answers, args=(known[client], listener, client), daemon=True).start()
        with contextlib.suppress(OSError):
            known[client].send(data)


def answers(server: socket.socket, listener: socket.socket, client: object) -> None:
    while True:
        try:
            listener.sendto(server.recv(65536), client)  # type: ignore[call-overload]
        except OSError:
            continue


def ready() -> None:
    with open(sys.argv[6], "w"):  # noqa: PTH123
        pass


def main() -> None:
    family = socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET
    kind = socket.SOCK_STREAM if sys.argv[1] == "tcp" else socket.SOCK_DGRAM
    listener = socket.socket(family, kind)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    (serve_tcp if sys.argv[1] == "tcp" else serve_udp)(listener, (sys.argv[4], int(sys.argv[5])))


if __name__ == "__main__":
    main()
