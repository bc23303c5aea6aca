"""Bridge ports: physdev (xt_physdev.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter.header import DeviceName, device_name
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen

_ALL_BUT_OUTPUT: Final = frozenset({"PREROUTING", "INPUT", "FORWARD", "POSTROUTING"})


@frozen(kw_only=True)
class PhysicalDevice(XtMatch):
    """The bridge ports of a bridged packet; each `is_...` is True, False (negated) or None (not parsed)."""

    name = "physdev"
    in_port: DeviceName | None = None
    is_in: bool | None = None
    out_port: DeviceName | None = None
    is_out: bool | None = None
    is_bridged: bool | None = None

    @property
    def hooks(self) -> frozenset[str] | None:
        has_out = self.out_port is not None or self.is_out is not None
        return _ALL_BUT_OUTPUT if has_out and not self.is_bridged else None

    def matches(self, packet: PktInfo) -> bool:
        if not (packet.physical_in or packet.physical_out):
            return self._takes_unbridged()
        physical_in, physical_out = packet.physical_in, packet.physical_out
        for wanted, found in ((self.is_bridged, physical_out), (self.is_in, physical_in), (self.is_out, physical_out)):
            if wanted is not None and bool(found) != wanted:
                return False
        if self.in_port is not None and not self.in_port.fits(packet.physical_in):
            return False
        return self.out_port is None or self.out_port.fits(packet.physical_out)

    def _takes_unbridged(self) -> bool:
        if True in (self.is_bridged, self.is_in, self.is_out):
            return False
        return all(port is None or port.negated for port in (self.in_port, self.out_port))

    def _parts(self) -> str:
        parts = []
        ports = (self.is_in, self.in_port, self.is_out, self.out_port, self.is_bridged)
        for option, port in zip(("is-in", "in", "is-out", "out", "is-bridged"), ports, strict=True):
            if isinstance(port, DeviceName):
                parts.append(f"{negation(port.negated)}--physdev-{option} {port.name}")
            elif port is not None:
                parts.append(f"{negation(not port)}--physdev-{option}")
        return " ".join(parts)

    def listing(self, _numeric: bool) -> str:
        return f"PHYSDEV match {self._parts()}"

    def __str__(self) -> str:
        return f"-m physdev {self._parts()}"


def _port(text: str, context: ParseContext) -> str:
    name, note = device_name(text)
    if note:
        context.notes.append(note)
    return name


def _physdev(parsed: ParsedOptions) -> PhysicalDevice:
    def port(key: str) -> DeviceName | None:
        return DeviceName(parsed.get(key), parsed.negated(key)) if key in parsed else None

    def flag(key: str) -> bool | None:
        return not parsed.negated(key) if key in parsed else None

    return PhysicalDevice(
        in_port=port("physdev-in"),
        is_in=flag("physdev-is-in"),
        out_port=port("physdev-out"),
        is_out=flag("physdev-is-out"),
        is_bridged=flag("physdev-is-bridged"),
    )


MATCHES: Final = (
    Extension(
        "physdev",
        (
            XtOption("physdev-in", _port, inverts=True),
            XtOption("physdev-out", _port, inverts=True),
            XtOption("physdev-is-in", inverts=True),
            XtOption("physdev-is-out", inverts=True),
            XtOption("physdev-is-bridged", inverts=True),
        ),
        _physdev,
        required="PHYSDEV: no physdev option specified",
    ),
)
