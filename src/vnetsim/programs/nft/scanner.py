"""Tokens of the language of nft (src/scanner.l of nftables 1.0.6).

Many tokens mean something only behind others (`saddr` behind `ip`) and are plain strings elsewhere: the scanner enters
a scope with the token that opens it, and the parser leaves it at its end.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from vnetsim.netfilter.nft.location import InputDescriptor, Location

STRING: Final = "string"
QUOTED: Final = "quoted string"
ASTERISK: Final = "string with a trailing asterisk"
NUMBER: Final = "number"
NEWLINE: Final = "newline"
SEMICOLON: Final = "semicolon"
END: Final = "end of file"
COMMA: Final = "comma"
COLON: Final = "colon"


class NftToken(NamedTuple):
    """`kind` is its name in error messages; `text` of a string is its value."""

    kind: str
    text: str
    location: Location


#: Tokens of all scopes; those with another name in error messages are written NAME=TOKEN.
_EVERYWHERE: Final = """
    ===eq !==ne <==le <=lt >==ge >=gt <<=lshift >>=rshift ^=xor &=and !=not vmap include define redefine undefine
    describe hook device devices table chain rule set element map flowtable handle ruleset socket tproxy accept drop
    continue jump goto return inet netdev add replace update create insert delete get list reset flush rename import
    export monitor position index comment constant interval dynamic auto-merge timeout gc-interval elements expires
    policy size flow offload meter counter log queue limit quota hour day reject snat dnat masquerade redirect random
    th bridge ether type typeof vlan arp ip ecn icmp icmpv6 igmp ip6 priority ah esp comp flags udp udplite tcp dccp
    sctp rt rt0 rt2 srh hbh frag dst mh meta mark iif iifname iiftype oif oifname oiftype skuid skgid nftrace rtclassid
    ibriport ibrname obriport obrname pkttype cpu iifgroup oifgroup cgroup ct numgen jhash symhash dup fwd fib osf
    synproxy notrack all exists missing exthdr ipsec secmark xt time
"""
#: Tokens that open a scope, by their names.
_OPENS: Final = {
    **{token: token for token in (
        "arp", "ct", "counter", "ip", "ip6", "igmp", "limit", "meta", "policy", "quota", "sctp", "secmark", "tcp",
        "type", "vlan", "xt", "export", "import", "list", "monitor", "reset", "ah", "comp", "dccp", "dst", "esp", "fib",
        "frag", "hbh", "ipsec", "mh", "numgen", "osf", "queue", "socket", "th", "udp", "udplite", "dup", "fwd", "log",
        "reject", "synproxy", "tproxy",
    )},
    "ether": "ether", "icmp": "icmp", "icmpv6": "icmp", "jhash": "hash", "symhash": "hash", "rt": "rt", "rt0": "rt",
    "rt2": "rt", "srh": "rt", "snat": "nat", "dnat": "nat", "masquerade": "nat", "redirect": "nat", "@": "at",
}  # fmt: skip
#: Tokens that mean something in some scopes only.
_SCOPED: Final = """
    list,monitor: chains sets tables
    monitor: rules trace
    socket: transparent wildcard cgroupv2 level
    queue,dup,fwd,nat,tproxy,ip,ip6: to
    policy: performance memory
    list: meters flowtables limits maps secmarks synproxys hooks
    counter,limit,quota,synproxy,osf: name
    counter,ct,limit: packets
    counter,ct,limit,quota: bytes
    list,reset: counters quotas
    log,nat,ip,ip6: prefix
    log: snaplen queue-threshold level group
    queue: num bypass fanout
    limit: rate burst second minute week
    ct,limit,quota: over
    quota: used until
    reject: with icmpx
    nat: fully-random persistent port
    at: ll nh
    arp,ct,ether,ip,ip6,fib,ipsec: saddr daddr
    ct,frag,vlan,ip,icmp: id
    vlan: cfi dei pcp
    arp: htype ptype hlen plen operation
    ip,ip6,osf: version
    ah,dst,hbh,mh,rt,ip: hdrlength
    ip,ip6,type: dscp
    udp,ip,ip6,meta,tcp,sctp: length
    frag,ip: frag-off
    osf,ip: ttl
    ct,ip,meta,type: protocol
    mh,udp,udplite,icmp,igmp,ip,sctp,tcp: checksum
    ip: lsrr rr ssrr ra ptr value option options
    tcp: ackseq doff window urgptr echo eol mss=maxseg mss nop nop=noop sack sack0 sack1 sack2 sack3
    tcp: sack-permitted sack-permitted=sack-perm timestamp fastopen mptcp md5sig left right count tsval tsecr subtype
    tcp: options option
    icmp: gateway code param-problem max-delay mtu
    ah,esp,icmp,tcp: seq=sequence
    igmp: mrt group
    ip6: flowlabel hoplimit
    ah,comp,dst,frag,hbh,mh,rt,ip6: nexthdr
    ah,frag,mh,tcp: reserved
    ah,esp,ipsec: spi
    comp: cpi
    udplite: csumcov
    dccp,sctp,tcp,th,udp,udplite: sport
    ct,dccp,sctp,tcp,th,udp,udplite: dport
    sctp: chunk vtag
    rt,nat,ip,ip6: addr
    frag: reserved2 more-fragments
    rt: nexthop seg-left mtu last-entry tag sid
    rt,type: classid
    ct: avgpkt l3proto proto-src proto-dst zone original reply direction event expectation expiration helper helpers
    ct: label state status count
    numgen: inc
    hash: seed
    hash,numgen: mod offset
    synproxy: wscale mss=maxseg mss timestamp sack-permitted sack-permitted=sack-perm
    export,import,monitor: xml json vm
    ipsec: reqid spnum in out
