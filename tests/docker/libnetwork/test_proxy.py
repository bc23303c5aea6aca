"""Published ports: by the rules from outside, by docker-proxy from the host's own loopback."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import attrs
import pytest

from tests.docker.simulated import Simulated
from vnetsim import Lab
from vnetsim.clock import SECOND
from vnetsim.errors import KernelError
from vnetsim.process import Context, Process
from vnetsim.sockets import Datagram
from vnetsim.wire.inet import ANY4, IPv4


@attrs.define
class Conversation:
    """A server in a container that answers with what it got, and a client somewhere."""

    host: Simulated
    seen: list[str] = attrs.field(factory=list)
    answer: str = ""

    def serve(self, container: str, port: int) -> None:
        run = self.host.engine._daemon.containers.find(container).run
        assert run is not None
        self.host.lab.machine.run(lambda process: self._server(process, port), ["server"], run.context)
        self.host.lab.sleep(0.1)

    def _server(self, process: Process, port: int) -> Generator[Any, Any, int]:
        socket = process.network.udp_socket()
        socket.bind(ANY4, port)
        while True:
            datagram: Datagram = yield socket.receive()
            self.seen.append(str(datagram.source))
            socket.send_to(datagram.data.upper(), datagram.source, datagram.source_port)

    def ask(self, where: Context, address: str, port: int) -> str:
        self.answer = "(nothing)"
        self.host.lab.machine.run(lambda process: self._client(process, IPv4.parse(address), port), ["client"], where)
        self.host.lab.sleep(3)
        return self.answer

    def _client(self, process: Process, address: IPv4, port: int) -> Generator[Any, Any, int]:
        socket = process.network.udp_socket()
        socket.connect(address, port)
        socket.send(b"hello")
        try:
            datagram: Datagram | None = yield socket.receive(2 * SECOND)
        except KernelError as error:
            self.answer = error.errno.strerror
        else:
            if datagram is not None:
                self.answer = datagram.data.decode()
        socket.close()
        return 0


@pytest.fixture
def talk() -> Conversation:
    return published()


def published(*flags: str) -> Conversation:
    talk = Conversation(Simulated(*flags))
    talk.host.lab.run("docker run -d --name udp -p 9000:9000/udp alpine sleep infinity")
    return talk


def lan(talk: Conversation) -> Context:
    machine = talk.host.lab.machine
    return attrs.evolve(machine.host, network=machine.namespace("lan"))


def test_from_outside(talk: Conversation) -> None:
    talk.serve("udp", 9000)
    assert talk.ask(lan(talk), "192.168.56.10", 9000) == "HELLO"
    assert talk.seen == ["192.168.56.20"]


def test_from_the_hosts_loopback(talk: Conversation) -> None:
    talk.serve("udp", 9000)
    here = talk.host.lab.machine.host
    assert talk.ask(here, "127.0.0.1", 9000) == "HELLO"
    assert talk.ask(here, "127.0.0.1", 9000) == "HELLO"
    assert talk.seen == ["172.17.0.1", "172.17.0.1"], "the proxy asks on the host's behalf"


def test_nobody_answers_for_a_container_that_does_not_listen(talk: Conversation) -> None:
    here = talk.host.lab.machine.host
    assert talk.ask(here, "127.0.0.1", 9000) == "(nothing)"
    talk.serve("udp", 9000)
    assert talk.ask(here, "127.0.0.1", 9000) == "HELLO"


def test_the_proxy_ends_with_the_container(talk: Conversation) -> None:
    assert int(talk.host.lab.run("pgrep -c docker-proxy").stdout) > 0
    talk.host.do(talk.host.engine.container_stop("udp", 0))
    assert talk.host.lab.run("pgrep -c docker-proxy").stdout == "0\n"
    assert talk.ask(talk.host.lab.machine.host, "127.0.0.1", 9000) != "HELLO"


def test_without_a_proxy_the_rules_serve_the_host_as_well() -> None:
    talk = published("--userland-proxy=false")
    talk.serve("udp", 9000)
    assert talk.host.lab.run("pgrep -c docker-proxy").stdout == "0\n"
    assert talk.ask(talk.host.lab.machine.host, "192.168.56.10", 9000) == "HELLO"


class TestStreams:
    """Published TCP ports: an image that serves a page on port 80."""

    @pytest.fixture
    def lab(self) -> Lab:
        lab = Lab.docker_host()
        assert lab.run("docker run -d --name web -p 8080:80 nginx")
        return lab

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "192.168.56.10", "[::1]", "172.17.0.1"])
    def test_from_the_host(self, lab: Lab, host: str) -> None:
        assert "Welcome to nginx!" in lab.run(f"curl -sS http://{host}:8080/").output

    def test_from_outside(self, lab: Lab) -> None:
        assert "Welcome to nginx!" in lab.run("ip netns exec lan curl -sS http://192.168.56.10:8080/").output

    def test_from_the_container_itself(self, lab: Lab) -> None:
        assert "Welcome to nginx!" in lab.run("docker exec web curl -sS http://172.17.0.1:8080/").output

    def test_much_of_it_both_ways(self, lab: Lab) -> None:
        lab.run("docker run -d --name echo -p 7:7 alpine busybox nc -ll -p 7 -e /bin/cat")
        result = lab.run("seq 1 50000 | nc -N 127.0.0.1 7 | tail -n 1")
        assert result.output == "50000\n"

    def test_nobody_listens_in_the_container(self, lab: Lab) -> None:
        lab.run("docker run -d --name idle -p 81:81 alpine sleep infinity")
        refused, outside = lab.run("curl -sS http://127.0.0.1:81/"), "ip netns exec lan curl -sS"
        assert refused.output == "curl: (56) Recv failure: Connection reset by peer\n"
        assert lab.run(f"{outside} http://192.168.56.10:81/").exit_code == 7

    def test_the_port_is_free_when_the_container_stops(self, lab: Lab) -> None:
        lab.run("docker stop -t 0 web")
        assert lab.run("curl -sS http://127.0.0.1:8080/").exit_code == 7
        assert lab.run("docker run -d --name other -p 8080:80 nginx")
        assert "Welcome to nginx!" in lab.run("curl -sS http://127.0.0.1:8080/").output

    def test_who_holds_the_port(self, lab: Lab) -> None:
        told = lab.run("ss -Hltnp 'sport = :8080'").stdout.splitlines()
        assert ["docker-proxy" in line for line in told] == [True, True]
        assert lab.run("nc -l 8080").stderr == "nc: Address already in use\n"

    def test_without_a_proxy_the_engine_holds_it(self) -> None:
        lab = Lab.docker_host(docker_flags=("--userland-proxy=false",))
        lab.run("docker run -d --name web -p 8080:80 nginx")
        assert lab.run("pgrep docker-proxy").stdout == ""
        assert lab.run("nc -l 8080").stderr == "nc: Address already in use\n"
        assert "Welcome to nginx!" in lab.run("curl -sS http://192.168.56.10:8080/").output
