"""Values on the wire: a module a protocol, each with decode, encode and the text that tcpdump prints."""

import importlib
from functools import partial

from vnetsim.wire import applications, ipv4, vxlan
from vnetsim.wire.printer import PacketPrinter


def _encapsulated(protocol: int, printer: PacketPrinter, data: bytes) -> str:
    text: str = importlib.import_module("vnetsim.wire.gre").describe_encapsulated(protocol, printer, data)
    return text


def _geneve(printer: PacketPrinter, data: bytes) -> str:
    text: str = importlib.import_module("vnetsim.wire.geneve").Geneve.decode(data).describe(printer)
    return text


applications.TUNNELS[vxlan.PORT] = lambda printer, data: vxlan.Vxlan.decode(data).describe(printer)
applications.TUNNELS[vxlan.LINUX_PORT] = lambda printer, data: vxlan.Vxlan.decode(data).describe_as_otv(printer)
applications.TUNNELS[6081] = _geneve
for _number in (ipv4.IPIP, ipv4.IPV6, ipv4.GRE):
    ipv4.ENCAPSULATED[_number] = partial(_encapsulated, _number)
