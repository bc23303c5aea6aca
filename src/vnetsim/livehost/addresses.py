"""`ip -d addr`, `ip -d neigh` and `bridge fdb` read backwards."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

from vnetsim.errors import UsageError
from vnetsim.livehost.devices import CollectedDevice, CollectedDevices
from vnetsim.livehost.directory import CollectedNamespace, IpRecord
from vnetsim.livehost.writer import HostScriptWriter

_COMMAND: Final = "ip -j -d addr show"


def addresses_of(device: CollectedDevice) -> list[IpRecord]:
    """The objects of `addr_info`."""
    path = device.namespace.path / "addr.json"
    for record in device.namespace.records("addr.json", _COMMAND, "ifname", required=True):
        if record["ifname"] == device.name:
            found = record.get("addr_info", [])
            if not isinstance(found, list) or not all({"local", "prefixlen"} <= set(each) for each in found if each):
                raise UsageError(f"{path}: expected `local` and `prefixlen` in each addr_info of {device.name}")
            return [each for each in found if each]
    return []


def interface(record: IpRecord) -> ipaddress.IPv4Interface | ipaddress.IPv6Interface:
    try:
        return ipaddress.ip_interface(f"{record['local']}/{record['prefixlen']}")
    except ValueError as error:
        raise UsageError(f"addr.json: expected an address and the length of its prefix: {error}") from None


def write_addresses(devices: CollectedDevices, script: HostScriptWriter) -> None:
    for device in devices.all:
        if device.is_fallback:
            continue
        for record in addresses_of(device):
            if not _is_made_by_kernel(device, record):
                words = _address(device, record)
                script.run(device.namespace.name, "ip", "addr", "add", *words, "dev", device.name)


def _is_made_by_kernel(device: CollectedDevice, record: IpRecord) -> bool:
    """Whether a device that goes up has it without being asked."""
    found = interface(record)
    return str(found) in ("127.0.0.1/8", "::1/128") or str(found.ip) == _eui64(device.mac)


def _address(device: CollectedDevice, record: IpRecord) -> Iterator[str]:
    found = interface(record)
    if "address" in record:
        yield from (str(record["local"]), "peer", f"{record['address']}/{record['prefixlen']}")
    else:
        yield str(found)
    if record.get("broadcast"):
        yield from ("broadcast", str(record["broadcast"]))
    if record.get("scope") in ("link", "host") and found.version == 4:
        yield from ("scope", str(record["scope"]))
    if record.get("noprefixroute"):
        yield "noprefixroute"
    if record.get("metric"):
        yield from ("metric", str(record["metric"]))
    if record.get("label", device.name) != device.name:
        yield from ("label", str(record["label"]))
    if found.version == 6:
        yield "nodad"


def _eui64(mac: str) -> str:
    """The link-local address that the kernel makes of a MAC address."""
    try:
        first, *rest = bytes.fromhex(mac.replace(":", ""))
        low = bytes([first ^ 2, *rest[:2], 0xFF, 0xFE, *rest[2:]])
        return str(ipaddress.IPv6Address(b"\xfe\x80" + bytes(6) + low))
    except ValueError:
        return ""


def write_neighbours(namespace: CollectedNamespace, script: HostScriptWriter) -> None:
    """Those that are permanent, and proxies; others are learned again."""
    for family in "46":
        for record in namespace.records(f"neigh{family}.json", f"ip -j -d -{family} neigh show", "dst", "dev"):
            at = (str(record["dst"]), "dev", str(record["dev"]))
            if "proxy" in record:
                script.run(namespace.name, "ip", "neigh", "add", "proxy", *at)
            elif "PERMANENT" in record.get("state", ()) and "lladdr" in record:
                script.run(namespace.name, "ip", "neigh", "add", at[0], "lladdr", str(record["lladdr"]), *at[1:],
                           "nud", "permanent")  # fmt: skip


def write_forwarding(devices: CollectedDevices, namespace: CollectedNamespace, script: HostScriptWriter) -> None:
    """Static entries of bridges, and the remote ends of VXLAN devices that were not learned."""
    for record in namespace.records("fdb.json", "bridge -j -d fdb show", "mac"):
        device = devices.named(namespace, record.get("ifname"))
        state, mac = record.get("state", ""), str(record["mac"])
        if device is None or state not in ("static", "permanent"):
            continue
        if device.kind == "vxlan" and "dst" in record:
            far = str(record["dst"])
            if far not in (device.data.get("remote"), device.data.get("group")):
                script.run(namespace.name, "bridge", "fdb", "append", mac, "dev", device.name, "dst", far)
        elif "master" in record and state == "static":
            script.run(namespace.name, "bridge", "fdb", "add", mac, "dev", device.name, "master", "static")
