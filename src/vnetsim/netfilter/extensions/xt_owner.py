"""The owner of the local socket: owner (xt_owner.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch
from vnetsim.values import frozen

_USERS: Final = {0: "root", 1: "daemon", 2: "bin", 3: "sys", 33: "www-data", 65534: "nobody"}
_GROUPS: Final = {0: "root", 1: "daemon", 2: "bin", 3: "sys", 4: "adm", 5: "tty", 33: "www-data", 65534: "nogroup"}


@frozen
class Ids:
    """Numbers of users or groups, both ends included."""

    first: int
    last: int
    negated: bool = False

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and (self.first <= number <= self.last) != self.negated

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@frozen(kw_only=True)
class OwnerMatch(XtMatch):
    """Who owns the socket that a packet of this host comes from; `socket` is whether there must be one.

    `supplementary`: other groups of the sender count as well; senders here have none.
    """

    name = "owner"
    user: Ids | None = None
    group: Ids | None = None
    socket: bool | None = None
    supplementary: bool = False

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset({"OUTPUT", "POSTROUTING"})

    def fits(self, _rule: Rule) -> bool:
        return all(ids is None or ids.first <= ids.last for ids in (self.user, self.group))

    def matches(self, packet: PktInfo) -> bool:
        if packet.owner is None:
            return self.socket is not True and all(ids is None or ids.negated for ids in (self.user, self.group))
        if self.socket is False or (self.user is not None and packet.owner not in self.user):
            return False
        return self.group is None or (packet.group or 0) in self.group

    def listing(self, numeric: bool) -> str:
        parts = [] if self.socket is None else [f"{negation(not self.socket)}owner socket exists"]
        for what, ids, names in (("UID", self.user, _USERS), ("GID", self.group, _GROUPS)):
            if ids is not None:
                name = str(ids) if numeric or ids.first != ids.last else names.get(ids.first, str(ids))
                parts.append(f"{negation(ids.negated)}owner {what} match {name}")
        return " ".join(parts) + " incl. suppl. groups" * self.supplementary

    def __str__(self) -> str:
        parts = ["-m owner"] + ([] if self.socket is None else [f"{negation(not self.socket)}--socket-exists"])
        for option, ids in (("--uid-owner", self.user), ("--gid-owner", self.group)):
            if ids is not None:
                parts.append(f"{negation(ids.negated)}{option} {ids}")
        return " ".join(parts) + " --suppl-groups" * self.supplementary


def _ids(text: str, context: ParseContext) -> tuple[int, int]:
    names = _USERS if context.option == "uid-owner" else _GROUPS
    by_name = next((number for number, name in names.items() if name == text), None)
    if by_name is not None:
        return by_name, by_name
    first_text, dash, last_text = text.partition("-")
    first = options.number(first_text)
    last = options.number(last_text) if dash else first
    if first is None or last is None or max(first, last) >= options.UINT32_MAX:
        raise options.bad_value(text, context)
    return first, last


def _parsed_ids(parsed: ParsedOptions, key: str) -> Ids | None:
    if key not in parsed:
        return None
    first, last = parsed.get(key)
    return Ids(first, last, parsed.negated(key))


_GROUPS_FIRST: Final = ("gid-owner", "suppl-groups")


def _check(parsed: ParsedOptions) -> None:
    if "suppl-groups" in parsed and ("gid-owner" not in parsed or parsed.last(*_GROUPS_FIRST) == "gid-owner"):
        raise ArgumentError('owner: Bad value for "--suppl-groups" option: "you need to use --gid-owner first"')


def _owner(parsed: ParsedOptions) -> OwnerMatch:
    user, group = (_parsed_ids(parsed, key) for key in ("uid-owner", "gid-owner"))
    socket = not parsed.negated("socket-exists") if "socket-exists" in parsed else None
    return OwnerMatch(user=user, group=group, socket=socket, supplementary="suppl-groups" in parsed)


MATCHES: Final = (
    Extension(
        "owner",
        (
            XtOption("uid-owner", _ids, inverts=True),
            XtOption("gid-owner", _ids, inverts=True),
            XtOption("socket-exists", inverts=True),
            XtOption("suppl-groups"),
        ),
        _owner,
        _check,
        required="owner: At least one of --uid-owner, --gid-owner or --socket-exists is required",
    ),
)
