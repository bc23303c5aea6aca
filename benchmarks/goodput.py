"""How much TCP gets through a link, beside what theory allows, and what simulating it costs.

    python benchmarks/goodput.py [--megabytes N]

Three links, as `tc` makes them on a real machine: 1 Gbit/s (tbf) with 1 ms of delay each way (netem), and 10 Mbit/s
with 10 ms each way and losses of 1 % and of 0.1 % of the frames.  What theory allows is the link's rate less headers
(1448 of 1514 bytes), and under loss what a window that answers each loss as it does comes to in the mean: for reno
Mathis' square root, for CUBIC on paths as short as these the same with its own constants (RFC 9438, 4.3).
Wall-clock time is processor time, so that a busy machine does not change it.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Generator
from typing import Any

import attrs

from vnetsim import Lab
from vnetsim.clock import SECOND
from vnetsim.process import Process
from vnetsim.wire.inet import ANY4, IPv4

PAYLOAD, FRAME = 1448, 1514
PORT = 5001
BLOCK = 131_072


@attrs.frozen
class Link:
    """`rate` in Mbit/s, `delay` in ms each way, `loss` in percent of the frames that carry data."""

    rate: int
    delay: int
    loss: float = 0.0

    def commands(self) -> list[str]:
        """A rate where the sender is, the delays in a router behind it."""
        burst, limit = ("16k", "200k") if self.rate < 100 else ("128k", "3m")
        loss = f" loss {self.loss}%" if self.loss else ""
        return [
            f"ip netns exec a tc qdisc add dev eth0 root tbf rate {self.rate}mbit burst {burst} limit {limit}",
            f"ip netns exec r tc qdisc add dev b0 root netem delay {self.delay}ms{loss} limit 10000",
            f"ip netns exec r tc qdisc add dev a0 root netem delay {self.delay}ms limit 10000",
        ]

    def best(self, control: str) -> float:
        """Mbit/s."""
        link = self.rate * PAYLOAD / FRAME
        if not self.loss:
            return link
        # Increase a segments each round trip, keep b of the window after a loss: AIMD's mean window is
        # sqrt(a (1 + b) / (2 (1 - b) p)).
        a, b = (1.0, 0.5) if control == "reno" else (3 * 0.3 / 1.7, 0.7)
        window = math.sqrt(a * (1 + b) / (2 * (1 - b) * self.loss / 100))
        return min(link, window * PAYLOAD * 8 / (2 * self.delay * 1000))


def network(link: Link, control: str, *, segmentation: bool, seed: int) -> Lab:
    """a (10.0.1.1) and b (10.0.2.1) behind the router r."""
    lab = Lab(seed, docker=False, frame_limit=10**9)
    lines = [f"ip netns add {name}" for name in "abr"]
    for number, name in ((1, "a"), (2, "b")):
        lines += [
            f"ip link add eth0 netns {name} type veth peer name {name}0 netns r",
            f"ip -n {name} addr add 10.0.{number}.1/24 dev eth0",
            f"ip -n r addr add 10.0.{number}.254/24 dev {name}0",
            f"ip -n {name} link set eth0 up",
            f"ip -n r link set {name}0 up",
            f"ip -n {name} route add default via 10.0.{number}.254",
            f"ip netns exec {name} sysctl -qw net.ipv4.tcp_congestion_control={control}",
        ]
        if not segmentation:
            # Each frame is a segment, as on a network card's wire: losses are of segments.
            lines.append(f"ip netns exec {name} ethtool -K eth0 tso off gso off")
    for line in [*lines, "ip netns exec r sysctl -qw net.ipv4.ip_forward=1", *link.commands()]:
        done = lab.run(line)
        assert done, (line, done.output)
    return lab


@attrs.define
class Transfer:
    size: int
    began: int = 0
    ended: int = 0
    received: int = 0
    resent: int = 0

    def serve(self, process: Process) -> Generator[Any, Any, int]:
        listener = process.network.tcp_socket(owner=process)
        listener.bind(ANY4, PORT)
        listener.listen(1)
        connection = yield listener.accept()
        while data := (yield connection.receive(size=BLOCK)):
            self.received += len(data)
        self.ended = process.now()
        connection.close()
        listener.close()
        return 0

    def send(self, process: Process) -> Generator[Any, Any, int]:
        socket = process.network.tcp_socket(owner=process)
        self.began = process.now()
        yield socket.connect(IPv4.parse("10.0.2.1"), PORT)
        block, left = bytes(BLOCK), self.size
        while left:
            yield socket.send(block[:left])
            left -= min(left, BLOCK)
        socket.shutdown()
        yield socket.receive()
        self.resent = socket.info().total_resent
        socket.close()
        return 0

    def run(self, lab: Lab) -> float:
        """Processor seconds."""
        machine, host = lab.machine, lab.machine.host
        server = machine.run(self.serve, ("server",), attrs.evolve(host, network=lab.network("b")))
        machine.run(self.send, ("client",), attrs.evolve(host, network=lab.network("a")))
        began = time.process_time()
        while server.status is None:
            lab.sleep(1)
        spent = time.process_time() - began
        assert self.received == self.size, f"{self.received} bytes of {self.size} arrived"
        return spent


def frames(lab: Lab) -> int:
    """Frames that entered or left a device of the router: what the links carried."""
    counted = 0
    for line in lab.run("ip netns exec r sh -c 'cat /sys/class/net/?0/statistics/?x_packets'").stdout.split():
        counted += int(line)
    return counted


def measure(link: Link, megabytes: float, control: str, *, segmentation: bool, seed: int = 0) -> None:
    lab = network(link, control, segmentation=segmentation, seed=seed)
    transfer = Transfer(int(megabytes * 1_000_000))
    spent = transfer.run(lab)
    seconds = (transfer.ended - transfer.began) / SECOND
    goodput, best = transfer.size * 8 / seconds / 1e6, link.best(control)
    print(
        f"{link.rate:5} Mbit/s {link.delay:3} ms {link.loss:4} % {control:6} tso {'on ' if segmentation else 'off'}"
        f" {megabytes:5g} MB in {seconds:7.3f} s: {goodput:7.2f} of {best:7.2f} Mbit/s ({goodput / best:4.0%}),"
        f" {transfer.resent:4} resent; {spent:6.2f} s CPU, {spent / megabytes:6.3f} s and"
        f" {frames(lab) / megabytes:6.0f} hops per MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--megabytes", type=float, default=100, help="for the fast link; the others carry a tenth")
    megabytes = parser.parse_args().megabytes
    for control in ("cubic", "reno"):
        for segmentation in (True, False):
            measure(Link(1000, 1), megabytes, control, segmentation=segmentation)
        for loss in (0.1, 1.0):
            measure(Link(10, 10, loss), megabytes / 10, control, segmentation=False)


if __name__ == "__main__":
    main()
