"""Small machines that speak IPv6, and packets put on their cables by hand.

Nobody asks for his own addresses first (accept_dad 0), so that they may be used at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.kernel.wires import device, watched
from tests.machines import typed
from vnetsim import Lab
from vnetsim.sockets import Captured
from vnetsim.wire.ethernet import IPV6, Frame
from vnetsim.wire.icmpv6 import NEIGHBOR_SOLICITATION, PROTOCOL, Icmpv6
from vnetsim.wire.inet import IPv6
from vnetsim.wire.ipv6 import Packet
from vnetsim.wire.mac import Mac

CERTAIN = "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0"


def ip6(text: str) -> IPv6:
    return IPv6.parse(text)


def namespace(lab: Lab, *names: str) -> None:
    for name in names:
        typed(
            lab,
            f"""
            ip netns add {name}
            ip netns exec {name} {CERTAIN}
            ip -n {name} link set lo up
        """,
        )


def cable(lab: Lab, one: str, one_device: str, other: str, other_device: str, number: int) -> None:
    """Ends with the MACs 02:00:00:00:01:NN and 02:00:00:00:02:NN, both up."""
    ends = [(one, one_device, f"02:00:00:00:01:{number:02x}"), (other, other_device, f"02:00:00:00:02:{number:02x}")]
    (_, _, mac), (_, _, far) = ends
    link = f"ip link add {one_device} netns {one} address {mac} type veth peer name {other_device} netns {other}"
    typed(lab, f"{link} address {far}")
    for name, end, _ in ends:
        typed(lab, f"ip -n {name} link set {end} up")


def pair6(*, watch: bool = False, certain: bool = True) -> Lab:
    """a (fd00::1, fe80::ff:fe00:101) and b (fd00::2, fe80::ff:fe00:201), joined by a cable.

    Unless `certain`, their link-local addresses are checked as usual, and four seconds have passed.
    """
    lab = Lab(docker=False, watch=watch)
    namespace(lab, "a", "b")
    if not certain:
        for name in "ab":
            typed(lab, f"ip netns exec {name} sysctl -qw net.ipv6.conf.default.accept_dad=1")
    cable(lab, "a", "eth0", "b", "eth0", 1)
    typed(
        lab,
        """
        ip -n a addr add fd00::1/64 dev eth0 nodad
        ip -n b addr add fd00::2/64 dev eth0 nodad
    """,
    )
    lab.sleep(4)
    return lab


def router6(*, watch: bool = False, forwards: bool = True) -> Lab:
    """h1 (fd01::2) and h2 (fd02::2) behind the router r (::1 on both sides)."""
    lab = Lab(docker=False, watch=watch)
    namespace(lab, "h1", "r", "h2")
    for number in (1, 2):
        cable(lab, f"h{number}", "eth0", "r", f"r{number}", number)
        typed(
            lab,
            f"""
            ip -n h{number} addr add fd0{number}::2/64 dev eth0
            ip -n r addr add fd0{number}::1/64 dev r{number}
            ip -n h{number} -6 route add default via fd0{number}::1
        """,
        )
    if forwards:
        typed(lab, "ip netns exec r sysctl -qw net.ipv6.conf.all.forwarding=1")
    lab.sleep(4)
    return lab


def reaches(lab: Lab, name: str, target: str, more: str = "-c 1 -W 1") -> bool:
    return lab.run(f"ip netns exec {name} ping {more} {target}").exit_code == 0


def said(lab: Lab, name: str, target: str, more: str = "-c 1 -W 1") -> list[str]:
    """The lines of a ping between its head and its statistics, without times."""
    output = lab.run(f"ip netns exec {name} ping {more} {target}").stdout
    body = output.partition("\n\n---")[0].splitlines()[1:]
    return [line.partition(" time=")[0] for line in body]


def packets6(captured: Iterable[Captured]) -> list[Packet]:
    return [each.frame.payload for each in captured if isinstance(each.frame.payload, Packet)]


def messages(captured: Iterable[Captured]) -> list[Icmpv6]:
    return [packet.payload for packet in packets6(captured) if isinstance(packet.payload, Icmpv6)]


def echo6(source: str, destination: str, *, hop_limit: int = 64, size: int = 56) -> Packet:
    message = Icmpv6.echo_request(7, 1, bytes(size))
    return Packet.build(ip6(source), ip6(destination), PROTOCOL, message, hop_limit=hop_limit)


def answers(lab: Lab, name: str, packet: Packet, to: Mac | None = None) -> list[tuple[int, int]]:
    """Types and codes of what `name` hears at once of a packet that it put on the cable of its eth0.

    Without the questions of Neighbor Discovery.
    """
    peer = device(lab, name, "eth0").peer
    assert peer is not None
    heard = watched(lab, name, "eth0")
    lab.events.clear()
    frame = Frame.build(peer.mac if to is None else to, device(lab, name, "eth0").mac, IPV6, packet)
    lab.network(name).packet_socket("eth0").send(frame)
    lab.sleep(0.01)
    came = messages(each for each in heard if not each.outgoing)
    return [(each.type, each.code) for each in came if each.type != NEIGHBOR_SOLICITATION]
