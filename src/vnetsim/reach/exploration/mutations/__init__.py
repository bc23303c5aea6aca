"""What might be typed next: the command lines that change who reaches whom, in the present state of a lab.

    for mutation in possible(lab, ["connect", "restart"]):
        print(mutation.kind, mutation.lines)

Kinds, by name: `connect` and `disconnect` a container and a network, `run` another container, `restart`, `stop` and
`start` containers, also in another order, `move` one (removed and run again on another network), `network` (created,
removed, created again), `firewall` (of iptables and ip6tables: rules that people wrote, policies; ip_forward), `nat`
(masquerading), `nft`, `route`, `link` (a cable is pulled or plugged in), `loss` (a cable loses everything), `engine`
(the engine restarts) and `reboot`.  The order is the lab's own, so that a choice by number is the same everywhere.

Not modelled: mutations that only a person would think of, such as rules with new addresses in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from vnetsim.reach.exploration.mutations import docker, machine, native, routes, rules
from vnetsim.reach.exploration.mutations.mutation import REBOOT, Joining, Mutation

if TYPE_CHECKING:
    from vnetsim.lab import Lab


def possible(lab: Lab, kinds: Sequence[str] = ()) -> list[Mutation]:
    """The mutations of these kinds (all of them if there are none), in a fixed order."""
    return [mutation for kind in kinds or KINDS for mutation in _MAKERS[kind](lab)]


_MAKERS: Final[dict[str, Callable[[Lab], Iterator[Mutation]]]] = {
    "connect": docker.connect, "disconnect": docker.disconnect, "run": docker.run, "restart": docker.restart,
    "stop": docker.stop, "start": docker.start, "move": docker.move, "network": docker.network,
    "firewall": rules.firewall, "nat": rules.nat, "nft": native.nft, "route": routes.route, "link": machine.link,
    "loss": machine.loss, "engine": docker.engine, "reboot": machine.reboot,
}  # fmt: skip
KINDS: Final = tuple(_MAKERS)
#: What operators do on a day like any other.
USUAL: Final = tuple(kind for kind in KINDS if kind != "loss")

__all__ = ["KINDS", "REBOOT", "USUAL", "Joining", "Mutation", "possible"]
