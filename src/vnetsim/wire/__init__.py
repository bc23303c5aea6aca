"""Values on the wire: a module a protocol, each with decode, encode and the text that tcpdump prints."""

from vnetsim.wire import applications, vxlan

applications.TUNNELS[vxlan.PORT] = lambda printer, data: vxlan.Vxlan.decode(data).describe(printer)
applications.TUNNELS[vxlan.LINUX_PORT] = lambda printer, data: vxlan.Vxlan.decode(data).describe_as_otv(printer)
