"""Mutated packets: decoded and printed as every protocol in turn, and sent into the devices of a few labs.

python -m tests.fuzz.fuzz_packets decode|inject SEED COUNT [REPORT]
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from tests.fuzz.mutate import Run, mutated_bytes, no_hang
from tests.wire.captured import FRAMES
from vnetsim import Lab
from vnetsim.budget import Budget
from vnetsim.errors import DecodeError
from vnetsim.trace import Transmitted
from vnetsim.wire import applications, bpdu, icmp, icmpv6, igmp, ipv4, ipv6, tcp, udp, vxlan
from vnetsim.wire.arp import Arp
from vnetsim.wire.cooked import Cooked
from vnetsim.wire.dns import DnsMessage
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.pcap import PcapCapture
from vnetsim.wire.printer import PacketPrinter

PACKETS_A_LAB = 20_000
_TOGETHER = 500
_FOUR = IPv4(0x0A000001), IPv4(0x0A000002)
_SIX = IPv6(1), IPv6(2)
_PORTS = (53, 67, 68, 69, 80, 123, 161, 179, 443, 514, 520, 546, 547, 1812, 1813, 3478, 4789, 5353, 6379, 8080, 65535)

#: Typed on every lab; what listens there is hit by what is sent.
_LAB = """
ip link set lo up
ip netns add far
ip link add br0 type bridge stp_state 1
ip link add v type veth peer name w netns far
ip link set v master br0
ip addr add 10.0.0.1/24 dev br0
ip addr add 2001:db8::1/64 dev br0
ip link set br0 up
ip link set v up
ip link add v2 type veth peer name w2 netns far
ip addr add 192.168.0.1/24 dev v2
ip addr add fe80::1/64 dev v2
ip link set v2 up
ip -n far addr add 10.0.0.2/24 dev w
ip -n far addr add 192.168.0.2/24 dev w2
ip -n far link set w up
ip -n far link set w2 up
ip link add vx type vxlan id 7 remote 192.168.0.2 dstport 4789 dev v2
ip link set vx up
ip link add v2.5 link v2 type vlan id 5
ip addr add 10.5.0.1/24 dev v2.5
ip link set v2.5 up
ip link add mv link v2 type macvlan mode bridge
ip link set mv up
sysctl -w net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -j MASQUERADE
iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -p tcp --dport 81 -j REJECT --reject-with tcp-reset
nc -l -k -p 80 >/dev/null &
nc -l -u -k -p 53 >/dev/null &
nc -l -u -k -p 4790 >/dev/null &
tcpdump -n -v -i any >/dev/null 2>&1 &
ip netns exec far ping -c 2 10.0.0.1
ip netns exec far ping -c 2 192.168.0.1
ip netns exec far nc -z 10.0.0.1 80
ip netns exec far sh -c 'echo x | nc -w 1 192.168.0.1 80'
ip netns exec far sh -c 'echo x | nc -u -w 1 192.168.0.1 53'
ip netns exec far ping -6 -c 1 2001:db8::1
ip netns exec far traceroute -n 192.168.0.1
"""


@cache
def corpus() -> tuple[bytes, ...]:
    """Captured frames, and those that the lab's own commands send."""
    frames = dict.fromkeys(octets for _, octets in FRAMES.values())
    lab = Lab(docker=False)
    lab.watch(lambda event: frames.setdefault(event.frame.encode()) if isinstance(event, Transmitted) else None)
    for line in _LAB.strip().splitlines():
        lab.run(line)
    lab.sleep(40)
    return tuple(frames)


def _text(value: object, printer: PacketPrinter, *more: object) -> None:
    value.describe(printer, *more)  # type: ignore[attr-defined]


