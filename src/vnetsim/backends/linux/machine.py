"""What the machine is that judges: its kernel, its tools with their versions, and what it lacks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from vnetsim.backends.acts import CommandAct
from vnetsim.backends.linux.kernel import Kernel
from vnetsim.kernel.bridge.vlan import MODULE as VLAN_FILTERING
from vnetsim.values import frozen

#: How each tool tells its version.
_TOOLS: Final = {
    "iproute2": "ip -V",
    "iputils": "ping -V",
    "iptables": "iptables --version",
    "nftables": "nft --version",
    "conntrack": "conntrack --version",
    "tcpdump": "tcpdump --version 2>&1 | head -n 1",
    "bash": "bash --version | head -n 1",
}
#: Kinds of devices and queueing disciplines that a kernel may have been built without.
_KINDS: Final = tuple(
    """
    bareudp bond bridge can dummy geneve gre gretap hsr ifb ip6gre ipip ipvlan ipvtap macsec macvlan nlmon sit team vcan
    veth vlan vrf vti vxlan wireguard
    """.split()  # noqa: SIM905
)
_DISCIPLINES: Final = tuple(
    """
    cake cbq cbs choke codel drr ets fq fq_codel fq_pie gred hfsc hhf multiq netem pie plug prio qfq red sfb sfq skbprio
    taprio tbf teql0
    """.split()  # noqa: SIM905
)
#: Modules of filters and actions, and a filter that needs one.
_FILTERS: Final = {
    "cls_flower": "flower", "cls_fw": "handle 7 fw classid 1:1", "cls_matchall": "matchall classid 1:1",
    "cls_u32": "u32 match u32 0 0",
    **{f"act_{kind}": f"u32 match u32 0 0 action {words}" for kind, words in {
        "gact": "pass", "mirred": "mirred egress mirror dev d0", "police": "police rate 1mbit burst 10k",
        "skbedit": "skbedit mark 1", "vlan": "vlan pop",
    }.items()},
}  # fmt: skip
#: A command that fails on a kernel without CONFIG_BRIDGE_VLAN_FILTERING.
_FILTERS_VLANS: Final = "ip link add y0 type bridge; ip -d -o link show y0 | grep -q vlan_protocol"
#: The kernel's errors for a kind that it does not know, and for a bad request of one that it knows.
_UNKNOWN: Final = re.compile(
    r"Unknown device type|Specified qdisc kind is unknown|qdisc not found|RTNETLINK answers: Operation not supported"
    r"|TC classifier not found|Failed to load TC action module"
)


#: Programs of which there are several by one name, or that may not work: what tells the one that vnetsim speaks like.
_VARIANTS: Final = {
    "arping": ("arping -V", "iputils"),
    "ping": ("ping -V", "iputils"),
    "nc": ("nc -h 2>&1", "OpenBSD"),
    # It cannot become the user whom it captures as where it may not change its user.
    "tcpdump": ("timeout 0.3 tcpdump -n -c 1 -i any 2>&1; echo $?", "^\\(0\\|124\\)$"),
    "traceroute": ("traceroute --version 2>&1", "Modern traceroute"),
}


@frozen
class RealMachine:
    """`versions` by name; `lacks`: kinds of devices, disciplines, modules of filters; `absent`: programs.

    A program of another make than the one that vnetsim speaks like (Habets' arping) is absent, too, and so is tcpdump
    in a user namespace that has one user only: it captures as another one.

    `unprivileged`: it plays in a user namespace.  `forwards`: new namespaces begin with ip_forward 1.
    """

    versions: dict[str, str]
    lacks: frozenset[str]
    absent: frozenset[str]
    unprivileged: bool
    forwards: bool = False

    def described(self) -> str:
        """One line: `Linux 6.18, iproute2-6.1.0, ...`."""
        return ", ".join([f"Linux {self.versions['kernel']}", *(v for k, v in self.versions.items() if k != "kernel")])


def inspect(kernel: Kernel, programs: Sequence[str] = ()) -> RealMachine:
    """Read the machine's versions, and which of `programs` it has."""
    lines = ["uname -r", *_TOOLS.values(), *map(_is_there, programs)]
    lines += ["ip link add d0 type veth peer name d1"]
    lines += [f"ip link add link d0 name x0 type {kind}; ip link del x0 2>/dev/null" for kind in _KINDS]
    lines += [f"tc qdisc replace dev d1 root {kind}" for kind in _DISCIPLINES]
    lines = [_FILTERS_VLANS, "tc qdisc add dev lo ingress", *lines]
    lines += [f"tc filter add dev lo ingress protocol ip prio {number} {words}"
              for number, words in enumerate(_FILTERS.values(), 1)]  # fmt: skip
    played = kernel.play([CommandAct(line) for line in lines], batched=True)
    steps = list(played.steps)
    results = {step["cmd"]: step for step in steps}
    versions = {"kernel": results["uname -r"]["stdout"].strip()}
    for name, line in _TOOLS.items():
        if results[line]["rc"] == 0:
            versions[name] = _version(name, results[line]["stdout"])
    names = [*_KINDS, *_DISCIPLINES, *_FILTERS]
    kinds = dict(zip(names, steps[-len(names) :], strict=True))
    return RealMachine(
        versions=versions,
        lacks=frozenset(
            [kind for kind, step in kinds.items() if _UNKNOWN.search(step["stderr"])]
            + ([VLAN_FILTERING] if results[_FILTERS_VLANS]["rc"] else [])
        ),
        absent=frozenset(name for name in programs if results[_is_there(name)]["rc"]),
        unprivileged=kernel.user_namespace,
        forwards=played.forwards,
    )


def _is_there(name: str) -> str:
    """A command that succeeds if there is the program that vnetsim means."""
    line, make = _VARIANTS.get(name, ("", ""))
    return f"command -v {name} && {line} | grep -q '{make}'" if line else f"command -v {name}"


def _version(name: str, text: str) -> str:
    """`iproute2 6.1.0` out of `ip utility, iproute2-6.1.0, libbpf 1.1.0`."""
    found = re.search(r"\bv?(\d[\w.]*)", text.replace("iproute2-", "").replace("(nf_tables)", ""))
    return f"{name} {found[1] if found else 'of unknown version'}"
