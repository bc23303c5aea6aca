"""Who asks and who is asked: the words for the ends of a question, and what they stand for in a lab.

    container:NAME    a container (by name or id)
    netns:NAME        a named network namespace
    host              the host itself
    lan               the machine outside: the namespace `lan`, where there is one
    ADDRESS           an address, IPv4 or IPv6
    name:NAME         a name that the sender resolves; as the other end only

The prefixes may be left out where no doubt is left.  The end that is asked may have a port: `db:5432`,
`10.0.0.2:80`, `[fd00::2]:80`, or be followed by what is sent: `icmp`, `tcp/5432`, `udp/53`, `size=1400`, `df`,
`sport=40000`, `established`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import EngineError, KernelError, UsageError
from vnetsim.process import Context, Network
from vnetsim.wire.inet import LOOPBACK4, Address, Prefix, parse_address

if TYPE_CHECKING:
    from vnetsim.lab import Lab

KINDS: Final = ("container", "netns", "address", "name")
PROTOCOLS: Final = ("icmp", "tcp", "udp")
#: Kinds of ends that people call by a name that somebody may resolve.
_NAMED: Final = ("container", "netns")
_LAN: Final = "lan"
_LAST_PORT: Final = 65535
#: More than that does not fit into a packet of IPv4 with the headers of UDP or ICMP.
_LONGEST: Final = 65507


@attrs.frozen
class Endpoint:
    """One end; `kind` is host, lan, or one of KINDS, whose `name` tells which."""

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return self.kind if not self.name else self.name if self.kind == "address" else f"{self.kind}:{self.name}"

    @property
    def short(self) -> str:
        """As people call it."""
        return self.name or self.kind

    @property
    def address(self) -> Address | None:
        return parse_address(self.name) if self.kind == "address" else None


@attrs.frozen
class Probe:
    """What is sent: an echo request, a connection, a datagram.

    `size` are bytes of data (as `ping -s` counts them); over TCP they are sent once connected.  `df`: must not be
    fragmented.  `source_port` is the sender's (0: any).  `established`: not a new connection but one that exists; the
    sender's kernel asks whether the other side still is there (a TCP keepalive probe).
    """

    protocol: str = "icmp"
    port: int = 0
    size: int | None = None
    df: bool = False
    source_port: int = 0
    established: bool = False

    def __str__(self) -> str:
        words = [f"{self.protocol}/{self.port}" if self.port else self.protocol]
        words += [f"size={self.size}"] if self.size is not None else []
        words += [f"sport={self.source_port}"] if self.source_port else []
        return " ".join([*words, *(["df"] if self.df else []), *(["established"] if self.established else [])])

    @property
    def plain(self) -> Probe:
        """The same protocol and port, with nothing said about the packet."""
        return Probe(self.protocol, self.port)


@attrs.frozen
class Question:
    """Does what `sender` sends arrive at `target`?

    `lookup` is the bare name by which the target was meant, "" where it was said what it is (`container:db`, an
    address).
    """

    sender: Endpoint
    target: Endpoint
    probe: Probe = Probe()
    lookup: str = attrs.field(default="", eq=False)

    def __str__(self) -> str:
        return f"{self.sender} -> {self.target} {self.probe}"

    @classmethod
    def parse(cls, lab: Lab, sender: str, target: str, *words: str) -> Question:
        """Of words as they are typed: `web`, `db`, `tcp/5432`, `size=100`, `df`; UsageError for what makes no sense."""
        name, port = split_port(target, lab)
        probe = parse_probe(words, port)
        meant = find(lab, name)
        return cls(find_sender(lab, sender), meant, probe, name if meant.kind in _NAMED and name == meant.name else "")


# --- words ---------------------------------------------------------------------------------------------------------


def split_port(text: str, lab: Lab) -> tuple[str, int | None]:
    """`db:5432` is db and 5432; an IPv6 address with a port stands in brackets."""
    if text.startswith("["):
        inside, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise UsageError(f"{text!r}: expected an address in brackets and a port, like [fd00::2]:80")
        return inside, _port(rest[1:], text) if rest else None
    start, colon, end = text.rpartition(":")
    if not colon or (text.count(":") > 1 and _is_address(text)):
        return text, None
    if start in KINDS or (start.count(":") > 1 and not start.startswith(KINDS)):
        return text, None
    if text.count(":") > 1 and _is_address(text.partition(":")[2]):
        return text, None
    if not is_digits(end) and _exists(lab, text):
        return text, None
    return start, _port(end, text)


def _port(text: str, whole: str) -> int:
    if not (text.isascii() and is_digits(text) and 0 < int(text) <= _LAST_PORT):
        raise UsageError(f"{whole!r}: expected a port from 1 to {_LAST_PORT}, found {text!r}")
    return int(text)


def parse_probe(words: Sequence[str], port: int | None = None) -> Probe:
    """`tcp/5432 size=100 df`; without a protocol a port means TCP, and no port an echo request."""
    protocol: str | None = None
    options: dict[str, Any] = {}
    for word in words:
        option = _option(word)
        if option is not None:
            options[option[0]] = option[1]
            continue
        name, slash, number = word.partition("/")
        if name not in PROTOCOLS or (name == "icmp" and slash):
            raise UsageError(f"{word!r}: expected icmp, tcp/PORT, udp/PORT, size=BYTES, df, sport=PORT or established")
        if protocol is not None:
            raise UsageError(f"{word!r}: there is a protocol already: {protocol}")
        protocol = name
        asked = _port(number, word) if slash else None
        if asked is not None and port not in (None, asked):
            raise UsageError(f"{word!r}: there is a port already: {port}")
        port = asked or port
    protocol = protocol or ("icmp" if port is None else "tcp")
    if protocol == "icmp" and port is not None:
        raise UsageError(f"icmp has no ports, found {port}")
    if protocol != "icmp" and port is None:
        raise UsageError(f"{protocol!r}: expected a port, like {protocol}/80")
    return _sensible(Probe(protocol, port or 0, **options))


def _option(word: str) -> tuple[str, Any] | None:
    """What a word says of a probe besides protocol and port, by the name of the field."""
    if word in ("df", "established"):
        return word, True
    if word.startswith("size="):
        return "size", _size(word)
    return ("source_port", _port(word.removeprefix("sport="), word)) if word.startswith("sport=") else None


def _sensible(probe: Probe) -> Probe:
    if probe.protocol == "icmp" and probe.source_port:
        raise UsageError(f"icmp has no ports, found sport={probe.source_port}")
    if probe.established and (probe.protocol != "tcp" or probe.size is not None or probe.df):
        raise UsageError("'established': expected tcp/PORT and perhaps sport=PORT, of a connection that exists")
    return probe


def _size(word: str) -> int:
    text = word.removeprefix("size=")
    if not (text.isascii() and is_digits(text) and int(text) <= _LONGEST):
        raise UsageError(f"{word!r}: expected size= and a number of bytes up to {_LONGEST}")
    return int(text)


def find_sender(lab: Lab, text: str) -> Endpoint:
    """Who can send: anybody but a name."""
    found = find(lab, text)
    if found.kind == "name":
        raise UsageError(f"{text!r}: expected somebody who can send, found a name to be resolved")
    return found


def find(lab: Lab, text: str) -> Endpoint:
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
        known = ["host", *containers(lab), *namespaces(lab)]
        raise UsageError(
            f"{text!r}: expected {_known(lab)}, an address, or name:NAME, found none of that name{similar(text, known)}"
        )
    return candidates[0]


def _exists(lab: Lab, text: str) -> bool:
    return any(_candidates(lab, text))


def _named(lab: Lab, kind: str, name: str, text: str) -> Endpoint:
    if not name:
        raise UsageError(f"{text!r}: expected a name behind {kind}:")
    if kind == "address":
        if not _is_address(name):
            raise UsageError(f"{text!r}: expected an address, found {name!r}")
        return Endpoint(kind, str(parse_address(name)))
    if kind == "container":
        if _container(lab, name) is None:
            raise UsageError(f"{text!r}: there is no container of that name{_among(name, containers(lab))}")
        return Endpoint(kind, _container(lab, name) or name)
    if kind == "netns" and name not in lab.machine.named_namespaces():
        raise UsageError(f"{text!r}: there is no network namespace of that name{_among(name, namespaces(lab))}")
    return Endpoint(kind, name)


def _candidates(lab: Lab, text: str) -> Iterator[Endpoint]:
    if text == "host":
        yield Endpoint("host")
    if _container(lab, text) is not None:
        yield Endpoint("container", _container(lab, text) or text)
    if text in lab.machine.named_namespaces():
        yield Endpoint(_LAN) if text == _LAN else Endpoint("netns", text)
    elif text in _aliases(lab) and _container(lab, text) is None:
        yield Endpoint("name", text)


def _is_address(text: str) -> bool:
    try:
        parse_address(text)
    except ValueError:
        return False
    return True


def _known(lab: Lab) -> str:
    known = ["host", *(f"container:{name}" for name in containers(lab)), *(f"netns:{n}" for n in namespaces(lab))]
    return ", ".join(known)


def similar(text: str, known: Sequence[str]) -> str:
    """`; did you mean 'db'?`, of the name that is most like it; "" if none is."""
    found = get_close_matches(text, known, 1)
    return f"; did you mean {found[0]!r}?" if found else ""


def _among(name: str, names: Sequence[str]) -> str:
    return f" (there are {', '.join(names)}){similar(name, names)}" if names else ""


# --- who there is --------------------------------------------------------------------------------------------------


def everybody(lab: Lab) -> list[Endpoint]:
    """All who can send or be asked: the host, the machine outside, containers by age, namespaces by age."""
    found = [Endpoint("host")]
    found += [Endpoint(_LAN)] if _LAN in namespaces(lab) else []
    found += [Endpoint("container", name) for name in containers(lab)]
    return found + [Endpoint("netns", name) for name in namespaces(lab) if name != _LAN]


def namespaces(lab: Lab) -> list[str]:
    """Named network namespaces, the oldest first."""
    return list(reversed(lab.machine.named_namespaces()))


def check_engine(lab: Lab) -> None:
    """UsageError for a lab whose Docker engine did not start: which containers it has, nobody knows."""
    if lab.engine_failure:
        raise UsageError(f"the Docker engine did not start, so its containers are unknown: {lab.engine_failure}")


def containers(lab: Lab) -> list[str]:
    """The names of all containers, running or not, the oldest first; UsageError if the engine did not start."""
    check_engine(lab)
    if not lab.has_engine:
        return []
    return [entry["Names"][0].removeprefix("/") for entry in reversed(lab.docker.container_list(all=True))]


def _container(lab: Lab, term: str) -> str | None:
    """The name of the container that docker would take for this one."""
    check_engine(lab)
    if not lab.has_engine or not term:
        return None
    try:
        name: str = lab.docker.container_inspect(term)["Name"]
    except EngineError:
        return None
    return name.removeprefix("/")


def _aliases(lab: Lab) -> set[str]:
    """Names other than their own that containers have on their networks."""
    found: set[str] = set()
    for name in containers(lab):
        for settings in lab.docker.container_inspect(name)["NetworkSettings"]["Networks"].values():
            found.update(settings.get("Aliases") or (), settings.get("DNSNames") or ())
    return found


def state_of(lab: Lab, endpoint: Endpoint) -> str:
    """`running`, or why nothing can be sent from there or to there: docker's word for the container's state."""
    if endpoint.kind != "container":
        return "running"
    return str(lab.docker.container_inspect(endpoint.name)["State"]["Status"])


# --- what they stand for -------------------------------------------------------------------------------------------


def context_of(lab: Lab, endpoint: Endpoint) -> Context:
    """Where the sender's programs run; UsageError if nothing can run there (a container that does not run)."""
    machine = lab.machine
    if endpoint.kind == "host":
        return machine.host
    if endpoint.kind == "container":
        return _container_context(lab, endpoint)
    if endpoint.kind in ("netns", _LAN):
        return _inside(lab, machine.namespace(endpoint.name or _LAN))
    address = endpoint.address
    if address is None:
        raise UsageError(f"{endpoint}: nothing can be sent from a name")
    for other in everybody(lab):
        network = network_of(lab, other)
        if network is not None and any(entry.address == address for entry in network.addresses()):
            return context_of(lab, other)
    raise UsageError(f"{endpoint}: nobody here has this address, so nothing can be sent from it")


