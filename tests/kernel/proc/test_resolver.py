"""getaddrinfo(3) against name servers of a few lines: what is asked of whom, in which order, for how long.

The tables of failures were recorded with the C library of Debian 12 (glibc 2.36), an own resolv.conf and a server that
answers as told; the sequence of questions is that server's log.
"""

from __future__ import annotations

import attrs
import pytest

from tests.kernel.servers import context, run
from tests.machines import QUIET, pair, typed
from vnetsim import Lab
from vnetsim.clock import SECOND
from vnetsim.kernel.proc.resolver import ResolverConfig
from vnetsim.process import Process, Program, Resolved
from vnetsim.sockets import Datagram
from vnetsim.wire import dns
from vnetsim.wire.dns import AAAA, PTR, A, DnsMessage, DnsRecord
from vnetsim.wire.inet import Address, IPv4, parse_address

UNKNOWN = "Name or service not known"
TEMPORARY = "Temporary failure in name resolution"
NO_DATA = "No address associated with hostname"

#: What a server knows: a name (or *) and NXDOMAIN, SERVFAIL, REFUSED, NOERROR (no data), silent, or addresses.
Zone = dict[str, str]
RCODES = {
    "NOERROR": dns.NOERROR,
    "NXDOMAIN": dns.NXDOMAIN,
    "SERVFAIL": dns.SERVFAIL,
    "REFUSED": dns.REFUSED,
}


def serve(lab: Lab, address: str, zone: Zone, log: list[str]) -> None:
    """A name server in b."""

    def main(process: Process) -> Program:
        socket = process.network.udp_socket(owner=process)
        socket.bind(IPv4.parse(address), 53)
        while True:
            datagram: Datagram = yield socket.receive()
            query = DnsMessage.decode(datagram.data)
            [question] = query.questions
            name = question.name.rstrip(".")
            log.append(f"{address[-1]} {name} {question.type}")
            known = zone.get(name, zone.get("*", "NXDOMAIN"))
            if known != "silent":
                socket.send_to(answer(query, known).encode(), datagram.source, datagram.source_port)

    run(lab, "b", main, "named")


def answer(query: DnsMessage, known: str) -> DnsMessage:
    [question] = query.questions
    rcode, records = dns.NOERROR, []
    if known in RCODES:
        rcode = RCODES[known]
    else:
        for word in known.split():
            kind = PTR if question.type == PTR else A if parse_address(word).version == 4 else AAAA
            if kind == question.type:
                records.append(DnsRecord(question.name, kind, 60, word))
    return attrs.evolve(query, response=True, rcode=rcode, answers=tuple(records))


@attrs.define
class Client:
    """Namespace a, whose resolv.conf and hosts are as said, and servers 10.0.0.2 (1) and 10.0.0.3 (2) in b."""

    lab: Lab
    log: list[str]

    @classmethod
    def of(cls, *zones: Zone, conf: str = "", hosts: str = "127.0.0.1 localhost\n", servers: int = 0) -> Client:
        lab, log = pair(), list[str]()
        typed(lab, "ip -n b addr add 10.0.0.3/24 dev eth0\nip -n b addr add 10.0.0.4/24 dev eth0")
        for number, zone in enumerate(zones):
            serve(lab, f"10.0.0.{2 + number}", zone, log)
        lines = "".join(f"nameserver 10.0.0.{2 + number}\n" for number in range(servers or max(1, len(zones))))
        lab.machine.host.files.write("/etc/resolv.conf", lines + conf)
        lab.machine.host.files.write("/etc/hosts", hosts)
        assert lab.run("ip netns exec a ping -c 1 10.0.0.2")
        return cls(lab, log)

    def ask(self, name: str, version: int | None = 4, *, release: str = "bookworm") -> tuple[str, float]:
        """Addresses or the error, and the seconds that it took."""
        told: list[tuple[str, float]] = []

        def main(process: Process) -> Program:
            began = process.now()
            found: Resolved = yield process.resolve(name, version)
            words = found.error or " ".join(str(each) for each in found.addresses)
            told.append((words, round((process.now() - began) / SECOND, 1)))
            return 0

        where = attrs.evolve(context(self.lab, "a"), release=release)
        self.lab.machine.run(main, ["client"], where)
        self.lab.sleep(100)
        [result] = told
        return result

    def reverse(self, address: Address) -> str | None:
        told: list[str | None] = []

        def main(process: Process) -> Program:
            told.append((yield process.reverse(address)))
            return 0

        run(self.lab, "a", main)
        self.lab.sleep(100)
        [name] = told
        return name


SEARCH = "search a.b c.d\noptions timeout:1 attempts:1\n"
TWICE = "options timeout:1 attempts:2\n"