def _wires() -> list[Callable[[bytes, PacketPrinter], object]]:
    """Each decodes some bytes and prints what they are; bytes that were decoded can be encoded."""
    decoders: list[Callable[[bytes, PacketPrinter], object]] = [
        lambda data, printer: _again(Frame.decode(data), printer),
        lambda data, printer: _again(Arp.decode(data), printer),
        lambda data, printer: _again(ipv4.Packet.decode(data), printer),
        lambda data, printer: _text(ipv4.Packet.decode_start(data), printer),
        lambda data, printer: _again(ipv6.Packet.decode(data), printer),
        lambda data, printer: _text(ipv6.Packet.decode_start(data), printer),
        lambda data, printer: _again(icmp.Icmp.decode(data), printer),
        lambda data, printer: _text(icmpv6.Icmpv6.decode(data, *_SIX), printer, *_SIX),
        lambda data, printer: _again(igmp.Igmp.decode(data), printer),
        lambda data, printer: _text(tcp.Tcp.decode(data, *_FOUR), printer, *_FOUR),
        lambda data, printer: _text(tcp.Tcp.decode_start(data, len(data)), printer, *_FOUR),
        lambda data, printer: _text(udp.Udp.decode(data, *_SIX), printer, *_SIX),
        lambda data, printer: _text(udp.Udp.decode_start(data), printer, *_FOUR),
        lambda data, printer: _text(vxlan.Vxlan.decode(data), printer),
        lambda data, printer: _text(bpdu.decode(data), printer),
        lambda data, printer: _text(Cooked.decode(data), printer, "eth0"),
        lambda data, _: DnsMessage.decode(data),
        lambda data, _: PcapCapture.decode(data),
    ]
    for port in _PORTS:
        decoders.append(lambda data, printer, port=port: applications.describe_datagram(printer, 40000, port, data))  # type: ignore[misc]
        decoders.append(lambda data, printer, port=port: applications.describe_stream(printer, port, 40000, data))  # type: ignore[misc]
    return decoders


def _again(value: object, printer: PacketPrinter) -> None:
    _text(value, printer)
    value.encode()  # type: ignore[attr-defined]


def decode(seed: int, count: int, run: Run | None = None, report: Path | None = None) -> Run:
    """So many mutated packets, each decoded by one of the decoders and printed."""
    rng, run, known, decoders = random.Random(seed), run or Run(), corpus(), _wires()
    printers = [PacketPrinter(), PacketPrinter(verbosity=2, absolute=True), PacketPrinter(link=False, quiet=True)]
    for index in range(count):
        data = rng.choice(known)
        which = rng.randrange(len(decoders))
        cut = rng.choice((0, 0, 14, 34, 42, 54, 18, 62)) if which else 0
        data = mutated_bytes(rng, data[cut:], known)
        shown = {"seed": seed, "index": index, "decoder": which}
        with run.one(lambda: {**shown, "data": data.hex()}), suppress(DecodeError):  # noqa: B023
            decoders[which](data, rng.choice(printers))
        if index % 10_000 == 9999:
            for printer in printers:
                printer.conversations.clear()
            if report is not None:
                report.write_text(run.report(), "utf-8")
    return run


def _made(docker: bool) -> Lab:
    budget = Budget(steps=30_000_000, string_bytes=1 << 24)
    if docker:
        lab = Lab.docker_host(budget=budget)
        lab.run("docker run -d -p 8080:80 --name web nginx")
        return lab
    lab = Lab(docker=False, budget=budget)
    for line in _LAB.strip().splitlines():
        lab.run(line)
    return lab


def inject(seed: int, count: int, run: Run | None = None, report: Path | None = None) -> Run:
    """So many mutated frames, sent by the neighbours of a lab's host, some hundred at a time."""
    rng, run, known = random.Random(seed), run or Run(), corpus()
    lab, taps, used, batch = None, [], 0, []
    for index in range(count):
        if lab is None or used >= PACKETS_A_LAB:
            docker = rng.random() < 0.3
            lab, used = _made(docker), 0
            far = lab.network("lan" if docker else "far")
            taps = [far.packet_socket(name) for name in (("eth0",) if docker else ("w", "w2"))]
            for tap in taps:
                tap.seen = lambda _: None
            macs = [link.mac.to_bytes(6, "big") for link in lab.network().links() if link.mac]
        data = mutated_bytes(rng, rng.choice(known), known)
        if rng.random() < 0.7:
            data = rng.choice(macs) + data[6:]
        used += 1
        batch.append(data)
        with run.one(lambda: {"seed": seed, "index": index, "batch": [each.hex() for each in batch]}), no_hang():  # noqa: B023
            with suppress(DecodeError):
                rng.choice(taps).send(Frame.decode(data))
            if len(batch) >= _TOGETHER:
                try:
                    lab.sleep(0.01)
                except BaseException:
                    lab = None
                    raise
                batch = []
        if report is not None and index % 10_000 == 9999:
            report.write_text(run.report(), "utf-8")
    return run


if __name__ == "__main__":
    to = Path(sys.argv[4]) if len(sys.argv) > 4 else None
    done = {"decode": decode, "inject": inject}[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]), report=to)
    (to.write_text if to else print)(done.report())
