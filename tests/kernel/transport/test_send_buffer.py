"""Which datagrams a send buffer holds, as ping(8) found on Linux 6.18 with `ip link set lo mtu MTU`, `ping -s SIZE`."""

from __future__ import annotations

import pytest

from vnetsim.kernel.transport.send_buffer import holds, send_buffer


def ping_asks_for(size: int) -> int:
    """iputils 20221126, sock_setbufs."""
    length = size + 8
    return length + (length + 511) // 512 * 260


@pytest.mark.parametrize(
    ("mtu", "size", "sent"),
    [
        (68, 568, True),
        (68, 569, False),
        (68, 1500, False),
        (150, 1760, True),
        (150, 1800, False),
        (150, 1880, True),
        (150, 1914, True),
        (150, 1917, False),
        (200, 65000, True),
        (1500, 65507, True),
    ],
)
def test_small_pieces_take_more_memory_than_ping_asks_for(mtu: int, size: int, sent: bool) -> None:
    assert holds(send_buffer(ping_asks_for(size)), size + 28, 20, mtu) is sent


@pytest.mark.parametrize(("mtu", "size"), [(68, 2344), (100, 3912), (150, 6266), (200, 8620), (400, 12028)])
def test_a_buffer_that_was_asked_for_is_exhausted_by_one_byte_more(mtu: int, size: int) -> None:
    buffer = send_buffer(10_000)
    assert holds(buffer, size + 28, 20, mtu)
    assert not holds(buffer, size + 29, 20, mtu)