"""
_SIGNS: Final = {
    "==": "==", "!=": "!=", "<=": "<=", "<<": "<<", "<": "<", ">=": ">=", ">>": ">>", ">": ">", ",": COMMA, ".": ".",
    ":": COLON, ";": SEMICOLON, "{": "'{'", "}": "'}'", "[": "'['", "]": "']'", "(": "'('", ")": "')'", "^": "^",
    "&": "&", "|": "'|'", "!": "!", "/": "/", "-": "-", "*": "*", "@": "@", "$": "'$'", "=": "'='", "+": "+",
}  # fmt: skip


def _named(tokens: str) -> dict[str, str]:
    """Spelling to name of the token."""
    found = {}
    for token in tokens.split():
        name, equals, spelled = token.rpartition("=")
        found[spelled if equals and name else token] = name if equals and name else token
    return found


_NAMES: Final = {**_named(_EVERYWHERE), "or": "'|'"}
_IN_SCOPE: Final[dict[str, dict[str, str]]] = {}
for _line in _SCOPED.strip().splitlines():
    _scopes, _, _tokens = _line.strip().partition(": ")
    for _scope in _scopes.split(","):
        _IN_SCOPE.setdefault(_scope, {}).update(_named(_tokens))

_BLANK: Final = re.compile(r"[ \t]+|\\\n")
_COMMENT: Final = re.compile(r"#[^\n]*")
_PLAIN: Final = r"[A-Za-z_.][A-Za-z0-9/_.-]*"
_TEXT: Final = re.compile(_PLAIN)
_ASTERISK: Final = re.compile(rf"{_PLAIN}\\\*{_PLAIN}|{_PLAIN}\\?\*|\\\*")
_QUOTED: Final = re.compile(r'"[^"]*"')
_TIME: Final = re.compile(r"(?=[0-9])(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m(?!s))?(?:[0-9]+s)?(?:[0-9]+ms)?")
_NUMBER: Final = re.compile(r"0[xX][0-9a-fA-F]+|[0-9]+")
_CLASS: Final = re.compile(r"[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}(?=[ \t\n:\-},])")
_MAC: Final = re.compile(r"(?:[0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}")
_IP4: Final = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")
_IP6_LETTERS: Final = re.compile(r"[0-9a-fA-F:]+")
_IP6_WITH_IP4: Final = re.compile(r"::(?:[fF]{4}:)?(?:[0-9]{1,3}\.){3}[0-9]{1,3}")
_BRACKETED: Final = re.compile(r"\[([0-9a-fA-F:.]+)\]")
_IP6_GROUP: Final = re.compile(r"[0-9a-fA-F]{1,4}")
_OTHER_STRINGS: Final = re.compile(r"8021ad|8021q")


def _is_ip6(text: str) -> bool:
    front, gap, back = text.partition("::")
    groups = [part.split(":") if part else [] for part in (front, back)]
    count = len(groups[0]) + len(groups[1])
    if not all(_IP6_GROUP.fullmatch(group) for half in groups for group in half):
        return False
    return count <= 7 if gap else count == 8


def _ip6_length(text: str, at: int) -> int:
    """How long the address is that begins here; 0 if there is none."""
    mixed = _IP6_WITH_IP4.match(text, at)
    if mixed:
        return mixed.end() - at
    letters = _IP6_LETTERS.match(text, at)
    candidate = letters[0] if letters else ""
    if ":" not in candidate:
        return 0
    return next((size for size in range(len(candidate), 1, -1) if _is_ip6(candidate[:size])), 0)


class Scanner:
    """Tokens of a source, one after the other."""

    def __init__(self, source: InputDescriptor) -> None:
        self._source = source
        self._text = source.text
        self._at = 0
        self._line = 1
        self._line_start = 0
        #: Scopes that were opened, the innermost last, and how many were left while another one was inside.
        self._scopes: list[str] = []
        self._left: list[str] = []

    # --- scopes -----------------------------------------------------------------------------------------------------

    def leave(self, scope: str) -> None:
        if not self._scopes or self._scopes[-1] != scope:
            self._left.append(scope)
            return
        self._scopes.pop()
        while self._scopes and self._scopes[-1] in self._left:
            self._left.remove(self._scopes.pop())

    # --- tokens -----------------------------------------------------------------------------------------------------

    def next(self) -> NftToken:
        self._skip()
        text, at = self._text, self._at
        if at >= len(text):
            return NftToken(END, "", self._location(1))
        if text[at] == "\n":
            token = NftToken(NEWLINE, "\n", self._location(1))
            self._advance(1)
            self._new_line()
            return token
        kind, size, value = self._match()
        token = NftToken(kind, value, self._location(size))
        self._advance(size)
        scope = _OPENS.get(kind) if kind not in (STRING, QUOTED, ASTERISK, NUMBER) else None
        if scope is not None:
            self._scopes.append(scope)
        return token

    def _location(self, size: int) -> Location:
        column = self._at - self._line_start + 1
        return Location(self._source, self._line, self._line, column, column + size - 1, self._line_start)

    def _advance(self, size: int) -> None:
        self._at += size

    def _new_line(self) -> None:
        self._line += 1
        self._line_start = self._at

    def _skip(self) -> None:
        """Blanks and comments; a line with only a comment has no newline token."""
        while True:
            blank = _BLANK.match(self._text, self._at)
            if blank:
                self._at = blank.end()
                if blank[0][-1] == "\n":
                    self._new_line()
                continue
            comment = _COMMENT.match(self._text, self._at)
            if not comment:
                return
            alone = not self._text[self._line_start : self._at].strip(" \t")
            self._at = comment.end()
            if alone and self._at < len(self._text):
                self._at += 1
                self._new_line()

    def _match(self) -> tuple[str, int, str]:
        """Kind, length and value of the longest token here; of two as long the one that is named first."""
        text, at = self._text, self._at
        found: list[tuple[str, int, str]] = []
        plain = _TEXT.match(text, at)
        if plain and (name := self._token_name(plain[0])) is not None:
            found.append((name, len(plain[0]), plain[0]))
        sign = text[at : at + 2] if text[at : at + 2] in _SIGNS else text[at]
        if sign in _SIGNS:
            found.append((_SIGNS[sign], len(sign), sign))
        found += self._literals(text, at)
        if plain:
            found.append((STRING, len(plain[0]), plain[0]))
        return max(found, key=lambda one: one[1]) if found else ("junk", 1, text[at])

    def _token_name(self, text: str) -> str | None:
        scope = self._scopes[-1] if self._scopes else ""
        return _IN_SCOPE.get(scope, {}).get(text) or _NAMES.get(text)

    def _literals(self, text: str, at: int) -> list[tuple[str, int, str]]:
        found: list[tuple[str, int, str]] = []
        for pattern in (_OTHER_STRINGS, _MAC, _IP4):
            if match := pattern.match(text, at):
                found.append((STRING, len(match[0]), match[0]))
        if size := _ip6_length(text, at):
            found.append((STRING, size, text[at : at + size]))
        bracketed = _BRACKETED.match(text, at)
        if bracketed and _ip6_length(text, at + 1) == len(bracketed[1]):
            found.append((STRING, len(bracketed[0]), bracketed[1]))
        for pattern, kind in ((_TIME, STRING), (_NUMBER, NUMBER), (_CLASS, STRING)):
            if (match := pattern.match(text, at)) and match[0]:
                found.append((kind, len(match[0]), match[0]))
        if match := _QUOTED.match(text, at):
            found.append((QUOTED, len(match[0]), match[0][1:-1]))
        if match := _ASTERISK.match(text, at):
            found.append((ASTERISK, len(match[0]), match[0]))
        return found
