"""`getent`: hosts, users and groups.  Captured from glibc 2.36 and 2.42."""

from __future__ import annotations

import shlex
from typing import Any

import attrs
import pytest

from tests.programs.clocked import ClockedProcess, Known, Machine, drive
from tests.programs.fake import Ended, FakeContext, FakeFiles, FakeNetwork
from tests.programs.iproute2.ip.ip_host import LO, inet, veth
from vnetsim.errors import NotModelled
from vnetsim.process import Resolved
from vnetsim.programs import getent
from vnetsim.wire.inet import Address, parse_address

ETH0 = veth(2, "eth0", 3)
HOSTS = """\
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
172.17.0.2\tredis 545658e7217e db  # a link
172.19.0.2 7f2eaf41f08e
172.19.0.2 second
nonsense
"""


@attrs.define
class Named(ClockedProcess):
    """What DNS knows: several addresses a name."""

    zone: dict[str, list[str]] = attrs.field(factory=dict)
    questions: list[tuple[str, int | None]] = attrs.field(factory=list)

    def resolve(self, name: str, version: int | None = None) -> Known:
        self.questions.append((name, version))
        known = [parse_address(text) for text in self.zone.get(name, [])]
        found = tuple(address for address in known if version in (None, address.version))
        return Known(Resolved(found, None if found else "Name or service not known"))

    def reverse(self, address: Address) -> Known:
        return Known(next((name for name, them in self.zone.items() if str(address) in them), None))


def getent_(command: str, *, ipv6: bool = False, **zone: list[str]) -> tuple[Ended, Named]:
    own = [inet(ETH0, "172.19.0.2/16")] + ([inet(ETH0, "fd00::2/64")] if ipv6 else [])
    network = FakeNetwork([LO, ETH0], [inet(LO, "127.0.0.1/8"), inet(LO, "::1/128"), *own])
    files = {"/etc/hosts": HOSTS, "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n", "/etc/group": "root:x:0:\n"}
    context = FakeContext(network=network, files=FakeFiles(files))
    process = Named(shlex.split(command), context, Machine(), {}, zone=zone)
    return drive(getent.main, process, process.machine), process


WEB: dict[str, Any] = {"web": ["172.18.0.4", "172.18.0.3"]}
BOTH: dict[str, Any] = {"both": ["fd00::9", "172.18.0.9"]}

