"""Names of services, protocols and networks: the files of Debian's netbase, which the host has and the images have not.

A file of that name in /etc replaces these.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.errors import KernelError
from vnetsim.netfilter.services import every_service
from vnetsim.process import Process
from vnetsim.values import frozen

#: `NAME=NUMBER/ALIAS` of /etc/protocols.
_PROTOCOLS: Final = """
ip=0/IP hopopt=0/HOPOPT icmp=1/ICMP igmp=2/IGMP ggp=3/GGP ipencap=4/IP-ENCAP st=5/ST tcp=6/TCP egp=8/EGP igp=9/IGP
pup=12/PUP udp=17/UDP hmp=20/HMP xns-idp=22/XNS-IDP rdp=27/RDP iso-tp4=29/ISO-TP4 dccp=33/DCCP xtp=36/XTP ddp=37/DDP
idpr-cmtp=38/IDPR-CMTP ipv6=41/IPv6 ipv6-route=43/IPv6-Route ipv6-frag=44/IPv6-Frag idrp=45/IDRP rsvp=46/RSVP
gre=47/GRE esp=50/IPSEC-ESP ah=51/IPSEC-AH skip=57/SKIP ipv6-icmp=58/IPv6-ICMP ipv6-nonxt=59/IPv6-NoNxt
ipv6-opts=60/IPv6-Opts rspf=73/RSPF/CPHB vmtp=81/VMTP eigrp=88/EIGRP ospf=89/OSPFIGP ax.25=93/AX.25 ipip=94/IPIP
etherip=97/ETHERIP encap=98/ENCAP pim=103/PIM ipcomp=108/IPCOMP vrrp=112/VRRP l2tp=115/L2TP isis=124/ISIS
sctp=132/SCTP fc=133/FC mobility-header=135/Mobility-Header udplite=136/UDPLite mpls-in-ip=137/MPLS-in-IP manet=138
hip=139/HIP shim6=140/Shim6 wesp=141/WESP rohc=142/ROHC ethernet=143/Ethernet mptcp=262/MPTCP
"""
_NETWORKS: Final = (("default", "0.0.0.0"), ("loopback", "127.0.0.0"), ("link-local", "169.254.0.0"))


@frozen
class NetdbEntry:
    """A name, its number (of services with the protocol: `80/tcp`; of networks an address) and its other names."""

    name: str
    number: str
    aliases: tuple[str, ...] = ()

    def is_called(self, name: str) -> bool:
        return name == self.name or name in self.aliases


def entries(process: Process, database: str) -> Iterator[NetdbEntry]:
    """Of `services`, `protocols` or `networks`, in the order of the file."""
    try:
        text = process.files.read(f"/etc/{database}")
    except KernelError:
        if process.context.release == "bookworm":
            yield from _NETBASE[database]()
        return
    for line in text.splitlines():
        fields = line.partition("#")[0].split()
        if len(fields) > 1:
            yield NetdbEntry(fields[0], fields[1], tuple(fields[2:]))


def protocols() -> Iterator[NetdbEntry]:
    for field in _PROTOCOLS.split():
        name, _, rest = field.partition("=")
        number, *aliases = rest.split("/")
        yield NetdbEntry(name, number, tuple(aliases))


def _services() -> Iterator[NetdbEntry]:
    for port, protocol, names in every_service():
        yield NetdbEntry(names[0], f"{port}/{protocol}", tuple(names[1:]))


def _networks() -> Iterator[NetdbEntry]:
    return (NetdbEntry(name, number) for name, number in _NETWORKS)


_NETBASE: Final = {"protocols": protocols, "services": _services, "networks": _networks}
