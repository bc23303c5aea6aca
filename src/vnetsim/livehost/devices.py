"""The devices of a host and the commands that make them: `ip -d link` read backwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.livehost.directory import CollectedNamespace, IpRecord
from vnetsim.livehost.writer import HostScriptWriter
from vnetsim.values import frozen

#: Devices that a kernel module makes in each namespace.
_FALLBACK: Final = ("sit", "ipip", "gre", "gretap", "erspan", "ip6tnl", "ip6gre", "vti", "vti6", "ipip6", "tunl")
_DEFAULT_MTU: Final = {"loopback": 65536}
#: What a port of a bridge has unless changed, as `bridge link set` names the options.
_PORT_FLAGS: Final = {
    "hairpin": False, "guard": False, "root_block": False, "learning": True, "flood": True, "isolated": False,
    "neigh_suppress": False, "locked": False, "vlan_tunnel": False,
}  # fmt: skip
_BRIDGE_OPTIONS: Final = {"ageing_time": 30000, "forward_delay": 1500, "priority": 32768, "stp_state": 0,
                          "vlan_filtering": 0, "group_fwd_mask": "0"}  # fmt: skip


@frozen(eq=False)
class CollectedDevice:
    """A device; `record` is its object in the output of `ip -j -d link show`."""

    namespace: CollectedNamespace
    record: IpRecord

    @property
    def name(self) -> str:
        return str(self.record["ifname"])

    @property
    def index(self) -> int:
        return int(self.record["ifindex"])

    @property
    def kind(self) -> str:
        """The type for `ip link add`, "" for hardware, `loopback` for `lo`."""
        info = self.record.get("linkinfo")
        kind = info.get("info_kind", "") if isinstance(info, dict) else ""
        if kind or self.record.get("link_type") == "ether":
            return str(kind)
        return str(self.record.get("link_type") or "none")

    @property
    def data(self) -> IpRecord:
        info = self.record.get("linkinfo")
        return (info.get("info_data") if isinstance(info, dict) else None) or {}

    @property
    def port(self) -> IpRecord:
        """Its options as a port of a bridge."""
        info = self.record.get("linkinfo")
        return (info.get("info_slave_data") if isinstance(info, dict) else None) or {}

    @property
    def is_up(self) -> bool:
        return "UP" in self.record.get("flags", ())

    @property
    def has_carrier(self) -> bool:
        return "LOWER_UP" in self.record.get("flags", ())

    @property
    def is_fallback(self) -> bool:
        """Whether a module made it and it is down."""
        return self.kind in _FALLBACK and not self.is_up

    @property
    def mac(self) -> str:
        return str(self.record.get("address", ""))

    def __str__(self) -> str:
        return f"{self.namespace.name}: {self.name}" if self.namespace.name else self.name


@frozen
class CollectedDevices:
    """All devices of all namespaces, and which veth belongs to which."""

    all: tuple[CollectedDevice, ...]
    #: By the identity of a device; a veth whose other end was not collected is not in it.
    peers: dict[CollectedDevice, CollectedDevice] = attrs.field(factory=dict)

    @classmethod
    def of(cls, namespaces: Sequence[CollectedNamespace]) -> CollectedDevices:
        command = "ip -j -d link show"
        found = tuple(
            CollectedDevice(namespace, record)
            for namespace in namespaces
            for record in namespace.records("link.json", command, "ifindex", "ifname", "flags", required=True)
        )
        for device in found:
            if not isinstance(device.record["ifindex"], int):
                path = device.namespace.path / "link.json"
                raise UsageError(f"{path}: expected a number as ifindex of {device.name}")
        known = dict(_named_by_number(namespaces))
        return cls(found, _peers([device for device in found if device.kind == "veth"], known))

    def inside(self, namespace: CollectedNamespace) -> list[CollectedDevice]:
        return [device for device in self.all if device.namespace is namespace]

    def named(self, namespace: CollectedNamespace, name: object) -> CollectedDevice | None:
        return next((device for device in self.inside(namespace) if device.name == name), None)

    def lower(self, device: CollectedDevice) -> CollectedDevice | None:
        """What a VLAN, MACVLAN, IPVLAN or VXLAN device is on; None if it is on none, or one that was not collected."""
        if "link_netnsid" not in device.record:
            return self.named(device.namespace, device.record.get("link") or device.data.get("link"))
        index = device.record.get("link_index")
        others = [each for each in self.all if each.namespace is not device.namespace and each.index == index]
        of_host = [each for each in others if not each.namespace.name and each.kind != "loopback"]
        return next(iter([*of_host, *others]), None)

    def is_outside(self, device: CollectedDevice) -> bool:
        """Whether what it is connected to is not part of the host."""
        return device.kind == "" or (device.kind == "veth" and device not in self.peers)


# --- pairs -----------------------------------------------------------------------------------------------------------


def _named_by_number(
    namespaces: Sequence[CollectedNamespace],
) -> Iterator[tuple[tuple[int, object], CollectedNamespace]]:
    """What `ip netns list-id` knows in each namespace: numbers of those with a name."""
    named = {each.path.name: each for each in namespaces if each.kind == "named"}
    for namespace in namespaces:
        for record in namespace.records("nsid.json", "ip -j netns list-id", "nsid"):
            if record.get("name") in named:
                yield (id(namespace), record["nsid"]), named[record["name"]]


def _peers(
    veths: list[CollectedDevice], known: dict[tuple[int, object], CollectedNamespace]
) -> dict[CollectedDevice, CollectedDevice]:
    """By index and peer's index, and, where these fit several, by the namespace that a `link_netnsid` refers to."""
    found: dict[CollectedDevice, CollectedDevice] = {}
    while True:
        pairs = dict(_certain(veths, found, known))
        if not pairs:
            return found
        for one, other in pairs.items():
            found.update({one: other, other: one})
            for near, far in ((one, other), (other, one)):
                if "link_netnsid" in near.record:
                    known[id(near.namespace), near.record["link_netnsid"]] = far.namespace


