"""What one link hop costs through a Docker host, beside a plain bridged hop measured in the same run.

    python -m benchmarks.nat [--echoes N] [--rounds N]

A container with a published port talks by UDP to a machine of the LAN, in both directions of setting out:

    masquerade   the container asks, the LAN machine answers: the engine's MASQUERADE and back
    published    the LAN machine asks the published port, the container answers: the engine's DNAT and back

Every packet is routed by the host, meets all rules that the engine made there, is tracked and translated.  An echo is
four link hops, as the plain one is: each way the container's cable with the bridge and the host's hooks behind it, and
the cable to the LAN.  Then the same for connections of a single echo each, whose first packet asks the nat rules.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterable
from pathlib import Path

if not __package__:  # run by its path
    sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import hop
from vnetsim import Lab
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.rtnetlink.network import NetnsNetwork
from vnetsim.kernel.transport.udp import UdpSock
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.udp import Udp

HOPS_PER_ECHO = 4
HOST, LAN = IPv4.parse("192.168.56.10"), IPv4.parse("192.168.56.20")
SERVICE, PUBLISHED = 7, 7007


def topology() -> tuple[Lab, NetnsNetwork, NetnsNetwork]:
    """A lab, its container and its machine on the LAN."""
    lab = Lab.docker_host()
    result = lab.run(f"docker run -d --name web -p {PUBLISHED}:{SERVICE}/udp alpine sleep infinity")
    assert result.exit_code == 0, result.output
    lab.sleep(5)
    pid = lab.run("docker inspect -f {{.State.Pid}} web").stdout.strip()
    return lab, lab.machine.network_of(int(pid)), lab.network("lan")


class Echoes:
    """Datagrams that `asker` sends to `address` and gets back from `answerer`, each from the same socket or not."""

    def __init__(self, asker: NetnsNetwork, answerer: NetnsNetwork, address: IPv4, port: int, local: int) -> None:
        self.asker, self.address, self.port = asker, address, port
        server = answerer.udp_socket()
        assert isinstance(server, UdpSock)
        self.server = server
        server.bind(IPv4(0), local)
        server.on_datagram = self._echo
        self.left = 0
        self.fresh = False
        self.client = self._new_client()

    def _new_client(self) -> UdpSock:
        client = self.asker.udp_socket()
        assert isinstance(client, UdpSock)
        client.connect(self.address, self.port)
        client.on_datagram = self._answered
        return client

    def _echo(self, _skb: Skb, packet: Packet, datagram: Udp) -> None:
        self.server.send_to(datagram.data, packet.source, datagram.source_port)

    def _answered(self, _skb: Skb, _packet: Packet, datagram: Udp) -> None:
        self.left -= 1
        if not self.left:
            return
        if self.fresh:
            self.client.close()
            self.client = self._new_client()
        self.client.send(datagram.data)

    def hop_us(self, lab: Lab, count: int, *, fresh: bool = False) -> float:
        """Microseconds for one hop of `count` echoes, over one connection or over a `fresh` one each."""
        self.left, self.fresh = count, fresh
        self.client.send(b"x" * 56)
        began = time.process_time()
        lab.sleep(count * HOPS_PER_ECHO * 10e-6)
        spent = time.process_time() - began
        assert self.left == 0, f"{self.left} echoes did not come back"
        return spent / (count * HOPS_PER_ECHO) * 1e6


def said(name: str, figures: Iterable[float], plain: list[float]) -> str:
    figures = list(figures)
    ratios = [figure / base for figure, base in zip(figures, plain, strict=True)]
    return (
        f"{name:24} {statistics.median(figures):7.3f} us   {statistics.median(ratios):6.2f} plain hops "
        f"({min(ratios):.2f} to {max(ratios):.2f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--echoes", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    plain_lab, one, other = hop.topology()
    lab, container, lan = topology()
    out = Echoes(container, lan, LAN, SERVICE, SERVICE)
    into = Echoes(lan, container, HOST, PUBLISHED, SERVICE)
    hop.hop_us(plain_lab, one, other, 500)
    plain: list[float] = []
    kinds = {
        "established, masquerade": (out, False),
        "established, published": (into, False),
        "new, masquerade": (out, True),
        "new, published": (into, True),
    }
    figures: dict[str, list[float]] = {name: [] for name in kinds}
    for echoes, fresh in kinds.values():
        echoes.hop_us(lab, 500, fresh=fresh)
    for _ in range(options.rounds):
        plain.append(hop.hop_us(plain_lab, one, other, options.echoes))
        for name, (echoes, fresh) in kinds.items():
            figures[name].append(echoes.hop_us(lab, options.echoes // (10 if fresh else 1), fresh=fresh))
    print(f"{'plain bridged hop':24} {statistics.median(plain):7.3f} us   median of {options.rounds} rounds")
    for name, values in figures.items():
        print(said(name, values, plain))


if __name__ == "__main__":
    main()
