"""Bridges: `bridge fdb` and `bridge link set` (net/bridge/br_fdb.c, br_netlink.c)."""

from __future__ import annotations

from collections.abc import Mapping

from vnetsim.operations.verb import Verb, command_line, option
from vnetsim.values import frozen
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac


@frozen(kw_only=True)
class AddFdb:
    """`state` is `permanent` (the default of `bridge fdb`: a local entry), `static` or `dynamic`.

    `remote` is the far end of a tunnel, with its UDP `port` and `vni` and the device `via` which it is reached.
    """

    mac: Mac
    device: str
    master: bool = False
    itself: bool = False
    state: str = "permanent"
    remote: Address | None = None
    port: int | None = None
    vni: int | None = None
    via: str | None = None
    vlan: int | None = None
    verb: Verb = Verb.ADD

    def command(self) -> str:
        return command_line(
            "bridge fdb", self.verb, self.mac, "dev", self.device, "master" if self.master else None,
            "self" if self.itself else None, self.state, option("dst", self.remote), option("port", self.port),
            option("vni", self.vni), option("via", self.via), option("vlan", self.vlan),
        )  # fmt: skip


@frozen(kw_only=True)
class DeleteFdb:
    mac: Mac
    device: str
    master: bool = False
    itself: bool = False
    remote: Address | None = None
    port: int | None = None
    vni: int | None = None
    via: str | None = None
    vlan: int | None = None

    def command(self) -> str:
        return command_line(
            "bridge fdb del", self.mac, "dev", self.device, "master" if self.master else None,
            "self" if self.itself else None, option("dst", self.remote), option("port", self.port),
            option("vni", self.vni), option("via", self.via), option("vlan", self.vlan),
        )  # fmt: skip


@frozen(kw_only=True)
class SetBridgePort:
    """Flags of a bridge port by their `bridge link` name (`hairpin`, `learning`, ...: 0 or 1) and numbers (`cost`)."""

    device: str
    options: Mapping[str, int]

    def command(self) -> str:
        return command_line(
            "bridge link set dev", self.device, *(f"{key} {value}" for key, value in self.options.items())
        )


@frozen(kw_only=True)
class AddBridgeVlan:
    """`bridge vlan add`: the VLANs from `first` to `last` of a port (`master`), or of a bridge (`self`)."""

    device: str
    first: int
    last: int
    pvid: bool = False
    untagged: bool = False
    itself: bool = False

    def command(self) -> str:
        return command_line(
            "bridge vlan add dev", self.device, "vid", _range(self.first, self.last), "pvid" if self.pvid else None,
            "untagged" if self.untagged else None, "self" if self.itself else None,
        )  # fmt: skip


@frozen(kw_only=True)
class DeleteBridgeVlan:
    """`bridge vlan del`."""

    device: str
    first: int
    last: int
    itself: bool = False

    def command(self) -> str:
        return command_line(
            "bridge vlan del dev", self.device, "vid", _range(self.first, self.last), "self" if self.itself else None
        )  # fmt: skip


@frozen(kw_only=True)
class AddMdb:
    """`bridge mdb add`: a `port` listens to a group, or the bridge itself if they are the same device."""

    device: str
    port: str
    group: Address | Mac
    source: Address | None = None
    permanent: bool = False
    vlan: int = 0

    def command(self) -> str:
        return command_line("bridge mdb add", *_of_mdb(self), "permanent" if self.permanent else "temp")


@frozen(kw_only=True)
class DeleteMdb:
    """`bridge mdb del`."""

    device: str
    port: str
    group: Address | Mac
    source: Address | None = None
    vlan: int = 0

    def command(self) -> str:
        return command_line("bridge mdb del", *_of_mdb(self))


def _of_mdb(change: AddMdb | DeleteMdb) -> tuple[object, ...]:
    return (
        "dev", change.device, "port", change.port, "grp", change.group, option("src", change.source),
        option("vid", change.vlan or None),
    )  # fmt: skip


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
