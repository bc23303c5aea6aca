"""The flags of dockerd that concern networks (daemon/config, cmd/dockerd/config_unix.go).

Not modelled: TLS, storage, logging, Swarm, nftables, rootless mode; such a flag is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.docker.config import configfile
from vnetsim.docker.gotypes import parse_bool, parse_int, quote
from vnetsim.docker.ipamutils import NetworkToSplit
from vnetsim.errors import EngineError, NotModelled, UsageError
from vnetsim.values import define
from vnetsim.wire.inet import Address, InterfaceAddress, Prefix, parse_address


@define(kw_only=True)
class DaemonOptions:
    """The configuration of the engine; None where neither a flag nor the file sets it."""

    bip: str = ""
    bip6: str = ""
    fixed_cidr: str = ""
    fixed_cidr_v6: str = ""
    default_gateway: Address | None = None
    default_gateway_v6: Address | None = None
    default_address_pools: list[NetworkToSplit] = attrs.field(factory=list)
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
    log_level: str = "info"
    dns: list[str] = attrs.field(factory=list)
    dns_search: list[str] = attrs.field(factory=list)
    dns_opt: list[str] = attrs.field(factory=list)
    host_gateway_ip: list[Address] = attrs.field(factory=list)
    #: Options for new networks, by driver.
    default_network_opt: dict[str, dict[str, str]] = attrs.field(factory=dict)

    debug: bool = False

    @classmethod
    def parse(cls, arguments: Sequence[str], file: str = "") -> DaemonOptions:
        """From a command line (without `dockerd`) and the text of daemon.json.

        UsageError with dockerd's message for an invalid value, EngineError for one that makes its start fail,
        NotModelled for flags that are not modelled.
        """
        options = cls.validate(arguments, file)
        options.check_start()
        return options

    @classmethod
    def validate(cls, arguments: Sequence[str], file: str, path: str = configfile.PATH) -> DaemonOptions:
        """The checks of `dockerd --validate`."""
        options = cls()
        given: dict[str, list[str]] = {}
        for flag, value in _flags(arguments):
            try:
                _FLAGS[flag](options, value)
            except ValueError as error:
                raise UsageError(f'invalid argument "{value}" for "--{flag}" flag: {error}') from None
            given.setdefault(flag, []).append(value)
        try:
            options._take_file(configfile.directives(file), given)
            options._check()
        except UsageError as error:
            raise UsageError(f"unable to configure the Docker daemon with file {path}: {error}") from None
        return options

    def _take_file(self, content: Mapping[str, Any], given: Mapping[str, Sequence[str]]) -> None:
        configfile.check_conflicts(content, given)
        for flag, value in configfile.as_flags(content):
            try:
                _FLAGS[flag](self, value)
            except ValueError as error:
                message = f"invalid IP address: {value}" if flag in _ADDRESSES else str(error)
                if flag == "host-gateway-ip" and "host-gateway-ips" in content:
                    message = str(error)
                raise UsageError(f"invalid JSON: {message}") from None

    def _check(self) -> None:
        """config.Validate."""
        message = ""
        if self.mtu < 0:
            message = f"invalid default MTU: {self.mtu}"
        elif self.log_level not in _LOG_LEVELS:
            message = f"invalid logging level: {self.log_level}"
        elif problem := _ipv6_problem(self.fixed_cidr_v6):
            message = f"invalid fixed-cidr-v6: invalid fixed-cidr-v6: {problem}"
        for version in (4, 6):
            if len([address for address in self.host_gateway_ip if address.version == version]) > 1:
                message = message or f"only one IPv{version} host gateway IP address can be specified"
        if message:
            raise UsageError(f"merged configuration validation from file and command line flags failed: {message}")

    def check_start(self) -> None:
        """verifyDaemonSettings, and the checks of the network controller."""
        message = ""
        if self.bridge and (self.bip or self.bip6):
            message = "You specified -b & --bip, mutually exclusive options. Please specify only one"
        elif not self.iptables and not self.icc:
            message = (
                "You specified --iptables=false with --icc=false. ICC=false uses iptables to function. "
                "Please set --icc or --iptables to true"
            )
        if message:
            raise UsageError(f"failed to start daemon: {message}")
        for index, (base, size) in enumerate(self.default_address_pools):
            if size < base.length:
                space = "error obtaining controller instance: could not construct local address space"
                pool = f"network at index {index} (&{{{base} {size}}})"
                wrong = f"has a smaller prefix (/{base.length}) than the target size of that pool (/{size})"
                wrong = wrong if size else "is not in canonical form"
                raise EngineError(500, f"{space}: {pool} {wrong}")
        for name in ("bip", "bip6", "fixed_cidr", "fixed_cidr_v6"):
            _interface(self, name)

    def interface(self, name: str) -> InterfaceAddress | None:
        """`bip`, `fixed_cidr` and so on, as an address with its network; EngineError if it is none."""
        return _interface(self, name)


def _interface(options: DaemonOptions, name: str) -> InterfaceAddress | None:
    text: str = getattr(options, name)
    try:
        if text and "/" not in text:
            raise ValueError(text)
        return InterfaceAddress.parse(text) if text else None
    except ValueError:
        flag = name.replace("_", "-")
        raise EngineError(500, f"parse {flag} failed: invalid CIDR address: {text}") from None


#: In bits, of IPv4 and IPv6.
_LONGEST_PREFIX: Final = (32, 128)


def _ipv6_problem(text: str) -> str:
    if not text:
        return ""
    if "/" not in text:
        return f"netip.ParsePrefix({quote(text)}): no '/'"
    address, _, length = text.partition("/")
    if is_digits(length) and int(length) > _LONGEST_PREFIX[":" in address]:
        return f"netip.ParsePrefix({quote(text)}): prefix length out of range"
    try:
        given = InterfaceAddress.parse(text)
    except ValueError as error:
        return str(error)
    return "" if given.address.version == 6 else f"'{text}' is not a valid IPv6 subnet"


def _flags(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of flag and value; a switch without a value is `true`."""
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        flag, equals, value = _ALIASES.get(argument, argument).removeprefix("--").partition("=")
        if not argument.startswith("-"):
            raise UsageError(f"unexpected argument {argument!r} for dockerd")
        if flag not in _FLAGS:
            if flag in _OTHERS.split():
                raise NotModelled(f"dockerd --{flag}")
            raise UsageError(f"unknown flag: --{flag}")
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


