"""`docker compose events` (docker/compose 2.40, pkg/compose/events.go): what happens to the containers of a project.

The client ends with EOF when the engine does, at --until.
"""

from __future__ import annotations

import json
from typing import Final

from vnetsim.clock import MILLISECOND
from vnetsim.process import Program
from vnetsim.programs.compose.session import LABEL, ONEOFF_LABEL, PROJECT_LABEL, SERVICE_LABEL, ComposeSession, Json
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.events import moment
from vnetsim.programs.docker.go.times import moment_of, rfc3339

#: How often to look for new events.
_LOOK: Final = 100 * MILLISECOND


def run(session: ComposeSession, options: ParsedFlags) -> Program:
    _, name = session.project_or_name(options.arguments)
    engine, machine = session.docker.engine, session.process.machine
    now = machine.wall_clock()
    since, until = (moment(options.text(flag), now) if options.text(flag) else None for flag in ("since", "until"))
    start = since if since is not None else now if until is None else 0
    seen = 0
    while True:
        for event in engine.system_events({"label": [f"{PROJECT_LABEL}={name.lower()}"]}, seen):
            if start <= event["timeNano"] and (until is None or event["timeNano"] <= until):
                _show(session, event, options)
        seen = engine.system_event_count()
        if until is not None and machine.wall_clock() >= until:
            raise CommandError("EOF")
        yield session.process.sleep(_LOOK)


def _show(session: ComposeSession, event: Json, options: ParsedFlags) -> None:
    labels: dict[str, str] = event["Actor"]["Attributes"]
    service = labels.get(SERVICE_LABEL, "")
    if event["Type"] != "container" or labels.get(ONEOFF_LABEL) == "True":
        return
    if options.arguments and service not in options.arguments:
        return
    attributes = {key: value for key, value in sorted(labels.items()) if not key.startswith(LABEL)}
    action, container = event["Action"], event["Actor"]["ID"]
    if options.switch("json"):
        shown = {
            "action": action, "attributes": attributes, "id": container, "service": service,
            "time": rfc3339(event["timeNano"]), "type": "container",
        }  # fmt: skip
        session.line(json.dumps(shown, separators=(",", ":"), ensure_ascii=False))
        return
    when = f"{moment_of(event['timeNano']):%Y-%m-%d %H:%M:%S}.{event['timeNano'] // 1000 % 10**6:06}"
    listed = ", ".join(f"{key}={value}" for key, value in attributes.items())
    session.line(f"{when} container {action} {container} ({listed})\n")
