"""Connections as conntrack prints them (src/conntrack/snprintf_default.c, snprintf_xml.c of libnetfilter_conntrack)."""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.observations import ConnectionEntry, Flow
from vnetsim.values import frozen

_NAMES: Final = {1: "icmp", 6: "tcp", 17: "udp", 33: "dccp", 47: "gre", 58: "icmpv6", 132: "sctp", 136: "udplite"}
_WITH_PORTS: Final = (6, 17, 33, 132, 136)
_FAMILIES: Final = {4: "ipv4     2 ", 6: "ipv6     10 "}


@frozen(kw_only=True)
class ConntrackFormat:
    """The arguments of `-o`."""

    extended: bool = False
    id: bool = False
    xml: bool = False
    save: bool = False

    def listed(self, entry: ConnectionEntry, *, uses: int = 1) -> str:
        """A line of a list, without its end; `uses` is how often the kernel refers to the entry."""
        if (entry.zone or "OFFLOAD" in entry.status) and (self.save or self.xml):
            raise NotModelled("conntrack -o xml or save with zones or flowtables")
        uses += "OFFLOAD" in entry.status
        if self.save:
            return saved(entry)
        if self.xml:
            return as_xml(entry, uses)
        return f"{self._body(entry)} mark={entry.mark}{_zone(entry, 3)} use={uses}{self._id(entry)}"

    def event(self, entry: ConnectionEntry, *, timeout: bool) -> str:
        """The text of a connection in an event."""
        mark = f" mark={entry.mark}" if entry.mark else ""
        return f"{self._body(entry, timeout=timeout)}{mark}{_zone(entry, 3)}{self._id(entry)}"

    def _id(self, entry: ConnectionEntry) -> str:
        return f" id={entry.id}" if self.id else ""

    def _body(self, entry: ConnectionEntry, *, timeout: bool = True) -> str:
        protocol = entry.original.protocol
        parts = [f"{_NAMES.get(protocol, 'unknown'):<8} {protocol}"]
        offload = "OFFLOAD" in entry.status
        parts += [str(entry.seconds)] if timeout and not offload else []
        parts += [entry.state] if entry.state is not None else []
        parts.append(_flow(entry.original) + _zone(entry, 1))
        parts += [] if "SEEN_REPLY" in entry.status else ["[UNREPLIED]"]
        parts.append(_flow(entry.reply) + _zone(entry, 2))
        parts += ["[OFFLOAD]"] if offload else ["[ASSURED]"] if "ASSURED" in entry.status else []
        return (_FAMILIES[entry.version] if self.extended else "") + " ".join(parts)


_ZONES: Final = {1: "zone-orig", 2: "zone-reply", 3: "zone"}


def _zone(entry: ConnectionEntry, directions: int) -> str:
    zone = entry.zone_as(directions)
    return f" {_ZONES[directions]}={zone}" if zone else ""


def _flow(flow: Flow) -> str:
    text = f"src={flow.source} dst={flow.destination}"
    if flow.protocol in _WITH_PORTS:
        text += f" sport={flow.source_port} dport={flow.destination_port}"
    elif flow.protocol in (1, 58):
        kind = flow.destination_port
        text += f" type={kind >> 8} code={kind & 0xFF} id={flow.source_port}"
    elif flow.protocol == 47:
        text += f" srckey=0x{flow.source_port:x} dstkey=0x{flow.destination_port:x}"
    if flow.packets is not None:
        text += f" packets={flow.packets} bytes={flow.bytes}"
    return text


# --- XML, and what `conntrack -R` reads ------------------------------------------------------------------------------

XML_HEAD: Final = '<?xml version="1.0" encoding="utf-8"?>\n<conntrack>\n'
XML_END: Final = "</conntrack>\n"


def as_xml(entry: ConnectionEntry, uses: int) -> str:
    """An element `flow`."""
    own = [f"<state>{entry.state}</state>"] if entry.state is not None else []
    own.append(f"<timeout>{entry.seconds}</timeout><mark>{entry.mark}</mark><use>{uses}</use><id>{entry.id}</id>")
    own += ["<assured/>"] if "ASSURED" in entry.status else []
    own += [] if "SEEN_REPLY" in entry.status else ["<unreplied/>"]
    parts = [("original", _flow_as_xml(entry.original)), ("reply", _flow_as_xml(entry.reply))]
    parts.append(("independent", "".join(own)))
    return "".join(
        ["<flow>", *(f'<meta direction="{direction}">{text}</meta>' for direction, text in parts), "</flow>"]
    )


def _flow_as_xml(flow: Flow) -> str:
    number, family = (2, "ipv4") if flow.source.version == 4 else (10, "ipv6")
    ports = f"<sport>{flow.source_port}</sport><dport>{flow.destination_port}</dport>"
    counted = f"<counters><packets>{flow.packets}</packets><bytes>{flow.bytes}</bytes></counters>"
    ends = f"<src>{flow.source}</src><dst>{flow.destination}</dst>"
    return (
        f'<layer3 protonum="{number}" protoname="{family}">{ends}</layer3>'
        f'<layer4 protonum="{flow.protocol}" protoname="{_NAMES.get(flow.protocol, "unknown")}">'
        f"{ports if flow.protocol in _WITH_PORTS else ''}</layer4>{'' if flow.packets is None else counted}"
    )


def saved(entry: ConnectionEntry) -> str:
    """The options that make it anew; an end that was translated has an option of its own."""
    flow, back = entry.original, entry.reply
    status = [token for token in ("SEEN_REPLY", "ASSURED") if token in entry.status]
    parts = [f"-A -t {entry.seconds} -u {','.join(status) or 'UNSET'} -s {flow.source} -d {flow.destination}"]
    parts.append(f"{'-r' if back.source == flow.destination else '-g'} {back.source}")
    parts.append(f"{'-q' if back.destination == flow.source else '-n'} {back.destination}")
    name = _NAMES.get(flow.protocol, str(flow.protocol))
    parts.append(f"-p {name}")
    if flow.protocol in _WITH_PORTS:
        parts.append(f"--sport {flow.source_port} --dport {flow.destination_port}")
        parts.append(f"--reply-port-src {back.source_port} --reply-port-dst {back.destination_port}")
    elif flow.protocol in (1, 58):
        kind = flow.destination_port
        parts.append(f"--{name}-type {kind >> 8} --{name}-code {kind & 0xFF} --{name}-id {flow.source_port}")
    return " ".join([*parts, *([f"--state {entry.state}"] if entry.state is not None else [])])
