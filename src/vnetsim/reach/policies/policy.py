r"""Policies: who may reach whom, as a file that a person reads, or as values.

    # shop.policy
    group front = web1, web2, label:tier=front

    front -> api: tcp/8000                # must arrive
    * !-> db except api: tcp/5432         # must not, except from api
    lan -> web: tcp/80 only               # and at no other port of web
    net:backend !-> lan                   # by no protocol at all

    policy = parse("shop.policy", text)
    Policy.of("front -> api: tcp/8000", "* !-> db except api")

A rule is `WHO -> WHOM: PORTS`, with `!->` for what must not be.  WHO and WHOM are lists of names, separated by commas:
of containers, namespaces, `host`, `lan`, groups defined above, patterns (`web*`), `container:NAME`, `netns:NAME`,
`net:NETWORK` (the containers in it), `label:KEY` or `label:KEY=VALUE`, `group:NAME`; WHOM also an address.  `except`
takes senders away.  PORTS are `tcp/80`, `udp/53`, `tcp/8000-8010`, `icmp`, separated by commas.  Without them `->`
means `icmp`, and `!->` everything: icmp and all that is listened to.

`only` adds that no other port at which WHOM listens is reached; it does not concern icmp, which every network of
Docker's lets through.

Not modelled: rules about addresses as senders, about times, and about the data of a connection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, parse_address

_LAST_PORT: Final = 65535
_KINDS: Final = ("container", "netns", "net", "label", "group")
_ARROWS: Final = {"->": True, "!->": False}
_TOKEN: Final = re.compile(
    r"\s*(?P<token>!?->|,|=(?=\s)|(?:container|netns|net|label|group):[^\s,:#]+|\[[0-9A-Fa-f:.]*\]|[^\s,:#\[\]]+|:|\S)"
)
_NAME: Final = re.compile(r"[\w.*?/-]+")
_PORT: Final = re.compile(r"(tcp|udp)/(\d{1,5})(?:-(\d{1,5}))?")


@frozen(order=True)
class PolicyPort:
    """Where probes go: `protocol` is tcp, udp or icmp, which has the number 0; up to `last`, if there are several."""

    protocol: str
    number: int = 0
    last: int = attrs.field(default=attrs.Factory(lambda self: self.number, takes_self=True))

    def __str__(self) -> str:
        if self.protocol == "icmp":
            return self.protocol
        return f"{self.protocol}/{self.number}" + (f"-{self.last}" if self.last > self.number else "")

    def covers(self, protocol: str, number: int) -> bool:
        return self.protocol == protocol and self.number <= number <= self.last


ICMP: Final = PolicyPort("icmp")


@frozen
class PolicyMember:
    """One item of a list: `kind` is what precedes its colon, "" for a plain name, `address` for an address."""

    kind: str
    pattern: str

    def __str__(self) -> str:
        if self.kind == "address":
            return f"[{self.pattern}]" if ":" in self.pattern else self.pattern
        return f"{self.kind}:{self.pattern}" if self.kind else self.pattern

    @property
    def is_literal(self) -> bool:
        """Whether it names one machine, which must then exist."""
        return self.kind in ("", "container", "netns") and not set(self.pattern) & set("*?")

    def matches(self, name: str) -> bool:
        return fnmatchcase(name, self.pattern)

    @property
    def address(self) -> Address:
        return parse_address(self.pattern)


@frozen(kw_only=True)
class PolicyRule:
    """One line.  `allows`: every sender must reach every destination at every port; otherwise none may, at any.

    `ports` is empty for all there are.  `line` is 0 for a rule that is in no file.
    """

    sources: tuple[PolicyMember, ...]
    destinations: tuple[PolicyMember, ...]
    allows: bool
    exceptions: tuple[PolicyMember, ...] = ()
    ports: tuple[PolicyPort, ...] = ()
    only: bool = False
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        message = f"{_list(self.sources)} {'->' if self.allows else '!->'} {_list(self.destinations)}"
        if self.exceptions:
            message += f" except {_list(self.exceptions)}"
        if self.ports:
            message += f": {_list(self.ports)}"
        return message + (" only" if self.only else "")

    @property
    def location(self) -> str:
        """`shop.policy:3`, or the rule itself if it is in no file."""
        return f"{self.file}:{self.line}" if self.line else str(self)


@frozen(kw_only=True)
class Policy:
    """The rules in order, and the groups that they name."""

    rules: tuple[PolicyRule, ...]
    groups: dict[str, tuple[PolicyMember, ...]] = attrs.field(factory=dict)
    name: str = "policy"

    @classmethod
    def of(cls, *lines: str) -> Policy:
        """A policy written in Python: each argument is a line of a policy file."""
        return parse("policy", "\n".join(lines))

    def __str__(self) -> str:
        groups = [f"group {name} = {_list(members)}" for name, members in self.groups.items()]
        return "".join(f"{line}\n" for line in (*groups, *self.rules))


def load(path: Path) -> Policy:
    """The policy in a file; UsageError, in one sentence with file and line, if there is none that makes sense."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot read the policy: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: expected a policy in UTF-8, found the byte at {error.start}") from None
    return parse(str(path), text)


def parse(name: str, text: str) -> Policy:
    """The policy of this text; `name` is what messages call it."""
    groups: dict[str, tuple[PolicyMember, ...]] = {}
    rules: list[PolicyRule] = []
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        reader = _PolicyLine(name, number, line, groups)
        if not reader.tokens:
            continue
        if reader.is_group:
            group, members = reader.group()
            groups[group] = members
        else:
            rules.append(reader.rule())
    if not rules:
        raise UsageError(f"{name}: there is no rule in this policy: expected a line like `web -> db: tcp/5432`")
    return Policy(rules=tuple(rules), groups=groups, name=name)