def _address_pool(text: str) -> NetworkToSplit:
    """`base=10.10.0.0/16,size=24`."""
    base, size = Prefix.parse("0.0.0.0/0"), 0
    for field in text.split(","):
        key, equals, value = field.partition("=")
        if not equals:
            raise ValueError(f"invalid field '{field}' must be a key=value pair")
        if key == "base":
            if "/" not in value:
                raise ValueError(f"invalid base prefix {quote(value)}: netip.ParsePrefix({quote(value)}): no '/'")
            base = Prefix.parse(value)
        elif key == "size":
            try:
                size = parse_int(value)
            except ValueError as error:
                raise ValueError(f"invalid size value: {quote(text)} (must be integer): {error}") from None
        else:
            raise ValueError(f"unexpected key '{key}' in '{field}'")
    return base, size


def _default_network_opt(options: DaemonOptions, text: str) -> None:
    """`DRIVER=NAME=VALUE`."""
    driver, _, option = text.partition("=")
    name, equals, value = option.partition("=")
    if not equals:
        raise ValueError(f"invalid value {quote(text)} for map option, should be root-key=key=value")
    options.default_network_opt.setdefault(driver, {})[name] = value


def _ip(text: str) -> Address:
    return _address(text, f"failed to parse IP: {quote(text)}")