def _container_context(lab: Lab, endpoint: Endpoint) -> Context:
    try:
        return lab.docker.container_context(endpoint.name)
    except EngineError:
        raise UsageError(f"{endpoint} is {state_of(lab, endpoint)}, so nothing can be sent from it") from None


def _inside(lab: Lab, network: Network) -> Context:
    host = lab.machine.host
    return attrs.evolve(host, network=network, files=lab.machine.network_files(host.files, network))


def network_of(lab: Lab, endpoint: Endpoint) -> Network | None:
    """Its network namespace; None for names, for addresses, and for containers that do not run."""
    if endpoint.kind in ("name", "address"):
        return None
    try:
        return context_of(lab, endpoint).network
    except (UsageError, KernelError):
        return None


def addresses_of(lab: Lab, endpoint: Endpoint, sender: Endpoint | None = None) -> list[Address]:
    """The addresses of an end, the one that `sender` would use first: on a network that both are on, IPv4 before IPv6.

    None of its loopback ones, unless it is the sender itself; none at all if it does not run or has none.
    """
    if endpoint.address is not None:
        return [endpoint.address]
    network = network_of(lab, endpoint)
    if network is None:
        return []
    origin = None if sender is None else network_of(lab, sender)
    own = [entry for entry in network.addresses() if not _is_local(entry.address)]
    if origin is network:
        return [LOOPBACK4, *(entry.address for entry in own)]
    near = [] if origin is None else _prefixes(origin)
    shared = _shared_subnets(lab, endpoint, sender)

    def rank(address: Address) -> tuple[bool, bool, bool]:
        on_network = any(address in prefix for prefix in shared)
        speaks = not near or any(prefix.version == address.version for prefix in near)
        return not speaks, not on_network, not any(address in prefix for prefix in near)

    return sorted((entry.address for entry in own), key=rank)


def _is_local(address: Address) -> bool:
    return address.is_loopback or (address.version == 6 and bool(getattr(address, "is_link_local", False)))


def _prefixes(network: Network) -> list[Prefix]:
    return [Prefix.of(entry.address, entry.length) for entry in network.addresses() if not _is_local(entry.address)]


def _shared_subnets(lab: Lab, one: Endpoint, other: Endpoint | None) -> list[Prefix]:
    """Those of the Docker networks that both containers are on."""
    if other is None or one.kind != "container" or other.kind != "container":
        return []
    mine, theirs = (lab.docker.container_inspect(each.name)["NetworkSettings"]["Networks"] for each in (one, other))
    found: list[Prefix] = []
    for name, settings in mine.items():
        if name in theirs:
            for address, length in (("IPAddress", "IPPrefixLen"), ("GlobalIPv6Address", "GlobalIPv6PrefixLen")):
                if settings.get(address):
                    found.append(Prefix.of(parse_address(settings[address]), settings[length]))
    return found
