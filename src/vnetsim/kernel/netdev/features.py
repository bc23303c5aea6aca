"""What a device does for the protocols (NETIF_F_*, netdev_features.h; the drivers' hw_features), for ethtool.

Only one of them has an effect here: without `tx-tcp-segmentation` frames of several segments are segmented before
they leave.  The others are stored and shown, with what depends on them (netdev_fix_features).  The tables were
recorded on Linux 6.18; of kinds that have none, nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import Feature
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device

_TSO: Final = frozenset({
    "tx-tcp-segmentation", "tx-tcp-ecn-segmentation", "tx-tcp-mangleid-segmentation", "tx-tcp6-segmentation",
})  # fmt: skip
#: All names, in the order of their bits.
_NAMES: Final = """
    tx-scatter-gather tx-checksum-ipv4 tx-checksum-ip-generic tx-checksum-ipv6 highdma tx-scatter-gather-fraglist
    tx-vlan-hw-insert rx-vlan-hw-parse rx-vlan-filter vlan-challenged tx-generic-segmentation rx-gro rx-lro
    tx-tcp-segmentation tx-gso-robust tx-tcp-ecn-segmentation tx-tcp-mangleid-segmentation tx-tcp6-segmentation
    tx-tcp-accecn-segmentation tx-fcoe-segmentation tx-gre-segmentation tx-gre-csum-segmentation tx-ipxip4-segmentation
    tx-ipxip6-segmentation tx-udp_tnl-segmentation tx-udp_tnl-csum-segmentation tx-gso-partial
    tx-tunnel-remcsum-segmentation tx-sctp-segmentation tx-esp-segmentation tx-udp-segmentation tx-gso-list
    tx-checksum-fcoe-crc tx-checksum-sctp rx-ntuple-filter rx-hashing rx-checksum tx-nocache-copy loopback rx-fcs rx-all
    tx-vlan-stag-hw-insert rx-vlan-stag-hw-parse rx-vlan-stag-filter l2-fwd-offload hw-tc-offload esp-hw-offload
    esp-tx-csum-hw-offload rx-udp_tunnel-port-offload tls-hw-tx-offload tls-hw-rx-offload rx-gro-hw tls-hw-record
    rx-gro-list macsec-hw-offload rx-udp-gro-forwarding hsr-tag-ins-offload hsr-tag-rm-offload hsr-fwd-offload
    hsr-dup-offload
"""
NAMES: Final = tuple(_NAMES.split())


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


@frozen
class _Driver:
    """Features that are on, those of them that are fixed, requested ones that are off, and those that could be on."""

    on: frozenset[str]
    fixed: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    free: frozenset[str] = frozenset({"rx-gro-list", "rx-udp-gro-forwarding", "tx-nocache-copy"})


_SOFTWARE: Final = _names("tx-sctp-segmentation tx-udp-segmentation tx-gso-list")
_SENDING: Final = (
    _TSO
    | _SOFTWARE
    | _names("""
    tx-scatter-gather tx-scatter-gather-fraglist tx-checksum-ip-generic tx-tcp-accecn-segmentation
    tx-generic-segmentation
""")
)
_TUNNELS: Final = _names("""
    tx-gre-segmentation tx-gre-csum-segmentation tx-ipxip4-segmentation tx-ipxip6-segmentation tx-udp_tnl-segmentation
    tx-udp_tnl-csum-segmentation
