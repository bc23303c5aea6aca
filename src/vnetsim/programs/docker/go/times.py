"""Go's time.Time, and the sizes that docker prints (github.com/docker/go-units).

A time is its RFC 3339 text, as it comes over the API; the machine's time zone is UTC.  Not modelled: Format layouts.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final, cast

from vnetsim.programs.docker.go.values import INT, INT64, STRING, GoKind, GoMethod, GoType, GoValue

_RFC3339: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
SECOND: Final = 1_000_000_000


def nanoseconds(text: str) -> int:
    """Since 1970, of an RFC 3339 time; ValueError if it is none."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(text)
    date, clock, fraction, zone = match.groups()
    moment = dt.datetime.fromisoformat(f"{date}T{clock}{'+00:00' if zone == 'Z' else zone}")
    whole = int((moment - _EPOCH).total_seconds())
    return whole * SECOND + int((fraction or "").ljust(9, "0")[:9])


def moment_of(nanos: int) -> dt.datetime:
    """The second of a time, in UTC."""
    return _EPOCH + dt.timedelta(seconds=nanos // SECOND)


def rfc3339(nanos: int, *, digits: int | None = None) -> str:
    """RFC3339Nano: no zeros at the end of the fraction, unless `digits` says how many it has."""
    fraction = f"{nanos % SECOND:09d}"
    fraction = fraction.rstrip("0") if digits is None else fraction[:digits]
    return f"{moment_of(nanos):%Y-%m-%dT%H:%M:%S}{'.' if fraction else ''}{fraction}Z".rjust(20, "0")


def printed(text: object) -> str:
    """Time.String: `2026-11-24 06:37:17.733902551 +0000 UTC`."""
    match = _RFC3339.fullmatch(cast("str", text))
    if match is None:
        return cast("str", text)
    date, clock, fraction, _zone = match.groups()
    fraction = (fraction or "").rstrip("0")
    return f"{date} {clock}{'.' if fraction else ''}{fraction} +0000 UTC"


def printed_seconds(seconds: int) -> str:
    """Time.String of a Unix time."""
    return f"{moment_of(seconds * SECOND):%Y-%m-%d %H:%M:%S} +0000 UTC"


def _part(name: str) -> GoMethod:
    return GoMethod(lambda text: GoValue(INT, getattr(moment_of(nanoseconds(cast("str", text))), name)))


TIME: Final = GoType(
    GoKind.STRUCT,
    "time.Time",
    text=printed,
    methods={
        "Year": _part("year"),
        "Day": _part("day"),
        "Hour": _part("hour"),
        "Minute": _part("minute"),
        "Second": _part("second"),
        "Unix": GoMethod(lambda text: GoValue(INT64, nanoseconds(cast("str", text)) // SECOND)),
        "UnixNano": GoMethod(lambda text: GoValue(INT64, nanoseconds(cast("str", text)))),
        "String": GoMethod(lambda text: GoValue(STRING, printed(text))),
    },
)


def human_size(size: float, precision: int = 4) -> str:
    """units.HumanSizeWithPrecision: decimal units, `126MB`."""
    return _size(size, 1000, ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"), precision)


def bytes_size(size: float) -> str:
    """units.BytesSize: binary units, `23.54GiB`."""
    return _size(size, 1024, ("B", "KiB", "MiB", "GiB", "TiB", "PiB"), 4)


def _size(size: float, base: int, units: Sequence[str], precision: int) -> str:
    step = 0
    while size >= base and step < len(units) - 1:
        size /= base
        step += 1
    return f"{size:.{precision}g}{units[step]}"
