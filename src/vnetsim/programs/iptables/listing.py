"""What `iptables -L`, `-S` and `-v` print (iptables/nft-ipv4.c, nft-shared.c, xshared.c)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import attrs

from vnetsim.netfilter.header import DeviceName, MaskedAddress, Protocol, protocol_name
from vnetsim.netfilter.rules import Jump, Rule
from vnetsim.netfilter.tables import Chain, IptEntry, XtTable
from vnetsim.values import frozen
from vnetsim.wire.inet import Address

_ANYWHERE: Final = {4: "0.0.0.0/0", 6: "::/0"}
#: Larger counters are shown in thousands, then in millions ..., each time with rounding.
_SUFFIXES: Final = ("K", "M", "G", "T")
#: Protocols whose names iptables knows without looking them up.
_NAMED: Final = frozenset({1, 6, 17, 50, 51, 58, 132, 135, 136})
#: /etc/networks of Debian.
_NETWORKS: Final = {"0.0.0.0": "default", "127.0.0.0": "loopback", "169.254.0.0": "link-local"}


@frozen(kw_only=True)
class ListingFormat:
    """How to list; `name` finds the name of an address, None if it has none."""

    version: int = 4
    numeric: bool = True
    verbose: bool = False
    exact: bool = False
    line_numbers: bool = False
    name: Callable[[Address], str | None] = attrs.field(default=lambda _address: None)


def chains(table: XtTable, chosen: list[Chain], form: ListingFormat) -> Iterator[str]:
    """Lines of `-L`: each chain with its rules, an empty line between them."""
    for number, chain in enumerate(chosen):
        if number:
            yield ""
        yield _title(table, chain, form)
        yield _columns(form)
        yield from rules(chain, form)


def rules(chain: Chain, form: ListingFormat, only: int | None = None) -> Iterator[str]:
    for number, entry in enumerate(chain.entries, start=1):
        if only in (None, number):
            yield _line(number, entry, form)


def _title(table: XtTable, chain: Chain, form: ListingFormat) -> str:
    if chain.policy is None:
        return f"Chain {chain.name} ({table.references(chain.name)} references)"
    counted = ""
    if form.verbose:
        counted = f" {_short(chain.packets, form)} packets, {_short(chain.bytes, form)} bytes"
    return f"Chain {chain.name} (policy {chain.policy}{counted})"


def _columns(form: ListingFormat) -> str:
    number = "num  " if form.line_numbers else ""
    counters = (f"{'pkts':>8} {'bytes':>10} " if form.exact else f"{'pkts':>5} {'bytes':>5} ") if form.verbose else ""
    devices = f" {'in':<6} {'out':<6} " if form.verbose else ""
    return f"{number}{counters}{'target':<9}  prot opt{devices} {'source':<19}  {'destination':<19} "


def _short(value: int, form: ListingFormat) -> str:
    if form.exact or value <= 99999:
        return str(value)
    for suffix in _SUFFIXES:
        value = (value + 500) // 1000
        if value <= 9999 or suffix == _SUFFIXES[-1]:
            break
    return f"{value}{suffix}"


def _line(number: int, entry: IptEntry, form: ListingFormat) -> str:
    rule = entry.rule
    text = f"{number:<4} " if form.line_numbers else ""
    if form.verbose:
        width = 8 if form.exact else 5
        text += f"{_short(entry.packets, form):>{width}} {_short(entry.bytes, form):>{width}} "
    text += f"{_target(rule):<9} {_sign(rule.protocol)}{_protocol(rule, numeric=form.numeric):<4} {_options(rule)} "
    if form.verbose:
        anything = "*" if form.numeric else "any"
        text += f" {_device(rule.in_device, anything):<6} {_device(rule.out_device, anything):<6} "
    for network in (rule.source, rule.destination):
        text += f"{_sign(network)}{_address(network, form):<19} "
    return text + _extras(rule, form)


def _sign(part: MaskedAddress | Protocol | None) -> str:
    return "!" if part is not None and part.negated else " "


def _target(rule: Rule) -> str:
    return "" if rule.target is None else rule.target.column


def _protocol(rule: Rule, *, numeric: bool) -> str:
    number = rule.protocol.number if rule.protocol else 0
    if numeric:
        return str(number)
    return protocol_name(number) if number else "all"


def _options(rule: Rule) -> str:
    if rule.fragment is None:
        return "--"
    return "!f" if rule.fragment.negated else "-f"


def _device(device: DeviceName | None, anything: str) -> str:
    return anything if device is None else device.column


def _address(network: MaskedAddress | None, form: ListingFormat) -> str:
    if network is None or (network.mask == 0 and not network.negated):
        return _ANYWHERE[form.version] if form.numeric else "anywhere"
    return network_text(network, form)


def network_text(network: MaskedAddress, form: ListingFormat) -> str:
    """Without the length where it is an address, and with names if they are wanted."""
    bits = network.address.bits
    mask = "" if network.mask == (1 << bits) - 1 else network.mask_text
    if form.numeric:
        return f"{network.address}{mask}"
    if network.address == 0 and form.version == 6:
        return "anywhere"
    name = _NETWORKS.get(str(network.address)) if mask else None
    return f"{name or form.name(network.address) or network.address}{mask}"


def _name(form: ListingFormat) -> Callable[[Address], str]:
    """Of a host, or of a network."""
    return lambda address: form.name(address) or _NETWORKS.get(str(address)) or str(address)


def _extras(rule: Rule, form: ListingFormat) -> str:
    goto = "[goto] " if isinstance(rule.target, Jump) and rule.target.goto else ""
    extras = (
        extension.listing(form.numeric) if form.numeric else extension.named(_name(form))
        for extension in rule.extensions
    )
    return goto + "".join(f" {text}" for text in extras if text)


def sentence(rule: Rule, version: int) -> str:
    """What `-v` prints of a rule that was added or deleted."""
    form = ListingFormat(version=version)
    protocol = _protocol(rule, numeric=rule.protocol is not None and rule.protocol.number not in _NAMED)
    text = f"{_target(rule)} {_sign(rule.protocol)}{protocol} opt {_options(rule)} "
    text += f"in {_device(rule.in_device, '*')} out {_device(rule.out_device, '*')} "
    text += f"{_sign(rule.source)}{_address(rule.source, form)} "
    text += f"{_sign(rule.destination)}-> {_address(rule.destination, form)}  "
    return text + _extras(rule, form)


# --- -S --------------------------------------------------------------------------------------------------------------


def commands(chosen: list[Chain], *, counters: bool) -> Iterator[str]:
    """Lines of `-S`: policies, chains, rules."""
    for chain in chosen:
        counted = f" -c {chain.packets} {chain.bytes}" if counters and chain.policy is not None else ""
        yield f"-N {chain.name}" if chain.policy is None else f"-P {chain.name} {chain.policy}{counted}"
    for chain in chosen:
        for entry in chain.entries:
            yield command(chain, entry, counters=counters)


def command(chain: Chain, entry: IptEntry, *, counters: bool) -> str:
    rule = entry.rule
    counted = f"-c {entry.packets} {entry.bytes}" if counters else ""
    return " ".join(filter(None, (f"-A {chain.name}", rule.selection, counted, rule.action)))
