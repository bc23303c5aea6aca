"""Listing devices and addresses: `ip link show`, `ip addr show` (ip/ipaddress.c: ipaddr_list_flush_or_save).

Some filters are the kernel's (net/core/rtnetlink.c: rtnl_dump_ifinfo), the others iproute2's own; a device that
iproute2 leaves out is an empty object in a JSON document.  Not modelled: `ip -B addr`, `ip -M addr`.
"""

from __future__ import annotations

from collections.abc import Sequence

from vnetsim.errors import NotModelled
from vnetsim.observations import AddressEntry, Link
from vnetsim.process import Program
from vnetsim.programs.iproute2.ip.ipaddress.addrinfo import AddressPrinter
from vnetsim.programs.iproute2.ip.ipaddress.filter import Filter, parse
from vnetsim.programs.iproute2.ip.ipaddress.linkinfo import SMALLEST_IPV6_MTU, LinkPrinter
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error, Request
from vnetsim.programs.iproute2.lib.ll_map import by_index, by_name
from vnetsim.programs.iproute2.lib.options import BRIDGE, MPLS, PACKET, Iproute2Options
from vnetsim.values import frozen


def show_links(request: Request, usage_name: str) -> Program:
    """`ip link show`."""
    chosen = parse(request, PACKET, usage_name)
    listing = _Listing.of(request, chosen, is_link=True)
    if chosen.device is None or chosen.group is not None:
        listing.print_all()
    elif not listing.print_named(chosen.device):
        raise Iproute2Error(
            1, "RTNETLINK answers: No such device\nCannot send link get request: No such device", exits=True
        )
    request.process.write(listing.printer.out.result())
    return 0


def show_addresses(request: Request, usage_name: str) -> Program:
    """`ip addr show`."""
    if request.options.family in (BRIDGE, MPLS):
        raise NotModelled("ip -B, ip -M")
    chosen = parse(request, request.options.family, usage_name)
    listing = _Listing.of(request, chosen, is_link=False)
    if chosen.index and by_index(listing.links, chosen.index) is None:
        request.process.error("RTNETLINK answers: No such device\nCannot send link request: No such device\n")
    else:
        listing.print_all()
    request.process.write(listing.printer.out.result())
    return 0


@frozen
class _Listing:
    """Print devices, and for `ip addr` their addresses."""

    options: Iproute2Options
    chosen: Filter
    links: Sequence[Link]
    addresses: Sequence[AddressEntry]
    printer: LinkPrinter
    by_kernel: bool

    @classmethod
    def of(cls, request: Request, chosen: Filter, *, is_link: bool) -> _Listing:
        options, links = request.options, request.network.links()
        dump_family = None if is_link else options.family
        reduced = dump_family == 6 and not chosen.index
        printer = LinkPrinter(request.printer(), options, links, is_link, chosen.family, reduced)
        addresses = [] if chosen.family == PACKET else request.network.addresses()
        by_kernel = not chosen.index and dump_family in (None, PACKET)
        return cls(options, chosen, links, addresses, printer, by_kernel)

    def print_named(self, name: str) -> bool:
        """The device of exactly that name (iplink_get); False if there is none."""
        link = by_name(self.links, name)
        if link is not None:
            self._print(link)
        return link is not None

    def print_all(self) -> None:
        for link in self.links:
            if self._is_dumped(link) and (self.chosen.family == PACKET or self._has_wanted_address(link)):
                self._print(link)

    def _is_dumped(self, link: Link) -> bool:
        if self.chosen.index:
            return link.index == self.chosen.index
        if self.options.newer and self.chosen.group not in (None, link.group):
            return False
        if self.printer.reduced and link.mtu < SMALLEST_IPV6_MTU:
            return False
        return not self.by_kernel or self.chosen.kernel_wants(link, self._master(link))

    def _master(self, link: Link) -> Link | None:
        return by_name(self.links, link.master) if link.master is not None else None

    def _addresses_of(self, link: Link) -> list[AddressEntry]:
        family = self.chosen.family
        return [a for a in self.addresses if a.index == link.index and family in (None, a.address.version)]

    def _has_wanted_address(self, link: Link) -> bool:
        """ipaddr_filter(): a device without any address stays in a listing of all families."""
        mine = self._addresses_of(link)
        return any(map(self.chosen.wants_address, mine)) or (not mine and self.chosen.family is None)

    def _print(self, link: Link) -> None:
        out, options = self.printer.out, self.options
        out.open_object()
        alone = options.oneline and not options.brief and not self.printer.is_link
        shown = True if alone else self._print_link(link)
        if shown and self.chosen.family != PACKET:
            self._print_addresses(link)
        if shown and self._in_full and not alone and not self.printer.is_link and options.stats:
            self.printer.counters(link)
        out.close_object()

    @property
    def _in_full(self) -> bool:
        return not self.options.brief and self.chosen.label is None

    def _print_link(self, link: Link) -> bool:
        """False if the device was left out; with a label given, its addresses alone are printed."""
        if not self.chosen.wants_flag_up(link):
            return False
        if self.chosen.label is not None:
            return True
        if not self.chosen.wants_link(link, self._master(link)):
            return False
        if self.options.brief:
            self.printer.brief(link)
        else:
            self.printer.full(link)
        return True

    def _print_addresses(self, link: Link) -> None:
        out = self.printer.out
        out.open_array("addr_info")
        printer = AddressPrinter(out, self.options, with_device=self.options.oneline)
        for entry in self._addresses_of(link):
            if not self.chosen.wants_flag_up(link):
                continue
            out.open_object()
            if self.chosen.wants_address(entry):
                printer.print(entry)
            out.close_object()
        out.close_array()
        if self.options.brief:
            out.text("\n")
