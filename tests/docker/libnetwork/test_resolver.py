"""The embedded name server: whom it knows, what it answers, and whom it asks else."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import attrs
import pytest

from tests.docker.simulated import Simulated
from vnetsim.clock import SECOND
from vnetsim.docker.libnetwork.resolver import Resolver, resolve, reverse
from vnetsim.docker.libnetwork.sandbox import Sandbox
from vnetsim.process import Process
from vnetsim.sockets import Datagram
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsMessage
from vnetsim.wire.inet import IPv4, parse_address


@pytest.fixture
def host() -> Simulated:
    host = Simulated()
    host.network("app")
    host.network("back")
    host.run("web", "nginx", ["app"])
    return host


def join(host: Simulated, name: str, network: str, *aliases: str, links: list[str] | None = None) -> None:
    settings = {"Aliases": list(aliases), "Links": links}
    host.do(host.engine.container_create({
        "Image": "alpine", "HostConfig": {"NetworkMode": network},
        "NetworkingConfig": {"EndpointsConfig": {network: settings}},
    }, name))  # fmt: skip
    host.do(host.engine.container_start(name))


def sandbox(host: Simulated, name: str) -> Sandbox:
    found = host.engine._daemon.containers.find(name).sandbox
    assert found is not None
    return found


def addresses(host: Simulated, asker: str, name: str) -> list[str] | None:
    found = resolve(sandbox(host, asker), name)
    return None if found is None else [str(address) for address in (*found[4], *found[6])]


def ask(host: Simulated, asker: str, name: str, kind: int = dns.A) -> DnsMessage | None:
    """What the server of `asker` says without asking anybody."""
    resolver = Resolver(host.engine._daemon.host, sandbox(host, asker))
    return resolver.answer(DnsMessage.query(7, name, kind))


# --- whom it knows -------------------------------------------------------------------------------------------------


def test_all_names_of_a_container(host: Simulated) -> None:
    join(host, "db", "app", "database", "primary.local")
    short = host.engine.container_inspect("db")["Config"]["Hostname"]
    for name in ("db", "DB", "database", "db.", short, "db.app", "primary.local", "primary.local.app"):
        assert addresses(host, "web", name) == ["172.18.0.3"], name
    for name in ("nobody", "db.back", "app", "db.app.app"):
        assert addresses(host, "web", name) is None, name


def test_a_container_knows_itself(host: Simulated) -> None:
    assert addresses(host, "web", "web") == ["172.18.0.2"]


def test_networks_are_apart(host: Simulated) -> None:
    join(host, "db", "back")
    assert addresses(host, "web", "db") is None
    host.do(host.engine.network_connect("back", {"Container": "web"}))
    assert addresses(host, "web", "db") == ["172.19.0.2"]
    host.do(host.engine.network_disconnect("back", {"Container": "web"}))
    assert addresses(host, "web", "db") is None


def test_the_first_network_that_knows_a_name_answers(host: Simulated) -> None:
    host.do(host.engine.network_connect("back", {"Container": "web"}))
    join(host, "one", "app", "twin")
    join(host, "two", "back", "twin")
    assert addresses(host, "web", "twin") == ["172.18.0.3"]
    assert addresses(host, "web", "twin.back") == ["172.19.0.3"]


def test_an_alias_that_several_share_is_all_of_them(host: Simulated) -> None:
    join(host, "one", "app", "pool")
    join(host, "two", "app", "pool")
    assert addresses(host, "web", "pool") == ["172.18.0.3", "172.18.0.4"]


def test_a_link_is_known_to_one_container_alone(host: Simulated) -> None:
    join(host, "db", "app")
    join(host, "one", "app", links=["db:store"])
    assert addresses(host, "one", "store") == ["172.18.0.3"]
    assert addresses(host, "web", "store") is None


def test_a_new_name_is_known_at_once(host: Simulated) -> None:
    join(host, "db", "app")
    host.do(host.engine.container_rename("db", "store"))
    assert addresses(host, "web", "store") == ["172.18.0.3"]
    assert addresses(host, "web", "db") is None


def test_who_has_this_address(host: Simulated) -> None:
    assert reverse(sandbox(host, "web"), IPv4.parse("172.18.0.2")) == "web.app"
    assert reverse(sandbox(host, "web"), IPv4.parse("172.18.0.9")) is None


# --- what it answers -----------------------------------------------------------------------------------------------


def test_an_answer(host: Simulated) -> None:
    answer = ask(host, "web", "web.")
    assert answer is not None
    assert (answer.identification, answer.response, answer.recursion_available) == (7, True, True)
    assert [(record.name, record.ttl, record.data) for record in answer.answers] == [("web.", 600, "172.18.0.2")]


def test_a_known_name_without_such_an_address_has_none(host: Simulated) -> None:
    for kind in (dns.AAAA, dns.MX):
        answer = ask(host, "web", "web.", kind)
        assert answer is not None
        assert (answer.rcode, answer.answers) == (dns.NOERROR, ())


def test_what_is_not_known_is_asked_elsewhere(host: Simulated) -> None:
    for name, kind in (("nobody.", dns.A), ("web.", dns.TXT), ("9.0.18.172.in-addr.arpa.", dns.PTR)):
        assert ask(host, "web", name, kind) is None


def test_where_dots_were_asked_for_single_names_stay_here(host: Simulated) -> None:
    host.run("other", networks=["app"], DnsOptions=["ndots:1"])
    answer = ask(host, "other", "nobody.")
    assert answer is not None
    assert answer.answers == ()
    assert ask(host, "other", "nobody.example.") is None


def test_a_reverse_answer(host: Simulated) -> None:
    answer = ask(host, "web", "2.0.18.172.in-addr.arpa.", dns.PTR)
    assert answer is not None
    assert [record.data for record in answer.answers] == ["web.app."]


def test_a_reverse_answer_escapes_what_a_network_may_be_called(host: Simulated) -> None:
    host.network("a (b)")
    join(host, "db", "a (b)")
    answer = ask(host, "db", "2.0.20.172.in-addr.arpa.", dns.PTR)
    assert answer is not None
    assert [record.data for record in answer.answers] == ["db.a\\032\\(b\\)."]
    assert DnsMessage.decode(answer.encode()) == answer


def test_a_name_that_is_longer_than_a_label_has_no_reverse_answer(host: Simulated) -> None:
    join(host, "x" * 64, "back")
    assert ask(host, "x" * 64, "2.0.19.172.in-addr.arpa.", dns.PTR) is None


# --- on the wire ---------------------------------------------------------------------------------------------------


@attrs.define
class Client:
    """Asks 127.0.0.11 in a container and keeps the answer."""

    host: Simulated
    answer: DnsMessage | None = None

    def ask(self, asker: str, name: str) -> DnsMessage | None:
        run = self.host.engine._daemon.containers.find(asker).run
        assert run is not None
        self.host.lab.machine.run(lambda process: self._main(process, name), ["client"], run.context)
        self.host.lab.sleep(20)
        return self.answer

    def _main(self, process: Process, name: str) -> Generator[Any, Any, int]:
        socket = process.network.udp_socket()
        socket.connect(parse_address("127.0.0.11"), dns.PORT)
        socket.send(DnsMessage.query(1, name, dns.A).encode())
        datagram: Datagram | None = yield socket.receive(18 * SECOND)
        if datagram is not None:
            self.answer = DnsMessage.decode(datagram.data)
        socket.close()
        return 0


def server(process: Process) -> Generator[Any, Any, int]:
    """Somebody else's name server: every name is 9.9.9.9."""
    socket = process.network.udp_socket()
    socket.bind(parse_address("192.168.56.20"), dns.PORT)
    while True:
        datagram: Datagram = yield socket.receive()
        query = DnsMessage.decode(datagram.data)
        record = dns.DnsRecord(query.questions[0].name, dns.A, 60, "9.9.9.9")
        reply = DnsMessage(
            identification=query.identification, response=True, questions=query.questions, answers=(record,)
        )
        socket.send_to(reply.encode(), datagram.source, datagram.source_port)


