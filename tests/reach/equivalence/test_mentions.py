"""Which ranges addresses are in, and which of them are named alone."""

from __future__ import annotations

from vnetsim.reach.equivalence.mentions import Mentions
from vnetsim.wire.inet import IPv4


def test_an_address_that_is_named_alone_is_like_no_other() -> None:
    mentions = Mentions()
    mentions.read_text("dnsmasq --address=/web/10.0.0.5")
    five, six, seven, outside = map(IPv4.parse, ("10.0.0.5", "10.0.0.6", "10.0.0.7", "11.0.0.1"))
    assert mentions.ranges(six) == mentions.ranges(seven) != mentions.ranges(five)
    assert mentions.ranges(six) != mentions.ranges(outside)
