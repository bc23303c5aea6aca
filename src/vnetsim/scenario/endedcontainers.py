"""Containers that a script started in the background and that ended with an error.

`docker run -d` has succeeded once its container was started, as with the real engine, so that a script does not notice
that the container's program ended at once.  Questions about the lab do (`vnetsim reach`, `vnetsim why`); `vnetsim run`
asks none, and tells it beside the script's own output.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from vnetsim.lab import Lab

#: How long the containers get to end if they cannot run.
SETTLE_SECONDS: Final = 2.0
#: Exit statuses from here on are those of a signal, as `docker stop` sends it.
_SIGNALLED: Final = 128


def ended_containers(lab: Lab) -> Iterator[str]:
    """A sentence for each container in the background that is not running and whose program ended with an error."""
    if not lab.has_engine:
        return
    lab.sleep(SETTLE_SECONDS)
    for entry in reversed(lab.docker.container_list(all=True)):
        found = lab.docker.container_inspect(entry["Id"])
        state = found["State"]
        if state["Running"] or found["Config"]["AttachStdout"] or not 0 < state["ExitCode"] < _SIGNALLED:
            continue
        name = found["Name"].removeprefix("/")
        yield f"container {name} is {state['Status']} ({state['ExitCode']}){first_error_line(lab, entry['Id'])}"


def first_error_line(lab: Lab, container: str) -> str:
    """What it printed to standard error first, in parentheses behind a space; "" if that is nothing."""
    lines = "".join(text for stream, text in lab.docker.container_logs(container) if stream == "stderr").splitlines()
    return f" (it said: {lines[0].strip()})" if lines else ""