def test_a_query_in_a_container(host: Simulated) -> None:
    answer = Client(host).ask("web", "web.")
    assert answer is not None
    assert answer.answers[0].data == "172.18.0.2"


def test_other_names_come_from_the_hosts_servers(host: Simulated) -> None:
    lan = host.lab.machine.namespace("lan")
    host.lab.machine.run(server, ["named"], attrs.evolve(host.lab.machine.host, network=lan))
    host.lab.run("echo nameserver 192.168.56.20 > /etc/resolv.conf")
    host.run("other", networks=["app"])
    answer = Client(host).ask("other", "example.com.")
    assert answer is not None
    assert answer.answers[0].data == "9.9.9.9"


def test_without_an_answer_the_server_says_so(host: Simulated) -> None:
    answer = Client(host).ask("web", "example.com.")
    assert answer is not None
    assert (answer.rcode, answer.answers) == (dns.SERVFAIL, ())


def test_from_an_internal_network_nobody_is_asked(host: Simulated) -> None:
    host.network("inner", Internal=True)
    host.run("closed", networks=["inner"])
    answer = Client(host).ask("closed", "example.com.")
    assert answer is not None
    assert answer.rcode == dns.SERVFAIL


def test_programs_find_containers_by_name(host: Simulated) -> None:
    host.run("cli", networks=["app"])
    assert "1 received" in host.exec("cli", "ping", "-c", "1", "web")
    assert host.lab.run("docker run --rm alpine ping -c 1 web").exit_code == 2
