"""The flags of dockerd that concern networks (daemon/config, cmd/dockerd/config_unix.go).

Not modelled: configuration files, TLS, storage, logging, Swarm, nftables, rootless mode; such a flag is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import attrs

from vnetsim.docker.gotypes import parse_bool, parse_int
from vnetsim.docker.ipam import Cut
from vnetsim.errors import NotModelled, UsageError
from vnetsim.wire.inet import Address, Interface, Prefix, parse_address


@attrs.define(kw_only=True)
class DaemonOptions:
    """What the engine was started with; None where nothing was said."""

    bip: Interface | None = None
    bip6: Interface | None = None
    fixed_cidr: Prefix | None = None
    fixed_cidr_v6: Prefix | None = None
    default_gateway: Address | None = None
    default_gateway_v6: Address | None = None
    default_address_pools: list[Cut] = attrs.field(factory=list)
    bridge: str | None = None  #: `none`, or a bridge made by the user
    icc: bool = True
    ip: Address = attrs.field(factory=lambda: parse_address("0.0.0.0"))
    ip_forward: bool = True
    ip_forward_no_drop: bool = False
    ip_masq: bool = True
    iptables: bool = True
    ip6tables: bool = True
    ipv6: bool = False
    userland_proxy: bool = True
    allow_direct_routing: bool = False
    mtu: int = 1500
    dns: list[str] = attrs.field(factory=list)
    dns_search: list[str] = attrs.field(factory=list)
    dns_opt: list[str] = attrs.field(factory=list)
    host_gateway_ip: list[Address] = attrs.field(factory=list)
    #: Options for new networks, by driver.
    default_network_opt: dict[str, dict[str, str]] = attrs.field(factory=dict)

    @classmethod
    def parse(cls, words: Sequence[str]) -> DaemonOptions:
        """From a command line (without `dockerd`); UsageError in dockerd's words for what it cannot be."""
        options = cls()
        for flag, value in _flags(words):
            try:
                _FLAGS[flag](options, value)
            except ValueError as error:
                raise UsageError(f'invalid argument "{value}" for "--{flag}" flag: {error}') from None
        return options


def _flags(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of flag and value; a switch without a value is `true`."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        flag, equals, value = _ALIASES.get(word, word).removeprefix("--").partition("=")
        if not word.startswith("-"):
            raise UsageError(f"unexpected argument {word!r} for dockerd")
        if flag not in _FLAGS:
            raise NotModelled(f"dockerd --{flag}")
        if not equals:
            if flag in _SWITCHES:
                value = "true"
            elif rest:
                value = rest.pop(0)
            else:
                raise UsageError(f"flag needs an argument: --{flag}")
        yield flag, value


def _setter(name: str, read: Callable[[str], object]) -> Callable[[DaemonOptions, str], None]:
    return lambda options, text: setattr(options, name, read(text))


def _appender(name: str, read: Callable[[str], object]) -> Callable[[DaemonOptions, str], None]:
    def add(options: DaemonOptions, text: str) -> None:
        values: list[Any] = getattr(options, name)
        values.append(read(text))

    return add


def _address_pool(text: str) -> Cut:
    """`base=10.10.0.0/16,size=24`."""
    fields = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
    base, size = Prefix.parse(fields.get("base", "")), parse_int(fields.get("size", ""))
    if not base.length <= size <= base.address.bits:
        raise ValueError(f"invalid default address pool size {size}")
    return base, size


def _default_network_opt(options: DaemonOptions, text: str) -> None:
    """`DRIVER=NAME=VALUE`."""
    driver, _, option = text.partition("=")
    name, equals, value = option.partition("=")
    if not equals:
        raise ValueError("invalid default network options")
    options.default_network_opt.setdefault(driver, {})[name] = value


_SWITCHES: Final = frozenset((
    "icc", "ip-forward", "ip-forward-no-drop", "ip-masq", "iptables", "ip6tables", "ipv6", "userland-proxy",
    "allow-direct-routing",
))  # fmt: skip

_ALIASES: Final = {"-b": "--bridge", "--dns-option": "--dns-opt"}

_FLAGS: Final[dict[str, Callable[[DaemonOptions, str], None]]] = {
    **{name: _setter(name.replace("-", "_"), parse_bool) for name in _SWITCHES},
    "bip": _setter("bip", Interface.parse),
    "bip6": _setter("bip6", Interface.parse),
    "fixed-cidr": _setter("fixed_cidr", lambda text: Interface.parse(text).network),
    "fixed-cidr-v6": _setter("fixed_cidr_v6", lambda text: Interface.parse(text).network),
    "default-gateway": _setter("default_gateway", parse_address),
    "default-gateway-v6": _setter("default_gateway_v6", parse_address),
    "default-address-pool": _appender("default_address_pools", _address_pool),
    "bridge": _setter("bridge", str),
    "ip": _setter("ip", parse_address),
    "mtu": _setter("mtu", parse_int),
    "dns": _appender("dns", lambda text: str(parse_address(text))),
    "dns-search": _appender("dns_search", str),
    "dns-opt": _appender("dns_opt", str),
    "host-gateway-ip": _appender("host_gateway_ip", parse_address),
    "default-network-opt": _default_network_opt,
}