def _address(text: str, refusal: str) -> Address:
    try:
        return parse_address(text)
    except ValueError:
        raise ValueError(refusal) from None


def _servers(options: DaemonOptions, text: str) -> None:
    """pflag's IPSlice: a value may hold several addresses."""
    for part in text.split(","):
        options.dns.append(str(_address(part, f"invalid string being converted to IP address: {part}")))


def _gateway_ip(text: str) -> Address:
    return _address(text, f"ParseAddr({quote(text)}): unable to parse IP")


def _search_domain(text: str) -> str:
    if text != "." and not _DOMAIN.fullmatch(text):
        raise ValueError(f"{text} is not a valid domain")
    return text


def _mtu(text: str) -> int:
    try:
        return parse_int(text)
    except ValueError:
        raise ValueError(f"strconv.ParseInt: parsing {quote(text)}: invalid syntax") from None


#: opts.ValidateDNSSearch.
_DOMAIN: Final = re.compile(
    r"[a-zA-Z0-9_](?:[a-zA-Z0-9_-]*[a-zA-Z0-9_])?(?:\.[a-zA-Z0-9_](?:[a-zA-Z0-9_-]*[a-zA-Z0-9_])?)*\.?"
)
_SWITCHES: Final = frozenset((
    "icc", "ip-forward", "ip-forward-no-drop", "ip-masq", "iptables", "ip6tables", "ipv6", "userland-proxy",
    "allow-direct-routing", "debug",
))  # fmt: skip
_ALIASES: Final = {"-b": "--bridge", "-D": "--debug", "-l": "--log-level", "--dns-option": "--dns-opt"}
#: Flags of dockerd that are not modelled.
_OTHERS: Final = """
    add-runtime authorization-plugin cdi-spec-dir cgroup-parent config-file containerd containerd-namespace
    containerd-plugins-namespace cpu-rt-period cpu-rt-runtime cri-containerd data-root default-cgroupns-mode
    default-ipc-mode default-runtime default-shm-size default-ulimit exec-opt exec-root experimental feature group help
    host http-proxy https-proxy init init-path insecure-registry label live-restore log-driver log-format log-opt
    max-concurrent-downloads max-concurrent-uploads max-download-attempts metrics-addr network-control-plane-mtu
    no-new-privileges no-proxy node-generic-resource pidfile raw-logs registry-mirror rootless seccomp-profile
    selinux-enabled shutdown-timeout storage-driver storage-opt swarm-default-advertise-addr tls tlscacert tlscert
    tlskey tlsverify userland-proxy-path userns-remap validate version
    """
_ADDRESSES: Final = ("ip", "dns", "default-gateway", "default-gateway-v6", "host-gateway-ip")
_LOG_LEVELS: Final = ("panic", "fatal", "error", "warn", "warning", "info", "debug", "trace")
_FLAGS: Final[dict[str, Callable[[DaemonOptions, str], None]]] = {
    **{name: _setter(name.replace("-", "_"), parse_bool) for name in _SWITCHES},
    "bip": _setter("bip", str),
    "bip6": _setter("bip6", str),
    "fixed-cidr": _setter("fixed_cidr", str),
    "fixed-cidr-v6": _setter("fixed_cidr_v6", str),
    "default-gateway": _setter("default_gateway", _ip),
    "default-gateway-v6": _setter("default_gateway_v6", _ip),
    "default-address-pool": _appender("default_address_pools", _address_pool),
    "bridge": _setter("bridge", str),
    "ip": _setter("ip", _ip),
    "mtu": _setter("mtu", _mtu),
    "log-level": _setter("log_level", str),
    "dns": _servers,
    "dns-search": _appender("dns_search", _search_domain),
    "dns-opt": _appender("dns_opt", str),
    "host-gateway-ip": _appender("host_gateway_ip", _gateway_ip),
    "default-network-opt": _default_network_opt,
}
