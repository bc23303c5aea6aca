"""Sysctls of one network namespace: /proc/sys/net (Documentation/networking/ip-sysctl.rst).

The defaults are a recording (defaults.txt), and so is which numbers they take (limits.txt).  All keys can
be read.  kernel.sysctl.support lists what becomes of a value that is written.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple, Protocol, TypeAlias

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.sysctl import support as sysctl_support
from vnetsim.kernel.sysctl.parse import bitmap, members, numbers
from vnetsim.packagedata import data_text
from vnetsim.wire.ipv6 import MINIMUM_MTU

_PORT_RANGE: Final = "net/ipv4/ip_local_port_range"
_FIRST_UNPRIVILEGED: Final = "net/ipv4/ip_unprivileged_port_start"
_GROUP_RANGE: Final = "net/ipv4/ping_group_range"
_CONGESTION_CONTROL: Final = "net/ipv4/tcp_congestion_control"
#: A new namespace has them from the machine's first one (tcp_sk_init); the others are always as on a new machine.
_INHERITED: Final = (_CONGESTION_CONTROL, "net/ipv4/tcp_rmem", "net/ipv4/tcp_wmem")
#: No group at all, which is what a range that ends before it begins means.
_NO_GROUP: Final = "1\t0"
_RESERVED_PORTS: Final = "net/ipv4/ip_local_reserved_ports"
#: Keys of numbers and ranges of them, like 0-1,3-127, and the first number that is too large.
_BITMAPS: Final = {"net/ipv6/icmp/ratemask": 256, _RESERVED_PORTS: 65536}
_READ_ONLY: Final = frozenset({
    "net/netfilter/nf_conntrack_count", "net/ipv4/tcp_available_congestion_control", "net/ipv4/tcp_ehash_entries",
    "net/ipv4/udp_hash_entries", "net/mptcp/available_path_managers", "net/mptcp/available_schedulers",
})  # fmt: skip
#: Flushes nexthop exceptions; write-only.
_FLUSH: Final = "net/ipv4/route/flush"
#: Cannot be read before it was written, which is not modelled.
_SECRET: Final = "stable_secret"


class _Derived(NamedTuple):
    """A neighbour setting that is another one in other units."""

    of: str
    read: Callable[[int], int]
    written: Callable[[int], int]


#: Bytes that a full Ethernet frame takes of a queue (SKB_TRUESIZE(ETH_FRAME_LEN)), and milliseconds in a tick (HZ 250).
_FRAME_BYTES: Final = 2090
_TICK_MS: Final = 4
_DERIVED: Final = {
    "base_reachable_time": _Derived("base_reachable_time_ms", lambda ms: ms // 1000, lambda seconds: seconds * 1000),
    "retrans_time": _Derived("retrans_time_ms", lambda ms: ms // 10, lambda centis: centis * 10 // _TICK_MS * _TICK_MS),
    "unres_qlen": _Derived("unres_qlen_bytes", lambda size: size // _FRAME_BYTES, lambda n: n * _FRAME_BYTES),
}
#: Can be written in the machine's first namespace only.
_OF_THE_MACHINE: Final = frozenset({
    "net/core/rmem_default", "net/core/rmem_max", "net/core/wmem_default", "net/core/wmem_max",
    "net/ipv4/tcp_allowed_congestion_control",
    "net/netfilter/nf_conntrack_buckets", "net/netfilter/nf_conntrack_expect_max", "net/netfilter/nf_conntrack_max",
})  # fmt: skip
#: Zero or not: bridge-nf-call-iptables and its siblings.
_SWITCHES: Final = "net/bridge/bridge-nf-"
_NONE_RESERVED: Final[tuple[str, frozenset[int]]] = ("", frozenset())
#: A value as text, and the numbers in it: a range of ports that is not read yet.
_UNREAD_RANGE: Final = ("", 0, 0)
#: How a link-local address is made, by number (enum in6_addr_gen_mode).
ADDRESS_MODES: Final = ("eui64", "none", "stable_secret", "random")
_INT_MAX: Final = 2**31 - 1


@cache
def _recorded() -> dict[str, str]:
    text = data_text("vnetsim.kernel.sysctl", "defaults.txt")
    pairs = (line.partition(" = ") for line in text.splitlines() if line and not line.startswith("#"))
    return {key: value for key, _, value in pairs}


@cache
def _settings(family: str, kind: str, who: str) -> dict[str, int]:
    """The recorded settings of `all`, `default` or `DEVICE`, by name."""
    start = f"net/{family}/{kind}/{who}/"
    return {key[len(start) :]: int(value) for key, value in _recorded().items() if key.startswith(start)}


@cache
def _plain() -> dict[str, str]:
    return {key: value for key, value in _recorded().items() if key.split("/")[2:3] not in (["conf"], ["neigh"])}


@cache
def _limits() -> dict[str, tuple[int, int]]:
    text = data_text("vnetsim.kernel.sysctl", "limits.txt")
    lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {key: (int(low), int(high)) for key, low, high in lines}


def _number(key: str, text: str) -> int:
    """The first of the numbers, for the others are not looked at."""
    parts = key.split("/")
    if len(parts) == 5 and parts[2] in ("conf", "neigh"):
        parts[3] = "DEVICE"
    low, high = _limits().get("/".join(parts), (-_INT_MAX - 1, _INT_MAX))
    value = numbers(text.split(maxsplit=1)[0] if text.split() else "")[0]
    if not low <= value <= high:
        raise KernelError(Errno.EINVAL)
    return value


@cache
def _plain_number(key: str) -> int:
    return int(_plain()[key])


_FAMILIES: Final = ("ipv4", "ipv6")
#: Those of a device, of `all` or of `default`, by name.
Settings: TypeAlias = Mapping[str, int]
#: The key of all settings of a device.
_EVERYTHING: Final = "*"


class SysctlHandlers(Protocol):
    """The proc_handlers of higher floors (struct ctl_table): what a setting reads from them and changes in them."""

    def conntrack_count(self) -> int: ...
    def flush_exceptions(self) -> None:
        """net.ipv4.route.flush was written."""

    def max_mtu6(self, device: str) -> int | None:
        """The largest value of net.ipv6.conf.DEVICE.mtu; None if there is no such device."""

    def conf_replaced(self, device: str) -> None:
        """The settings of a device are another mapping."""

    def addr_gen_mode_changed(self, device: str, mode: str) -> None: ...
    def ipv6_conf_changed(self, device: str, name: str) -> None:
        """disable_ipv6 or forwarding of a device, or of `all` or `default`, has another value."""

    def sysctls_changed(self) -> None:
        """Some setting was written: values that were read before are stale."""


class Variants:
    """The settings that are like others but for one value.

    Settings never change: who writes one gets others, the same as everybody who has written the same.  A host of many
    containers has few different ones.
    """

    def __init__(self) -> None:
        #: With what they are like, so that its id stays its own.
        self._known: dict[tuple[int, str, int], tuple[Settings, Settings]] = {}

    def changed(self, settings: Settings, name: str, value: int) -> Settings:
        key = (id(settings), name, value)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = settings, {**settings, name: value}
        return found[1]


class Sysctls:
    """Settings by their path below /proc/sys.  `conf4` and `conf6` hold `all` and `default`; a device has its own.

    `first` are those of the machine's first namespace; None if these are.
    """

    def __init__(self, handlers: SysctlHandlers, first: Sysctls | None) -> None:
        self._handlers = handlers
        #: Those that were written, before those of a new machine, which namespaces share.
        self._own: dict[str, str] = {}
        self._values: ChainMap[str, str] = ChainMap(self._own, _plain())
        # IPv4 settings come from the machine's first namespace (devinet_init_net, devconf_inherit_init_net 0).
        self._first = first
        if first is not None:
            self._values.update({key: value for key in _INHERITED if (value := first.read(key)) != _plain()[key]})
        self.variants: Variants = Variants() if first is None else first.variants
        self.conf4: dict[str, Settings] = {
            who: _settings("ipv4", "conf", who) if first is None else first.conf4[who] for who in ("all", "default")
        }
        self.conf6: dict[str, Settings] = {who: _settings("ipv6", "conf", who) for who in ("all", "default")}
        #: Those of neighbours that were written.
        self._neigh: dict[tuple[str, str], Settings] = {}
        self._reserved = _NONE_RESERVED
        self._ephemeral = _UNREAD_RANGE
        #: Settings of devices that were written: a new default does not change those.
        self._written: set[tuple[str, str, str]] = set()

    # --- devices come, go and are renamed -----------------------------------------------------------------------

    def device_added(self, name: str) -> None:
        """devinet_sysctl_register, addrconf_sysctl_register."""
        self.conf4[name], self.conf6[name] = self.conf4["default"], self.conf6["default"]
        if name == "lo":
            self._set("ipv4", name, "disable_policy", 1)
            self._set("ipv4", name, "disable_xfrm", 1)

    def device_removed(self, name: str) -> None:
        del self.conf4[name], self.conf6[name]
        for family in _FAMILIES:
            self._neigh.pop((family, name), None)
        self._written = {written for written in self._written if written[1] != name}

    def device_renamed(self, old: str, new: str) -> None:
        self.conf4[new], self.conf6[new] = self.conf4.pop(old), self.conf6.pop(old)
        for family in _FAMILIES:
            if (family, old) in self._neigh:
                self._neigh[family, new] = self._neigh.pop((family, old))
        self._written = {(f, new if who == old else who, name) for f, who, name in self._written}

    # --- reading ------------------------------------------------------------------------------------------------

    def number(self, key: str) -> int:
        """A numeric setting that is none of a device's, fast."""
        own = self._own.get(key)
        return _plain_number(key) if own is None else int(own)

    def reserved_ports(self) -> frozenset[int]:
        """The ports that no socket gets by itself (ip_local_reserved_ports)."""
        text = self._own.get(_RESERVED_PORTS, "")
        if self._reserved[0] != text:
            self._reserved = text, frozenset(members(text))
        return self._reserved[1]

    def port_range(self) -> tuple[int, int]:
        """The first and the last of the ports that sockets get by themselves (ip_local_port_range)."""
        text = self._own.get(_PORT_RANGE) or _plain()[_PORT_RANGE]
        if self._ephemeral[0] != text:
            low, high = text.split()
            self._ephemeral = text, int(low), int(high)
        return self._ephemeral[1:]

    def neigh(self, family: str, device: str) -> Settings:
        """net/FAMILY/neigh/DEVICE."""
        return self._neigh.get((family, device)) or _settings(family, "neigh", "DEVICE")

    def _neigh_of(self, family: str, who: str) -> Settings | None:
        return self.neigh(family, who) if who in self.conf4 and who not in ("all", "default") else None

    def _neighs(self) -> Iterator[tuple[str, str, Settings]]:
        """Families, devices and their settings of neighbours."""
        devices = [who for who in self.conf4 if who not in ("all", "default")]
        return ((family, who, self.neigh(family, who)) for family in _FAMILIES for who in devices)

    def settings_of(self, device: str) -> tuple[Settings, ...]:
        """All that are set for a device, for `all` or for `default`: of IPv4, of IPv6, of the neighbours of both."""
        return self.conf4[device], self.conf6[device], *(self._neigh_of(f, device) or {} for f in _FAMILIES)

    def has_written(self, prefix: str) -> bool:
        """Whether one of these was written, of those that are not set for each device."""
        return any(key.startswith(prefix) for key in self._own)

    def changed(self) -> dict[str, str]:
        """Those that are not set for each device, and are not as on a new machine."""
        return {key: value for key, value in self._own.items() if value != _plain()[key]}

    def names(self) -> list[str]:
        names = [*self._values, "net/ipv4/ip_forward", _FLUSH]
        names += [f"net/ipv6/conf/{who}/{_SECRET}" for who in self.conf6]
        names += [f"net/{family}/neigh/{who}/{name}" for family, who, _ in self._neighs() for name in _DERIVED]
        for family, table in (("ipv4", self.conf4), ("ipv6", self.conf6)):
            names += [f"net/{family}/conf/{who}/{name}" for who, values in table.items() for name in values]
        names += [f"net/{family}/neigh/{who}/{name}" for family, who, values in self._neighs() for name in values]
        return sorted(set(names))

    def read(self, key: str) -> str:
        """The value without its newline; KernelError: ENOENT for no such key, EACCES, EIO for what cannot be read."""
        if key == _FLUSH:
            raise KernelError(Errno.EACCES)
        table, name = self._table(key)
        if table is not None:
            if name == _SECRET:
                raise KernelError(Errno.EIO)
            derived = _DERIVED.get(name)
            return str(table[name] if derived is None else derived.read(table[derived.of]))
        if key == "net/ipv4/ip_forward":
            return str(self.conf4["all"]["forwarding"])
        if key == "net/netfilter/nf_conntrack_count":
            return str(self._handlers.conntrack_count())
        try:
            return self._values[key]
        except KeyError:
            raise KernelError(Errno.ENOENT) from None

    def _table(self, key: str) -> tuple[Settings | None, str]:
        """The device table a key is in, and its name there; (None, "") for the others."""
        parts = key.split("/")
        if len(parts) != 5 or parts[0] != "net" or parts[1] not in _FAMILIES or parts[2] not in ("conf", "neigh"):
            return None, ""
        _, family, kind, who, name = parts
        table = self._conf(family).get(who) if kind == "conf" else self._neigh_of(family, who)
        more = _DERIVED if kind == "neigh" else (_SECRET,) if family == "ipv6" else ()
        if table is None or (name not in table and name not in more):
            raise KernelError(Errno.ENOENT)
        return table, name

    # --- writing ------------------------------------------------------------------------------------------------

    def write(self, key: str, text: str) -> None:
        """KernelError: ENOENT for no such key, EINVAL for what it does not take, EACCES for one that is read-only here.

        NotModelled for a value that the kernel takes and that the simulator would not follow.
        """
        if key == _FLUSH:
            _number(key, text)
            self._handlers.flush_exceptions()
            return
        if key.endswith(f"/{_SECRET}"):
            self._table(key)
            sysctl_support.check(key, text.strip())
        self.read(key)
        foreign = key in _OF_THE_MACHINE and self._first is not None
        if key in _READ_ONLY or foreign or key.endswith("/mc_forwarding"):
            raise KernelError(Errno.EACCES)
        table, name = self._table(key)
        if table is not None:
            value, derived = _number(key, text), _DERIVED.get(name)
            if derived is not None:
                name, value = derived.of, derived.written(value)
            self._write_setting(key, table, name, value)
        elif key == "net/ipv4/ip_forward":
            if _number(key, text) != self.conf4["all"]["forwarding"]:
                self._set_forwarding(_number(key, text))
        else:
            self._write_plain(key, text)
        self._handlers.sysctls_changed()

    def _write_plain(self, key: str, text: str) -> None:
        value = self._accepted(key, text)
        if value != self._values[key]:
            sysctl_support.check(key, value)
        self._values[key] = value

    def _accepted(self, key: str, text: str) -> str:
        """A text as it is read again: KernelError for one that the key does not take."""
        if key == _PORT_RANGE:
            return self._port_range(text)
        if key == _GROUP_RANGE:
            low, high = [*numbers(text), *map(int, self._values[key].split()[1:])][:2]
            return _NO_GROUP if high < low else f"{low}\t{high}"
        if key == _CONGESTION_CONTROL:
            return self._congestion_control(text.strip())
        if key in _BITMAPS:
            return bitmap(text, _BITMAPS[key])
        if key.startswith(_SWITCHES):
            return str(int(_number(key, text) != 0))
        if not is_digits(self._values[key].lstrip("-")):
            return text.rstrip("\n")
        value = _number(key, text)
        if key == _FIRST_UNPRIVILEGED and not 0 <= value <= int(self._values[_PORT_RANGE].split()[0]):
            raise KernelError(Errno.EINVAL)
        return str(value)

    def _port_range(self, text: str) -> str:
        """Ports that sockets get by themselves are none that only root may have; one number alone is the first one."""
        low, high = [*numbers(text), *map(int, self._values[_PORT_RANGE].split()[1:])][:2]
        if not max(1, self.number(_FIRST_UNPRIVILEGED)) <= low <= high <= 65535:
            raise KernelError(Errno.EINVAL)
        return f"{low}\t{high}"

    def _congestion_control(self, name: str) -> str:
        if name not in self._values["net/ipv4/tcp_available_congestion_control"].split():
            raise KernelError(Errno.ENOENT)
        return name

    def _write_setting(self, key: str, table: Settings, name: str, value: int) -> None:
        _, family, kind, who, _ = key.split("/")
        if family == "ipv6" and kind == "conf":
            self._check6(who, name, value)
        changed = table[name] != value
        if changed:
            sysctl_support.check(key, str(value))
        if kind == "neigh":
            self._neigh[family, who] = self.variants.changed(table, name, value)
            return
        self._set(family, who, name, value)
        self._written.add((family, who, name))
        if family == "ipv6":
            self._write_setting6(who, name, value, changed=changed)
        elif name == "forwarding":
            if who == "all" and changed:
                self._set_forwarding(value)
            elif who == "default":
                self._spread("ipv4", name, value)
        elif who == "default":
            self._spread("ipv4", name, value)

    def _check6(self, who: str, name: str, value: int) -> None:
        """KernelError(EINVAL) for what a device cannot do (addrconf_sysctl_mtu, addrconf_sysctl_addr_gen_mode)."""
        highest = self._handlers.max_mtu6(who)
        if name == "mtu" and not MINIMUM_MTU <= value <= (_INT_MAX if highest is None else highest):
            raise KernelError(Errno.EINVAL)
        if name == "addr_gen_mode" and not 0 <= value < len(ADDRESS_MODES):
            raise KernelError(Errno.EINVAL)

    def _spread(self, family: str, name: str, value: int) -> None:
        """A new default is copied to devices whose own setting was never written (devinet_copy_dflt_conf)."""
        for who in self._conf(family):
            own = {(family, who, name), (family, who, _EVERYTHING)}
            if who not in ("all", "default") and not own & self._written:
                self._set(family, who, name, value)

    def _conf(self, family: str) -> dict[str, Settings]:
        return self.conf4 if family == "ipv4" else self.conf6

    def _set(self, family: str, who: str, name: str, value: int) -> None:
        conf = self._conf(family)
        if conf[who][name] != value:
            conf[who] = self.variants.changed(conf[who], name, value)
            self._handlers.conf_replaced(who)

    def set6(self, device: str, name: str, value: int) -> None:
        """The kernel itself changes a setting of IPv6."""
        self._set("ipv6", device, name, value)

    def keep4(self, device: str) -> None:
        """ipv4_devconf_setall: a device with an IPv4 address does not follow the defaults any more."""
        self._written.add(("ipv4", device, _EVERYTHING))

    def _set_forwarding(self, value: int) -> None:
        """inet_forward_change: on everything, and redirects are listened to only by hosts that do not forward."""
        for who in self.conf4:
            self._set("ipv4", who, "forwarding", value)
        self._set("ipv4", "all", "accept_redirects", int(not value))

    def _set_address_mode(self, who: str, value: int) -> None:
        """addrconf_sysctl_addr_gen_mode: it counts when a device comes up the next time."""
        for each in self.conf6:
            if who in ("all", each):
                self._set("ipv6", each, "addr_gen_mode", value)
                self._handlers.addr_gen_mode_changed(each, ADDRESS_MODES[value])

    def _write_setting6(self, who: str, name: str, value: int, *, changed: bool) -> None:
        """`all` is every device only for these four, and those to come but for force_forwarding."""
        if name == "addr_gen_mode":
            self._set_address_mode(who, value)
        if name == "force_forwarding" and who == "all" and changed:
            for each in self.conf6:
                if each != "default":
                    self._set("ipv6", each, name, value)
        if name not in ("forwarding", "disable_ipv6"):
            return
        concerned = [who] if changed else []
        if who == "all":
            concerned = [each for each, settings in self.conf6.items() if bool(settings[name]) != bool(value)]
            for each in self.conf6:
                self._set("ipv6", each, name, value)
        for each in concerned:
            self._handlers.ipv6_conf_changed(each, name)
