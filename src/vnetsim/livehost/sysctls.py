"""The sysctls that decide where packets go, where they differ from those of a new namespace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vnetsim.livehost.devices import CollectedDevices
from vnetsim.livehost.directory import CollectedNamespace
from vnetsim.livehost.writer import HostScriptWriter

#: Of the namespace as a whole, with the kernel's defaults.
_GLOBAL: Final = {
    "net.ipv4.ip_forward": "0",
    "net.ipv4.ip_nonlocal_bind": "0",
    "net.ipv4.icmp_echo_ignore_all": "0",
    "net.ipv4.icmp_echo_ignore_broadcasts": "1",
    "net.ipv4.icmp_ratelimit": "1000",
    "net.ipv4.fib_multipath_hash_policy": "0",
    "net.ipv4.ip_local_port_range": "32768 60999",
    "net.ipv4.ping_group_range": "1 0",
    "net.ipv4.ip_default_ttl": "64",
    "net.ipv4.tcp_l3mdev_accept": "0",
    "net.ipv4.tcp_fwmark_accept": "0",
    "net.ipv6.ip_nonlocal_bind": "0",
    "net.ipv6.icmp.echo_ignore_all": "0",
    "net.ipv6.conf.all.forwarding": "0",
    "net.bridge.bridge-nf-call-iptables": "1",
    "net.bridge.bridge-nf-call-ip6tables": "1",
    "net.bridge.bridge-nf-call-arptables": "1",
}
#: Of each device, and of `all` and `default`.
_DEVICE: Final = {
    "net.ipv4.conf": {
        "forwarding": "0", "rp_filter": "0", "accept_local": "0", "route_localnet": "0", "proxy_arp": "0",
        "arp_ignore": "0", "arp_announce": "0", "arp_filter": "0", "arp_accept": "0", "src_valid_mark": "0",
        "send_redirects": "1", "accept_redirects": "1",
    },
    "net.ipv6.conf": {"disable_ipv6": "0", "forwarding": "0", "proxy_ndp": "0", "accept_redirects": "1"},
}  # fmt: skip
#: Writing that of `all` writes those of all devices and of `default`.
_SPREADING: Final = {
    ("net.ipv4.conf", "forwarding"),
    ("net.ipv6.conf", "forwarding"),
    ("net.ipv6.conf", "disable_ipv6"),
}
_LINE: Final = re.compile(r"(net\.[^ =]+) ?= ?(.*)")


def sysctls_of(namespace: CollectedNamespace) -> dict[str, str]:
    """Values by their keys, as `sysctl -a` writes both."""
    lines = (_LINE.fullmatch(line) for line in namespace.text("sysctl").splitlines())
    return {match[1]: " ".join(match[2].split()) for match in lines if match}


def write_sysctls(devices: CollectedDevices, namespace: CollectedNamespace, script: HostScriptWriter) -> None:
    found = sysctls_of(namespace)
    for key, value in _changed(devices, namespace, found):
        script.run(namespace.name, "sysctl", "-qw", f"{key}={value}")


def _changed(
    devices: CollectedDevices, namespace: CollectedNamespace, found: dict[str, str]
) -> Iterator[tuple[str, str]]:
    for key, default in _GLOBAL.items():
        # Only the first namespace has br_netfilter by default; elsewhere it is the same module.
        if found.get(key, default) != default:
            yield key, found[key]
    names = [device.name.replace(".", "/") for device in devices.inside(namespace) if not device.is_fallback]
    for prefix, keys in _DEVICE.items():
        for key, default in keys.items():
            spreads = (prefix, key) in _SPREADING
            of_all = found.get(f"{prefix}.all.{key}", default)
            # Forwarding turns those of `all` off, and is itself written before.
            initial = "0" if key == "accept_redirects" and found.get(f"{prefix}.all.forwarding") == "1" else default
            if of_all != initial and not (spreads and key == "forwarding"):
                yield f"{prefix}.all.{key}", of_all
            expected = of_all if spreads else default
            for name in ("default", *names):
                if found.get(full := f"{prefix}.{name}.{key}", expected) != expected:
                    yield full, found[full]
