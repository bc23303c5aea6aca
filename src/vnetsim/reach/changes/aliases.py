"""Proposals about the names that a container gives another one: an alias on the network that both are on, a link.

Connecting the two at another network would do, too, and let the one reach whatever else is there.
"""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.reach import reasons
from vnetsim.reach.called import called, linked, networks
from vnetsim.reach.changes.containers import again
from vnetsim.reach.changes.situation import Change, Situation


def shared(situation: Situation) -> Iterator[Change]:
    """A name that a container has on another network is its name on this one, too; so is one that a link gave it."""
    sender, target, lab = situation.question.sender, situation.question.target, situation.lab
    if situation.code != reasons.NO_NAME or sender.kind != "container":
        return
    mine = networks(lab, sender.name)
    for name, network in called(lab, target.name):
        for common in networks(lab, name) if network not in mine else ():
            if common in mine and common not in ("bridge", "host", "none"):
                lines = (f"docker network disconnect {common} {name}",
                         f"docker network connect --alias {target.name} {common} {name}")  # fmt: skip
                yield Change(lines, f"call {name} {target.name} on {common}, too")
    for name in linked(lab, target.name):
        if "bridge" in mine and "bridge" in networks(lab, name):
            words = f"link {sender.name} to {name} as {target.name}, too"
            yield Change(again(situation, sender.name, link=f"{name}:{target.name}"), words)
