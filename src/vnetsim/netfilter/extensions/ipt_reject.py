"""REJECT (ipt_REJECT.c, ip6t_REJECT.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import verdicts
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption
from vnetsim.netfilter.packet import MatchKey, PktInfo
from vnetsim.netfilter.rules import Rule, XtTarget
from vnetsim.values import frozen

#: Every name of a rejection, and its canonical name; an abbreviation selects the first name that begins so.
_KINDS: Final = {
    4: {
        "icmp-net-unreachable": "icmp-net-unreachable", "net-unreach": "icmp-net-unreachable",
        "icmp-host-unreachable": "icmp-host-unreachable", "host-unreach": "icmp-host-unreachable",
        "icmp-proto-unreachable": "icmp-proto-unreachable", "proto-unreach": "icmp-proto-unreachable",
        "icmp-port-unreachable": "icmp-port-unreachable", "port-unreach": "icmp-port-unreachable",
        "icmp-net-prohibited": "icmp-net-prohibited", "net-prohib": "icmp-net-prohibited",
        "icmp-host-prohibited": "icmp-host-prohibited", "host-prohib": "icmp-host-prohibited",
        "tcp-reset": "tcp-reset", "tcp-rst": "tcp-reset",
        "icmp-admin-prohibited": "icmp-admin-prohibited", "admin-prohib": "icmp-admin-prohibited",
    },
    6: {
        "icmp6-no-route": "icmp6-no-route", "no-route": "icmp6-no-route",
        "icmp6-adm-prohibited": "icmp6-adm-prohibited", "adm-prohibited": "icmp6-adm-prohibited",
        "icmp6-addr-unreachable": "icmp6-addr-unreachable", "addr-unreach": "icmp6-addr-unreachable",
        "icmp6-port-unreachable": "icmp6-port-unreachable", "port-unreach": "icmp6-port-unreachable",
        "tcp-reset": "tcp-reset",
        "icmp6-policy-fail": "icmp6-policy-fail", "policy-fail": "icmp6-policy-fail",
        "icmp6-reject-route": "icmp6-reject-route", "reject-route": "icmp6-reject-route",
    },
}  # fmt: skip
_DEFAULT: Final = {4: "icmp-port-unreachable", 6: "icmp6-port-unreachable"}


@frozen(str=False)
class RejectTarget(XtTarget):
    """`kind` is the full name of `--reject-with`."""

    name = "REJECT"
    tables = frozenset({"filter"})
    kind: str = _DEFAULT[4]

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset({"INPUT", "FORWARD", "OUTPUT"})

    @property
    def match_keys(self) -> tuple[MatchKey, ...]:
        return ()

    def fits(self, rule: Rule) -> bool:
        if self.kind != "tcp-reset":
            return True
        return rule.protocol is not None and rule.protocol.number == 6 and not rule.protocol.negated

    def act(self, _packet: PktInfo) -> verdicts.RejectVerdict:
        return verdicts.RejectVerdict(self.kind)

    def listing(self, _numeric: bool) -> str:
        return f"reject-with {self.kind}"

    def __str__(self) -> str:
        return f"REJECT --reject-with {self.kind}"


def _kind(text: str, context: ParseContext) -> str:
    for token, kind in _KINDS[context.version].items():
        if token.startswith(text.lower()):
            return kind
    if context.version == 4 and "echo-reply".startswith(text.lower()):
        context.notes.append("--reject-with echo-reply no longer supported")
    raise ArgumentError(f'unknown reject type "{text}"')


def _reject(parsed: ParsedOptions) -> RejectTarget:
    return RejectTarget(parsed.get("reject-with", _DEFAULT[parsed.context.version]))


TARGETS: Final = (Extension("REJECT", (XtOption("reject-with", _kind),), _reject),)
