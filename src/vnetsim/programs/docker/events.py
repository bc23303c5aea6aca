"""`docker events` (docker/cli, system/events.go): those between --since and --until, then new ones as they come."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from vnetsim.clock import MILLISECOND
from vnetsim.errors import EngineError
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.flags import BadValue, parse_duration
from vnetsim.programs.docker.go.encode import marshal
from vnetsim.programs.docker.go.parse import TemplateError
from vnetsim.programs.docker.go.template import Template
from vnetsim.programs.docker.go.times import SECOND, nanoseconds, rfc3339
from vnetsim.programs.docker.go.values import GoValue, decode, zero
from vnetsim.programs.docker.session import DockerSession
from vnetsim.programs.docker.templates import template
from vnetsim.programs.docker.types import go_type

Json = dict[str, Any]

#: How often to look for new events.
_LOOK: Final = 100 * MILLISECOND
_MESSAGE: Final = "events.Message"
_UNIX: Final = re.compile(r"(\d+)(?:\.(\d{1,9}))?")
_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d(?::\d\d(?::\d\d(?:\.\d{1,9})?)?)?))?(Z|[+-]\d\d:\d\d)?")


def moment(text: str, now: int) -> int:
    """timestamp.GetTimestamp in nanoseconds: a duration before `now` in whole seconds, a date, Unix seconds (`0`)."""
    try:
        if text != "0":
            return (now - parse_duration(text)) // SECOND * SECOND
    except BadValue:
        pass
    unix = _UNIX.fullmatch(text)
    if unix is not None:
        return int(unix[1]) * SECOND + int((unix[2] or "").ljust(9, "0"))
    date = _DATE.fullmatch(text)
    if date is None:
        raise CommandError(f'failed to parse value as time or duration: "{text}"')
    clock = date[2] or "00:00:00"
    clock += ":00" * (2 - clock.count(":"))
    return nanoseconds(f"{date[1]}T{clock}{date[3] or 'Z'}")


def _line(event: Json) -> str:
    attributes = event["Actor"].get("Attributes") or {}
    listed = ", ".join(f"{key}={value}" for key, value in sorted(attributes.items()))
    when = rfc3339(event["timeNano"], digits=9)
    return f"{when} {event['Type']} {event['Action']} {event['Actor']['ID']}" + (f" ({listed})" if listed else "")


def _formatted(event: Json, form: str, parsed: Template | None) -> str:
    if parsed is None:
        return _line(event)
    value = decode(go_type(_MESSAGE), event)
    if form == "json":
        return marshal(value)
    try:
        return parsed.execute(value)
    except TemplateError as error:
        raise CommandError(str(error)) from None


def _template(form: str) -> Template | None:
    """The template, tested on an empty event."""
    if not form:
        return None
    try:
        parsed = template(form)
        if form != "json":
            parsed.execute(GoValue(go_type(f"*{_MESSAGE}"), zero(go_type(_MESSAGE))))
        return parsed
    except TemplateError as error:
        raise CommandError(f"Error parsing format: {error}", 64) from None


def run(session: DockerSession, options: ParsedFlags) -> Program:
    form, filters = options.text("format"), options.filters()
    parsed = _template(form)
    now = session.process.machine.wall_clock()
    since, until = (moment(options.text(name), now) if options.text(name) else None for name in ("since", "until"))
    if since is not None and until is not None and since > until:
        shown = [f"{moment // SECOND}.{moment % SECOND:09}" for moment in (since, until)]
        raise EngineError(400, f"`since` time ({shown[0]}) cannot be after `until` time ({shown[1]})")
    # Without --since and --until only new events are printed.
    start = since if since is not None else now if until is None else 0
    seen = 0
    while True:
        for event in _between(session.engine.system_events(filters, seen), start, until):
            session.line(_formatted(event, form, parsed))
        seen = session.engine.system_event_count()
        if until is not None and session.process.machine.wall_clock() >= until:
            return 0
        yield session.process.sleep(_LOOK)


def _between(events: Sequence[Json], start: int, until: int | None) -> list[Json]:
    return [event for event in events if start <= event["timeNano"] and (until is None or event["timeNano"] <= until)]
