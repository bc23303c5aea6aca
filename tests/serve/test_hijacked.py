"""Connections that a program's streams have: who sends no more, and who has gone."""

from __future__ import annotations

import socket
import struct
import sys

import pytest

from vnetsim.serve.hijacked import has_hung_up, probe_when_idle

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it does not tell")


def test_a_client_that_sends_no_more_is_there_and_one_that_closed_its_socket_has_gone() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        assert not has_hung_up(ours)
        theirs.shutdown(socket.SHUT_WR)
        assert not has_hung_up(ours)
        theirs.close()
        assert has_hung_up(ours)


def test_over_tcp_a_reset_tells_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
    with ours:
        probe_when_idle(ours)
        assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        theirs.shutdown(socket.SHUT_WR)
        assert not has_hung_up(ours)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        theirs.close()
        assert has_hung_up(ours)


def test_sockets_of_the_file_system_are_not_probed() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        probe_when_idle(ours)
        assert not ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
