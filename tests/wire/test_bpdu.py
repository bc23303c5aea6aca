from __future__ import annotations

import contextlib

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.captured import octets
from tests.wire.packets import bpdus
from vnetsim.errors import DecodeError
from vnetsim.wire import bpdu
from vnetsim.wire.bpdu import Bpdu, Config, TopologyChange
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.mac import Mac
from vnetsim.wire.printer import PacketPrinter

BRIDGE = bpdu.bridge_id(0x8000, Mac.parse("02:00:00:00:0b:00"))
#: Captured from a real bridge with hello_time 100 and forward_delay 400.
GOLDEN = octets("bpdu", skip=14)
ROOT = Config.build(
    0, BRIDGE, 0, BRIDGE, 0x8001, message_age=0, maximum_age=20 * 256, hello_time=256, forward_delay=4 * 256
)


def test_decode() -> None:
    assert bpdu.decode(GOLDEN) == ROOT


def test_encode() -> None:
    assert ROOT.encode() == GOLDEN


@given(bpdus)
def test_round_trip(value: Bpdu) -> None:
    assert bpdu.decode(value.encode()) == value
    assert value.length == len(value.encode())


@given(st.binary(max_size=50) | st.binary(max_size=40).map(lambda data: GOLDEN[:7] + data))
def test_decode_is_total(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        value = bpdu.decode(data)
        assert value.encode() == data[: value.length]


def test_a_bridge_sends_them_in_802_3_to_a_group_of_their_own() -> None:
    frame = Frame.decode(octets("bpdu"))
    assert (frame.destination, frame.ethertype, frame.length) == (bpdu.GROUP, ROOT.length, 52)
    assert Frame.build(bpdu.GROUP, frame.source, ROOT.length, ROOT) == frame


REST = "02:00:00:00:0b:00.8001, length 35"


# What tcpdump 4.99.3 -n printed of the same units.
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (ROOT, "STP 802.1d, Config, Flags [none], bridge-id 8000.02:00:00:00:0b:00.8001, length 35"),
        (
            attrs.evolve(ROOT, flags=bpdu.TOPOLOGY_CHANGE, port=0x8002),
            "STP 802.1d, Config, Flags [Topology change], bridge-id 8000.02:00:00:00:0b:00.8002, length 35",
        ),
        (
            attrs.evolve(ROOT, flags=bpdu.TOPOLOGY_CHANGE | bpdu.TOPOLOGY_CHANGE_ACK, bridge=BRIDGE - (0x7000 << 48)),
            "STP 802.1d, Config, Flags [Topology change, Topology change ACK], bridge-id 1000." + REST,
        ),
        (TopologyChange(), "STP 802.1d, Topology Change"),
    ],
)
def test_prints_like_tcpdump(value: Bpdu, words: str) -> None:
    assert value.describe(PacketPrinter()) == words


def test_a_verbose_unit_prints_its_times_and_root() -> None:
    value = attrs.evolve(ROOT, root_path_cost=100, message_age=256, hello_time=512, forward_delay=15 * 256)
    assert value.describe(PacketPrinter(verbosity=1)).partition("\n")[2] == (
        "\tmessage-age 1.00s, max-age 20.00s, hello-time 2.00s, forwarding-delay 15.00s\n"
        "\troot-id 8000.02:00:00:00:0b:00, root-pathcost 100"
    )
