"""A rule from its options: what `iptables -S` prints behind `-A CHAIN`, or a person would type there."""

from __future__ import annotations

from collections.abc import Iterable

from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.extensions.xt_tcpudp import check_protocol
from vnetsim.netfilter.getopt import Getopt, NonOption, Takes, by_prefix
from vnetsim.netfilter.rules import Rule
from vnetsim.netfilter.specification import LETTERS, NAMES, Entry, Specification, takes_of


def parse_rule(rule: str | Iterable[str], version: int = 4) -> Rule:
    """`-d 172.17.0.2/32 ! -i docker0 -p tcp -m tcp --dport 80 -j ACCEPT`; ArgumentError as iptables complains.

    A text is split as iptables-restore splits its lines.  Addresses only, no names of hosts, and one of each.
    """
    specification = Specification(version)
    _read(specification, split(rule) if isinstance(rule, str) else list(rule))
    rules = specification.with_addresses(specification.finish_extensions())
    check_protocol(rules[0])
    if len(rules) != 1:
        raise ArgumentError("one rule has one source and one destination")
    return rules[0]


def _read(specification: Specification, args: list[str]) -> None:
    def find(name: str) -> tuple[Entry, Takes] | None:
        table: list[tuple[str, Entry]] = [*NAMES.items(), *specification.own_options()]
        found = by_prefix(name, table)
        if found is None:
            return None
        return found, LETTERS[found] if isinstance(found, str) else takes_of(found)

    getopt: Getopt[Entry] = Getopt(args, LETTERS, find)
    negated = False
    while (item := getopt.next()) is not None:
        if item == NonOption("!"):
            negated = True
        elif specification.feed(item, negated, getopt):
            negated = False
    if negated:
        raise ArgumentError("nothing appropriate following !")


def split(line: str) -> list[str]:
    """Split a line into arguments; between quotation marks a backslash takes the next character literally.

    Unlike a shell, iptables-restore knows no single quotes, and an argument ends at a closing quotation mark.
    """
    args: list[str] = []
    token, quoted, escaped = "", False, False
    for character in f"{line}\n":
        if quoted:
            if escaped or character not in '"\\':
                token, escaped = token + character, False
            elif character == "\\":
                escaped = True
            else:
                args.append(token)
                token, quoted = "", False
        elif character == '"':
            quoted = True
        elif character in " \t\n":
            args += [token] if token else []
            token = ""
        else:
            token += character
    return [*args, token] if quoted else args
