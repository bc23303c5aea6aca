"""Options of bridges and ports, set and shown (net/bridge/br_netlink.c), by the names of `ip` and `bridge`.

Times are in 1/100 s.  Options of multicast groups are only remembered: without a
querier, which is refused, they change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from vnetsim.clock import MILLISECOND
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.bridge.port import PORT_FLAGS, BridgePort
from vnetsim.kernel.bridge.vlan import HIGHEST, protocol_name, protocol_number
from vnetsim.wire.ethernet import SERVICE_VLAN, VLAN
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from collections.abc import Callable

_CENTISECOND: Final = 10 * MILLISECOND

#: Remembered options with their defaults, in the order in which `ip -d` shows them.
_REMEMBERED: Final = {
    "mcast_snooping": 1, "mcast_vlan_snooping": 0, "mcast_router": 1, "mcast_query_use_ifaddr": 0, "mcast_querier": 0,
    "mcast_hash_elasticity": 16, "mcast_hash_max": 4096, "mcast_last_member_count": 2, "mcast_startup_query_count": 2,
    "mcast_last_member_interval": 100, "mcast_membership_interval": 26000, "mcast_querier_interval": 25500,
    "mcast_query_interval": 12500, "mcast_query_response_interval": 1000, "mcast_startup_query_interval": 3124,
    "mcast_stats_enabled": 0, "mcast_igmp_version": 2, "mcast_mld_version": 1, "nf_call_iptables": 0,
    "nf_call_ip6tables": 0, "nf_call_arptables": 0,
}  # fmt: skip

#: A kernel without VLAN filtering ignores them.
_SILENT: Final = frozenset({"vlan_stats_enabled", "vlan_stats_per_port"})
#: The bridge groups by the protocol of VLANs (IEEE 802.1D, IEEE 802.1ad).
_GROUPS: Final = {VLAN: Mac.parse("01:80:c2:00:00:00"), SERVICE_VLAN: Mac.parse("01:80:c2:00:00:08")}

#: What the kernel takes of those that are not free.
_ALLOWED: Final = {"mcast_igmp_version": (2, 3), "mcast_mld_version": (1, 2), "mcast_router": (0, 1, 2)}

#: Flags of ports that would change what is answered and flooded (net/bridge/br_arp_nd_proxy.c, br_vlan_tunnel.c).
_WITHOUT_EFFECT: Final = frozenset({"neigh_suppress", "proxy_arp", "proxy_arp_wifi", "vlan_tunnel"})

#: The highest values of options that would change who gets what is sent to a group.
_DEMANDING: Final = {"mcast_querier": 0, "mcast_vlan_snooping": 0}

_GROUP_FWD_RESTRICTED: Final = 0x7
#: The one that also a port cannot forward (BR_GROUPFWD_MACPAUSE).
_PAUSE_BIT: Final = 2


def set_bridge_options(bridge: Bridge, options: Mapping[str, str | int]) -> None:
    """KernelError(ERANGE, EINVAL) for what a bridge does not take."""
    for name, value in sorted(options.items(), key=_in_order):
        setter = _SETTERS.get(name)
        if setter is not None:
            setter(bridge, value)
        elif name in _REMEMBERED:
            _check_remembered(name, int(value))
            if name in _DEMANDING and int(value) > _DEMANDING[name]:
                raise NotModelled(f"the bridge option {name} {value}: there is no querier")
            before = bridge.extra.get(name, _REMEMBERED[name])
            bridge.extra[name] = int(value)
            if name == "mcast_snooping" and bool(before) != bool(int(value)):
                bridge.hooks.snooping_changed(bridge, on=bool(int(value)))
        elif name in _SILENT:
            if bridge.filtering.is_built and int(value):
                raise NotModelled(f"the bridge option {name}: frames of single VLANs are not counted")
            bridge.extra[name] = int(value)
        else:
            raise NotModelled(f"the bridge option {name}")


def _check_remembered(name: str, value: int) -> None:
    if name in _ALLOWED and value not in _ALLOWED[name]:
        raise KernelError(Errno.EINVAL)


def _in_order(option: tuple[str, str | int]) -> int:
    """The kernel's order of changes is not that of the options: what is refused decides what was done before."""
    return _ORDER.get(option[0], len(_ORDER))


def _ageing_time(bridge: Bridge, value: str | int) -> None:
    bridge.spanning.set_ageing_time(int(value))


def _forward_delay(bridge: Bridge, value: str | int) -> None:
    bridge.spanning.set_forward_delay(int(value))


def _hello_time(bridge: Bridge, value: str | int) -> None:
    bridge.spanning.set_hello_time(int(value))


def _max_age(bridge: Bridge, value: str | int) -> None:
    bridge.spanning.set_max_age(int(value))


def _priority(bridge: Bridge, value: str | int) -> None:
    bridge.spanning.set_priority(int(value))


def _group_fwd_mask(bridge: Bridge, value: str | int) -> None:
    mask = int(str(value), 0)
    if mask & _GROUP_FWD_RESTRICTED:
        raise KernelError(Errno.EINVAL)
    bridge.group_fwd_mask = mask


def _stp_state(bridge: Bridge, value: str | int) -> None:
    bridge.spanning.set_enabled(int(value))


def _vlan_filtering(bridge: Bridge, value: str | int) -> None:
    if int(value) and not bridge.filtering.is_built:
        raise NotModelled("VLAN filtering (vlan_filtering 1) in a kernel without it")
    bridge.filtering.enabled = bool(int(value))
    bridge.flush_flows()


