"""Options of ebtables for frames of the spanning tree (extensions/libebt_stp.c, net/bridge/netfilter/ebt_stp.c).

The kernel takes the header for one byte shorter than it is: it reads each field one byte too early, the type of every
frame is that of a configuration, and the flags are the type.  A notification is too short for all but `--stp-type`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.netfilter import options
from vnetsim.netfilter.ebtables.errors import usage
from vnetsim.netfilter.ebtables.frame import FrameInfo
from vnetsim.netfilter.ebtables.match_option import Build, EbMatchOption, masked_mac, plain_mac_text
from vnetsim.netfilter.ebtables.rules import EbCondition
from vnetsim.wire.bpdu import Config, TopologyChange

_TYPES: Final = {"config": 0, "tcn": 0x80}
_FLAGS: Final = {"topology-change": 1, "topology-change-ack": 0x80}
_HEADER: Final = bytes.fromhex("424203000000")
#: Numbers: where they are behind that, and their bytes.
_RANGES: Final = {
    "root-prio": (1, 2), "root-cost": (9, 4), "sender-prio": (13, 2), "port": (21, 2), "msg-age": (23, 2),
    "max-age": (25, 2), "hello-time": (27, 2), "forward-delay": (29, 2),
}  # fmt: skip
_CONFIG: Final = 31


def _condition(name: str, text: str, negated: bool, place: tuple[int, int], fits: Callable[[int], bool]) -> EbCondition:
    """Negation is of the field, and not of what is no BPDU."""
    start, size = place

    def test(frame: FrameInfo) -> bool:
        message = frame.frame.payload
        data = message.encode() if isinstance(message, (Config, TopologyChange)) else b""
        found = data[len(_HEADER) :]
        if data[: len(_HEADER)] != _HEADER or (start >= 0 and len(found) < _CONFIG):
            return negated
        return fits(int.from_bytes(found[start : start + size], "big") if start >= 0 else 0)

    return EbCondition(f"--stp-{name}", text, lambda: test, negated)


def _number(names: dict[str, int], text: str) -> int | None:
    value = options.number(text)
    found = names.get(text) if value is None else value
    return found if found is not None and found <= 0xFF else None


def _named(option: str, names: dict[str, int], place: int) -> Build:
    def build(text: str, negated: bool) -> EbCondition:
        found = _number(names, text)
        if found is None:
            raise usage(f"Bad --stp-{option} argument")
        name = next((name for name, number in names.items() if number == found), str(found))
        return _condition(option, name, negated, (place, 1), lambda value: value == found)

    return build


def _range(name: str) -> Build:
    place = _RANGES[name]
    most = (1 << 8 * place[1]) - 1

    def number(text: str) -> int | None:
        """A cost is cut to 32 bits."""
        return int(text) & most if name == "root-cost" and is_digits(text) else options.number(text)

    def build(text: str, negated: bool) -> EbCondition:
        low_text, colon, high_text = text.partition(":")
        low = 0 if colon and not low_text else number(low_text)
        high = (most if colon else low) if not high_text else number(high_text)
        if low is None or high is None or low > high or high > most:
            raise usage(f"Bad --stp-{name}{'-' if name == 'port' else ' '}range")
        printed = str(low) if low == high else f"{low}:{high}"
        return _condition(name, printed, negated, place, lambda value: low <= value <= high)

    return build


def _address(name: str, start: int) -> Build:
    def build(text: str, negated: bool) -> EbCondition:
        found = masked_mac(text)
        if found is None:
            raise usage(f"Bad --stp-{name} address")
        address, mask = found
        return _condition(
            name, plain_mac_text(address, mask), negated, (start, 6), lambda value: value & mask == address
        )

    return build


STP: Final = {
    f"stp-{name}": EbMatchOption("stp", place, build)
    for place, (name, build) in enumerate(
        {
            "type": _named("type", _TYPES, -1), "flags": _named("flags", _FLAGS, 0), "root-prio": _range("root-prio"),
            "root-addr": _address("root-addr", 3), "root-cost": _range("root-cost"),
            "sender-prio": _range("sender-prio"),
            "sender-addr": _address("sender-addr", 15),
            **{name: _range(name) for name in list(_RANGES)[3:]},
        }.items()
    )
}  # fmt: skip
