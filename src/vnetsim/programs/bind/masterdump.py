"""Records as text in columns (lib/dns/masterdump.c of BIND 9): `web.\\t\\t\\t600\\tIN\\tA\\t172.18.0.2`."""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.values import frozen
from vnetsim.wire.dns import SOA, DnsQuestion, DnsRecord
from vnetsim.wire.dns_codec import class_text, type_text

_TAB: Final = 8
_UNITS: Final = ((604800, "w"), (86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


@frozen
class MasterStyle:
    """The columns at which the TTL, the class, the type and the data begin, and which of them are shown."""

    ttl_column: int = 24
    class_column: int = 32
    type_column: int = 40
    data_column: int = 48
    ttl: bool = True
    ttl_units: bool = False
    cls: bool = True
    multiline: bool = False

    @classmethod
    def of(cls, *, ttl: bool, ttl_units: bool, shows_class: bool, multiline: bool) -> MasterStyle:
        """The narrower columns of dig where it shows less."""
        if multiline or not (ttl or shows_class):
            columns = (24, 24, 24, 32)
        elif not (ttl and shows_class):
            columns = (24, 24, 32, 40)
        else:
            columns = (24, 32, 40, 48)
        return cls(*columns, ttl=ttl, ttl_units=ttl_units, cls=shows_class, multiline=multiline)

    def question(self, question: DnsQuestion) -> str:
        line = _Line(question.name)
        line.add(self.class_column, class_text(question.cls))
        line.add(self.type_column, type_text(question.type))
        return f"{line.text}\n"

    def record(self, record: DnsRecord) -> str:
        if self.multiline and record.type == SOA:
            raise NotModelled("SOA records on several lines")
        line = _Line(record.name)
        if self.ttl:
            line.add(self.ttl_column, duration(record.ttl) if self.ttl_units else str(record.ttl))
        if self.cls:
            line.add(self.class_column, class_text(record.cls))
        line.add(self.type_column, type_text(record.type))
        line.add(self.data_column, record.data)
        return f"{line.text}\n"


class _Line:
    """A line that grows column by column."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._column = len(text)

    def add(self, column: int, text: str) -> None:
        """indent(): at least one blank, as many tabs as fit."""
        at = self._column
        column = max(column, at + 1)
        tabs = column // _TAB - at // _TAB
        if tabs:
            at = column // _TAB * _TAB
        self.text += "\t" * tabs + " " * (column - at) + text
        self._column = column + len(text)


def duration(seconds: int) -> str:
    """dns_ttl_totext(): `10m`, `1w2d`."""
    parts = []
    for unit, suffix in _UNITS:
        count, seconds = divmod(seconds, unit)
        if count:
            parts.append(f"{count}{suffix}")
    return "".join(parts) or "0s"


def without_dot(name: str) -> str:
    """dns_name_format(): no dot at the end, but the root's."""
    return name if name == "." else name.removesuffix(".")