#: Configuration, name, what the servers know, what comes of it, its seconds, and what was asked of which server.
RECORDED: list[tuple[str, str, list[Zone], str, float, list[str]]] = [
    (TWICE, "foo.x", [{"*": "SERVFAIL"}], TEMPORARY, 0, ["2 foo.x 1"] * 2),
    (TWICE, "foo.x", [], TEMPORARY, 0, []),
    (SEARCH, "foo.x", [{"*": "SERVFAIL"}], TEMPORARY, 0, ["2 foo.x 1", "2 foo.x.a.b 1", "2 foo.x.c.d 1"]),
    (SEARCH, "foo", [{"*": "SERVFAIL"}], TEMPORARY, 0, ["2 foo.a.b 1", "2 foo.c.d 1", "2 foo 1"]),
    (SEARCH, "foo", [], TEMPORARY, 0, []),
    (SEARCH, "foo.x", [{"foo.x": "NXDOMAIN", "*": "silent"}], UNKNOWN, 1, ["2 foo.x 1", "2 foo.x.a.b 1"]),
    (SEARCH, "foo.x", [{"*": "silent"}], TEMPORARY, 2, ["2 foo.x 1", "2 foo.x.a.b 1"]),
    (SEARCH.replace("\n", " ndots:3\n", 2).replace(" ndots:3", "", 1), "foo.x", [{"*": "silent"}], TEMPORARY, 2,
     ["2 foo.x.a.b 1", "2 foo.x 1"]),
    (SEARCH, "foo", [{"foo.a.b": "NOERROR"}], NO_DATA, 0, ["2 foo.a.b 1", "2 foo.c.d 1", "2 foo 1"]),
    (SEARCH, "foo", [{"foo.a.b": "NOERROR", "foo.c.d": "10.9.9.9"}], "10.9.9.9", 0, ["2 foo.a.b 1", "2 foo.c.d 1"]),
    (SEARCH, "foo.x", [{"foo.x": "NOERROR"}], NO_DATA, 0, ["2 foo.x 1", "2 foo.x.a.b 1", "2 foo.x.c.d 1"]),
    (SEARCH, "foo.x", [{"*": "SERVFAIL"}, {"*": "10.9.9.9"}], "10.9.9.9", 0, ["2 foo.x 1", "3 foo.x 1"]),
    (SEARCH, "foo.x", [{}, {"*": "10.9.9.9"}], UNKNOWN, 0, ["2 foo.x 1", "2 foo.x.a.b 1", "2 foo.x.c.d 1"]),
    (SEARCH.replace("attempts:1", "attempts:2"), "foo.x", [{"*": "REFUSED"}, {"*": "REFUSED"}], TEMPORARY, 0,
     ["2 foo.x 1", "3 foo.x 1"] * 2 + ["2 foo.x.a.b 1", "3 foo.x.a.b 1"] * 2),
    (SEARCH, "foo.x", [{"*": "silent"}, {"*": "10.9.9.9"}], "10.9.9.9", 1, ["2 foo.x 1", "3 foo.x 1"]),
    (TWICE, "foo.x.", [{"foo.x": "10.9.9.9"}], "10.9.9.9", 0, ["2 foo.x 1"]),
]  # fmt: skip


@pytest.mark.parametrize(("conf", "name", "zones", "result", "seconds", "asked"), RECORDED)
def test_what_is_asked_and_what_is_told(
    conf: str, name: str, zones: list[Zone], result: str, seconds: float, asked: list[str]
) -> None:
    client = Client.of(*zones, conf=conf)
    assert client.ask(name) == (result, seconds)
    assert client.log == asked


def test_both_families_are_asked_for_at_once() -> None:
    client = Client.of({"foo.x": "10.9.9.9 fd00::9"}, conf=TWICE)
    words, _ = client.ask("foo.x", None)
    assert set(words.split()) == {"10.9.9.9", "fd00::9"}
    assert client.log == ["2 foo.x 1", "2 foo.x 28"]


#: How long is waited for servers that say nothing (recorded): timeout, attempts, servers, seconds.
PATIENCE = [(2, 1, 3, 2 + 1 + 2), (3, 1, 2, 6), (1, 2, 1, 2), (5, 2, 1, 10), (1, 1, 3, 3)]


@pytest.mark.parametrize(("timeout", "attempts", "servers", "seconds"), PATIENCE)
def test_the_time_that_a_server_gets_depends_on_its_place(
    timeout: int, attempts: int, servers: int, seconds: int
) -> None:
    zones: list[Zone] = [{"*": "silent"}] * servers
    client = Client.of(*zones, conf=f"options timeout:{timeout} attempts:{attempts}\n")
    assert client.ask("foo.x") == (TEMPORARY, seconds)
    assert len(client.log) == servers * attempts


