"""Which process holds which socket by which descriptor."""

from __future__ import annotations

from typing import Any, cast

import attrs

from vnetsim.kernel.transport.owners import Owner, Owners
from vnetsim.process import Process


@attrs.define
class Socket:
    owners: Owners
    owner: Owner | None = None
    closed: int = 0

    def close(self) -> None:
        self.closed += 1
        self.owners.close(self.owner)
        self.owner = None


@attrs.frozen
class Somebody:
    pid: int
    title: tuple[str, ...] = ("/usr/bin/nc", "-l")


def taken(owners: Owners, pid: int, title: tuple[str, ...] = ("/usr/bin/nc",)) -> Socket:
    socket = Socket(owners)
    socket.owner = owners.take(cast(Process, cast(Any, Somebody(pid, title))), socket)
    return socket


def test_descriptors_are_the_lowest_that_are_free() -> None:
    owners = Owners({})
    sockets = [taken(owners, 7) for _ in range(3)]
    assert [socket.owner.descriptor for socket in sockets if socket.owner] == [3, 4, 5]
    sockets[1].close()
    again = taken(owners, 7)
    assert again.owner == Owner("nc", 7, 4)


def test_each_process_counts_for_itself() -> None:
    owners = Owners({})
    assert [taken(owners, pid).owner for pid in (1, 2)] == [Owner("nc", 1, 3), Owner("nc", 2, 3)]


def test_names_are_short() -> None:
    assert taken(Owners({}), 1, ("a-program-with-a-long-name",)).owner == Owner("a-program-with-", 1, 3)


def test_the_end_of_a_process_closes_what_it_had() -> None:
    owners = Owners({})
    mine, other = [taken(owners, 1), taken(owners, 1)], taken(owners, 2)
    owners.end(1)
    owners.end(1)
    assert [socket.closed for socket in (*mine, other)] == [1, 1, 0]


def test_what_nobody_holds() -> None:
    owners = Owners({})
    owners.close(None)
    owners.end(9)
