"""`ip route get`: what is asked and how the answer is printed.  Captured from iproute2 6.1 on Linux 6.18."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.programs.iproute2.ip.ip_host import cases
from tests.programs.iproute2.ip.routing import Routing, connected, route, run_ip, said
from vnetsim.observations import RouteAnswer
from vnetsim.wire.inet import IPv4, IPv6, parse_address

ANSWER: dict[str, Any] = {"destination": IPv4.parse("8.8.8.8"), "device": "v0", "source": IPv4.parse("10.0.0.1")}


def answer(**changes: Any) -> RouteAnswer:
    for key in ("destination", "via", "source", "from_"):
        if isinstance(changes.get(key), str):
            changes[key] = parse_address(changes[key])
    return RouteAnswer(**{**ANSWER, **changes})


VIA = answer(via="10.0.0.254")
LOCAL = answer(destination="10.0.0.1", kind="local", device="lo", cache=("local",))

#: A command, the answer, what is printed but for the last blank of either line.
PRINTED: list[tuple[str, RouteAnswer, str]] = [
    ("ip route get 8.8.8.8", VIA, "8.8.8.8 via 10.0.0.254 dev v0 src 10.0.0.1 uid 0 \n    cache"),
    ("ip -o route get 8.8.8.8", VIA, "8.8.8.8 via 10.0.0.254 dev v0 src 10.0.0.1 uid 0 \\    cache"),
    ("ip -d route get 8.8.8.8", VIA,
     "unicast 8.8.8.8 via 10.0.0.254 dev v0 table main src 10.0.0.1 uid 0 \n    cache"),
    ("ip route get 8.8.8.8 uid 5", VIA, "8.8.8.8 via 10.0.0.254 dev v0 src 10.0.0.1 uid 5 \n    cache"),
    ("ip route get 10.0.0.1", LOCAL, "local 10.0.0.1 dev lo src 10.0.0.1 uid 0 \n    cache <local>"),
    ("ip route get 10.0.0.1", answer(destination="10.0.0.1", kind="local", device="lo", table=255, cache=("local",)),
     "local 10.0.0.1 dev lo table local src 10.0.0.1 uid 0 \n    cache <local>"),
    ("ip route get 10.0.0.255", answer(destination="10.0.0.255", kind="broadcast", cache=("local", "brd")),
     "broadcast 10.0.0.255 dev v0 src 10.0.0.1 uid 0 \n    cache <local,brd>"),
    ("ip route get 224.1.2.3",
     answer(destination="224.1.2.3", kind="multicast", cache=("mc",), offload_failed=True),
     "multicast 224.1.2.3 dev v0 src 10.0.0.1 rt_offload_failed uid 0 \n    cache <mc>"),
    ("ip route get 8.8.8.8 from 10.1.0.1", answer(from_="10.1.0.1", via="10.0.0.254", source=None),
     "8.8.8.8 from 10.1.0.1 via 10.0.0.254 dev v0 uid 0 \n    cache"),
    ("ip route get 10.0.0.1 from 10.0.0.7 iif v0",
     answer(destination="10.0.0.1", from_="10.0.0.7", kind="local", device="lo", source=None, uid=None, iif="v0",
            cache=("local",)),
     "local 10.0.0.1 from 10.0.0.7 dev lo \n    cache <local> iif v0"),
    ("ip route get 8.8.8.8 mark 5", answer(mark=5), "8.8.8.8 dev v0 src 10.0.0.1 mark 5 uid 0 \n    cache"),
    ("ip route get 8.8.8.8 mark 0x10", answer(mark=16), "8.8.8.8 dev v0 src 10.0.0.1 mark 0x10 uid 0 \n    cache"),
    ("ip route get 8.8.8.8 tos 0x10", answer(), "8.8.8.8 dev v0 src 10.0.0.1 uid 0 \n    cache"),
    ("ip route get 8.8.8.8", answer(tos=0x10), "8.8.8.8 tos 0x10 dev v0 src 10.0.0.1 uid 0 \n    cache"),
    ("ip route get 8.8.8.8", answer(mtu=1300, mtu_locked=True),
     "8.8.8.8 dev v0 src 10.0.0.1 uid 0 \n    cache mtu lock 1300"),
    ("ip route get 8.8.8.8", answer(mtu=1400, expires_seconds=599),
     "8.8.8.8 dev v0 src 10.0.0.1 uid 0 \n    cache expires 599sec mtu 1400"),
    ("ip route get 8.8.8.8", answer(via="10.0.0.9", cache=("redirected",), expires_seconds=299),
     "8.8.8.8 via 10.0.0.9 dev v0 src 10.0.0.1 uid 0 \n    cache <redirected> expires 299sec"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "told", "text"), PRINTED)
def test_the_answer_is_printed_as_iproute2_prints_it(command: str, told: RouteAnswer, text: str) -> None:
    network = Routing(answers={str(told.destination): told})
    assert said(command, network) == f"{text} \n"


ASKED: list[tuple[str, dict[str, Any]]] = [
    ("ip route get 8.8.8.8", {}),
    ("ip r g to 8.8.8.8", {}),
    ("ip route get 8.8.8.8/32 from 10.1.0.1", {"source": IPv4.parse("10.1.0.1")}),
    ("ip route get from 10.1.0.1 8.8.8.8 iif w0", {"source": IPv4.parse("10.1.0.1"), "iif": "w0"}),
    ("ip route get 8.8.8.8 from default", {}),
    ("ip route get 8.8.8.8 oif w0", {"oif": "w0"}),
    ("ip route get 8.8.8.8 dev w0", {"oif": "w0"}),
    ("ip route get 8.8.8.8 mark 0x20 tos 0x8", {"mark": 32, "tos": 8}),
    ("ip route get 8.8.8.8 ipproto tcp dport 80 sport 5", {"transport": (6, 5, 80)}),
    ("ip route get 8.8.8.8 sport 5", {"transport": (17, 5, None)}),
    ("ip route get 1.1.1.1 8.8.8.8", {}),
]


@pytest.mark.parametrize(("command", "question"), ASKED)
def test_words_become_a_question(command: str, question: dict[str, Any]) -> None:
    network = Routing(answers={"8.8.8.8": VIA})
    said(command, network)
    assert network.asked == [("8.8.8.8", question)]


def test_connected_asks_again_without_the_source() -> None:
    network = Routing(answers={"8.8.8.8": VIA})
    assert said("ip route get 8.8.8.8 connected", network).count("cache") == 2
    assert len(network.asked) == 2


def test_fibmatch_prints_the_route_that_matched() -> None:
    matched = route("default", "10.0.0.254", "v0")
    network = Routing(answers={"8.8.8.8": answer(matched=matched)})
    assert said("ip route get fibmatch 8.8.8.8", network) == "default via 10.0.0.254 dev v0 \n"
    assert network.asked == [("8.8.8.8", {"fibmatch": True})]
    local = connected("10.0.0.1", "v0", "10.0.0.1", kind="local", table=255, scope=254)
    network = Routing(answers={"10.0.0.1": answer(destination="10.0.0.1", matched=local)})
    text = "local 10.0.0.1 dev v0 table local proto kernel scope host src 10.0.0.1 \n"
    assert said("ip route get fibmatch 10.0.0.1", network) == text


def test_an_answer_is_a_document_too() -> None:
    documents = json.loads(said("ip -j route get 8.8.8.8", Routing(answers={"8.8.8.8": VIA})))
    expected = {"dst": "8.8.8.8", "gateway": "10.0.0.254", "dev": "v0", "prefsrc": "10.0.0.1", "flags": [], "uid": 0}
    assert documents == [{**expected, "cache": []}]


def test_an_ipv6_answer_has_no_cache() -> None:
    told = RouteAnswer(
        destination=IPv6.parse("fd00::2"), device="v0", source=IPv6.parse("fd00::1"), protocol=2, metric=256
    )
    text = said("ip route get fd00::2", Routing(answers={"fd00::2": told}))
    assert text == "fd00::2 dev v0 proto kernel src fd00::1 metric 256 uid 0 pref medium\n"


def test_a_prefix_is_warned_of() -> None:
    ended = run_ip("ip route get 8.8.8.8/16", Routing(answers={"8.8.8.8": VIA}))
    assert ended.err == "Warning: /16 as prefix is invalid, only /32 (or none) is supported.\n"
    assert ended.status == 0


REFUSED = cases(
    """\
$ ip route get  [1]
need at least a destination address
$ ip route get 9.9.9.9  [2]
RTNETLINK answers: Network is unreachable
$ ip route get hello  [1]
Error: any valid prefix is expected rather than "hello".
$ ip route get 8.8.8.8 bogus  [1]
Error: inet prefix is expected rather than "bogus".
$ ip -6 route get 10.0.0.1  [1]
Error: inet6 prefix is expected rather than "10.0.0.1".
$ ip route get 8.8.8.8 oif nosuch  [1]
Cannot find device "nosuch"
$ ip route get 8.8.8.8 from 10.0.0.1 iif nosuch  [1]
Cannot find device "nosuch"
$ ip route get 8.8.8.8 mark x  [255]
Error: argument "x" is wrong: invalid mark value
$ ip route get 8.8.8.8 vrf x  [255]
Error: argument "x" is wrong: Invalid VRF

"""
)


@pytest.mark.parametrize(("command", "status", "text"), REFUSED)
def test_what_has_no_answer(command: str, status: int, text: str) -> None:
    ended = run_ip(command, Routing(answers={"8.8.8.8": VIA}))
    assert (ended.status, ended.out, ended.err) == (status, "", text)