def _certain(
    veths: list[CollectedDevice],
    found: dict[CollectedDevice, CollectedDevice],
    known: dict[tuple[int, object], CollectedNamespace],
) -> Iterator[tuple[CollectedDevice, CollectedDevice]]:
    for one in veths:
        if one not in found:
            fitting = [each for each in veths if each not in found and each is not one and _fit(one, each, known)]
            mutual = [each for each in fitting if _only(each, one, veths, found, known)]
            if len(fitting) == 1 and mutual:
                yield one, fitting[0]
                return


def _only(
    device: CollectedDevice,
    other: CollectedDevice,
    veths: list[CollectedDevice],
    found: dict[CollectedDevice, CollectedDevice],
    known: dict[tuple[int, object], CollectedNamespace],
) -> bool:
    return [each for each in veths if each not in found and each is not device and _fit(device, each, known)] == [other]


def _fit(one: CollectedDevice, other: CollectedDevice, known: dict[tuple[int, object], CollectedNamespace]) -> bool:
    """Whether they may be the two ends of one veth."""
    if "link" in one.record or "link" in other.record:
        names = one.record.get("link"), other.record.get("link")
        return one.namespace is other.namespace and names == (other.name, one.name)
    if one.namespace is other.namespace:
        return False
    if one.record.get("link_index") != other.index or other.record.get("link_index") != one.index:
        return False
    return all(
        known.get((id(near.namespace), near.record.get("link_netnsid")), far.namespace) is far.namespace
        for near, far in ((one, other), (other, one))
    )


# --- commands --------------------------------------------------------------------------------------------------------


def make_devices(devices: CollectedDevices, script: HostScriptWriter) -> None:
    """`ip link add` of each device but those that lead outside, lower devices first, then their settings."""
    made = {device for device in devices.all if device.kind == "loopback" or devices.is_outside(device)}
    waiting = [device for device in devices.all if device not in made]
    while waiting:
        ready = [each for each in waiting if (lower := devices.lower(each)) is None or lower in made] or waiting
        for device in ready:
            if device not in made:
                _make(device, devices, script)
            made |= {device, devices.peers.get(device, device)}
        waiting = [each for each in waiting if each not in made]
    for device in devices.all:
        if device.kind != "loopback" and not device.is_fallback:
            _set(device, devices, script)


