"""Nexthop objects: `ip nexthop` (net/ipv4/nexthop.c)."""

from __future__ import annotations

from vnetsim.operations.verb import Verb, command_line, option
from vnetsim.values import frozen
from vnetsim.wire.inet import Address


@frozen(kw_only=True)
class GroupMember:
    """A nexthop in a group (struct nexthop_grp)."""

    id: int
    weight: int = 1

    def __str__(self) -> str:
        return f"{self.id},{self.weight}" if self.weight > 1 else str(self.id)


@frozen(kw_only=True)
class AddNexthop:
    """`id` 0: any that is free.  `version` 4 or 6; None for groups.  `verb`: ADD or REPLACE."""

    id: int = 0
    version: int | None = None
    via: Address | None = None
    device: str | None = None
    onlink: bool = False
    blackhole: bool = False
    group: tuple[GroupMember, ...] | None = None
    protocol: int = 0
    verb: Verb = Verb.ADD

    def command(self) -> str:
        members = None if self.group is None else "/".join(map(str, self.group))
        family = "-6" if self.version == 6 and self.via is None else None
        return command_line(
            "ip", family, "nexthop", self.verb, option("id", self.id or None), "blackhole" if self.blackhole else None,
            option("via", self.via), option("dev", self.device), "onlink" if self.onlink else None,
            option("group", members), option("protocol", self.protocol or None),
        )  # fmt: skip


@frozen(kw_only=True)
class DeleteNexthop:
    id: int

    def command(self) -> str:
        return f"ip nexthop del id {self.id}"
