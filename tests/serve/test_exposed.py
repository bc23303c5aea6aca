"""Real clients of simulated servers, over the loopback of the computer."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from typing import Any

import pytest

from tests.serve.clients import served
from vnetsim import Lab
from vnetsim.clock import SECOND
from vnetsim.process import Process, Program
from vnetsim.serve.exposed import ExposedPorts, Origin
from vnetsim.serve.pace import Pace
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import ANY4, Address, IPv4, parse_address

Handler = Callable[[TcpSocket], Generator[Any, Any, None]]


class World:
    """A machine whose ports real clients reach; `later` is added to the clock of the computer."""

    def __init__(self, lab: Lab, origin: Origin = Origin.HOST) -> None:
        self.lab, self.later, self.said = lab, 0, list[str]()
        self.pace = Pace(lambda: lab.clock, None, wall=lambda: time.monotonic_ns() + self.later)
        self.ports = ExposedPorts(lambda: lab.machine, self.pace, origin, self.said.append)

    def serve(self, handler: Handler, host: Address = ANY4) -> int:
        """A program that handles each client, on a port that is free on both sides."""
        port, server = free_port(), self.lab.machine.host.network.tcp_socket(4)
        server.bind(host, port, reuse=True)
        server.listen(1024)

        def client(tcp: TcpSocket) -> Callable[[Process], Program]:
            def main(process: Process) -> Program:
                tcp.give(process)
                try:
                    yield from handler(tcp)
                finally:
                    tcp.close()
                return 0

            return main

        def main(process: Process) -> Program:
            while True:
                tcp = yield server.accept()
                process.machine.run(client(tcp), ("handler",), process.context)

        self.lab.machine.run(main, ("server",), self.lab.machine.host)
        self.ports.add("tcp", host, port)
        return port


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def lab() -> Lab:
    made = Lab.docker_host()
    made.run("ip link set lo up")
    return made


def played(world: World, test: Callable[[World], Awaitable[None]]) -> None:
    complaints: list[str] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(str(context)))
        running = asyncio.ensure_future(world.pace.run())
        try:
            async with asyncio.timeout(60):
                await test(world)
        finally:
            await world.ports.close()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            # What is collected tells of exceptions that nobody has seen.
            gc.collect()

    asyncio.run(main())
    assert complaints == []


@contextlib.asynccontextmanager
async def client(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def counting(tcp: TcpSocket) -> Generator[Any, Any, None]:
    """Answers the end of what a client sends with how much it was."""
    count = 0
    while data := (yield tcp.receive()):
        count += len(data)
    yield tcp.send(f"{count}\n".encode())


def echoing(tcp: TcpSocket) -> Generator[Any, Any, None]:
    while data := (yield tcp.receive()):
        yield tcp.send(data)


def test_a_client_that_sends_no_more_gets_the_answer(lab: Lab) -> None:
    async def test(world: World) -> None:
        async with client(world.serve(counting)) as (reader, writer):
            writer.write(b"x" * 300_000)
            writer.write_eof()
            assert await reader.read() == b"300000\n"

    played(World(lab), test)


def test_two_hundred_clients_are_served_side_by_side(lab: Lab) -> None:
    async def one(port: int, number: int) -> bytes:
        async with client(port) as (reader, writer):
            writer.write(b"%d\n" % number)
            return await reader.readline()

    async def test(world: World) -> None:
        port = world.serve(echoing)
        answers = await asyncio.gather(*(one(port, number) for number in range(200)))
        assert answers == [b"%d\n" % number for number in range(200)]

    played(World(lab), test)


def test_a_server_that_does_not_read_holds_the_client_back(lab: Lab) -> None:
    def silent(tcp: TcpSocket) -> Generator[Any, Any, None]:
        yield world.lab.clock.timeout(10**18)
        tcp.close()

    async def test(world: World) -> None:
        port, sent = world.serve(silent), 0
        with socket.create_connection(("127.0.0.1", port)) as real:
            real.setblocking(False)
            refused = 0
            while refused < 2000 and sent < 64 << 20:
                try:
                    sent += real.send(bytes(65536))
                except BlockingIOError:
                    refused += 1
                await asyncio.sleep(0)
        assert sent < 32 << 20

    world = World(lab)
    played(world, test)


@pytest.mark.parametrize("host", [ANY4, IPv4.parse("127.0.0.1")])
def test_where_nothing_listens_the_client_is_reset(lab: Lab, host: Address) -> None:
    async def test(world: World) -> None:
        port = free_port()
        world.ports.add("tcp", host, port)
        async with client(port) as (reader, _):
            with pytest.raises(ConnectionResetError):
                await reader.read()

    played(World(lab), test)


def test_a_client_that_goes_is_gone_for_the_server(lab: Lab) -> None:
    ended: list[bytes] = []

    def noting(tcp: TcpSocket) -> Generator[Any, Any, None]:
        ended.append((yield tcp.receive()))
        ended.append((yield tcp.receive()))

    async def test(world: World) -> None:
        async with client(world.serve(noting)) as (_, writer):
            writer.write(b"hello")
            while not ended:
                await asyncio.sleep(0)
            real = writer.get_extra_info("socket")
            real.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        while len(ended) < 2:
            await asyncio.sleep(0)
        assert ended == [b"hello", b""]

    played(World(lab), test)


def test_the_rules_of_the_machine_decide_about_a_client_on_the_lan(lab: Lab) -> None:
    async def test(world: World) -> None:
        port = world.serve(echoing)
        async with client(port) as (reader, writer):
            writer.write(b"before\n")
            assert await reader.readline() == b"before\n"
        lab.run(f"iptables -I INPUT -p tcp --dport {port} -j REJECT --reject-with tcp-reset")
        async with client(port) as (reader, _):
            with pytest.raises(ConnectionResetError):
                await reader.read()
        lab.run("iptables -D INPUT 1")

    played(World(lab, Origin.LAN), test)


def test_what_the_rules_drop_is_silence_until_the_kernel_gives_up(lab: Lab) -> None:
    async def test(world: World) -> None:
        port = world.serve(echoing)
        lab.run(f"iptables -I INPUT -p tcp --dport {port} -j DROP")
        async with client(port) as (reader, _):
            reading = asyncio.ensure_future(reader.read())
            while not world.ports.clients:
                await asyncio.sleep(0)
            world.later = 60 * SECOND
            world.pace.wake()
            for _ in range(50):
                await asyncio.sleep(0)
            assert not reading.done()
            world.later = 200 * SECOND
            world.pace.wake()
            with pytest.raises(ConnectionResetError):
                await reading
        lab.run("iptables -D INPUT 1")

    played(World(lab, Origin.LAN), test)


def test_a_port_of_the_loopback_is_not_there_for_the_lan(lab: Lab) -> None:
    async def test(world: World) -> None:
        world.ports.add("tcp", parse_address("127.0.0.1"), port := free_port())
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        assert "published on the loopback" in world.said[0]

    played(World(lab, Origin.LAN), test)


def test_datagrams_come_back_to_the_client_that_sent_them(lab: Lab) -> None:
    udp = lab.machine.host.network.udp_socket(4)
    udp.bind(ANY4, port := free_port(socket.SOCK_DGRAM))

    def main(_process: Process) -> Program:
        while True:
            found = yield udp.receive()
            udp.send_to(found.data.upper(), found.source, found.source_port)

    async def test(world: World) -> None:
        lab.machine.run(main, ("server",), lab.machine.host)
        world.ports.add("udp", ANY4, port)
        loop = asyncio.get_running_loop()
        for text in (b"one", b"two"):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as real:
                real.setblocking(False)
                await asyncio.sleep(0)
                await loop.sock_sendto(real, text, ("127.0.0.1", port))
                assert (await loop.sock_recvfrom(real, 100))[0] == text.upper()

    played(World(lab), test)


# --- with an engine --------------------------------------------------------------------------------------------------


def published(port: int | str, host: str = "") -> dict[str, Any]:
    binding = {"HostIp": host, "HostPort": str(port)}
    return {"Image": "nginx", "Cmd": [], "HostConfig": {"PortBindings": {"80/tcp": [binding]}}}


def test_a_published_port_is_open_until_its_container_stops() -> None:
    async def test() -> None:
        port = free_port()
        async with served(expose=Origin.HOST) as ask:
            await ask.run("web", **published(port))
            assert b"Welcome to nginx!" in await _get(port, ask.server)
            await ask.post("/containers/web/stop")
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(test())


async def _get(port: int, server: Any) -> bytes:
    """Time stands still: events follow each other until there is a reply."""

    async def get() -> bytes:
        async with client(port) as (reader, writer):
            writer.write(b"GET / HTTP/1.0\r\nHost: web\r\n\r\n")
            return await reader.read()

    reply = asyncio.ensure_future(get())
    while not reply.done():
        await server.backend.pace.complete(_millisecond(server.backend.machine))
        await asyncio.sleep(0)
    return reply.result()


def _millisecond(machine: Any) -> Generator[Any, Any, None]:
    yield machine.sleep(1_000_000)


def test_a_port_that_is_taken_on_the_computer_fails_the_start() -> None:
    async def test() -> None:
        said: list[str] = []
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            async with served(expose=Origin.HOST, complain=said.append) as ask:
                made = await ask.ask("POST", "/containers/create?name=web", published(port))
                assert made.status == 201
                refused = await ask.ask("POST", "/containers/web/start")
                assert refused.status == 500
                assert refused.message.endswith(f"0.0.0.0:{port}:172.17.0.2:80/tcp: address already in use")
                assert said == [f"vnetsim: --expose: 127.0.0.1:{port}/tcp of this computer: address already in use"]

    asyncio.run(test())


def test_a_port_that_the_engine_chooses_is_a_free_one() -> None:
    async def test() -> None:
        with contextlib.ExitStack() as stack:
            for port in (32768, 32769):
                with contextlib.suppress(OSError):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
            async with served(expose=Origin.HOST) as ask:
                await ask.run("web", **published(""))
                ports = (await ask.get("/containers/web/json"))["NetworkSettings"]["Ports"]["80/tcp"]
                assert int(ports[0]["HostPort"]) > 32769
                assert b"Welcome to nginx!" in await _get(int(ports[0]["HostPort"]), ask.server)

    asyncio.run(test())


def test_ports_that_were_published_before_are_open_too() -> None:
    async def test() -> None:
        port, lab = free_port(), Lab(docker=True)
        lab.run(f"docker run -d -p {port}:80 nginx")
        async with served(lab, expose=Origin.HOST) as ask:
            assert b"Welcome to nginx!" in await _get(port, ask.server)

    asyncio.run(test())
