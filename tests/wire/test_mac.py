from __future__ import annotations

import pytest
from hypothesis import given

from tests.wire.packets import macs
from vnetsim.wire.mac import BROADCAST, UNKNOWN, Mac


@given(macs)
def test_an_address_prints_as_it_is_parsed(mac: Mac) -> None:
    assert Mac.parse(str(mac)) == mac
    assert Mac.parse(str(mac).upper()) == mac


def test_parsing_takes_short_octets_as_ether_aton_does() -> None:
    assert str(Mac.parse("2:0:a:0:0:1")) == "02:00:0a:00:00:01"


@pytest.mark.parametrize(
    "text",
    [
        "", "02:00:0a:00:00", "02:00:0a:00:00:01:02", "02-00-0a-00-00-01", "0200.0a00.0001", "02:00:0a:00:00:0g",
        "+2:0:0:0:0:1", "02:00:0a:00:00:001", " 02:00:0a:00:00:01", "02:00:0a:00:00:01\n",
    ],
)  # fmt: skip
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an Ethernet address"):
        Mac.parse(text)


@pytest.mark.parametrize(
    ("text", "multicast"),
    [
        ("ff:ff:ff:ff:ff:ff", True),
        ("01:80:c2:00:00:00", True),
        ("33:33:00:00:00:01", True),
        ("02:00:00:00:00:01", False),
    ],
)
def test_the_lowest_bit_of_the_first_octet_makes_a_group(text: str, multicast: bool) -> None:
    assert Mac.parse(text).is_multicast is multicast


def test_an_address_hashes_and_compares_as_its_number() -> None:
    assert {Mac(7): "seven"}[7] == "seven"  # type: ignore[index]
    assert UNKNOWN < BROADCAST


def test_repr_can_be_typed() -> None:
    assert repr(Mac(0x02_00_0A_00_00_01)) == "Mac('02:00:0a:00:00:01')"
