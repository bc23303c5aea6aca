"""Filter expressions: which frames they let pass, and what is said about those that are none.

filters.txt was captured with tcpdump 4.99.3 and libpcap 1.10.3, newer.txt with 4.99.6 and 1.10.6 where those say
something else: an expression, the numbers of the frames of `frames` that pass, and those of the same packets in a
cooked capture where these are others; `!` before a complaint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import attrs
import pytest

from tests.programs.tcpdump.frames import FRAMES, ONE
from vnetsim.errors import NotModelled
from vnetsim.programs.libc.netdb import protocols
from vnetsim.programs.tcpdump.filter import compile_filter
from vnetsim.programs.tcpdump.identifiers import Databases, Unresolved
from vnetsim.programs.tcpdump.primitives import COOKED, ETHERNET, FilterError, LinkLayout, Sample, accepts
from vnetsim.wire import cooked
from vnetsim.wire.inet import Address, parse_address

HERE: Final = Path(__file__).parent
NAMES: Final = Databases(
    {"http": {"tcp": 80}, "domain": {"tcp": 53, "udp": 53}},
    {name: int(entry.number) for entry in protocols() for name in (entry.name, *entry.aliases)},
)
EMPTY: Final = Databases({}, {})
FRAMES_SEEN: Final = [frame.encode() for frame in FRAMES.values()]
COOKED_SEEN: Final = [
    cooked.Cooked.of(frame, 2, cooked.OUTGOING if frame.source == ONE else cooked.HOST).encode()
    for frame in FRAMES.values()
]
#: What libpcap finds out about an expression as a whole; here it lets nothing pass.
_NOTHING: Final = "! expression rejects all packets"


def captured(name: str) -> list[tuple[str, str, str]]:
    lines = [line.split("\t") for line in (HERE / name).read_text("utf-8").splitlines()]
    return [(expression, answers[0], answers[-1]) for expression, *answers in lines]


def passing(
    expression: str, link: LinkLayout, packets: list[bytes], names: Databases, *, newer: bool = False,
    known: Mapping[str, Sequence[Address]] | None = None,
) -> str:  # fmt: skip
    try:
        test = compile_filter(expression, attrs.evolve(link, is_live=False), known or {}, names)
    except FilterError as error:
        return f"! {error.newer if newer else error}"
    return " ".join(str(number) for number, data in enumerate(packets) if accepts(test, Sample(data, len(data))))


@pytest.mark.parametrize(("expression", "ethernet", "any_"), captured("filters.txt"))
def test_a_filter_lets_pass_what_the_real_one_does(expression: str, ethernet: str, any_: str) -> None:
    assert passing(expression, ETHERNET, FRAMES_SEEN, NAMES) == ethernet.replace(_NOTHING, "")
    assert passing(expression, COOKED, COOKED_SEEN, NAMES) == any_.replace(_NOTHING, "")


@pytest.mark.parametrize(("expression", "ethernet", "any_"), captured("newer.txt"))
def test_a_newer_one_complains_in_other_words_and_knows_no_names(expression: str, ethernet: str, any_: str) -> None:
    assert passing(expression, ETHERNET, FRAMES_SEEN, EMPTY, newer=True) == ethernet.replace(_NOTHING, "")
    assert passing(expression, COOKED, COOKED_SEEN, EMPTY, newer=True) == any_.replace(_NOTHING, "")


def test_no_filter_lets_everything_pass() -> None:
    assert len(passing("", ETHERNET, FRAMES_SEEN, EMPTY).split()) == len(FRAMES)


@pytest.mark.parametrize(("word", "outgoing"), [("inbound", False), ("outbound", True)])
def test_the_direction_is_that_of_the_machine(word: str, *, outgoing: bool) -> None:
    test = compile_filter(word, ETHERNET, {}, EMPTY)
    data = FRAMES_SEEN[0]
    assert accepts(test, Sample(data, len(data), outgoing=outgoing))
    assert not accepts(test, Sample(data, len(data), outgoing=not outgoing))


def test_the_addresses_of_a_name_are_asked_for() -> None:
    with pytest.raises(Unresolved, match="web"):
        compile_filter("host web and tcp", ETHERNET, {}, EMPTY)


@pytest.mark.parametrize(
    ("expression", "addresses", "expected"),
    [
        ("host web", ["192.168.56.20"], "10 11"),
        ("host web", ["192.168.56.20", "fd00::1"], "10 11 14 15 16 17"),
        ("ip6 host web", ["192.168.56.20", "fd00::1"], "14 15 16 17"),
        ("ip6 host web", ["192.168.56.20"], "! unknown host 'web' for specified address family"),
        ("src web", ["192.168.56.20"], ""),
        ("host web", [], "! unknown host 'web'"),
    ],
)
def test_a_name_stands_for_its_addresses(expression: str, addresses: list[str], expected: str) -> None:
    known: dict[str, list[Address]] = {"web": [parse_address(address) for address in addresses]}
    assert passing(expression, ETHERNET, FRAMES_SEEN, EMPTY, known=known) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "gateway web",
        "mpls",
        "wlan host 1:2:3:4:5:6",
        "ip broadcast",
        "ip protochain 6",
        "pppoes",
        "net 10.0.0.0 mask 255.255.0.255",
    ],
)
def test_what_is_not_modelled_is_said(expression: str) -> None:
    with pytest.raises(NotModelled):
        compile_filter(expression, ETHERNET, {}, NAMES)
