"""The protocols that a rule has matched, and the dependencies of a field (src/payload.c of nftables 1.0.6).

`tcp dport 22` in a table of the inet family generates `meta l4proto tcp` first.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter.nft.primary_expr import META, MetaExpr, PayloadExpr
from vnetsim.netfilter.nft.proto import (
    ETHER,
    ETHERNET_TYPE,
    ICMP,
    ICMPV6,
    IGMP,
    INET,
    INET_SERVICE,
    IP,
    IP6,
    Header,
    PayloadBase,
    ProtoContext,
)
from vnetsim.programs.nft.erec import Location, NftError
from vnetsim.programs.nft.typed import Typed, TypedElem, TypedSelector, TypedSet, TypedValue

#: Types of echo requests and their answers.
_ECHOES: Final = {ICMP: (8, 0), ICMPV6: (128, 129)}


@attrs.frozen
class TypedRelational:
    """`left operator right`; `operator` is "" where there is none."""

    location: Location
    operator: str
    left: Typed
    right: Typed


class LocatedProtoContext(ProtoContext):
    """With the locations of the comparisons that set the protocols."""

    def __init__(self, family: str) -> None:
        super().__init__(family)
        self.places: dict[PayloadBase, Location] = {}
        self.place: Location | None = None

    def know(self, base: PayloadBase, header: Header) -> None:
        super().know(base, header)
        if self.place is not None:
            self.places[base] = self.place

    @property
    def ambiguous(self) -> bool:
        """Whether a set of transport protocols was asked for."""
        return len(self.transports) > 1


class PayloadDependencies:
    """What has to be asked before a field can be looked at; `asked` takes each of these comparisons."""

    def __init__(self, protocols: LocatedProtoContext) -> None:
        self._protocols = protocols
        self.asked: list[TypedRelational] = []

    def of(self, looked: TypedSelector) -> list[TypedRelational]:
        """For a field of a header."""
        self.asked = []
        header = looked.header
        assert header is not None
        self._headers(looked, header)
        if header in _ECHOES:
            self._message(looked, header)
        return self.asked

    def _headers(self, looked: TypedSelector, header: Header) -> None:
        known = self._protocols.at.get(header.base)
        if known is None:
            self._ask_for(looked, header)
            known = self._protocols.at[header.base]
            if known is header:
                return
        if header.base is known.base and header.base is PayloadBase.TRANSPORT and self._protocols.ambiguous:
            other = next(other for other in self._protocols.transports if other is not header)
            raise _conflict(other, header, looked)
        if known is header:
            return
        if header is ETHER and known is INET:
            self._ethernet(looked)
            return
        raise _conflict(known, header, looked)

    def need(self, looked: TypedSelector, header: Header) -> None:
        """That there is such a header, where nothing is known of its layer."""
        self.asked = []
        self._ask_for(looked, header)

    def _ask_for(self, looked: TypedSelector, header: Header) -> None:
        if header.base < self._protocols.start:
            if header is not ETHER:
                raise NftError("protocol specification is invalid for this family", looked.location)
            self._ethernet(looked)
            return
        below = self._protocols.at.get(PayloadBase(header.base - 1))
        if below is None:
            below = self._special(looked, header)
        self.ask(looked, below, header)

    def _special(self, looked: TypedSelector, header: Header) -> Header:
        """In tables of both families: what is below a transport protocol."""
        if header not in (ICMP, ICMPV6, IGMP):
            return INET_SERVICE
        network = IP6 if header is ICMPV6 else IP
        self.ask(looked, self._protocols.at[PayloadBase.LINK], network)
        return network

    def ask(self, looked: TypedSelector, below: Header, header: Header) -> None:
        """A comparison that says that `header` comes behind `below`."""
        number = below.number_of(header)
        if number is None:
            raise _conflict(below, header, looked)
        if below.meta_key:
            datatype, bits = META[below.meta_key]
            left = TypedSelector(location=looked.location, datatype=datatype, bits=bits, node=MetaExpr(below.meta_key))
        else:
            left = field_of(below, below.key, looked.location)
            datatype, bits = left.datatype, left.bits
        right = TypedValue(location=looked.location, datatype=datatype, bits=bits, value=number)
        self.asked.append(TypedRelational(looked.location, "==", left, right))
        self._protocols.place = looked.location
        if isinstance(left.node, MetaExpr):
            self._protocols.meta(left.node.key, number)
        else:
            self._protocols.payload(below.base, number)

    def _ethernet(self, looked: TypedSelector) -> None:
        datatype, bits = META["iiftype"]
        left = TypedSelector(location=looked.location, datatype=datatype, bits=bits, node=MetaExpr("iiftype"))
        right = TypedValue(location=looked.location, datatype=datatype, bits=bits, value=ETHERNET_TYPE)
        self.asked.append(TypedRelational(looked.location, "==", left, right))
        self._protocols.place = looked.location
        self._protocols.meta("iiftype", ETHERNET_TYPE)

    # --- ICMP -------------------------------------------------------------------------------------------------------

    def _message(self, looked: TypedSelector, header: Header) -> None:
        """The type of message that has such a field."""
        assert looked.field is not None
        wanted = looked.field.icmp_types
        known = self._protocols.icmp_type
        if not wanted or known in wanted[: len(wanted) if header is ICMPV6 else 1]:
            return
        if known:
            raise NftError(f"incompatible icmp match: rule has {known}, need {wanted[0]}", looked.location)
        self._protocols.icmp_type = wanted[0]
        left = field_of(header, "type", looked.location)
        values = tuple(_known(left, value) for value in wanted)
        right: Typed = values[0]
        if len(values) > 1:
            items = tuple(
                TypedElem(location=left.location, datatype=left.datatype, bits=left.bits, key=value) for value in values
            )
            right = TypedSet(location=left.location, datatype=left.datatype, bits=left.bits, elements=items)
        self.asked.append(TypedRelational(looked.location, "==", left, right))


def _known(left: TypedSelector, value: int) -> TypedValue:
    return TypedValue(location=left.location, datatype=left.datatype, bits=left.bits, value=value)


def _conflict(one: Header, other: Header, looked: TypedSelector) -> NftError:
    return NftError(f"conflicting protocols specified: {one.name} vs. {other.name}", looked.location)


def field_of(header: Header, name: str, location: Location) -> TypedSelector:
    """A field of a header, to be looked at."""
    field = header.field(name)
    assert field is not None
    return TypedSelector(
        location=location,
        datatype=field.datatype,
        bits=field.bits,
        node=PayloadExpr(header.base, field.offset, field.bits),
        header=header,
        field=field,
        protocol=header.tells_protocol(field),
    )


def network_number(protocols: LocatedProtoContext) -> str | None:
    """The family of the network layer, where it is known."""
    header = protocols.at.get(PayloadBase.NETWORK)
    return header.name if header in (IP, IP6) else None
