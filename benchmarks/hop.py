"""What one link hop costs beside a bare SimPy event, measured in the same run.

    python benchmarks/hop.py [--echoes N] [--rounds N]

Two namespaces are joined by a bridge with six ports, the other four ports being idle neighbours.  A UDP echo goes
back and forth; each echo is four link hops (out of a namespace into a bridge port, out of another port into the other
namespace, and back).  A hop is everything between leaving one device and having been handled behind the next one:
queueing, bridge or IP, counters, and here also the sockets at both ends.  Times are those of the processor.
"""

from __future__ import annotations

import argparse
import statistics
import time

import simpy

from vnetsim import Lab
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.rtnetlink.network import NetnsNetwork
from vnetsim.kernel.transport.udp import UdpSock
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.udp import Udp

HOPS_PER_ECHO = 4
PORTS = 6


def bare_event_us(count: int) -> float:
    """Microseconds for scheduling a callback and running it, with nothing else in the heap."""
    env = simpy.Environment()
    left = count

    def again(_event: simpy.Event) -> None:
        nonlocal left
        left -= 1
        if left:
            env.timeout(1).callbacks.append(again)

    env.timeout(1).callbacks.append(again)
    began = time.process_time()
    env.run()
    return (time.process_time() - began) / count * 1e6


def commands() -> list[str]:
    """What makes the bridge and its hosts."""
    lines = ["ip link add br0 type bridge", "ip link set br0 up", "sysctl -w net.bridge.bridge-nf-call-iptables=0"]
    for number in range(1, PORTS + 1):
        ns = f"ns{number}"
        lines += [
            f"ip netns add {ns}",
            f"ip link add eth0 netns {ns} type veth peer name port{number}",
            f"ip link set port{number} master br0 up",
            f"ip -n {ns} addr add 10.0.0.{number}/24 dev eth0",
            f"ip -n {ns} link set eth0 up",
        ]
    return lines


def topology() -> tuple[Lab, NetnsNetwork, NetnsNetwork]:
    lab = Lab(docker=False)
    for line in commands():
        result = lab.run(line)
        assert result.exit_code == 0, (line, result.output)
    lab.sleep(5)
    return lab, lab.network("ns1"), lab.network("ns2")


def hop_us(lab: Lab, one: NetnsNetwork, other: NetnsNetwork, echoes: int) -> float:
    """Microseconds for one hop of `echoes` echoes."""
    client, server = one.udp_socket(), other.udp_socket()
    assert isinstance(client, UdpSock)
    assert isinstance(server, UdpSock)
    server.bind(IPv4.parse("10.0.0.2"), 7)
    client.connect(IPv4.parse("10.0.0.2"), 7)
    left = echoes

    def echo(_skb: Skb, packet: Packet, datagram: Udp) -> None:
        server.send_to(datagram.data, packet.source, datagram.source_port)

    def answered(_skb: Skb, _packet: Packet, datagram: Udp) -> None:
        nonlocal left
        left -= 1
        if left:
            client.send(datagram.data)

    server.on_datagram, client.on_datagram = echo, answered
    client.send(b"x" * 56)
    began = time.process_time()
    lab.sleep(echoes * HOPS_PER_ECHO * 10e-6)
    spent = time.process_time() - began
    assert left == 0, f"{left} echoes did not come back"
    _close(client, server)
    return spent / (echoes * HOPS_PER_ECHO) * 1e6


def _close(*sockets: UdpSock) -> None:
    for socket in sockets:
        socket.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--echoes", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    lab, one, other = topology()
    hop_us(lab, one, other, 1_000)
    hops, events, ratios = [], [], []
    for _ in range(options.rounds):
        events.append(bare_event_us(options.echoes * HOPS_PER_ECHO))
        hops.append(hop_us(lab, one, other, options.echoes))
        ratios.append(hops[-1] / events[-1])
    print(f"bare SimPy event   {statistics.median(events):6.3f} us")
    print(f"link hop           {statistics.median(hops):6.3f} us   (bridge with {PORTS} ports, UDP echo)")
    print(
        f"ratio              {statistics.median(ratios):6.2f}      median of {options.rounds} rounds, "
        f"{min(ratios):.2f} to {max(ratios):.2f}"
    )


if __name__ == "__main__":
    main()
