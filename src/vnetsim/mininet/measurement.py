"""Pings and iperf between the hosts of a network (`Mininet.pingAll`, `Mininet.iperf` ...)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from vnetsim.mininet.emulation import current
from vnetsim.mininet.functions import waitListening
from vnetsim.mininet.log import debug, error, output

_SENT: Final = re.compile(r"(\d+) packets transmitted, (\d+)( packets)? received")
_RTT: Final = re.compile(r"rtt min/avg/max/mdev = (\d+\.\d+)/(\d+\.\d+)/(\d+\.\d+)/(\d+\.\d+) ms")
_SPEED: Final = re.compile(r"([\d\.]+ \w+/sec)")
_NOTHING: Final = (1, 0, 0.0, 0.0, 0.0, 0.0)


class Measurement:
    """What a network measures between its `hosts`."""

    hosts: list[Any]

    @staticmethod
    def _parsePing(pingOutput: str) -> tuple[int, int]:
        if "connect: Network is unreachable" in pingOutput:
            return 1, 0
        found = _SENT.search(pingOutput)
        if found is None:
            error(f"*** Error: could not parse ping output: {pingOutput}\n")
            return 1, 0
        return int(found[1]), int(found[2])

    @staticmethod
    def _parsePingFull(pingOutput: str) -> tuple[Any, ...]:
        """Sent, received, and the four times in milliseconds."""
        found, times = _SENT.search(pingOutput), _RTT.search(pingOutput)
        if re.search(r"[uU]nreachable", pingOutput):
            return _NOTHING
        if found is None or (times is None and int(found[2])):
            error(f"*** Error: could not parse ping output: {pingOutput}\n")
            return _NOTHING
        return _NOTHING if times is None else (int(found[1]), int(found[2]), *map(float, times.groups()))

    def ping(self, hosts: Sequence[Any] | None = None, timeout: Any = None) -> float:
        """Ping between all hosts; the share of lost packets in percent."""
        packets = lost = 0
        if not hosts:
            hosts = self.hosts
            output("*** Ping: testing ping reachability\n")
        for node in hosts:
            output(f"{node.name} -> ")
            for dest in hosts:
                if node is dest:
                    continue
                sent = received = 0
                if dest.intfs:
                    sent, received = self._parsePing(_pinged(node, dest, timeout))
                packets += sent
                lost += sent - received
                output(f"{dest.name} " if received else "X ")
            output("\n")
        if not packets:
            output("*** Warning: No packets sent\n")
            return 0
        share = 100.0 * lost / packets
        output(f"*** Results: {int(share)}% dropped ({packets - lost}/{packets} received)\n")
        return share

    def pingFull(self, hosts: Sequence[Any] | None = None, timeout: Any = None) -> list[tuple[Any, Any, Any]]:
        results = []
        if not hosts:
            hosts = self.hosts
            output("*** Ping: testing ping reachability\n")
        for node in hosts:
            output(f"{node.name} -> ")
            for dest in hosts:
                if node is not dest:
                    found = self._parsePingFull(_pinged(node, dest, timeout))
                    results.append((node, dest, found))
                    output(f"{dest.name} " if found[1] else "X ")
            output("\n")
        output("*** Results: \n")
        for node, dest, (sent, received, *times) in results:
            output(f" {node}->{dest}: {sent}/{received}, ")
            output("rtt min/avg/max/mdev {:0.3f}/{:0.3f}/{:0.3f}/{:0.3f} ms\n".format(*times))
        return results

    def pingAll(self, timeout: Any = None) -> float:
        return self.ping(timeout=timeout)

    def pingPair(self) -> float:
        return self.ping(hosts=self.hosts[:2])

    def pingAllFull(self) -> list[tuple[Any, Any, Any]]:
        return self.pingFull()

    def pingPairFull(self) -> list[tuple[Any, Any, Any]]:
        return self.pingFull(hosts=self.hosts[:2])

    @staticmethod
    def _parseIperf(iperfOutput: str) -> str:
        found = _SPEED.findall(iperfOutput)
        if not found:
            error("could not parse iperf output: " + iperfOutput)
        return found[-1] if found else ""

    def iperf(self, hosts: Sequence[Any] | None = None, l4Type: str = "TCP", udpBw: str = "10M", fmt: str | None = None,
              seconds: float = 5, port: int = 5001) -> list[str]:  # fmt: skip
        """Speeds at the server and at the client, between the first and the last host unless two are given."""
        client, server = hosts or (self.hosts[0], self.hosts[-1])
        output("*** Iperf: testing", l4Type, "bandwidth between", client, "and", server, "\n")
        current().run("killall -9 iperf")
        udp = {"TCP": "", "UDP": "-u "}.get(l4Type)
        if udp is None:
            raise Exception(f"Unexpected l4 type: {l4Type}")
        args = f"iperf -p {port:d} {udp}" + (f"-f {fmt} " if fmt else "")
        server.sendCmd(args + "-s")
        if not udp and not waitListening(client, server.IP(), port, timeout=10):
            raise Exception(f"Could not connect to iperf on port {port:d}")
        cliout = client.cmd(f"{args}-t {seconds:d} -c {server.IP()} " + (f"-b {udpBw} " if udp else ""))
        debug(f"Client output: {cliout}\n")
        servout = ""
        while len(_SPEED.findall(servout)) < (1 if udp else 2) and (said := server.monitor(timeoutms=5000)):
            servout += said
        server.sendInt()
        servout += server.waitOutput()
        debug(f"Server output: {servout}\n")
        result = [*([udpBw] if udp else []), self._parseIperf(servout), self._parseIperf(cliout)]
        output(f"*** Results: {result}\n")
        return result

    def iperfUdp(self, *args: Any, **kwargs: Any) -> list[str]:
        kwargs["l4Type"] = "UDP"
        return self.iperf(*args, **kwargs)

    def runCpuLimitTest(self, cpu: float, duration: int = 5) -> None:
        raise current().not_modelled(f"a measurement of the CPU: {cpu} for {duration} s")


def _pinged(node: Any, dest: Any, timeout: Any) -> str:
    opts = f"-W {timeout}" if timeout else ""
    return node.cmd(f"ping -c1 {opts} {dest.IP()}")  # type: ignore[no-any-return]
