"""`tc actions` (iproute2 6.1: tc/m_action.c: do_action).

Not modelled: actions that are made, read and deleted by themselves, and lists of those of filters.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.process import Program
from vnetsim.programs.iproute2.lib.arguments import Request, matches, unknown_command, usage
from vnetsim.programs.iproute2.tc import tcfilter
from vnetsim.programs.iproute2.tc.action import KINDS

_LISTS: Final = ("list", "show", "lst", "ls")
_UNMODELLED: Final = ("add", "change", "replace", "get", "delete", "flush")


def main(request: Request) -> Program:
    """Reads what follows `tc actions`."""
    args = request.args
    arg = args.take()
    if arg is None:
        return 0
    if any(matches(arg, verb) for verb in _UNMODELLED):
        raise NotModelled(f"tc actions {arg}")
    if matches(arg, "help"):
        raise usage("tc-actions", 255)
    if not any(matches(arg, keyword) for keyword in _LISTS):
        raise unknown_command(arg, "tc actions help")
    if args.take() != "action" or (kind := args.take()) is None:
        raise usage("tc-actions", 255)
    if kind not in KINDS or args or _has_actions(request, kind):
        raise NotModelled(f"tc actions {arg} action {kind}")
    request.process.write("[]\n" if request.options.json else "")
    return 0


def _has_actions(request: Request, kind: str) -> bool:
    """Whether some filter of the namespace has one of that kind."""
    network = request.network
    return any(
        one.spec.kind == kind
        for link in network.links()
        for each in tcfilter.filters_of(network, link.name)
        for one in each.actions
    )