""")
_TUN_DENIED: Final = _TSO - {"tx-tcp-mangleid-segmentation"} | _names(
    "tx-checksum-ip-generic tx-udp_tnl-segmentation tx-udp_tnl-csum-segmentation tx-udp-segmentation"
)

_MACVLAN: Final = _Driver(
    _SENDING | _TUNNELS | _names("highdma tx-gso-robust rx-checksum"),
    fixed=(_SENDING | _TUNNELS | _names("highdma tx-gso-robust rx-checksum")) - {"tx-generic-segmentation"},
    denied=frozenset({"rx-gro"}),
    free=_Driver(frozenset()).free | {"rx-lro"},
)
_DRIVERS: Final[Mapping[str, _Driver]] = {
    "veth": _Driver(
        _SENDING
        | _TUNNELS
        | _names("""
            highdma tx-vlan-hw-insert rx-vlan-hw-parse tx-checksum-sctp rx-checksum tx-vlan-stag-hw-insert
            rx-vlan-stag-hw-parse
        """),
        free=_Driver(frozenset()).free | {"rx-gro"},
    ),
    "vxlan": _Driver(_SENDING | _names("rx-checksum rx-gro")),
    "macvlan": _MACVLAN,
    "macvtap": _MACVLAN,
    "vlan": _Driver(
        _SENDING | _TUNNELS | _names("highdma rx-gro tx-checksum-sctp"),
        denied=_names("tx-checksum-fcoe-crc tx-fcoe-segmentation"),
    ),
    "dummy": _Driver(_SENDING | _TUNNELS | _names("highdma rx-gro")),
    "bridge": _Driver(
        _SENDING
        | _TUNNELS
        | _names("""
            rx-gro highdma tx-vlan-hw-insert tx-vlan-stag-hw-insert tx-gso-partial tx-tunnel-remcsum-segmentation
            tx-esp-segmentation
        """),
        denied=_names("tx-gso-robust tx-fcoe-segmentation"),
    ),
    "tun": _Driver(
        _names("""
            tx-scatter-gather tx-scatter-gather-fraglist tx-generic-segmentation rx-gro tx-vlan-hw-insert
            tx-vlan-stag-hw-insert
        """),
        denied=_TUN_DENIED,
        free=_Driver(frozenset()).free | {"tx-tcp-mangleid-segmentation"},
    ),
    "loopback": _Driver(
        _SENDING | _names("highdma vlan-challenged rx-gro rx-checksum tx-checksum-sctp loopback"),
        fixed=_names("""
            tx-scatter-gather tx-scatter-gather-fraglist tx-checksum-ip-generic tx-checksum-sctp highdma
            vlan-challenged rx-checksum loopback
        """),
        free=_names("rx-gro-list rx-udp-gro-forwarding"),
    ),
}


def _driver(device: Device) -> _Driver:
    kind = device.kind or device.link_type
    if kind not in _DRIVERS:
        raise NotModelled(f"the features of devices of type {kind}")
    return _DRIVERS[kind]


def features_of(device: Device) -> dict[str, Feature]:
    """ETHTOOL_MSG_FEATURES_GET, in the order of their bits."""
    driver = _driver(device)
    wanted = {name: device.features.get(name, name in driver.on or name in driver.denied) for name in NAMES}
    active = _without_what_is_missing({name for name in NAMES if wanted[name] and name not in driver.denied})
    changeable = (driver.on - driver.fixed) | driver.denied | driver.free
    return {
        name: Feature(active=name in active, requested=wanted[name], fixed=name not in changeable) for name in NAMES
    }


def _without_what_is_missing(active: set[str]) -> set[str]:
    """netdev_fix_features: segments need scattered data and checksums."""
    if "tx-checksum-ip-generic" not in active:
        active -= _TSO | {"tx-udp-segmentation"}
    if "tx-scatter-gather" not in active:
        active -= _TSO | {"tx-generic-segmentation"}
    if "tx-tcp-segmentation" not in active:
        active -= {"tx-tcp-mangleid-segmentation"}
    return active


def set_features(device: Device, wanted: Mapping[str, bool]) -> None:
    """ETHTOOL_MSG_FEATURES_SET: what cannot be changed stays.  KernelError(EOPNOTSUPP) for names there are not."""
    if not wanted.keys() <= set(NAMES):
        raise KernelError(Errno.EOPNOTSUPP)
    known = features_of(device)
    free = {name: value for name, value in wanted.items() if not known[name].fixed}
    device.features = {**device.features, **free}
    device.segmentation = features_of(device)["tx-tcp-segmentation"].active
