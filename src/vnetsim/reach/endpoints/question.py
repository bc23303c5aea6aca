"""A question: does what one end sends arrive at the other?  Its ends and its probe, as people type them.

    container:NAME    a container (by name or id)
    NAME              also the container of a Compose service
    netns:NAME        a named network namespace
    host              the host itself
    lan               the machine outside: the namespace `lan`, where there is one
    ADDRESS           an address, IPv4 or IPv6
    name:NAME         a name that the sender resolves; as the other end only

The prefixes may be left out where the name is unambiguous.  The destination may have a port: `db:5432`,
`10.0.0.2:80`, `[fd00::2]:80`, or be followed by what is sent: `icmp`, `tcp/5432`, `udp/53`, `size=1400`, `df`,
`sport=40000`, `established`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import UsageError
from vnetsim.reach.endpoints.endpoints import (
    KINDS,
    LAN,
    Endpoint,
    aliases,
    container_named,
    containers,
    namespaces,
    services,
)
from vnetsim.reach.endpoints.probe import Probe, parse_port, parse_probe
from vnetsim.values import frozen
from vnetsim.wire.inet import parse_address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: Kinds of ends with a name that a resolver may answer.
_NAMED: Final = ("container", "netns")


@frozen
class ReachQuestion:
    """Does what `sender` sends arrive at `target`?

    `typed_name` is the bare name by which the target was meant, "" with a prefix (`container:db`, an
    address).
    """

    sender: Endpoint
    target: Endpoint
    probe: Probe = attrs.field(factory=Probe)
    typed_name: str = attrs.field(default="", eq=False)

    def __str__(self) -> str:
        return f"{self.sender} -> {self.target} {self.probe}"

    @classmethod
    def parse(cls, lab: BaseLab, sender: str, target: str, *args: str) -> ReachQuestion:
        """Of arguments as they are typed: `web`, `db`, `tcp/5432`, `size=100`, `df`; UsageError for others."""
        name, port = split_port(target, lab)
        probe = parse_probe(args, port)
        meant = find(lab, name)
        typed = meant.kind in _NAMED and name in (meant.name, meant.service)
        return cls(find_sender(lab, sender), meant, probe, name if typed else "")


def split_port(text: str, lab: BaseLab) -> tuple[str, int | None]:
    """`db:5432` is db and 5432; an IPv6 address with a port is in brackets."""
    if text.startswith("["):
        inside, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise UsageError(f"{text!r}: expected an address in brackets and a port, like [fd00::2]:80")
        return inside, parse_port(rest[1:], text) if rest else None
    start, colon, end = text.rpartition(":")
    if not colon or (text.count(":") > 1 and _is_address(text)):
        return text, None
    if start in KINDS or (start.count(":") > 1 and not start.startswith(KINDS)):
        return text, None
    if text.count(":") > 1 and _is_address(text.partition(":")[2]):
        return text, None
    if not is_digits(end) and _exists(lab, text):
        return text, None
    return start, parse_port(end, text)


def find_sender(lab: BaseLab, text: str) -> Endpoint:
    """A sender: any endpoint but a name."""
    found = find(lab, text)
    if found.kind == "name":
        raise UsageError(f"{text!r}: expected somebody who can send, found a name to be resolved")
    return found


def find(lab: BaseLab, text: str) -> Endpoint:
    """The end that is meant; UsageError if there is none, or more than one."""
    kind, colon, name = text.partition(":")
    if colon and kind in KINDS:
        return _named(lab, kind, name, text)
    if _is_address(text):
        return Endpoint("address", str(parse_address(text)))
    candidates = list(_candidates(lab, text))
    if len(candidates) > 1:
        raise UsageError(f"{text!r} may be {' or '.join(map(str, candidates))}: say which")
    if not candidates:
        known = ["host", *services(lab).values(), *containers(lab), *namespaces(lab)]
        raise UsageError(
            f"{text!r}: expected {_known(lab)}, an address, or name:NAME, found none of that name{similar(text, known)}"
        )
    return candidates[0]


def _exists(lab: BaseLab, text: str) -> bool:
    return any(_candidates(lab, text))


def _named(lab: BaseLab, kind: str, name: str, text: str) -> Endpoint:
    if not name:
        raise UsageError(f"{text!r}: expected a name behind {kind}:")
    if kind == "address":
        if not _is_address(name):
            raise UsageError(f"{text!r}: expected an address, found {name!r}")
        return Endpoint(kind, str(parse_address(name)))
    if kind == "container":
        if container_named(lab, name) is None:
            raise UsageError(f"{text!r}: there is no container of that name{_among(name, containers(lab))}")
        return Endpoint(kind, container_named(lab, name) or name)
    if kind == "netns" and name not in lab.machine.named_namespaces():
        raise UsageError(f"{text!r}: there is no network namespace of that name{_among(name, namespaces(lab))}")
    return Endpoint(kind, name)


def _candidates(lab: BaseLab, text: str) -> Iterator[Endpoint]:
    if text == "host":
        yield Endpoint("host")
    if container_named(lab, text) is not None:
        yield Endpoint("container", container_named(lab, text) or text)
    else:
        yield from (Endpoint("container", name, text) for name, service in services(lab).items() if service == text)
    if text in lab.machine.named_namespaces():
        yield Endpoint(LAN) if text == LAN else Endpoint("netns", text)
    elif container_named(lab, text) is None and text not in services(lab).values() and text in aliases(lab):
        yield Endpoint("name", text)


def _is_address(text: str) -> bool:
    try:
        parse_address(text)
    except ValueError:
        return False
    return True


def _known(lab: BaseLab) -> str:
    known = [
        "host",
        *dict.fromkeys(services(lab).values()),
        *(f"container:{name}" for name in containers(lab)),
        *(f"netns:{name}" for name in namespaces(lab)),
    ]
    return ", ".join(known)


def similar(text: str, known: Sequence[str]) -> str:
    """`; did you mean 'db'?`, of the name that is most like it; "" if none is."""
    found = get_close_matches(text, known, 1)
    return f"; did you mean {found[0]!r}?" if found else ""


def _among(name: str, names: Sequence[str]) -> str:
    return f" (there are {', '.join(names)}){similar(name, names)}" if names else ""
