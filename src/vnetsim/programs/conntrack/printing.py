"""Connections as conntrack prints them (src/conntrack/snprintf_default.c of libnetfilter_conntrack).

Not modelled: XML, and the format that conntrack reads.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.observations import ConnectionEntry, Flow

_NAMES: Final = {1: "icmp", 6: "tcp", 17: "udp", 33: "dccp", 47: "gre", 58: "icmpv6", 132: "sctp", 136: "udplite"}
_WITH_PORTS: Final = (6, 17, 33, 132, 136)
_FAMILIES: Final = {4: "ipv4     2 ", 6: "ipv6     10 "}


@attrs.frozen(kw_only=True)
class Format:
    """What `-o` asks for."""

    extended: bool = False
    id: bool = False

    def listed(self, entry: ConnectionEntry, *, uses: int = 1) -> str:
        """A line of a list, without its end; `uses` is how often the kernel refers to the entry."""
        return f"{self._body(entry)} mark={entry.mark} use={uses}{self._id(entry)}"

    def told(self, entry: ConnectionEntry, *, timeout: bool) -> str:
        """What an event says of a connection."""
        mark = f" mark={entry.mark}" if entry.mark else ""
        return f"{self._body(entry, timeout=timeout)}{mark}{self._id(entry)}"

    def _id(self, entry: ConnectionEntry) -> str:
        return f" id={entry.id}" if self.id else ""

    def _body(self, entry: ConnectionEntry, *, timeout: bool = True) -> str:
        protocol = entry.original.protocol
        words = [f"{_NAMES.get(protocol, 'unknown'):<8} {protocol}"]
        words += [str(entry.seconds)] if timeout else []
        words += [entry.state] if entry.state is not None else []
        words.append(_flow(entry.original))
        words += [] if "SEEN_REPLY" in entry.status else ["[UNREPLIED]"]
        words.append(_flow(entry.reply))
        words += ["[ASSURED]"] if "ASSURED" in entry.status else []
        return (_FAMILIES[entry.version] if self.extended else "") + " ".join(words)


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
