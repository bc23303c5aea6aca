"""IPv6 addresses of devices, and their autoconfiguration (RFC 4862, net/ipv6/addrconf.c, anycast.c, mcast.c).

Link-local addresses, duplicate address detection, lifetimes, what happens when devices go up and down, the groups and
anycast addresses that follow from addresses, and what a host sends when a link comes up (multicast listener reports,
router solicitations).  Not modelled: router advertisements, privacy and stable addresses, optimistic
addresses (they wait like others), multicast groups joined by programs.
"""

from __future__ import annotations

import random
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.clock import SECOND, Timer
from vnetsim.kernel.fib import connected
from vnetsim.kernel.ipv6.mcast import (
    ALL_ROUTERS,
    ALL_SNOOPERS,
    MORE_ROUTERS,
    anycast_of,
    anycasts,
    is_disabled,
    snoops,
    solicited_node,
)
from vnetsim.kernel.ipv6.ndisc import Ndisc, link_local_of
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.inetdevice import Ifa6
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent
from vnetsim.kernel.sysctl.values import ADDRESS_MODES, Settings
from vnetsim.wire.icmpv6 import PROTOCOL, ROUTER_ALERT, TO_EXCLUDE, Icmpv6, MldGroupRecord
from vnetsim.wire.inet import ANY6, LOOPBACK6, IPv6
from vnetsim.wire.ipv6 import MINIMUM_MTU, Packet
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.ipv4.devinet import InetDevices

_ALL_MLDV2_ROUTERS: Final = IPv6.parse("ff02::16")
_LINK_LOCAL: Final = IPv6.parse("fe80::")
_LINK_LOCAL_LENGTH: Final = 64
_NONCE_BYTES: Final = 6
#: The interval of removing expired routes (ip6_rt_gc_interval).
_COLLECT_EVERY: Final = 30 * SECOND
#: IFAPROT_KERNEL_LO and IFAPROT_KERNEL_LL of linux/if_addr.h.
PROTOCOL_LO: Final = 1
PROTOCOL_LL: Final = 3
_SCOPE_LINK: Final = 253
_SCOPE_HOST: Final = 254