def _vlan_protocol(bridge: Bridge, value: str | int) -> None:
    """Of 802.1ad the bridge group is 01:80:c2:00:00:08, unless a user set another."""
    if bridge.filtering.is_built:
        before, bridge.filtering.protocol = bridge.filtering.protocol, protocol_number(str(value))
        if bridge.group_address == _GROUPS[before]:
            bridge.group_address = _GROUPS[bridge.filtering.protocol]
        bridge.flush_flows()


def _vlan_default_pvid(bridge: Bridge, value: str | int) -> None:
    if not bridge.filtering.is_built:
        return
    if int(value) > HIGHEST:
        raise KernelError(Errno.EINVAL)
    bridge.filtering.set_default_pvid(int(value))


def _group_address(bridge: Bridge, value: str | int) -> None:
    """One of 01:80:c2:00:00:00 and :04 to :0f."""
    mac = Mac.parse(str(value))
    if mac >> 4 != 0x0180C200000 or mac & 0xF in (1, 2, 3):
        raise KernelError(Errno.EINVAL)
    bridge.group_address = mac


def _no_linklocal_learn(bridge: Bridge, value: str | int) -> None:
    bridge.no_linklocal_learn = int(value)


def _fdb_flush(bridge: Bridge, value: str | int) -> None:
    del value
    bridge.fdb.flush()


#: In the order of br_changelink.
_SETTERS: Final[dict[str, Callable[[Bridge, str | int], None]]] = {
    "forward_delay": _forward_delay, "hello_time": _hello_time, "max_age": _max_age, "ageing_time": _ageing_time,
    "stp_state": _stp_state, "priority": _priority, "vlan_filtering": _vlan_filtering,
    "vlan_protocol": _vlan_protocol, "vlan_default_pvid": _vlan_default_pvid,
    "group_fwd_mask": _group_fwd_mask, "group_address": _group_address, "fdb_flush": _fdb_flush,
    "no_linklocal_learn": _no_linklocal_learn,
}  # fmt: skip
_ORDER: Final = {name: position for position, name in enumerate(_SETTERS)}


def bridge_details(bridge: Bridge) -> dict[str, str | int]:
    """IFLA_BR_*: numbers, ids as iproute2 prints them; timers in 1/100 s.  `bridge_*` times are in sysfs only."""
    remembered = {_shown(name): bridge.extra.get(name, default) for name, default in _REMEMBERED.items()}
    return {
        **bridge.spanning.details(),
        "vlan_filtering": int(bridge.filtering.enabled),
        **(_vlan_details(bridge) if bridge.filtering.is_built else {}),
        "group_fwd_mask": bridge.group_fwd_mask,
        "group_addr": str(bridge.group_address),
        "no_linklocal_learn": bridge.no_linklocal_learn,
        "tso_max_size": bridge.tso_max_size,
        **remembered,
    }


def _vlan_details(bridge: Bridge) -> dict[str, str | int]:
    return {
        "vlan_protocol": protocol_name(bridge.filtering.protocol),
        "vlan_default_pvid": bridge.filtering.default_pvid,
        **{name: bridge.extra.get(name, 0) for name in ("vlan_stats_enabled", "vlan_stats_per_port")},
    }


def _shown(option: str) -> str:
    """The key of an option in JSON, where iproute2 has it shorter."""
    return option.replace("_count", "_cnt").replace("_interval", "_intvl")


# --- ports -----------------------------------------------------------------------------------------------------------


def set_port_options(port: BridgePort, options: Mapping[str, str | int]) -> None:
    """`state`, `cost`, `priority` and the flags; KernelError(ERANGE, EINVAL) for what a port does not take."""
    for name, text in options.items():
        if name not in PORT_FLAGS and name not in _PORT_NUMBERS:
            raise NotModelled(f"the bridge port option {name}")
        value = int(text)
        if name in _WITHOUT_EFFECT and value:
            raise NotModelled(f"the bridge port option {name}")
        if name in PORT_FLAGS:
            port.flags = {**port.flags, name: int(bool(value))}
            port.bridge.spanning.info(port).root_block = bool(port.flags["root_block"])
        else:
            _set_port_number(port, name, value)


_PORT_NUMBERS: Final = frozenset(
    {"state", "cost", "priority", "group_fwd_mask", "mcast_router", "multicast_router", "fdb_flush"}
)
#: MDB_RTR_TYPE_TEMP.
_MOST_ROUTER: Final = 3


def _set_port_number(port: BridgePort, name: str, value: int) -> None:
    spanning = port.bridge.spanning
    if name == "state":
        spanning.set_state(port, value)
    elif name == "cost":
        spanning.set_cost(port, value)
    elif name == "priority":
        spanning.set_port_priority(port, value)
    elif name == "group_fwd_mask":
        if value & _PAUSE_BIT:
            raise KernelError(Errno.EINVAL)
        port.group_fwd_mask = value
    elif name == "fdb_flush":
        port.bridge.fdb.flush_port(port)
    else:
        if value > _MOST_ROUTER:
            raise KernelError(Errno.EINVAL)
        port.multicast_router = value


def port_details(port: BridgePort) -> dict[str, str | int]:
    """IFLA_BRPORT_*: `state` is its name, the other values numbers; timers in 1/100 s."""
    spanning = port.bridge.spanning
    return {
        "state": spanning.state_name(port.state),
        **spanning.port_details(port),
        **port.flags,
        "no": port.number,
        "multicast_router": port.multicast_router,
        "group_fwd_mask": port.group_fwd_mask,
        # Not of IFLA_BRPORT: what `bridge vlan` shows.
        **({"vlans": str(port.vlan_group)} if port.bridge.filtering.is_built else {}),
    }
