"""Options of the targets of ebtables: arpreply, dnat, mark, redirect, snat (extensions/libebt_*.c).

Not modelled, and refused: `--snat-arp`.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter import options
from vnetsim.netfilter.ebtables.errors import usage
from vnetsim.netfilter.ebtables.rules import (
    ACCEPT,
    DROP,
    STANDARD,
    EbArpReply,
    EbDnat,
    EbRedirect,
    EbSetMark,
    EbSnat,
    EbTarget,
)
from vnetsim.wire.mac import UNKNOWN, Mac

#: The options of each: the name of what they set.
_OPTIONS: Final = {
    "arpreply": {"arpreply-mac": "mac", "arpreply-target": "verdict"},
    "dnat": {"to-destination": "mac", "to-dst": "mac", "dnat-target": "verdict"},
    "mark": {
        "set-mark": "set", "mark-set": "set", "mark-or": "or", "mark-and": "and", "mark-xor": "xor",
        "mark-target": "verdict",
    },
    "redirect": {"redirect-target": "verdict"},
    "snat": {"to-source": "mac", "to-src": "mac", "snat-target": "verdict", "snat-arp": "arp"},
}  # fmt: skip
_MAC_OPTION: Final = {"arpreply": "--arpreply-mac", "dnat": "--to-destination", "snat": "--to-source"}


def is_target(name: str) -> bool:
    return name in _OPTIONS


def is_option(name: str) -> bool:
    """Of any target; which one must fit is looked at when the whole command is read."""
    if name == "snat-arp":
        raise NotModelled("ebtables --snat-arp")
    return any(name in own for own in _OPTIONS.values())


def fits(target: EbTarget, protocol: str, negated: bool) -> bool:
    """Whether the kernel takes it with that protocol of Ethernet (ebt_arpreply_tg_check)."""
    return not isinstance(target, EbArpReply) or (protocol == "ARP" and not negated)


def build(name: str, given: list[tuple[str, str]]) -> EbTarget:
    found: dict[str, str] = {}
    for option, text in given:
        key = _OPTIONS[name].get(option)
        if key is None:
            raise usage(f"Unknown argument: '--{option}'")
        if key in found:
            raise usage("Multiple use of same option not allowed")
        found[key] = text
    verdict = found.pop("verdict", DROP if name == "arpreply" else ACCEPT)
    if verdict not in STANDARD:
        raise usage(f"Illegal --{name}-target target")
    if name == "redirect":
        return EbRedirect(verdict)
    if name == "mark":
        return _mark(found, verdict)
    if name == "arpreply":
        return EbArpReply(_mac(name, found.get("mac", str(UNKNOWN))), verdict)
    if "mac" not in found:
        raise usage("You must specify proper arguments")
    kinds: dict[str, type[EbDnat | EbSnat]] = {"dnat": EbDnat, "snat": EbSnat}
    return kinds[name](_mac(name, found["mac"]), verdict)


def _mac(name: str, text: str) -> Mac:
    try:
        return Mac.parse(text)
    except ValueError:
        raise usage(f"Problem with specified {_MAC_OPTION[name]} mac") from None


def _mark(found: dict[str, str], verdict: str) -> EbSetMark:
    if not found:
        raise usage("You must specify some option")
    (action, text), *others = found.items()
    if others:
        raise usage(f"--mark-{others[0][0]} cannot be used together with specific --mark option")
    value = options.number(text)
    if value is None or value > options.UINT32_MAX:
        raise usage(f"Bad MARK value '{text}'")
    return EbSetMark(action, value, verdict)
