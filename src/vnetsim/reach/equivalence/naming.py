"""Which questions for names have the same answer, but for whose name and whose addresses are in it.

    names = NameClasses(lab, running, classes)
    names.orbit(sender, "web")           # equal for questions that are the same

What a name means depends on more than packets: on the sender's /etc/hosts and /etc/resolv.conf, and on what the engine
calls the containers of each network.  Equivalent ends are so for names as well if both is the same but for their own
names and addresses, if their names are plain, without a dot, and if nothing else uses these: no alias, no link, no
file and no command line (dnsmasq has its names there).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.errors import KernelError
from vnetsim.process import Resolved
from vnetsim.reach.endpoints.endpoints import Endpoint, context_of
from vnetsim.reach.equivalence.classes import EquivalenceClasses, Member
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, is_address, parse_address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

_FILES: Final = ("/etc/hosts", "/etc/resolv.conf")
_WORD: Final = re.compile(r"[\w.:-]+")
_LABEL: Final = re.compile(r"[\w-]+")
_PLAIN: Final = re.compile(r"[a-z][a-z0-9-]{0,60}")
_RESOLVER: Final = "nameserver 127.0.0.11"
#: What the engine writes into a file that was not changed: where it forwards questions to.
_PASSED_ON: Final = ("# ExtServers: ", "# NO EXTERNAL NAMESERVERS DEFINED")


@frozen
class _Naming:
    """What an end is called on its networks (`own`), what others are called there, and what its files say."""

    own: frozenset[str]
    networks: tuple[object, ...]
    others: tuple[str, ...]
    text: str

    @classmethod
    def of(cls, lab: BaseLab, endpoint: Endpoint) -> _Naming:
        files = context_of(lab, endpoint).files
        text = "\n".join(_read(files, path) for path in _FILES)
        if endpoint.kind != "container":
            return cls(frozenset(), (), (), text)
        shown: Any = lab.docker.container_inspect(endpoint.name)
        own = frozenset((endpoint.name, shown["Id"][:12], shown["Config"]["Hostname"]))
        networks = shown["NetworkSettings"]["Networks"]
        links = [*(shown["HostConfig"]["Links"] or ()), *(str(each["Links"] or "") for each in networks.values())]
        names = [name for each in networks.values() for key in ("Aliases", "DNSNames") for name in each[key] or ()]
        others = tuple(name for name in names if name not in own)
        return cls(own, (tuple(networks), tuple(links), len(names)), (*others, *_WORD.findall(" ".join(links))), text)

    @property
    def is_plain(self) -> bool:
        """Whether all of its names are plain, and the servers to which questions are forwarded are known."""
        if _RESOLVER in self.text and not any(known in self.text for known in _PASSED_ON):
            return False
        return all(map(_PLAIN.fullmatch, self.own - {name for name in self.own if _is_identity(name)}))

    @property
    def labels(self) -> set[str]:
        """Every label of a name in it."""
        return _labels(" ".join((*self.own, *self.others, self.text)))

    def signature(self, addresses: Sequence[Address]) -> Hashable:
        """With its own names and addresses replaced."""
        tokens = dict.fromkeys(self.own, "<name>")
        tokens |= {str(address): f"<address {place}>" for place, address in enumerate(addresses)}
        return self.networks, self.others, _WORD.sub(lambda found: tokens.get(found[0], found[0]), self.text)


class NameClasses:
    """Of one lab, as it is now; `running` are its ends."""

    def __init__(self, lab: BaseLab, running: Sequence[Endpoint], classes: EquivalenceClasses) -> None:
        self._members: dict[Endpoint, tuple[Member, Hashable]] = {}
        namings = {endpoint: _Naming.of(lab, endpoint) for endpoint in running}
        used = Counter(label for naming in namings.values() for label in naming.labels)
        used.update(_labels(" ".join(word for process in lab.machine.processes() for word in process.argv)))
        servers = _addresses(naming.text for naming in namings.values())
        for endpoint, naming in namings.items():
            member = classes.member(endpoint)
            if member is None or not naming.is_plain or servers.intersection(member.addresses):
                continue
            if all(used[name] == 1 for name in naming.own):
                self._members[endpoint] = member, naming.signature(member.addresses)

    def orbit(self, sender: Endpoint, name: str) -> Hashable:
        """Equal for those with the same answer; `name` is that of a container."""
        owner = Endpoint("container", name)
        return self.key(sender), self.key(owner), sender == owner

    def key(self, endpoint: Endpoint) -> Hashable:
        """Equal for those that are alike in all that decides about names."""
        found = self._members.get(endpoint)
        return endpoint if found is None else (found[0].number, found[1])

    def renamed(self, first: tuple[Endpoint, str], answer: Resolved, other: tuple[Endpoint, str]) -> Resolved | None:
        """The answer to another question of the orbit; None if it names another end, or several addresses that have
        to be put in order.
        """
        if not answer.addresses:
            return answer
        if len({address.version for address in answer.addresses}) < len(answer.addresses) or answer.zone is not None:
            return None
        before, after = ([Endpoint("container", name), sender] for sender, name in (first, other))
        addresses = {
            one: two
            for old, new in zip(before, after, strict=True)
            if old in self._members
            for one, two in zip(self._members[old][0].addresses, self._members[new][0].addresses, strict=True)
        }
        if not self._owned.intersection(answer.addresses) <= addresses.keys():
            return None
        return attrs.evolve(answer, addresses=tuple(addresses.get(address, address) for address in answer.addresses))

    @cached_property
    def _owned(self) -> set[Address]:
        return {address for member, _ in self._members.values() for address in member.addresses}


def _labels(text: str) -> set[str]:
    return set(_LABEL.findall(text.lower()))


def _is_identity(name: str) -> bool:
    """Whether it is the beginning of a container's id."""
    return len(name) == 12 and not set(name) - set("0123456789abcdef")


def _read(files: Any, path: str) -> str:
    try:
        return str(files.read(path)) if files.exists(path) else ""
    except KernelError:
        return ""


def _addresses(texts: Iterator[str]) -> set[Address]:
    """Those of name servers."""
    lines = (line for text in texts for line in text.splitlines() if "nameserver" in line or "Servers" in line)
    return {parse_address(word) for line in lines for word in _WORD.findall(line) if is_address(word)}
