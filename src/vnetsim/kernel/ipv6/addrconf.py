"""IPv6 addresses of devices, and how they come by themselves (RFC 4862, net/ipv6/addrconf.c, anycast.c, mcast.c).

Link-local addresses, duplicate address detection, lifetimes, what happens when devices go up and down, the groups and
anycast addresses that follow from addresses, and what a host sends by itself when a link comes up (multicast listener
reports, router solicitations).  Not modelled: router advertisements, privacy and stable addresses, optimistic
addresses (they wait like others), multicast groups joined by programs.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from vnetsim.clock import SECOND, Timer
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.fib import connected
from vnetsim.kernel.ipv6.ndisc import ALL_NODES, ALL_ROUTERS, link_local_of, solicited_node
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.ifaddr import Ifa6
from vnetsim.wire.icmpv6 import PROTOCOL, ROUTER_ALERT, TO_EXCLUDE, GroupRecord, Icmpv6
from vnetsim.wire.inet import ANY6, LOOPBACK6, IPv6, Prefix
from vnetsim.wire.ipv6 import MINIMUM_MTU, Packet
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace

_ALL_MLDV2_ROUTERS: Final = IPv6.parse("ff02::16")
_ALL_SNOOPERS: Final = IPv6.parse("ff02::6a")
_NODE_LOCAL_NODES: Final = IPv6.parse("ff01::1")
#: What a router joins besides (RFC 4291, 2.7.1).
_MORE_ROUTERS: Final = (IPv6.parse("ff01::2"), IPv6.parse("ff05::2"))
_LINK_LOCAL: Final = IPv6.parse("fe80::")
_LINK_LOCAL_LENGTH: Final = 64
#: Subnets that small have no anycast address of their routers (RFC 6164).
_NO_ANYCAST: Final = 127
_NONCE_BYTES: Final = 6
#: How often routes that are over are removed (ip6_rt_gc_interval).
_COLLECT_EVERY: Final = 30 * SECOND
#: IFAPROT_KERNEL_LO and IFAPROT_KERNEL_LL of linux/if_addr.h.
PROTOCOL_LO: Final = 1
PROTOCOL_LL: Final = 3
_SCOPE_LINK: Final = 253
_SCOPE_HOST: Final = 254


class Addrconf:
    """The IPv6 addresses of one namespace."""

    def __init__(self, namespace: NetworkNamespace) -> None:
        self.namespace = namespace
        host = namespace.host
        #: Devices, by index, on whose link IPv6 has begun (IF_READY).
        self._ready: set[int] = set()
        self._collection: Timer | None = None
        # Delays of this noise have a source of their own, so that they disturb no other draw.
        self._random = random.Random(f"neighbour discovery {host.seed} {len(host.namespaces)}")

    def _now(self) -> int:
        return self.namespace.host.engine.now()

    # --- questions ------------------------------------------------------------------------------------------------

    def is_disabled(self, device: Device) -> bool:
        """Whether a device does not speak IPv6: because it was told so, or because its frames are too short for it."""
        return bool(device.conf6["disable_ipv6"]) or device.mtu < MINIMUM_MTU

    def groups(self, device: Device) -> list[IPv6]:
        """The groups that a device has joined, without repetitions, and without all nodes, which everybody is in."""
        groups = [_ALL_SNOOPERS] if _snoops(device) else []
        if device.link_type != "loopback" and device.arp:  # addrconf_join_solict
            groups += [solicited_node(ifa.address) for ifa in reversed(device.addresses6)]
        if device.conf6["forwarding"]:
            groups += [ALL_ROUTERS, *_MORE_ROUTERS]
            groups += [solicited_node(address) for address in _anycasts(device)]
        groups += [
            solicited_node(IPv6(address)) for index, address in sorted(self.namespace.ndisc.proxies)
            if index == device.index
        ]  # fmt: skip
        return list(dict.fromkeys(groups))

    def has_joined(self, device: Device, group: IPv6) -> bool:
        """ipv6_chk_mcast_addr."""
        return group in (ALL_NODES, _NODE_LOCAL_NODES) or group in self.groups(device)

    def has_anycast(self, device: Device, address: IPv6) -> bool:
        """ipv6_chk_acast_addr: the address of a subnet's routers, here."""
        return bool(device.conf6["forwarding"]) and address in _anycasts(device)

    # --- devices --------------------------------------------------------------------------------------------------

    def device_up(self, device: Device) -> None:
        """NETDEV_UP: the routes of addresses that are there already; the rest when there is a carrier."""
        if self.is_disabled(device):
            return
        inet = self.namespace.inet
        connected.device_up6(inet.fib6, inet.devices6, device.index)
        if device.oper_up and device.active:
            self.link_ready(device)

    def link_ready(self, device: Device) -> None:
        """addrconf_notify: the device is up and has a carrier."""
        inet = self.namespace.inet
        if self.is_disabled(device) or not device.oper_up or self.namespace.by_index.get(device.index) is not device:
            return
        if device.index in self._ready:
            connected.carrier_changed(inet.fib6, inet.devices6, device.index)
            self.namespace.forget_routes()
            return
        self._ready.add(device.index)
        connected.device_ready6(inet.fib6, inet.devices6, device.index)
        if device.link_type == "loopback":
            self._add_loopback(device)
        elif device.link_type == "ether" and device.addrgenmode == "eui64":
            self._add_link_local(device)
        for ifa in list(device.addresses6):
            if ifa.tentative and not ifa.dadfailed and ifa.check is None:
                self._check(device, ifa)
        if device.link_type == "ether" and all(ifa.check is None for ifa in device.addresses6):
            self._report_all(device)
        self.namespace.forget_routes()

    def carrier_lost(self, device: Device) -> None:
        """Addresses and routes stay; what was known of neighbours does not."""
        inet = self.namespace.inet
        connected.carrier_changed(inet.fib6, inet.devices6, device.index)
        if device.conf6["ndisc_evict_nocarrier"] and self.namespace.sysctls.conf6["all"]["ndisc_evict_nocarrier"]:
            self.namespace.ndisc.carrier_lost(device)

    def device_down(self, device: Device) -> None:
        """addrconf_ifdown: nothing stays, but for addresses that are to be kept (keep_addr_on_down)."""
        every = self.namespace.sysctls.conf6["all"]["keep_addr_on_down"]
        keep = (every or device.conf6["keep_addr_on_down"]) > 0 and not self.is_disabled(device)
        for ifa in list(device.addresses6):
            ifa.stop_check()
            if not keep or ifa.address.is_link_local or ifa.address.is_loopback or ifa.valid_seconds is not None:
                ifa.stop_timers()
                device.addresses6.remove(ifa)
            elif not ifa.nodad:
                ifa.tentative = True
        self._ready.discard(device.index)
        self.namespace.inet.fib6.device_down(device.index, force=True)
        self.namespace.ndisc.device_down(device)

    def device_removed(self, device: Device) -> None:
        for ifa in device.addresses6:
            ifa.stop_check()
            ifa.stop_timers()
        device.addresses6.clear()
        self._ready.discard(device.index)
        self.namespace.inet.fib6.device_gone(device.index)
        self.namespace.ndisc.device_down(device)

    def disabled_changed(self, device: Device) -> None:
        if device.conf6["disable_ipv6"]:
            self.device_down(device)
        elif device.up:
            self.device_up(device)
        self.namespace.forget_routes()

    def mtu_changed(self, device: Device) -> None:
        device.conf6["mtu"] = device.mtu
        if device.mtu < MINIMUM_MTU:
            self.device_down(device)
        elif device.up and device.index not in self._ready:
            self.device_up(device)

    def forwarding_changed(self, device: Device) -> None:
        """dev_forward_change: a router joins its groups and answers to the anycast address of its subnets."""
        inet = self.namespace.inet
        for address in _anycasts(device):
            connected.set_anycast6(inet.fib6, device.index, address, there=bool(device.conf6["forwarding"]))
        if device.conf6["forwarding"]:
            for _ in range(2):
                self.namespace.host.engine.after(self._random.randrange(SECOND), self._report_router, device)

    # --- addresses come and go ------------------------------------------------------------------------------------

    def _add_loopback(self, device: Device) -> None:
        if not any(ifa.address == LOOPBACK6 for ifa in device.addresses6):
            self.add_address(device, Ifa6(LOOPBACK6, 128, _SCOPE_HOST, protocol=PROTOCOL_LO))

    def _add_link_local(self, device: Device) -> None:
        address = link_local(device.mac, device.dev_id)
        if not any(ifa.address == address for ifa in device.addresses6):
            self.add_address(device, Ifa6(address, _LINK_LOCAL_LENGTH, _SCOPE_LINK, protocol=PROTOCOL_LL))

    def add_address(self, device: Device, ifa: Ifa6) -> None:
        """inet6_addr_add: the newest one is listed first among those of its scope."""
        known = device.addresses6
        position = next((n for n, other in enumerate(known) if other.scope >= ifa.scope), len(known))
        known.insert(position, ifa)
        ifa.tentative = self._has_to_be_checked(device, ifa)
        ifa.dadfailed = False
        self.schedule(device, ifa)
        inet = self.namespace.inet
        connected.address_added6(inet.fib6, inet.devices6, ifa.entry(device, self._now()), self._end(ifa))
        if not ifa.tentative:
            self._join_anycast(device, ifa)
        elif device.index in self._ready:
            self._check(device, ifa)
        self.namespace.forget_routes()

    def change_address(
        self, device: Device, ifa: Ifa6, *, noprefixroute: bool, metric: int | None, peer: IPv6 | None = None
    ) -> None:
        """inet6_addr_modify: the connected routes as they are wanted now, of both ends."""
        self.schedule(device, ifa)
        inet, now = self.namespace.inet, self._now()
        wanted = noprefixroute, ifa.metric if metric is None else metric, ifa.peer if peer is None else peer
        if (ifa.noprefixroute, ifa.metric, ifa.peer) != wanted:
            connected.prefix_deleted6(inet.fib6, inet.devices6, ifa.entry(device, now))
            ifa.noprefixroute, ifa.metric, ifa.peer = wanted
        if device.up:
            connected.set_prefix_end6(inet.fib6, ifa.entry(device, now), self._end(ifa))
            connected.prefix_added6(inet.fib6, inet.devices6, ifa.entry(device, now), self._end(ifa))
        self.namespace.forget_routes()

    def delete_address(self, device: Device, ifa: Ifa6) -> None:
        """ipv6_del_addr."""
        ifa.stop_check()
        ifa.stop_timers()
        before = _anycasts(device)
        device.addresses6.remove(ifa)
        inet = self.namespace.inet
        connected.address_deleted6(inet.fib6, inet.devices6, ifa.entry(device, self._now()))
        for address in before:
            if address not in _anycasts(device):
                connected.set_anycast6(inet.fib6, device.index, address, there=False)
        self.namespace.forget_routes()

    def schedule(self, device: Device, ifa: Ifa6) -> None:
        """Lifetimes: an address is deprecated when it is no longer preferred, and goes when it is over."""
        ifa.stop_timers()
        ifa.since = self._now()
        ifa.deprecated = ifa.preferred_seconds == 0
        engine = self.namespace.host.engine
        if ifa.preferred_seconds:
            ifa.timers.append(engine.after(ifa.preferred_seconds * SECOND, self._deprecate, ifa))
        if ifa.valid_seconds is not None:
            ifa.timers.append(engine.after(ifa.valid_seconds * SECOND, self._expired, device, ifa))

    def _end(self, ifa: Ifa6) -> int | None:
        """When its connected routes are over, which are collected some time later."""
        if ifa.valid_seconds is None:
            return None
        self.expect_routes_to_end()
        return ifa.since + ifa.valid_seconds * SECOND

    def expect_routes_to_end(self) -> None:
        """fib6_start_gc."""
        if self._collection is None:
            self._collection = self.namespace.host.engine.after(_COLLECT_EVERY, self._collect)

    def _collect(self) -> None:
        more = self.namespace.inet.fib6.collect()
        self._collection = self.namespace.host.engine.after(_COLLECT_EVERY, self._collect) if more else None
        self.namespace.forget_routes()

    def _deprecate(self, ifa: Ifa6) -> None:
        ifa.deprecated = True
        self.namespace.forget_routes()

    def _expired(self, device: Device, ifa: Ifa6) -> None:
        if ifa in device.addresses6:
            self.delete_address(device, ifa)

    def _join_anycast(self, device: Device, ifa: Ifa6) -> None:
        address = _anycast_of(ifa)
        if device.conf6["forwarding"] and address is not None:
            connected.set_anycast6(self.namespace.inet.fib6, device.index, address, there=True)

    # --- duplicate address detection --------------------------------------------------------------------------------

    def _has_to_be_checked(self, device: Device, ifa: Ifa6) -> bool:
        """addrconf_dad_begin: whether others are asked before an address is used."""
        conf = device.conf6
        checks = max(conf["accept_dad"], self.namespace.sysctls.conf6["all"]["accept_dad"]) > 0
        speaks = device.link_type == "ether" and device.arp
        return checks and conf["dad_transmits"] > 0 and speaks and not ifa.nodad

    def _check(self, device: Device, ifa: Ifa6) -> None:
        """addrconf_dad_kick: after a random delay, so that not all hosts ask at once."""
        engine = self.namespace.host.engine
        delay = max(1, device.conf6["router_solicitation_delay"]) * SECOND
        ifa.probes = device.conf6["dad_transmits"]
        engine.after(self._random.randrange(delay), self._report, device, ifa)
        ifa.check = engine.after(self._random.randrange(delay), self._probe, device, ifa)

    def _holds(self, device: Device, ifa: Ifa6) -> bool:
        return device.running and ifa in device.addresses6

    def _probe(self, device: Device, ifa: Ifa6) -> None:
        """addrconf_dad_work: ask, or if it has been asked often enough, begin to use the address."""
        if not self._holds(device, ifa) or ifa.dadfailed:
            return
        if not ifa.probes:
            self._unique(device, ifa)
            return
        ifa.probes -= 1
        ifa.nonce = self._random.randbytes(_NONCE_BYTES)
        self.namespace.ndisc.ask_for_oneself(device, ifa)
        retransmit = self.namespace.sysctls.neigh("ipv6", device.name)["retrans_time_ms"] * SECOND // 1000
        ifa.check = self.namespace.host.engine.after(retransmit, self._probe, device, ifa)

    def _unique(self, device: Device, ifa: Ifa6) -> None:
        """addrconf_dad_completed: nobody answered."""
        ifa.tentative, ifa.check = False, None
        inet = self.namespace.inet
        connected.address_usable6(inet.fib6, ifa.entry(device, self._now()))
        self._join_anycast(device, ifa)
        self.namespace.forget_routes()
        self._report(device, ifa)
        self.namespace.host.engine.after(self._random.randrange(SECOND), self._report, device, ifa)
        if self.namespace.ndisc.notifies(device):
            self.namespace.ndisc.announce(device, ifa)
        if ifa.scope == _SCOPE_LINK:
            conf = device.conf6
            self._solicit_router(device, ifa, conf["router_solicitation_interval"], conf["router_solicitations"])

    def duplicate(self, device: Device, ifa: Ifa6) -> None:
        """addrconf_dad_failure: somebody else has the address, or asks for it as well."""
        ifa.dadfailed = True
        ifa.stop_check()
        strict = max(device.conf6["accept_dad"], self.namespace.sysctls.conf6["all"]["accept_dad"]) > 1
        if strict and ifa.address == link_local(device.mac, device.dev_id):
            device.conf6["disable_ipv6"] = 1
            self.disabled_changed(device)

    # --- what a host says by itself ---------------------------------------------------------------------------------

    def _report(self, device: Device, ifa: Ifa6) -> None:
        """A multicast listener report for the solicited-node group (RFC 3810)."""
        if self._holds(device, ifa):
            self._report_groups(device, [solicited_node(ifa.address), *([_ALL_SNOOPERS] if _snoops(device) else ())])

    def _report_all(self, device: Device) -> None:
        """Where no address waits to be known as unique, groups are told of at once, and once more (mld_ifc_event)."""
        for ifa in device.addresses6:
            first = self._random.randrange(SECOND)
            for delay in (first, first + self._random.randrange(SECOND)):
                self.namespace.host.engine.after(delay, self._report, device, ifa)

    def _report_router(self, device: Device) -> None:
        if device.running and device.conf6["forwarding"] and device.link_type == "ether":
            groups = [ALL_ROUTERS, _MORE_ROUTERS[1], *(solicited_node(address) for address in _anycasts(device))]
            self._report_groups(device, list(dict.fromkeys(groups)))

    def _report_groups(self, device: Device, groups: list[IPv6]) -> None:
        records = tuple(GroupRecord(TO_EXCLUDE, group) for group in groups)
        packet = Packet.build(
            link_local_of(device) or ANY6, _ALL_MLDV2_ROUTERS, PROTOCOL, Icmpv6.listener_report(records), hop_limit=1,
            hop_by_hop=ROUTER_ALERT,
        )  # fmt: skip
        self.namespace.ip6.send_by(device, packet)

    def _solicit_router(self, device: Device, ifa: Ifa6, interval: int, left: int) -> None:
        """addrconf_rs_timer: again and again (-1: without end), at longer and longer intervals (RFC 7559)."""
        conf = device.conf6
        if not left or not self._holds(device, ifa) or not _accepts_advertisements(conf):
            return
        self.namespace.ndisc.send(device, ifa.address, ALL_ROUTERS, Icmpv6.router_solicitation(device.mac))
        following = min(2 * interval, conf["router_solicitation_max_interval"])
        left = left - 1 if left > 0 else left
        self.namespace.host.engine.after(interval * SECOND, self._solicit_router, device, ifa, following, left)


