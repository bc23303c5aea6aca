"""Sysctls of one network namespace: /proc/sys/net (Documentation/networking/ip-sysctl.rst).

The defaults are a recording (sysctl_defaults.txt).  All keys can be read and written; those that the kernel here
acts on are read where they matter, the others are only remembered, as docs/not-modelled.md says.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.wire.ipv6 import MINIMUM_MTU

if TYPE_CHECKING:
    from vnetsim.kernel.namespace import NetworkNamespace

#: Numbers have limits: key, lowest, highest.
_LIMITS: Final = {
    "net/ipv4/ip_default_ttl": (1, 255),
    "net/ipv4/ip_forward_use_pmtu": (0, 255),
    "net/ipv4/tcp_syn_retries": (1, 127),
    "net/ipv4/ip_unprivileged_port_start": (0, 65535),
}
#: Keys of several numbers.
_RANGES: Final = frozenset({"net/ipv4/ip_local_port_range", "net/ipv4/ping_group_range"})
#: Keys of numbers and ranges of them, like 0-1,3-127.
_BITMAPS: Final = frozenset({"net/ipv6/icmp/ratemask"})
_READ_ONLY: Final = frozenset({"net/netfilter/nf_conntrack_count", "net/netfilter/nf_conntrack_buckets"})
#: How a link-local address is made, by number (enum in6_addr_gen_mode).
_ADDRESS_MODES: Final = ("eui64", "none", "stable_secret", "random")
_INT_MAX: Final = 2**31 - 1


@cache
def _recorded() -> dict[str, str]:
    text = resources.files("vnetsim.kernel").joinpath("sysctl_defaults.txt").read_text("utf-8")
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


def _bitmap(text: str) -> str:
    """proc_do_large_bitmap."""
    for each in filter(None, text.strip().split(",")):
        words = each.split("-")
        if len(words) > 2 or not all(word.isascii() and word.isdigit() for word in words):
            raise KernelError(Errno.EINVAL)
    return text.strip()


def _number(text: str) -> int:
    try:
        value = int(text.strip(), 0)
    except ValueError:
        raise KernelError(Errno.EINVAL) from None
    if not -_INT_MAX - 1 <= value <= _INT_MAX:
        raise KernelError(Errno.EINVAL)
    return value


class Sysctls:
    """Settings by their path below /proc/sys.  `conf4` and `conf6` hold `all` and `default`; a device has its own."""

    def __init__(self, namespace: NetworkNamespace) -> None:
        self._namespace = namespace
        self._values: dict[str, str] = dict(_plain())
        self._numbers: dict[str, int] = {}
        # IPv4 settings come from the machine's first namespace (devinet_init_net, devconf_inherit_init_net 0).
        first = namespace.host.first
        self.conf4: dict[str, dict[str, int]] = {
            who: dict(_settings("ipv4", "conf", who) if first is None else first.sysctls.conf4[who])
            for who in ("all", "default")
        }
        self.conf6 = {who: dict(_settings("ipv6", "conf", who)) for who in ("all", "default")}
        self._neigh: dict[tuple[str, str], dict[str, int]] = {}
        #: Which settings of a device were written by hand: a new default does not touch those.
        self._written: set[tuple[str, str, str]] = set()

    # --- devices come, go and are renamed -----------------------------------------------------------------------

    def device_added(self, name: str) -> tuple[dict[str, int], dict[str, int]]:
        """The new device's IPv4 and IPv6 settings, which it shares with this table."""
        self.conf4[name] = dict(self.conf4["default"])
        if name == "lo":
            self.conf4[name].update(disable_policy=1, disable_xfrm=1)
        self.conf6[name] = dict(self.conf6["default"])
        for family in ("ipv4", "ipv6"):
            self._neigh[family, name] = dict(_settings(family, "neigh", "DEVICE"))
        return self.conf4[name], self.conf6[name]

    def device_removed(self, name: str) -> None:
        del self.conf4[name], self.conf6[name]
        for family in ("ipv4", "ipv6"):
            del self._neigh[family, name]
        self._written = {written for written in self._written if written[1] != name}

    def device_renamed(self, old: str, new: str) -> None:
        self.conf4[new], self.conf6[new] = self.conf4.pop(old), self.conf6.pop(old)
        for family in ("ipv4", "ipv6"):
            self._neigh[family, new] = self._neigh.pop((family, old))
        self._written = {(f, new if who == old else who, name) for f, who, name in self._written}

    # --- reading ------------------------------------------------------------------------------------------------

    def number(self, key: str) -> int:
        """A numeric setting that is none of a device's, fast."""
        value = self._numbers.get(key)
        if value is None:
            value = self._numbers[key] = int(self._values[key])
        return value

    def neigh(self, family: str, device: str) -> dict[str, int]:
        """net/FAMILY/neigh/DEVICE."""
        return self._neigh[family, device]

    def names(self) -> list[str]:
        names = [*self._values, "net/ipv4/ip_forward"]
        for family, table in (("ipv4", self.conf4), ("ipv6", self.conf6)):
            names += [f"net/{family}/conf/{who}/{name}" for who, values in table.items() for name in values]
        names += [
            f"net/{family}/neigh/{who}/{name}" for (family, who), values in self._neigh.items() for name in values
        ]
        return sorted(set(names))

    def read(self, key: str) -> str:
        """The value without its newline; KernelError(ENOENT) if there is no such key."""
        table, name = self._table(key)
        if table is not None:
            return str(table[name])
        if key == "net/ipv4/ip_forward":
            return str(self.conf4["all"]["forwarding"])
        if key == "net/netfilter/nf_conntrack_count":
            return str(self._namespace.netfilter.connection_count())
        try:
            return self._values[key]
        except KeyError:
            raise KernelError(Errno.ENOENT) from None

    def _table(self, key: str) -> tuple[dict[str, int] | None, str]:
        """The device table a key is in, and its name there; (None, "") for the others."""
        words = key.split("/")
        if len(words) != 5 or words[2] not in ("conf", "neigh"):
            return None, ""
        _, family, kind, who, name = words
        conf = self.conf4 if family == "ipv4" else self.conf6
        table = conf.get(who) if kind == "conf" else self._neigh.get((family, who))
        if table is None or name not in table:
            raise KernelError(Errno.ENOENT)
        return table, name

    # --- writing ------------------------------------------------------------------------------------------------

    def write(self, key: str, text: str) -> None:
        """KernelError: ENOENT for no such key, EINVAL for what it does not take, EACCES where nobody may write."""
        self.read(key)
        if key in _READ_ONLY:
            raise KernelError(Errno.EACCES)
        table, name = self._table(key)
        if table is not None:
            self._write_setting(key, table, name, _number(text))
        elif key == "net/ipv4/ip_forward":
            if _number(text) != self.conf4["all"]["forwarding"]:
                self._set_forwarding(_number(text))
        else:
            self._write_plain(key, text)
        self._namespace.forget_routes()

    def _write_plain(self, key: str, text: str) -> None:
        if key in _RANGES:
            text = self._range(key, text)
        elif key in _BITMAPS:
            text = _bitmap(text)
        elif self._values[key].lstrip("-").isdigit():
            value = _number(text)
            low, high = _LIMITS.get(key, (-_INT_MAX - 1, _INT_MAX))
            if not low <= value <= high:
                raise KernelError(Errno.EINVAL)
            text = str(value)
        self._values[key] = text.rstrip("\n")
        self._numbers.pop(key, None)

    def _range(self, key: str, text: str) -> str:
        words = text.split()
        if len(words) != 2:
            raise KernelError(Errno.EINVAL)
        low, high = _number(words[0]), _number(words[1])
        if key.endswith("port_range") and not 1 <= low <= high <= 65535:
            raise KernelError(Errno.EINVAL)
        return f"{low}\t{high}"

    def _write_setting(self, key: str, table: dict[str, int], name: str, value: int) -> None:
        _, family, kind, who, _ = key.split("/")
        if family == "ipv6" and kind == "conf":
            self._check6(who, name, value)
        changed = table[name] != value
        table[name] = value
        if kind == "neigh":
            return
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
        device = self._namespace.by_name.get(who)
        highest = _INT_MAX if device is None else device.mtu
        if name == "mtu" and not MINIMUM_MTU <= value <= highest:
            raise KernelError(Errno.EINVAL)
        if name == "addr_gen_mode" and not 0 <= value < len(_ADDRESS_MODES):
            raise KernelError(Errno.EINVAL)

    def _spread(self, family: str, name: str, value: int) -> None:
        """A new default reaches the devices whose own setting nobody wrote (devinet_copy_dflt_conf)."""
        for who, settings in (self.conf4 if family == "ipv4" else self.conf6).items():
            if who not in ("all", "default") and (family, who, name) not in self._written:
                settings[name] = value

    def _set_forwarding(self, value: int) -> None:
        """inet_forward_change: on everything, and redirects are listened to only by hosts that do not forward."""
        for settings in self.conf4.values():
            settings["forwarding"] = value
        self.conf4["all"]["accept_redirects"] = int(not value)
        self.conf4["default"]["forwarding"] = value

    def _write_setting6(self, who: str, name: str, value: int, *, changed: bool) -> None:
        """`all` is every device, and those to come, only for these two."""
        device = self._namespace.by_name.get(who)
        if device is not None and name == "addr_gen_mode":
            device.addrgenmode = _ADDRESS_MODES[value]
        if name not in ("forwarding", "disable_ipv6"):
            return
        concerned = [who] if changed else []
        if who == "all":
            concerned = [each for each, settings in self.conf6.items() if bool(settings[name]) != bool(value)]
            for settings in self.conf6.values():
                settings[name] = value
        for each in concerned:
            self._namespace.inet.ipv6_changed(each, name)