def _make(device: CollectedDevice, devices: CollectedDevices, script: HostScriptWriter) -> None:
    namespace, lower = device.namespace.name, devices.lower(device)
    add = ["ip", "link", "add"]
    if device.is_fallback:
        script.note(device.namespace, f"{device.name}: made by a kernel module and down")
    elif device.kind == "veth":
        peer = devices.peers[device]
        there = peer.namespace.name
        inside = [] if there == namespace else ["netns", there or "1"]
        if not there and namespace:
            device, peer, namespace, inside = peer, device, "", ["netns", namespace]
        script.run(namespace, *add, device.name, "type", "veth", "peer", "name", peer.name, *inside)
    elif device.kind == "bridge":
        script.run(namespace, *add, device.name, "type", "bridge", *_bridge_options(device))
    elif device.kind == "dummy":
        script.run(namespace, *add, device.name, "type", "dummy")
    elif device.kind == "tun":
        script.run(namespace, "ip", "tuntap", "add", "dev", device.name, "mode", str(device.data.get("type", "tun")))
        script.note(device.namespace, f"{device.name}: the program behind it (a virtual machine, a VPN) is not there")
    elif device.kind in ("vlan", "macvlan", "ipvlan") and lower is not None:
        inside = [] if lower.namespace is device.namespace else ["netns", namespace]
        words = ["link", lower.name, "name", device.name, *inside, "type", device.kind, *_upper_options(device)]
        script.run(lower.namespace.name, *add, *words)
    elif device.kind == "vxlan":
        script.run(namespace, *add, device.name, "type", "vxlan", *_vxlan_options(device))
    elif device.kind == "wireguard":
        script.run(namespace, *add, device.name, "type", "wireguard")
        script.run(namespace, "wg", "setconf", device.name, f"/etc/wireguard/{device.name}.conf")
        script.note(device.namespace, f"{device.name}: its keys and peers, which are not collected")
    else:
        unmodelled(device, script)


def unmodelled(device: CollectedDevice, script: HostScriptWriter) -> None:
    """vnetsim refuses the type, by name, so that the lab is incomplete; a dummy has its addresses and routes."""
    script.run(device.namespace.name, "ip", "link", "add", device.name, "type", device.kind or "none")
    script.lines[-1] += " || " + _command(device, "ip", "link", "add", device.name, "type", "dummy")
    what = f"devices of type {device.kind} are not modelled"
    script.note(device.namespace, f"{device.name}: {what}; a dummy device stands for it")


def _command(device: CollectedDevice, *words: str) -> str:
    line = HostScriptWriter()
    line.run(device.namespace.name, *words)
    return line.lines[0]


def _bridge_options(device: CollectedDevice) -> Iterator[str]:
    for name, default in _BRIDGE_OPTIONS.items():
        value = device.data.get(name, default)
        if str(value) != str(default):
            yield from (name, str(value))


def _upper_options(device: CollectedDevice) -> Iterator[str]:
    data = device.data
    if device.kind == "vlan":
        if data.get("protocol", "802.1Q") != "802.1Q":
            yield from ("protocol", str(data["protocol"]))
        yield from ("id", str(data.get("id")))
    else:
        yield from ("mode", str(data.get("mode", "bridge" if device.kind == "macvlan" else "l2")))


def _vxlan_options(device: CollectedDevice) -> Iterator[str]:
    data = device.data
    yield from ("id", str(data.get("id")))
    for key, word in {"local": "local", "remote": "remote", "group": "group", "local6": "local", "remote6": "remote",
                      "group6": "group", "link": "dev", "port": "dstport"}.items():  # fmt: skip
        if data.get(key):
            yield from (word, str(data[key]))
    if data.get("learning") is False:
        yield "nolearning"


def _set(device: CollectedDevice, devices: CollectedDevices, script: HostScriptWriter) -> None:
    namespace, changes = device.namespace.name, []
    lower = devices.lower(device)
    has_own = device.kind != "ipvlan" and (lower is None or lower.mac != device.mac)
    if has_own and device.mac and device.record.get("link_type") == "ether":
        changes += ["address", device.mac]
    mtu = int(device.record.get("mtu", 1500))
    if mtu != (1450 if device.kind == "vxlan" else 1500):
        changes += ["mtu", str(mtu)]
    if changes:
        script.run(namespace, "ip", "link", "set", device.name, *changes)


def enslave(devices: CollectedDevices, script: HostScriptWriter) -> None:
    """Ports into their bridges, with the options that differ from the kernel's."""
    for device in devices.all:
        if "master" not in device.record:
            continue
        master = devices.named(device.namespace, device.record["master"])
        if master is None or master.kind != "bridge":
            kind = master.kind if master else "unknown"
            script.note(device.namespace, f"{device.name}: is not put into {device.record['master']} of type {kind}")
            continue
        name = device.namespace.name
        script.run(name, "ip", "link", "set", device.name, "master", master.name)
        changed = [
            word
            for flag, default in _PORT_FLAGS.items()
            if device.port.get(flag, default) is not default
            for word in (flag, "off" if default else "on")
        ]
        if changed:
            script.run(name, "bridge", "link", "set", "dev", device.name, *changed)


def raise_devices(devices: CollectedDevices, script: HostScriptWriter) -> None:
    """`ip link set up`, the loopback devices first."""
    for device in sorted(devices.all, key=lambda each: each.kind != "loopback"):
        if device.is_up and not device.is_fallback:
            script.run(device.namespace.name, "ip", "link", "set", device.name, "up")
