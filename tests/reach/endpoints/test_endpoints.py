"""The words for the ends of a question."""

from __future__ import annotations

import pytest

from tests.reach.labs import made_by, two_networks
from vnetsim import Lab
from vnetsim.errors import UsageError
from vnetsim.reach.endpoints.endpoints import Endpoint, addresses_of, all_endpoints, context_of
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.endpoints.question import ReachQuestion, find


@pytest.fixture(scope="module")
def lab() -> Lab:
    return two_networks()


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("web", Endpoint("container", "web")),
        ("container:web", Endpoint("container", "web")),
        ("red", Endpoint("netns", "red")),
        ("netns:red", Endpoint("netns", "red")),
        ("host", Endpoint("host")),
        ("10.0.0.1", Endpoint("address", "10.0.0.1")),
        ("fd00::0:1", Endpoint("address", "fd00::1")),
        ("front", Endpoint("name", "front")),
        ("name:example.com", Endpoint("name", "example.com")),
    ],
)
def test_an_end(lab: Lab, text: str, endpoint: Endpoint) -> None:
    assert find(lab, text) == endpoint
    assert find(lab, str(endpoint)) == endpoint


@pytest.mark.parametrize(
    ("words", "probe"),
    [
        (("db",), Probe()),
        (("db:5432",), Probe("tcp", 5432)),
        (("container:db:5432",), Probe("tcp", 5432)),
        (("db", "tcp/5432"), Probe("tcp", 5432)),
        (("db:53", "udp"), Probe("udp", 53)),
        (("name:db:53", "udp/53"), Probe("udp", 53)),
        (("10.0.0.2:80",), Probe("tcp", 80)),
        (("[fd00::2]:80",), Probe("tcp", 80)),
        (("[fd00::2]",), Probe()),
        (("fd00::2",), Probe()),
        (("address:fd00::2",), Probe()),
        (("db", "icmp", "size=1400", "df"), Probe("icmp", 0, 1400, True)),
        (("db", "df"), Probe(df=True)),
    ],
)
def test_what_is_sent(lab: Lab, words: tuple[str, ...], probe: Probe) -> None:
    assert ReachQuestion.parse(lab, "web", *words).probe == probe


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nosuch", "db"), "expected host, container:db, .* netns:red, .*found none of that name"),
        (("web", "container:nosuch"), "no container of that name .there are db, web, cache, idle"),
        (("web", "netns:nosuch"), "no network namespace of that name .there are red"),
        (("name:web", "db"), "expected somebody who can send"),
        (("web", "db:0"), "expected a port from 1 to 65535, found '0'"),
        (("web", "db:http"), "expected a port"),
        (("web", "db", "tcp"), "expected a port, like tcp/80"),
        (("web", "db:80", "icmp"), "icmp has no ports"),
        (("web", "db", "icmp/8"), "expected icmp, tcp/PORT"),
        (("web", "db:80", "tcp/81"), "there is a port already: 80"),
        (("web", "db", "tcp/80", "udp/80"), "there is a protocol already: tcp"),
        (("web", "db", "sctp/80"), "expected icmp, tcp/PORT, udp/PORT, size=BYTES, df, sport=PORT or established"),
        (("web", "db", "size=-1"), "expected size= and a number of bytes"),
        (("web", "db", "size=70000"), "up to 65507"),
        (("web", "[fd00::2"), "expected an address in brackets"),
        (("web", "address:db"), "expected an address, found 'db'"),
        (("web", "container:"), "expected a name behind container:"),
        (("web", "lan"), "found none of that name"),
    ],
)
def test_what_makes_no_sense_is_told_in_a_sentence(lab: Lab, words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        ReachQuestion.parse(lab, *words)


def test_a_name_that_two_have_is_asked_back() -> None:
    lab = made_by("docker run -d --name web alpine sleep infinity", "ip netns add web")
    with pytest.raises(UsageError, match="'web' may be container:web or netns:web: say which"):
        find(lab, "web")
    assert find(lab, "netns:web") == Endpoint("netns", "web")


def test_everybody_in_order(lab: Lab) -> None:
    assert [str(each) for each in all_endpoints(lab)] == [
        "host", "container:db", "container:web", "container:cache", "container:idle", "netns:red", "netns:web2",
    ]  # fmt: skip
    assert "lan" in map(str, all_endpoints(Lab.docker_host()))


@pytest.mark.parametrize(
    ("sender", "target", "address"),
    [
        ("web", "cache", "172.18.0.3"),
        ("db", "cache", "172.18.0.3"),
        ("web", "web", "127.0.0.1"),
        ("web", "host", "172.18.0.1"),
        ("db", "host", "172.17.0.1"),
        ("host", "host", "127.0.0.1"),
        ("db", "192.0.2.1", "192.0.2.1"),
    ],
)
def test_the_address_that_a_sender_would_use(lab: Lab, sender: str, target: str, address: str) -> None:
    assert str(addresses_of(lab, find(lab, target), find(lab, sender))[0]) == address


def test_a_container_on_two_networks_is_met_on_the_shared_one() -> None:
    lab = made_by(
        "docker network create one",
        "docker network create two",
        "docker run -d --name both --network one alpine sleep infinity",
        "docker network connect two both",
        "docker run -d --name single --network two alpine sleep infinity",
    )
    ends = find(lab, "both"), find(lab, "single")
    assert [str(address) for address in addresses_of(lab, *ends)] == ["172.19.0.2", "172.18.0.2"]


def test_who_does_not_run_has_no_address_and_cannot_send(lab: Lab) -> None:
    assert addresses_of(lab, find(lab, "idle")) == []
    with pytest.raises(UsageError, match="container:idle is created, so nothing can be sent from it"):
        context_of(lab, find(lab, "idle"))


def test_an_address_sends_from_where_it_is(lab: Lab) -> None:
    web = context_of(lab, find(lab, "web"))
    assert context_of(lab, find(lab, "172.18.0.2")).network is web.network
    with pytest.raises(UsageError, match="nobody here has this address"):
        context_of(lab, find(lab, "192.0.2.1"))
