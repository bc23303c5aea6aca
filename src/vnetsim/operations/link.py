"""Links: `ip link add`, `ip link set`, `ip link del` (net/core/rtnetlink.c)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import attrs

from vnetsim.operations.verb import option, switch, words
from vnetsim.wire.mac import Mac

#: A network namespace: its name in /run/netns, or the number of a process in it.
NetnsRef: TypeAlias = str | int


@attrs.frozen(kw_only=True)
class Peer:
    """The other end of a veth pair, as far as it was said."""

    name: str | None = None
    netns: NetnsRef | None = None
    mac: Mac | None = None
    mtu: int | None = None
    qlen: int | None = None


@attrs.frozen(kw_only=True)
class AddLink:
    """A new device.  Without a name the kernel picks one (`veth0`, `bridge0`).

    `options` are the words behind `type KIND`: name and value as `ip -d link` names them, numbers as integers.
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
    options: Mapping[str, str | int] = attrs.field(factory=dict)

    def command(self) -> str:
        peer = words("peer", option("name", self.peer.name), option("netns", self.peer.netns)) if self.peer else None
        return words(
            "ip link add", option("link", self.link), option("name", self.name), option("address", self.mac),
            option("mtu", self.mtu), option("txqueuelen", self.qlen), option("index", self.index),
            option("netns", self.netns), "type", self.kind, peer, *(option(k, v) for k, v in self.options.items()),
        )  # fmt: skip


@attrs.frozen(kw_only=True)
class SetLink:
    """Changes to a device.  `master` is `""` for nomaster; `options` as in AddLink, with their `kind`."""

    device: str
    up: bool | None = None
    master: str | None = None
    name: str | None = None
    netns: NetnsRef | None = None
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
    addrgenmode: str | None = None
    add_altname: str | None = None
    delete_altname: str | None = None
    kind: str | None = None
    options: Mapping[str, str | int] = attrs.field(factory=dict)

    def command(self) -> str:
        if self.add_altname is not None or self.delete_altname is not None:
            verb = "del" if self.add_altname is None else "add"
            return words("ip link property", verb, "dev", self.device, "altname", self.add_altname or self.delete_altname)
        state = None if self.up is None else "up" if self.up else "down"
        master = "nomaster" if self.master == "" else option("master", self.master)
        return words(
            "ip link set dev", self.device, state, master, option("name", self.name), option("netns", self.netns),
            option("address", self.mac), option("broadcast", self.broadcast), option("mtu", self.mtu),
            option("txqueuelen", self.qlen), option("alias", self.alias), option("group", self.group),
            switch("arp", self.arp), switch("multicast", self.multicast), switch("allmulticast", self.allmulticast),
            switch("promisc", self.promisc), option("addrgenmode", self.addrgenmode), option("type", self.kind),
            *(option(k, v) for k, v in self.options.items()),
        )  # fmt: skip


@attrs.frozen(kw_only=True)
class DeleteLink:
    device: str

    def command(self) -> str:
        return f"ip link del dev {self.device}"