class _PolicyLine:
    """Reads one line from left to right."""

    def __init__(self, name: str, number: int, text: str, groups: dict[str, tuple[PolicyMember, ...]]) -> None:
        self._name, self._number, self._groups = name, number, groups
        self.tokens = list(_tokens(text))
        self._at = 0

    def _error(self, message: str) -> UsageError:
        return UsageError(f"{self._name}:{self._number}: {message}")

    def _expected(self, what: str) -> UsageError:
        found = repr(self._next) if self._next else "the end of the line"
        return self._error(f"expected {what}, found {found}")

    @property
    def _next(self) -> str:
        return self.tokens[self._at] if self._at < len(self.tokens) else ""

    def _take(self, *wanted: str) -> bool:
        if self._next in wanted:
            self._at += 1
            return True
        return False

    # --- a group ------------------------------------------------------------------------------------------------

    @property
    def is_group(self) -> bool:
        return self._next == "group" and self.tokens[1:2] not in (["->"], ["!->"], [","])

    def group(self) -> tuple[str, tuple[PolicyMember, ...]]:
        self._at = 1
        group = self._next
        if not re.fullmatch(r"[\w.-]+", group):
            raise self._expected("a name behind `group`")
        if group in self._groups:
            raise self._error(f"the group {group!r} is defined already")
        self._at += 1
        if not self._take("="):
            raise self._expected(f"`=` behind `group {group}`")
        members = self._members(f"a name behind `group {group} =`", addresses=False)
        if self._next:
            raise self._expected("`,` or the end of the line")
        return group, members

    # --- a rule -------------------------------------------------------------------------------------------------

    def rule(self) -> PolicyRule:
        sources = self._members("a sender (a name, a pattern, `net:…`, `label:…`)", addresses=False)
        allows = _ARROWS.get(self._next)
        if allows is None:
            raise self._expected("`->` or `!->` behind the senders")
        self._at += 1
        destinations = self._members("a destination behind the arrow", addresses=True)
        exceptions: tuple[PolicyMember, ...] = ()
        if self._take("except"):
            exceptions = self._members("a sender behind `except`", addresses=False)
        ports: tuple[PolicyPort, ...] = ()
        if self._take(":"):
            ports = self._ports()
            if self._next == "except":
                raise self._error("`except` stands before `:` and the ports, as in `* !-> db except api: tcp/5432`")
        only = self._only(allows, ports)
        if self._next:
            raise self._expected(
                "`:` and ports, `except`, or the end of the line" if not ports else "`,`, `only` or the end of the line"
            )
        return PolicyRule(
            sources=sources, destinations=destinations, allows=allows, exceptions=exceptions, ports=ports, only=only,
            file=self._name, line=self._number,
        )  # fmt: skip

    def _only(self, allows: bool, ports: tuple[PolicyPort, ...]) -> bool:
        if not self._take("only"):
            return False
        if not allows:
            raise self._error("`only` belongs to `->`: it says that nothing else is reached")
        if not any(port.protocol != "icmp" for port in ports):
            raise self._error("expected a port before `only`, as in `web -> db: tcp/5432 only`")
        return True

    # --- lists --------------------------------------------------------------------------------------------------

    def _members(self, what: str, *, addresses: bool) -> tuple[PolicyMember, ...]:
        found = [self._member(what, addresses=addresses)]
        while self._take(","):
            found.append(self._member("a name behind `,`", addresses=addresses))
        return tuple(found)

    def _member(self, what: str, *, addresses: bool) -> PolicyMember:
        token = self._next
        if not token or token in ("->", "!->", ",", ":", "=", "except", "only"):
            raise self._expected(what)
        self._at += 1
        address = _address(token)
        if address is not None:
            if not addresses:
                raise self._error(f"{token} is an address: expected a name, for only destinations can be addresses")
            return PolicyMember("address", str(address))
        kind, colon, pattern = token.partition(":")
        if not colon:
            kind, pattern = "", token
        self._check(token, kind, pattern)
        return PolicyMember(kind, pattern)

    def _check(self, token: str, kind: str, pattern: str) -> None:
        if kind == "group" and pattern not in self._groups:
            known = ", ".join(self._groups) or "none"
            raise self._error(f"there is no group {pattern!r} above this line (there are: {known})")
        if kind != "label" and not _NAME.fullmatch(pattern):
            raise self._error(f"expected a name or a pattern with `*` and `?`, found {token!r}")

    def _ports(self) -> tuple[PolicyPort, ...]:
        found = [self._range()]
        while self._take(","):
            found.append(self._range())
        return tuple(dict.fromkeys(found))

    def _range(self) -> PolicyPort:
        token = self._next
        example = "a port like `tcp/80`, `udp/53`, `tcp/8000-8010` or `icmp`"
        if token == "icmp":
            self._at += 1
            return ICMP
        parts = _PORT.fullmatch(token)
        if parts is None:
            raise self._expected(example)
        first = int(parts[2])
        last = int(parts[3] or first)
        if not 0 < first <= last <= _LAST_PORT:
            raise self._error(f"expected ports from 1 to {_LAST_PORT}, the smaller one first, found {token!r}")
        self._at += 1
        return PolicyPort(parts[1], first, last)


def _tokens(text: str) -> Iterator[str]:
    """The tokens of a line up to its comment."""
    at = 0
    while found := _TOKEN.match(text, at):
        if found["token"].startswith("#"):
            return
        yield found["token"]
        at = found.end()


def _address(token: str) -> Address | None:
    try:
        return parse_address(token.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def _list(items: object) -> str:
    return ", ".join(str(item) for item in items)  # type: ignore[attr-defined]