#: The release, what is asked for, and the words.
NOWHERE = [
    ("bookworm", 4, NO_DATA),
    ("bookworm", 6, NO_DATA),
    ("bookworm", None, NO_DATA),
    ("forky", None, NO_DATA),
    ("forky", 4, "Address family for hostname not supported"),
]


@pytest.mark.parametrize(("release", "version", "words"), NOWHERE)
def test_a_name_without_an_address_of_that_family(release: str, version: int | None, words: str) -> None:
    """v6_only has the newer words; the older ones were recorded beside the table above."""
    client = Client.of({"foo.x": "NOERROR"}, conf=TWICE)
    assert client.ask("foo.x", version, release=release)[0] == words


# --- hosts and addresses -------------------------------------------------------------------------------------------

HOSTS = """
127.0.0.1 localhost
10.1.1.1  web web.example   # the first
10.1.1.2  web
fd00::1   web
not-an-address nonsense
10.1.1.3
# 10.1.1.4 hidden
"""

NAMES = [
    ("web", 4, "10.1.1.1 10.1.1.2"),
    ("WEB", 4, "10.1.1.1 10.1.1.2"),
    ("web", 6, "fd00::1"),
    ("web.example", 4, "10.1.1.1"),
    ("10.7.7.7", 4, "10.7.7.7"),
    ("fd00::7", 6, "fd00::7"),
    ("localhost", 4, "127.0.0.1"),
]


@pytest.mark.parametrize(("name", "version", "words"), NAMES)
def test_hosts_come_first_and_addresses_need_no_server(name: str, version: int, words: str) -> None:
    client = Client.of({}, hosts=HOSTS)
    assert client.ask(name, version)[0] == words
    assert client.log == []


@pytest.mark.parametrize("name", ["nonsense", "hidden", "first"])
def test_what_is_no_line_of_hosts_is_asked_for(name: str) -> None:
    client = Client.of({}, hosts=HOSTS, conf=TWICE)
    assert client.ask(name)[0] == UNKNOWN
    assert client.log == [f"2 {name} 1"]


@pytest.mark.parametrize("name", ["-x", "a..b", "a b", "", "x" * 64])
def test_what_cannot_be_a_name_is_not_asked_for(name: str) -> None:
    client = Client.of({"*": "10.9.9.9"})
    assert client.ask(name)[0] == UNKNOWN
    assert client.log == []


def test_an_address_has_a_name_in_hosts_or_in_the_reverse_zone() -> None:
    client = Client.of({"9.9.9.10.in-addr.arpa": "nine.example."}, hosts=HOSTS, conf=TWICE)
    assert client.reverse(parse_address("10.1.1.1")) == "web"
    assert client.log == []
    assert client.reverse(parse_address("10.9.9.9")) == "nine.example"
    assert client.reverse(parse_address("10.9.9.8")) is None
    assert client.log == ["2 9.9.9.10.in-addr.arpa 12", "2 8.9.9.10.in-addr.arpa 12"]


def test_a_server_out_of_reach_is_a_temporary_failure_at_once() -> None:
    client = Client.of(conf=TWICE)
    client.lab.machine.host.files.write("/etc/resolv.conf", "nameserver 10.99.0.1\n")
    assert client.ask("foo.x") == (TEMPORARY, 0)


def test_without_a_server_this_host_is_asked() -> None:
    lab = Lab(docker=False)
    typed(lab, f"{QUIET}\nip link set lo up")
    lab.machine.host.files.write("/etc/resolv.conf", "")
    result = lab.run("getent ahostsv4 foo.x")
    assert (result.exit_code, result.seconds < 1) == (2, True)


# --- resolv.conf ---------------------------------------------------------------------------------------------------

CONFIGURATIONS = [
    ("", ResolverConfig((IPv4.parse("127.0.0.1"),), ())),
    ("nameserver 10.0.0.1\n# nameserver 10.0.0.2\n; x\nnameserver 10.0.0.3 # y\n",
     ResolverConfig((IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.3")), ())),
    ("".join(f"nameserver 10.0.0.{number}\n" for number in range(1, 6)),
     ResolverConfig(tuple(IPv4.parse(f"10.0.0.{number}") for number in (1, 2, 3)), ())),
    ("search a.b. c.d\ndomain e.f\n", ResolverConfig((IPv4.parse("127.0.0.1"),), ("e.f",))),
    ("options ndots:0 timeout:3 attempts:4 rotate bogus:x ndots:y\n",
     ResolverConfig((IPv4.parse("127.0.0.1"),), (), 0, 3, 4)),
    ("nameserver nonsense\nnameserver\n", ResolverConfig((IPv4.parse("127.0.0.1"),), ())),
]  # fmt: skip


@pytest.mark.parametrize(("text", "configuration"), CONFIGURATIONS)
def test_resolv_conf_is_read(text: str, configuration: ResolverConfig) -> None:
    assert ResolverConfig.parse(text) == configuration
