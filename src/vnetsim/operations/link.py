"""Links: `ip link add`, `ip link set`, `ip link del` (net/core/rtnetlink.c); `ethtool -K` (net/ethtool/features.c)."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final, TypeAlias

import attrs

from vnetsim.operations.verb import command_line, option, switch
from vnetsim.values import frozen
from vnetsim.wire.mac import Mac

#: Options of `bridge_slave` and others that are numbers and not switches, switches of vxlan and geneve.
_NUMBERS: Final = frozenset({"state", "priority", "cost", "mcast_router", "group_fwd_mask", "fdb_flush"})
_VXLAN_SWITCHES: Final = frozenset(
    {
        "learning", "proxy", "rsc", "l2miss", "l3miss", "udpcsum", "udp6zerocsumtx", "udp6zerocsumrx", "remcsumtx",
        "remcsumrx", "external", "gbp", "gpe", "vnifilter",
    }
)  # fmt: skip
_BARE: Final = frozenset({"fdb_flush", "nopromisc", "nodst", "pi", "one_queue", "vnet_hdr", "multi_queue"})

#: A network namespace: its name in /run/netns, or the number of a process in it.
NetnsRef: TypeAlias = str | int


@frozen(kw_only=True)
class Peer:
    """The other end of a veth pair, as far as it is given."""

    name: str | None = None
    netns: NetnsRef | None = None
    mac: Mac | None = None
    mtu: int | None = None
    qlen: int | None = None
    queues: Mapping[str, int] = attrs.field(factory=dict)

    def arguments(self) -> str:
        return command_line(
            "peer",
            option("name", self.name),
            option("netns", self.netns),
            option("address", self.mac),
            option("mtu", self.mtu),
            option("txqueuelen", self.qlen),
            *_queues(self.queues),
        )


def _queues(queues: Mapping[str, int]) -> list[str]:
    """`numtxqueues 4`; the keys are num_tx_queues and num_rx_queues."""
    return [f"{name.replace('_', '')} {count}" for name, count in queues.items()]


@frozen(kw_only=True)
class AddLink:
    """A new device.  Without a name the kernel picks one (`veth0`, `bridge0`).

    `queues` may have num_tx_queues and num_rx_queues; `options` are the arguments behind `type KIND` by keyword:
    numbers and switches (0 or 1) as integers.  Of kind `tun`, `mode` (tun or tap) is set by `ip tuntap`.
    """

    kind: str
    name: str | None = None
    link: str | None = None
    netns: NetnsRef | None = None
    mac: Mac | None = None
    mtu: int | None = None
    qlen: int | None = None
    index: int | None = None
    master: str | None = None
    up: bool | None = None
    group: int | None = None
    alias: str | None = None
    peer: Peer | None = None
    queues: Mapping[str, int] = attrs.field(factory=dict)
    options: Mapping[str, str | int] = attrs.field(factory=dict)

    def command(self) -> str:
        options = _options(self.kind, self.options)
        if self.kind == "tun" and "mode" in self.options:
            return command_line("ip tuntap add", option("dev", self.name), *options)
        return command_line(
            "ip link add", option("link", self.link), option("name", self.name), option("address", self.mac),
            option("mtu", self.mtu), option("txqueuelen", self.qlen), option("index", self.index),
            option("netns", self.netns), option("master", self.master), option("group", self.group),
            *_queues(self.queues), "up" if self.up else None, "type", self.kind,
            self.peer.arguments() if self.peer else None, *options,
        )  # fmt: skip


@frozen(kw_only=True)
class SetLink:
    """Changes to a device.  `master` is `""` for nomaster; `options` as in AddLink, with their `kind`.

    `index` is that in the namespace `netns`.
    """

    device: str
    up: bool | None = None
    master: str | None = None
    name: str | None = None
    netns: NetnsRef | None = None
    index: int | None = None
    mac: Mac | None = None
    broadcast: Mac | None = None
    mtu: int | None = None
    qlen: int | None = None
    alias: str | None = None
    group: int | None = None
    arp: bool | None = None
    multicast: bool | None = None
    allmulticast: bool | None = None
    promisc: bool | None = None
    carrier: bool | None = None
    addrgenmode: str | None = None
    add_altname: str | None = None
    delete_altname: str | None = None
    kind: str | None = None
    options: Mapping[str, str | int] = attrs.field(factory=dict)

    def command(self) -> str:
        if self.add_altname is not None or self.delete_altname is not None:
            verb = "del" if self.add_altname is None else "add"
            return command_line(
                "ip link property", verb, "dev", self.device, "altname", self.add_altname or self.delete_altname
            )
        state = None if self.up is None else "up" if self.up else "down"
        master = "nomaster" if self.master == "" else option("master", self.master)
        return command_line(
            "ip link set dev", self.device, state, master, option("name", self.name), option("netns", self.netns),
            option("index", self.index),
            option("address", self.mac), option("broadcast", self.broadcast), option("mtu", self.mtu),
            option("txqueuelen", self.qlen), option("alias", _quoted(self.alias)), option("group", self.group),
            switch("arp", self.arp), switch("multicast", self.multicast), switch("allmulticast", self.allmulticast),
            switch("promisc", self.promisc), switch("carrier", self.carrier),
            option("addrgenmode", self.addrgenmode), option("type", self.kind),
            *_options(self.kind, self.options),
        )  # fmt: skip


@frozen(kw_only=True)
class DeleteLink:
    device: str

    def command(self) -> str:
        return f"ip link del dev {self.device}"


def _quoted(text: str | None) -> str | None:
    """As a shell must be given it."""
    return None if text is None else shlex.quote(text)


def _options(kind: str | None, options: Mapping[str, str | int]) -> list[str]:
    """The arguments behind `type KIND` as they are typed."""
    return [_option(kind, key, value) for key, value in options.items()]


def _option(kind: str | None, key: str, value: str | int) -> str:
    if key == "flag":
        return str(value)
    if key in _BARE:
        return key if value else ""
    if kind in ("vxlan", "geneve") and key in _VXLAN_SWITCHES:
        return key if value else f"no{key}"
    if kind == "bridge_slave" and isinstance(value, int) and key not in _NUMBERS:
        return f"{key} {'on' if value else 'off'}"
    return "nobackup_port" if (key, value) == ("backup_port", "") else f"{key} {value}"


@frozen(kw_only=True)
class SetFeatures:
    """What a device does for the protocols; `features` by the kernel's names (`tx-tcp-segmentation`)."""

    device: str
    features: Mapping[str, bool]

    def command(self) -> str:
        return command_line(
            "ethtool -K", self.device, *(f"{name} {'on' if on else 'off'}" for name, on in self.features.items())
        )
