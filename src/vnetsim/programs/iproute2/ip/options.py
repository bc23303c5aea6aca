"""The options before the object of `ip` (iproute2: ip/ip.c: main)."""

from __future__ import annotations

import re

from vnetsim.programs.iproute2.lib.arguments import Iproute2Error, invarg, missarg, number, usage
from vnetsim.programs.iproute2.lib.namespace import switch
from vnetsim.programs.iproute2.lib.options import BRIDGE, MPLS, PACKET, Iproute2Options
from vnetsim.programs.libc.options import flag, option
from vnetsim.values import define

_FAMILIES = {"inet": 4, "inet6": 6, "link": PACKET, "mpls": MPLS, "bridge": BRIDGE}


@define
class IpOptions(Iproute2Options):
    option_names = (
        "-loops -family =-4 =-6 =-0 =-M =-B -human-readable -iec -stats -statistics -details -resolve -oneline "
        "-timestamp -tshort -Version -force -batch -brief -json -pretty -rcvbuf -help -netns -Numeric -all =-echo"
    )
    helper = "ip -help"
    #: Of `monitor`.
    timestamp: bool = flag("-timestamp")
    tshort: bool = flag("-tshort")
    unmodelled = "-echo -resolve"

    def _argument(self, what: str) -> str:
        """What an option needs; without it the usage is printed, by newer versions what is missing."""
        arg = self.args.take()
        if arg is None:
            raise missarg(what) if self.newer else usage("ip")
        return arg

    @option("-0")
    def packet(self, _: str) -> None:
        self.family = PACKET

    @option("-M")
    def mpls(self, _: str) -> None:
        self.family = MPLS

    @option("-B")
    def bridge(self, _: str) -> None:
        self.family = BRIDGE

    @option("-family")
    def read_family(self, _: str) -> None:
        name = self._argument("family type")
        if name == "help":
            raise usage("ip")
        if name not in _FAMILIES:
            raise invarg("invalid protocol family", name)
        self.family = _FAMILIES[name]

    @option("-loops")
    def read_loops(self, _: str) -> None:
        digits = re.match(r"\s*\+?(\d+)", self._argument("loop count"))
        self.loops = int(digits[1]) if digits else 0

    @option("-batch")
    def read_batch(self, _: str) -> None:
        self.batch_file = self._argument("batch file")

    @option("-rcvbuf")
    def receive_buffer(self, _: str) -> None:
        size = self._argument("rcvbuf size")
        if number(size) is None:
            raise Iproute2Error(255, f"Invalid rcvbuf size '{size}'")

    @option("-Version")
    def version(self, _: str) -> None:
        version = "iproute2-7.3.0, libbpf 1.7.0" if self.newer else "iproute2-6.1.0, libbpf 1.1.2"
        self.process.write(f"ip utility, {version}\n")
        raise Iproute2Error(0)

    @option("-help")
    def help(self, _: str) -> None:
        raise usage("ip")

    @option("-netns")
    def netns(self, _: str) -> None:
        name = self.args.take()
        self.network = switch(self.process, "(null)" if name is None else name)
