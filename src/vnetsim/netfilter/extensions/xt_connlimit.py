"""The number of connections per network: connlimit (xt_connlimit.c, nf_conncount.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParsedOptions, XtOption
from vnetsim.netfilter.packet import ConntrackInfo, PktInfo
from vnetsim.netfilter.rules import Test, XtMatch
from vnetsim.values import frozen

_KEYS: Final = ("connlimit-upto", "connlimit-above")


@frozen
class ConnLimit(XtMatch):
    """Whether `limit` connections are `exceeded` (or are not) by the network of `length` bits of one end."""

    name = "connlimit"
    tracks = True
    limit: int
    exceeded: bool
    length: int
    of_destination: bool = False

    def test(self) -> Test:
        return _Connections(self).count

    def matches(self, packet: PktInfo) -> bool:
        """As if no packet had ever come before."""
        return self.test()(packet)

    def listing(self, _numeric: bool) -> str:
        end, sign = "dst" if self.of_destination else "src", ">" if self.exceeded else "<="
        return f"#conn {end}/{self.length} {sign} {self.limit}"

    def __str__(self) -> str:
        option, end = "above" if self.exceeded else "upto", "daddr" if self.of_destination else "saddr"
        return f"-m connlimit --connlimit-{option} {self.limit} --connlimit-mask {self.length} --connlimit-{end}"


class _Connections:
    """By network: the connections that came by and still last."""

    def __init__(self, match: ConnLimit) -> None:
        self._match = match
        self._known: dict[int, list[ConntrackInfo]] = {}

    def count(self, packet: PktInfo) -> bool:
        match, own = self._match, packet.connection
        end = packet.ip.destination if match.of_destination else packet.ip.source
        network = int(end) >> end.bits - match.length
        known = [one for one in self._known.get(network, ()) if one is own or one.lasts(packet.context.now())]
        if own is not None and all(one is not own for one in known):
            known.append(own)
        self._known[network] = known
        return (len(known) > match.limit) == match.exceeded


def _connlimit_check(parsed: ParsedOptions) -> None:
    if not any(key in parsed for key in _KEYS):
        raise ArgumentError('You must specify "--connlimit-above" or "--connlimit-upto".')


def _connlimit(parsed: ParsedOptions) -> ConnLimit:
    key = next(key for key in _KEYS if key in parsed)
    exceeded = (key == "connlimit-above") != parsed.negated(key)
    return ConnLimit(
        parsed.get(key), exceeded, parsed.get("connlimit-mask", parsed.context.bits), "connlimit-daddr" in parsed
    )


MATCHES: Final = (
    Extension(
        "connlimit",
        (
            *(
                XtOption(key, options.integer(0, UINT32_MAX), inverts=True, excludes=(_KEYS[key == _KEYS[0]],))
                for key in _KEYS
            ),
            XtOption("connlimit-mask", options.prefix_length_or_all),
            XtOption("connlimit-saddr", excludes=("connlimit-daddr",)),
            XtOption("connlimit-daddr", excludes=("connlimit-saddr",)),
        ),
        _connlimit,
        _connlimit_check,
    ),
)