#: A command, the status it ends with, and what it prints.
FOUND: list[tuple[str, int, str]] = [
    ("getent hosts web", 0, "172.18.0.4      web\n172.18.0.3      web\n"),
    ("getent hosts both", 0, "fd00::9         both\n"),
    ("getent hosts localhost", 0, "::1             localhost ip6-localhost ip6-loopback\n"),
    ("getent hosts db", 0, "172.17.0.2      redis 545658e7217e db\n"),
    ("getent hosts redis", 0, "172.17.0.2      redis 545658e7217e db\n"),
    ("getent hosts 127.0.0.1", 0, "127.0.0.1       localhost\n"),
    ("getent hosts 172.18.0.3", 0, "172.18.0.3      web\n"),
    ("getent hosts 172.18.0.77", 2, ""),
    ("getent hosts nosuch", 2, ""),
    ("getent hosts localhost nosuch 172.18.0.3", 2,
     "::1             localhost ip6-localhost ip6-loopback\n172.18.0.3      web\n"),
    ("getent hosts", 0,
     ("127.0.0.1       localhost\n127.0.0.1       localhost ip6-localhost ip6-loopback\n"
     "172.17.0.2      redis 545658e7217e db\n172.19.0.2      7f2eaf41f08e\n172.19.0.2      second\n")),
    ("getent ahosts web", 0,
     ("172.18.0.4      STREAM web\n172.18.0.4      DGRAM  \n172.18.0.4      RAW    \n"
     "172.18.0.3      STREAM \n172.18.0.3      DGRAM  \n172.18.0.3      RAW    \n")),
    ("getent ahosts both", 0, "172.18.0.9      STREAM both\n172.18.0.9      DGRAM  \n172.18.0.9      RAW    \n"),
    ("getent ahosts localhost", 0, ("127.0.0.1       STREAM localhost\n127.0.0.1       DGRAM  \n"
     "127.0.0.1       RAW    \n127.0.0.1       STREAM \n127.0.0.1       DGRAM  \n127.0.0.1       RAW    \n")),
    ("getent ahosts db", 0, "172.17.0.2      STREAM redis\n172.17.0.2      DGRAM  \n172.17.0.2      RAW    \n"),
    ("getent ahosts nosuch", 2, ""),
    ("getent ahostsv4 both", 0, "172.18.0.9      STREAM both\n172.18.0.9      DGRAM  \n172.18.0.9      RAW    \n"),
    ("getent ahostsv6 both", 2, ""),
    ("getent passwd root", 0, "root:x:0:0:root:/root:/bin/bash\n"),
    ("getent passwd 0", 0, "root:x:0:0:root:/root:/bin/bash\n"),
    ("getent passwd nosuch", 2, ""),
    ("getent group", 0, "root:x:0:\n"),
    ("getent services http 53/udp 443", 0,
     "http                  80/tcp www\ndomain                53/udp\nhttps                 443/tcp\n"),
    ("getent services www", 0, "http                  80/tcp www\n"),
    ("getent services http/bogus", 2, ""),
    ("getent services 99999", 2, ""),
    ("getent protocols tcp 17 ICMP", 0,
     "tcp                   6 TCP\nudp                   17 UDP\nicmp                  1 ICMP\n"),
    ("getent protocols nosuch", 2, ""),
    ("getent networks", 0,
     "default               0.0.0.0\nloopback              127.0.0.0\nlink-local            169.254.0.0\n"),
    ("getent networks loopback", 0, "loopback              127.0.0.0\n"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "status", "printed"), FOUND)
def test_entries_are_printed_as_glibc_prints_them(command: str, status: int, printed: str) -> None:
    ended, _ = getent_(command, **WEB, **BOTH)
    assert (ended.status, ended.out, ended.err) == (status, printed, "")


def test_addresses_of_a_host_with_ipv6_are_of_both_families() -> None:
    every = "STREAM", "DGRAM", "RAW"
    ended, _ = getent_("getent ahosts both", ipv6=True, **BOTH)
    assert [line.split()[:2] for line in ended.out.splitlines()] == [
        [address, kind] for address in ("fd00::9", "172.18.0.9") for kind in every
    ]
    ended, _ = getent_("getent ahostsv6 web", ipv6=True, **WEB)
    assert ended.out.splitlines()[0] == "::ffff:172.18.0.4 STREAM web"


def test_a_name_is_looked_for_as_ipv6_first() -> None:
    _, process = getent_("getent hosts web", **WEB)
    assert process.questions == [("web", 6), ("web", 4)]
    _, process = getent_("getent hosts db")
    assert process.questions == [("db", 6)]


@pytest.mark.parametrize(
    ("command", "status", "out", "err"),
    [
        ("getent", 1, "{}", "getent: wrong number of arguments\n"),
        ("getent nosuch", 1, "{}", "Unknown database: nosuch\n"),
        ("getent -Z", 64, "", "getent: invalid option -- 'Z'\n{}"),
    ],
)
def test_what_getent_refuses(command: str, status: int, out: str, err: str) -> None:
    hint = "Try `getent --help' or `getent --usage' for more information.\n"
    ended, _ = getent_(command)
    assert (ended.status, ended.out, ended.err) == (status, out.format(hint), err.format(hint))


@pytest.mark.parametrize("command", ["getent shadow", "getent -s files hosts web"])
def test_what_is_not_modelled_is_said(command: str) -> None:
    with pytest.raises(NotModelled):
        getent_(command)