class Addrconf:
    """The IPv6 addresses of one namespace."""

    def __init__(self, inet: InetDevices, ndisc: Ndisc) -> None:
        self.namespace = ndisc.namespace
        self._inet = inet
        self._ndisc = ndisc
        ndisc.dad_failure = self.duplicate
        self._collection: Timer | None = None

    @cached_property
    def _random(self) -> random.Random:
        """A generator of its own, so that these delays do not change any other draw."""
        return random.Random(f"neighbour discovery {self.namespace.host.seed} {self.namespace.number}")

    def _now(self) -> int:
        return self.namespace.host.engine.now()

    # --- devices --------------------------------------------------------------------------------------------------

    netdev_events: ClassVar = (
        NetdevEvent.REGISTER, NetdevEvent.UNREGISTER, NetdevEvent.UP, NetdevEvent.DOWN, NetdevEvent.CHANGEUPPER,
        NetdevEvent.CHANGE, NetdevEvent.CHANGEMTU, NetdevEvent.RESEND_IGMP,
    )  # fmt: skip

    def netdev_event(self, event: NetdevEvent, device: Device, before: Before) -> None:
        """addrconf_notify, and fib6_netdev_event."""
        match event:
            case NetdevEvent.REGISTER:
                sysctls = self.namespace.sysctls
                sysctls.set6(device.name, "mtu", device.mtu)
                conf = device.ip6.conf = sysctls.conf6[device.name]
                device.ip6.addr_gen_mode = ADDRESS_MODES[conf["addr_gen_mode"]]
                self.namespace.tell_conf(6, device)
            case NetdevEvent.UNREGISTER:
                self._device_removed(device)
            case NetdevEvent.UP:
                self.device_up(device)
            case NetdevEvent.DOWN | NetdevEvent.CHANGEUPPER:
                self.device_down(device)
            case NetdevEvent.CHANGE:
                if device.carrier:
                    self.link_ready(device)
                else:
                    self._carrier_lost(device)
            case NetdevEvent.CHANGEMTU:
                self._inet.fib6.mtu_changed(device.index, before.mtu, device.mtu)
                self._mtu_changed(device)
            case NetdevEvent.RESEND_IGMP:
                self._report_now(device)

    def _tell(self, device: Device, ifa: Ifa6, *, deleted: bool = False) -> None:
        """inet6_ifa_notify"""
        if self.namespace.rtnl is not None:
            self.namespace.rtnl.address(device, ifa, deleted=deleted)

    def device_up(self, device: Device) -> None:
        """The routes of addresses that are there already; the rest when there is a carrier."""
        if is_disabled(device) or device.no_addrconf:
            return
        connected.device_up6(self._inet.fib6, self._inet.devices6, device.index)
        if device.oper_up and device.active:
            self.link_ready(device)

    def link_ready(self, device: Device) -> None:
        """addrconf_notify: the device is up and has a carrier."""
        inet = self._inet
        if (
            is_disabled(device)
            or device.no_addrconf
            or not device.oper_up
            or self.namespace.by_index.get(device.index) is not device
        ):
            return
        if device.ip6.ready:
            connected.carrier_changed(inet.fib6, inet.devices6, device.index)
            self.namespace.rt_cache_flush()
            return
        device.ip6.ready = True
        connected.device_ready6(inet.fib6, inet.devices6, device.index)
        if device.link_type == "loopback":
            self._add_loopback(device)
        elif device.link_type == "ether" and device.ip6.addr_gen_mode == "eui64" and device.l3mdev is not device:
            self._add_link_local(device)
        elif device.ip6.addr_gen_mode == "eui64":
            for address, generated in device.link_locals():
                self.add_address(
                    device, Ifa6(address, _LINK_LOCAL_LENGTH, _SCOPE_LINK, protocol=PROTOCOL_LL if generated else 0)
                )
        for ifa in list(device.ip6.addresses):
            if ifa.tentative and not ifa.dadfailed and ifa.dad_timer is None:
                self._check(device, ifa)
        if device.link_type == "ether" and all(ifa.dad_timer is None for ifa in device.ip6.addresses):
            self._report_all(device)
        self.namespace.rt_cache_flush()

    def _carrier_lost(self, device: Device) -> None:
        """Addresses and routes stay; neighbour entries are flushed."""
        inet = self._inet
        connected.carrier_changed(inet.fib6, inet.devices6, device.index)
        if device.ip6.conf["ndisc_evict_nocarrier"] and self.namespace.sysctls.conf6["all"]["ndisc_evict_nocarrier"]:
            self._ndisc.carrier_lost(device)

    def device_down(self, device: Device) -> None:
        """addrconf_ifdown: remove all addresses except those that keep_addr_on_down keeps."""
        every = self.namespace.sysctls.conf6["all"]["keep_addr_on_down"]
        keep = (every or device.ip6.conf["keep_addr_on_down"]) > 0 and not is_disabled(device)
        gone: list[Ifa6] = []
        for ifa in list(device.ip6.addresses):
            ifa.stop_dad()
            if not keep or ifa.address.is_link_local or ifa.address.is_loopback or ifa.valid_seconds is not None:
                ifa.stop_timers()
                device.ip6.addresses.remove(ifa)
                gone.append(ifa)
            elif not ifa.nodad:
                ifa.tentative = True
        device.ip6.ready = False
        self._inet.fib6.device_down(device.index, force=True)
        self._ndisc.device_down(device)
        for ifa in gone:
            self._tell(device, ifa, deleted=True)

    def _device_removed(self, device: Device) -> None:
        for ifa in device.ip6.addresses:
            ifa.stop_dad()
            ifa.stop_timers()
        gone = list(device.ip6.addresses)
        device.ip6.addresses.clear()
        device.ip6.ready = False
        self._inet.fib6.device_gone(device.index)
        self._ndisc.device_down(device)
        for ifa in gone:
            self._tell(device, ifa, deleted=True)
        self.namespace.tell_conf(6, device, deleted=True)

    def conf_changed(self, device: Device, name: str) -> None:
        """disable_ipv6 or forwarding has another value."""
        if name == "forwarding":
            self.forwarding_changed(device)
        else:
            self.disabled_changed(device)

    def disabled_changed(self, device: Device) -> None:
        if device.ip6.conf["disable_ipv6"]:
            self.device_down(device)
        elif device.up:
            self.device_up(device)
        self.namespace.rt_cache_flush()

    def _mtu_changed(self, device: Device) -> None:
        if device.registered:
            self.namespace.sysctls.set6(device.name, "mtu", device.mtu)
        if device.mtu < MINIMUM_MTU:
            self.device_down(device)
        elif device.up and not device.ip6.ready:
            self.device_up(device)

    def forwarding_changed(self, device: Device) -> None:
        """dev_forward_change: a router joins its groups and answers to the anycast address of its subnets."""
        inet = self._inet
        for address in anycasts(device):
            connected.set_anycast6(
                inet.fib6, inet.devices6, device.index, address, there=bool(device.ip6.conf["forwarding"])
            )
        if device.ip6.conf["forwarding"]:
            for _ in range(2):
                self.namespace.host.engine.after(self._random.randrange(SECOND), self._report_router, device)

    # --- addresses come and go ------------------------------------------------------------------------------------

    def _add_loopback(self, device: Device) -> None:
        if not any(ifa.address == LOOPBACK6 for ifa in device.ip6.addresses):
            self.add_address(device, Ifa6(LOOPBACK6, 128, _SCOPE_HOST, protocol=PROTOCOL_LO))

    def _add_link_local(self, device: Device) -> None:
        address = link_local(device.mac, device.dev_id)
        if not any(ifa.address == address for ifa in device.ip6.addresses):
            self.add_address(device, Ifa6(address, _LINK_LOCAL_LENGTH, _SCOPE_LINK, protocol=PROTOCOL_LL))

    def add_address(self, device: Device, ifa: Ifa6) -> None:
        """inet6_addr_add: the newest one is listed first among those of its scope."""
        known = device.ip6.addresses
        position = next((n for n, other in enumerate(known) if other.scope >= ifa.scope), len(known))
        known.insert(position, ifa)
        ifa.tentative = self._needs_dad(device, ifa)
        ifa.dadfailed = False
        self.schedule(device, ifa)
        inet = self._inet
        entry, end = ifa.entry(device, self._now()), self._end(ifa)
        if device.up:
            connected.prefix_added6(inet.fib6, inet.devices6, entry, end)
        if not ifa.tentative:
            self._tell(device, ifa)
            connected.address_usable6(inet.fib6, inet.devices6, entry)
            self._join_anycast(device, ifa)
        elif device.ip6.ready:
            self._check(device, ifa)
        self.namespace.rt_cache_flush()

    def change_address(
        self, device: Device, ifa: Ifa6, *, noprefixroute: bool, metric: int | None, peer: IPv6 | None = None
    ) -> None:
        """inet6_addr_modify: the connected routes as they are wanted now, of both ends."""
        self.schedule(device, ifa)
        inet, now = self._inet, self._now()
        wanted = noprefixroute, ifa.metric if metric is None else metric, ifa.peer if peer is None else peer
        if (ifa.noprefixroute, ifa.metric, ifa.peer) != wanted:
            connected.prefix_deleted6(inet.fib6, inet.devices6, ifa.entry(device, now))
            ifa.noprefixroute, ifa.metric, ifa.peer = wanted
        if device.up:
            connected.set_prefix_end6(inet.fib6, inet.devices6, ifa.entry(device, now), self._end(ifa))
            connected.prefix_added6(inet.fib6, inet.devices6, ifa.entry(device, now), self._end(ifa))
        self._tell(device, ifa)
        self.namespace.rt_cache_flush()

    def delete_address(self, device: Device, ifa: Ifa6) -> None:
        """ipv6_del_addr."""
        ifa.stop_dad()
        ifa.stop_timers()
        before = anycasts(device)
        device.ip6.addresses.remove(ifa)
        self._tell(device, ifa, deleted=True)
        inet = self._inet
        connected.address_deleted6(inet.fib6, inet.devices6, ifa.entry(device, self._now()))
        for address in before:
            if address not in anycasts(device):
                connected.set_anycast6(inet.fib6, inet.devices6, device.index, address, there=False)
        self.namespace.rt_cache_flush()

    def schedule(self, device: Device, ifa: Ifa6) -> None:
        """Lifetimes: an address becomes deprecated, and is removed when it expires."""
        ifa.stop_timers()
        ifa.since = self._now()
        ifa.deprecated = ifa.preferred_seconds == 0
        engine = self.namespace.host.engine
        if ifa.preferred_seconds:
            ifa.timers += (engine.after(ifa.preferred_seconds * SECOND, self._deprecate, ifa),)
        if ifa.valid_seconds is not None:
            ifa.timers += (engine.after(ifa.valid_seconds * SECOND, self._expired, device, ifa),)

    def _end(self, ifa: Ifa6) -> int | None:
        """When its connected routes expire; they are collected later."""
        if ifa.valid_seconds is None:
            return None
        self.expect_routes_to_end()
        return ifa.since + ifa.valid_seconds * SECOND

    def expect_routes_to_end(self) -> None:
        """fib6_start_gc."""
        if self._collection is None:
            self._collection = self.namespace.host.engine.after(_COLLECT_EVERY, self._collect)

    def _collect(self) -> None:
        more = self._inet.fib6.collect()
        self._collection = self.namespace.host.engine.after(_COLLECT_EVERY, self._collect) if more else None
        self.namespace.rt_cache_flush()

    def _deprecate(self, ifa: Ifa6) -> None:
        ifa.deprecated = True
        self.namespace.rt_cache_flush()

    def _expired(self, device: Device, ifa: Ifa6) -> None:
        if ifa in device.ip6.addresses:
            self.delete_address(device, ifa)

    def _join_anycast(self, device: Device, ifa: Ifa6) -> None:
        address = anycast_of(ifa)
        if device.ip6.conf["forwarding"] and address is not None:
            connected.set_anycast6(self._inet.fib6, self._inet.devices6, device.index, address, there=True)

    # --- duplicate address detection --------------------------------------------------------------------------------

    def _needs_dad(self, device: Device, ifa: Ifa6) -> bool:
        """addrconf_dad_begin: whether an address is used only after duplicate address detection."""
        conf = device.ip6.conf
        checks = max(conf["accept_dad"], self.namespace.sysctls.conf6["all"]["accept_dad"]) > 0
        speaks = device.link_type == "ether" and device.arp and device.l3mdev is not device
        return checks and speaks and not ifa.nodad

    def _check(self, device: Device, ifa: Ifa6) -> None:
        """addrconf_dad_kick: after a random delay (RFC 4862, 5.4.2)."""
        engine = self.namespace.host.engine
        delay = max(1, device.ip6.conf["router_solicitation_delay"]) * SECOND
        ifa.probes = device.ip6.conf["dad_transmits"]
        engine.after(self._random.randrange(delay), self._report, device, ifa)
        ifa.dad_timer = engine.after(self._random.randrange(delay), self._probe, device, ifa)

    def _has(self, device: Device, ifa: Ifa6) -> bool:
        return device.up and device.carrier and ifa in device.ip6.addresses

    def _probe(self, device: Device, ifa: Ifa6) -> None:
        """addrconf_dad_work: send a probe; after the last one the address is used."""
        if not self._has(device, ifa) or ifa.dadfailed:
            return
        if not ifa.probes:
            self._unique(device, ifa)
            return
        ifa.probes -= 1
        ifa.nonce = self._random.randbytes(_NONCE_BYTES)
        self._ndisc.send_dad_probe(device, ifa)
        retransmit = self.namespace.sysctls.neigh("ipv6", device.name)["retrans_time_ms"] * SECOND // 1000
        ifa.dad_timer = self.namespace.host.engine.after(retransmit, self._probe, device, ifa)

    def _unique(self, device: Device, ifa: Ifa6) -> None:
        """addrconf_dad_completed: there was no answer."""
        ifa.tentative, ifa.dad_timer = False, None
        inet = self._inet
        self._tell(device, ifa)
        connected.address_usable6(inet.fib6, inet.devices6, ifa.entry(device, self._now()))
        self._join_anycast(device, ifa)
        self.namespace.rt_cache_flush()
        self._report(device, ifa)
        self.namespace.host.engine.after(self._random.randrange(SECOND), self._report, device, ifa)
        if self._ndisc.notifies(device):
            self._ndisc.announce(device, ifa)
        if ifa.scope == _SCOPE_LINK:
            conf = device.ip6.conf
            self._solicit_router(device, ifa, conf["router_solicitation_interval"], conf["router_solicitations"])

    def duplicate(self, device: Device, ifa: Ifa6) -> None:
        """addrconf_dad_failure: another host has the address, or solicits it too."""
        ifa.dadfailed = True
        ifa.stop_dad()
        self._tell(device, ifa)
        strict = max(device.ip6.conf["accept_dad"], self.namespace.sysctls.conf6["all"]["accept_dad"]) > 1
        if strict and ifa.address == link_local(device.mac, device.dev_id):
            self.namespace.sysctls.set6(device.name, "disable_ipv6", 1)
            self.disabled_changed(device)

    # --- reports and solicitations ---------------------------------------------------------------------------------

    def _report(self, device: Device, ifa: Ifa6) -> None:
        """A multicast listener report for the solicited-node group (RFC 3810)."""
        if self._has(device, ifa):
            self._report_groups(device, [solicited_node(ifa.address), *([ALL_SNOOPERS] if snoops(device) else ())])

    def _report_now(self, device: Device) -> None:
        """ipv6_mc_rejoin_groups"""
        for ifa in device.ip6.addresses:
            self._report(device, ifa)

    def _report_all(self, device: Device) -> None:
        """mld_ifc_event: without an address in DAD, groups are reported at once, and once more."""
        for ifa in device.ip6.addresses:
            first = self._random.randrange(SECOND)
            for delay in (first, first + self._random.randrange(SECOND)):
                self.namespace.host.engine.after(delay, self._report, device, ifa)

    def _report_router(self, device: Device) -> None:
        if device.running and device.ip6.conf["forwarding"] and device.link_type == "ether":
            groups = [ALL_ROUTERS, MORE_ROUTERS[1], *(solicited_node(address) for address in anycasts(device))]
            self._report_groups(device, list(dict.fromkeys(groups)))

    def _report_groups(self, device: Device, groups: list[IPv6]) -> None:
        records = tuple(MldGroupRecord(TO_EXCLUDE, group) for group in groups)
        packet = Packet.build(
            link_local_of(device) or ANY6,
            _ALL_MLDV2_ROUTERS,
            PROTOCOL,
            Icmpv6.listener_report(records),
            hop_limit=1,
            hop_by_hop=ROUTER_ALERT,
        )
        self._ndisc.ip6.send_by(device, packet)

    def _solicit_router(self, device: Device, ifa: Ifa6, interval: int, left: int) -> None:
        """addrconf_rs_timer: again and again (-1: without end), at longer and longer intervals (RFC 7559)."""
        conf = device.ip6.conf
        if not left or not self._has(device, ifa) or not _accepts_advertisements(conf):
            return
        self._ndisc.send(device, ifa.address, ALL_ROUTERS, Icmpv6.router_solicitation(device.mac))
        following = min(2 * interval, conf["router_solicitation_max_interval"])
        left = left - 1 if left > 0 else left
        self.namespace.host.engine.after(interval * SECOND, self._solicit_router, device, ifa, following, left)


def _accepts_advertisements(conf: Settings) -> bool:
    """ipv6_accept_ra: a router solicits other routers only with accept_ra 2."""
    return conf["accept_ra"] == 2 if conf["forwarding"] else conf["accept_ra"] != 0


def link_local(mac: Mac, dev_id: int = 0) -> IPv6:
    """fe80::/64 with the modified EUI-64 of the device (RFC 4291, appendix A), or with its number in it."""
    between, universal = (dev_id, 0) if dev_id else (0xFFFE, 0x020000)
    identifier = (mac >> 24 ^ universal) << 40 | between << 24 | mac & 0xFFFFFF
    return IPv6(_LINK_LOCAL | identifier)
