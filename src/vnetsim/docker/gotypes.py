"""Values as Go writes them, where the engine's messages quote Go's libraries (strconv, time, encoding/json)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from vnetsim.digits import is_digits

#: What Go's zero time looks like in JSON.
ZERO_TIME: Final = "0001-01-01T00:00:00Z"

_SECOND: Final = 1_000_000_000
_TRUE: Final = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE: Final = frozenset(("0", "f", "F", "false", "FALSE", "False"))


def parse_bool(text: str) -> bool:
    """strconv.ParseBool; ValueError with its message."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(f'strconv.ParseBool: parsing "{text}": invalid syntax')


def parse_int(text: str) -> int:
    """strconv.Atoi; ValueError with its message."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and is_digits(digits)):
        raise ValueError(f'strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)


def timestamp(nanoseconds: int) -> str:
    """time.RFC3339Nano in UTC of nanoseconds since 1970: no zeros at the end of the fraction."""
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    digits = f"{fraction:09d}".rstrip("0")
    return f"{text}.{digits}Z" if digits else f"{text}Z"


def parse_timestamp(text: str) -> int:
    """Nanoseconds since 1970 of what `timestamp` wrote; 0 for ZERO_TIME."""
    if text == ZERO_TIME:
        return 0
    whole, _, digits = text.removesuffix("Z").partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000 + int(digits.ljust(9, "0") or 0)


def human_duration(nanoseconds: int) -> str:
    """units.HumanDuration of docker/go-units: `Less than a second`, `About an hour`, `3 days`."""
    seconds = nanoseconds // 1_000_000_000
    minutes, hours = seconds // 60, (seconds + 1800) // 3600
    steps = (
        (seconds < 1, "Less than a second"), (seconds == 1, "1 second"), (seconds < 60, f"{seconds} seconds"),
        (minutes == 1, "About a minute"), (minutes < 60, f"{minutes} minutes"), (hours == 1, "About an hour"),
        (hours < 48, f"{hours} hours"), (hours < 24 * 7 * 2, f"{hours // 24} days"),
        (hours < 24 * 30 * 2, f"{hours // 24 // 7} weeks"), (hours < 24 * 365 * 2, f"{hours // 24 // 30} months"),
    )  # fmt: skip
    return next((text for fits, text in steps if fits), f"{hours // 24 // 365} years")


def duration(nanoseconds: int) -> str:
    """time.Duration.String: `1m30s`, `1.5s`, `500ms`."""
    if nanoseconds < _SECOND:
        unit, size = ("ms", 1_000_000) if nanoseconds >= 1_000_000 else ("µs", 1000)
        return f"{nanoseconds / size:g}{unit}" if nanoseconds else "0s"
    minutes, rest = divmod(nanoseconds, 60 * _SECOND)
    hours, minutes = divmod(minutes, 60)
    shown = f"{hours}h" * bool(hours) + f"{minutes}m" * bool(hours or minutes)
    return f"{shown}{rest / _SECOND:g}s"


def quote(text: str) -> str:
    """Go's %q for plain text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def bullets(errors: list[str]) -> str:
    """moby's joined errors: one as it is, several with a bullet each."""
    if len(errors) == 1:
        return errors[0].strip()
    return "\n".join("* " + error.replace("\n", "\n\t") for error in errors)