def _accepts_advertisements(conf: dict[str, int]) -> bool:
    """ipv6_accept_ra: a router asks for other routers only with accept_ra 2."""
    return conf["accept_ra"] == 2 if conf["forwarding"] else conf["accept_ra"] != 0


def _snoops(device: Device) -> bool:
    return isinstance(device, Bridge) and device.up and bool(device.extra.get("mcast_snooping", 1))


def link_local(mac: Mac, dev_id: int = 0) -> IPv6:
    """fe80::/64 with the modified EUI-64 of the device (RFC 4291, appendix A), or with its number in it."""
    between, universal = (dev_id, 0) if dev_id else (0xFFFE, 0x020000)
    identifier = (mac >> 24 ^ universal) << 40 | between << 24 | mac & 0xFFFFFF
    return IPv6(_LINK_LOCAL | identifier)


def _anycast_of(ifa: Ifa6) -> IPv6 | None:
    """The address of the routers of its subnet (RFC 4291, 2.6.1)."""
    if ifa.tentative or ifa.length >= _NO_ANYCAST:
        return None
    return IPv6(Prefix.of(ifa.address, ifa.length).address) or None


def _anycasts(device: Device) -> list[IPv6]:
    found = (_anycast_of(ifa) for ifa in device.addresses6)
    return list(dict.fromkeys(address for address in found if address is not None))
