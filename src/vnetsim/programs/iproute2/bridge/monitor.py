"""`bridge monitor link` and `bridge monitor fdb` (iproute2 6.1: bridge/monitor.c).

Not modelled: `mdb`, `vlan`, `vni`, and so `all`, which is also what is meant without an object; `file`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from vnetsim.clock import Wait
from vnetsim.errors import NotModelled
from vnetsim.observations import FdbEntry, Link
from vnetsim.observations.monitor import NetworkEvent
from vnetsim.process import Program
from vnetsim.programs.iproute2.bridge.fdb import print_entry
from vnetsim.programs.iproute2.bridge.link import print_message
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error, Request, matches, usage

_KNOWN = ("file", "link", "fdb", "mdb", "vlan", "vni", "all", "help")


def main(request: Request) -> Program:
    """The command; it ends by a signal."""
    kinds: set[type] = set()
    for arg in request.args or ("all",):
        name = next((known for known in _KNOWN if matches(arg, known)), None)
        if name is None:
            raise Iproute2Error(255, f'Argument "{arg}" is unknown, try "bridge monitor help".')
        if name == "help":
            raise usage("bridge-monitor")
        if name not in ("link", "fdb"):
            raise NotModelled(f"bridge monitor {name}")
        kinds.add(Link if name == "link" else FdbEntry)
    return _listen(request, tuple(kinds))


def _listen(request: Request, kinds: tuple[type, ...]) -> Generator[Wait, Any, int]:
    watch = request.network.watch_network()
    try:
        while True:
            event: NetworkEvent = yield watch.receive()
            if isinstance(event.entry, kinds):
                _print(request, event)
    finally:
        watch.close()


def _print(request: Request, event: NetworkEvent) -> None:
    out, entry = request.printer(), event.entry
    out.text("Deleted " if event.deleted else "")
    if isinstance(entry, Link):
        print_message(out, entry, request.network.links(), is_port=event.is_port, with_details=request.options.details)
    elif isinstance(entry, FdbEntry):
        print_entry(out, entry, with_device=True, with_stats=bool(request.options.stats))
    request.process.write(out.result())
