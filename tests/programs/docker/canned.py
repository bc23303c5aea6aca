"""An engine that answers from recordings: what a real one (28.5.2, API 1.50) said, and a log of what it was asked.

`recorded/engine.json` holds its answers.  The same object was put behind an HTTP server and asked by the real client
(28.2.2) to get `recorded/client.jsonl`; so client.jsonl says what the real client prints for these answers, and which
operations with which bodies a command line amounts to.
"""

from __future__ import annotations

import copy
import json
import pathlib
from collections.abc import Generator, Mapping, Sequence
from typing import Any

from vnetsim.errors import EngineError

Json = dict[str, Any]
RECORDED = pathlib.Path(__file__).parent / "recorded"

_NOT_THERE = 'unable to start container process: exec: "nosuch": executable file not found in $PATH'
#: What a command does in these containers: standard output, standard error, exit status.
SCRIPTS: dict[tuple[str, ...], tuple[str, str, int]] = {
    ("echo", "hi"): ("hi\n", "", 0),
    ("sh", "-c", "exit 3"): ("", "", 3),
    ("sh", "-c", "both"): ("out\n", "err\n", 1),
    ("nosuch",): (f"OCI runtime exec failed: exec failed: {_NOT_THERE}\n", "", 127),
}
START_FAILURES = {
    "nosuch": 'failed to create task: OCI runtime create failed: exec: "nosuch": executable file not found in $PATH',
    "denied": "failed to create task: OCI runtime create failed: exec: permission denied",
    "badnet": "failed to set up container networking: network nope not found",
}
#: Ages of the containers in seconds, so that `CREATED` is the same whenever the real client asks.
AGES = {"web": 7_300, "plain": 65, "dead": 200_000, "made": 3, "ttyd": 0}


class CannedEngine:
    """`now` is the wall clock in seconds."""

    def __init__(self, now: int) -> None:
        self._state = json.loads((RECORDED / "engine.json").read_text())
        self._now = now
        self._created: dict[str, Json] = {}
        self._attached: dict[str, tuple[Any, Any, Any]] = {}
        self._execs: dict[str, Json] = {}
        #: What was asked to change something: the operation and its arguments.
        self.log: list[list[Any]] = []
        #: What tests let happen meanwhile: lines of logs, containers that stop.
        self.extra_log: list[tuple[str, str]] = []
        self.stopped: set[str] = set()

    def _note(self, operation: str, *arguments: Any) -> None:
        self.log.append([operation, *copy.deepcopy(arguments)])

    def _find(self, name: str) -> Json:
        if name in self._created:
            return self._created[name]
        for entry in self._state["containers"]:
            if f"/{name}" in entry["Names"] or (len(name) > 3 and entry["Id"].startswith(name)):
                return dict(entry)
        raise EngineError(404, f"No such container: {name}")

    # --- containers ------------------------------------------------------------------------------------------------

    def container_create(self, body: Json, name: str | None = None) -> Generator[Any, Any, Json]:
        self._note("container_create", body, name)
        yield from ()
        if name == "web":
            message = 'Conflict. The container name "/web" is already in use by container "30a4". You have to remove'
            raise EngineError(409, message)
        if body["Image"] == "nosuchimage":
            raise EngineError(404, "No such image: nosuchimage:latest")
        identity = f"{len(self._created) + 1:064x}"
        self._created[identity] = {"Id": identity, "Names": [f"/{name}"], "body": body, "status": None}
        return {"Id": identity, "Warnings": ["this is a warning"] if name == "warned" else []}

    def container_start(self, container: str) -> Generator[Any, Any, None]:
        self._note("container_start", container)
        yield from ()
        made = self._find(container)
        command = tuple(made.get("body", {}).get("Cmd") or ())
        if command[:1] and command[0] in START_FAILURES:
            raise EngineError(500 if command[0] == "badnet" else 400, START_FAILURES[command[0]])
        out, err, status = SCRIPTS.get(command, ("", "", 0))
        made["status"] = status
        _stdin, stdout, stderr = self._attached.get(container, (None, None, None))
        if stdout is not None and out:
            stdout.write(out)
        if stderr is not None and err:
            stderr.write(err)

    def container_attach(
        self, container: str, stdin: Any = None, stdout: Any = None, stderr: Any = None
    ) -> Generator[Any, Any, None]:
        self._note("container_attach", container, stdin is not None, stdout is not None, stderr is not None)
        yield from ()
        self._find(container)
        self._attached[container] = (stdin, stdout, stderr)

    def container_terminal(self, container: str) -> None:
        """It has none."""

    def exec_terminal(self, exec_id: str) -> None:
        """It has none."""

    def container_wait(self, container: str, condition: str = "not-running") -> Generator[Any, Any, Json]:
        self._note("container_wait", container, condition)
        yield from ()
        return {"StatusCode": self._find(container).get("status") or 0}

    def container_stop(self, container: str, timeout: int | None = None, signal: str = "") -> Generator[Any, Any, None]:
        self._note("container_stop", container, timeout, *([signal] if signal else []))
        yield from ()
        self._find(container)

    def container_restart(
        self, container: str, timeout: int | None = None, signal: str = ""
    ) -> Generator[Any, Any, None]:
        self._note("container_restart", container, timeout, *([signal] if signal else []))
        yield from ()
        self._find(container)

    def container_kill(self, container: str, signal: str = "KILL") -> Generator[Any, Any, None]:
        self._note("container_kill", container, signal)
        yield from ()
        self._find(container)

    def container_pause(self, container: str) -> Generator[Any, Any, None]:
        self._note("container_pause", container)
        yield from ()
        self._find(container)

    def container_unpause(self, container: str) -> Generator[Any, Any, None]:
        self._note("container_unpause", container)
        yield from ()
        self._find(container)

    def container_rename(self, container: str, name: str) -> Generator[Any, Any, None]:
        self._note("container_rename", container, name)
        yield from ()
        self._find(container)

    def container_update(self, container: str, body: Json) -> Generator[Any, Any, Json]:
        self._note("container_update", container, body)
        yield from ()
        self._find(container)
        return {"Warnings": None}

    def container_delete(
        self, container: str, force: bool = False, volumes: bool = False, link: bool = False
    ) -> Generator[Any, Any, None]:
        self._note("container_delete", container, force, volumes, link)
        yield from ()
        if self._find(container)["Names"] == ["/plain"] and not force:
            raise EngineError(409, 'cannot remove container "plain": container is running: stop the container')

    def container_prune(self, filters: Mapping[str, Sequence[str]] | None = None) -> Generator[Any, Any, Json]:
        self._note("container_prune", filters or {})
        yield from ()
        return {"ContainersDeleted": ["a" * 64, "b" * 64], "SpaceReclaimed": 1234}

    def container_list(
        self,
        all: bool = False,  # noqa: A002
        filters: Mapping[str, Sequence[str]] | None = None,
        limit: int | None = None,
    ) -> list[Json]:
        if "foo" in (filters or {}):
            raise EngineError(400, "invalid filter 'foo'")
        entries: list[Json] = copy.deepcopy(self._state["containers"])
        for entry in entries:
            entry["Created"] = self._now - AGES[entry["Names"][0][1:]]
        if not all and not limit:
            entries = [entry for entry in entries if entry["State"] == "running"]
        names = (filters or {}).get("name", [])
        if names:
            entries = [entry for entry in entries if any(name in entry["Names"][0] for name in names)]
        return entries[:limit] if limit else entries

    def container_inspect(self, container: str) -> Json:
        name = self._find(container)["Names"][0][1:]
        if name not in self._state["container_inspects"]:
            raise EngineError(404, f"No such container: {container}")
        answer: Json = copy.deepcopy(self._state["container_inspects"][name])
        if name in self.stopped:
            answer["State"]["Running"] = False
        return answer

    def container_size(self, container: str) -> Json:
        self._find(container)
        return {"SizeRw": 0, "SizeRootFs": 0}

    def container_logs(self, container: str) -> list[tuple[str, str]]:
        self._find(container)
        return [("stdout", "one\n"), ("stderr", "oops\n"), ("stdout", "two\n"), *self.extra_log]

    def container_top(self, container: str, arguments: str = "") -> Json:
        assert arguments in ("", "-ef")
        self._find(container)
        return dict(self._state["top"])

    def exec_create(self, container: str, body: Json) -> Generator[Any, Any, Json]:
        self._note("exec_create", container, body)
        yield from ()
        if self._find(container)["State"] != "running":
            raise EngineError(409, f"container {self._find(container)['Id']} is not running")
        identity = f"{len(self._execs) + 1:064x}"
        self._execs[identity] = {"body": body, "ExitCode": None}
        return {"Id": identity}

    def exec_start(
        self, exec_id: str, stdin: Any = None, stdout: Any = None, stderr: Any = None, detach: bool = False
    ) -> Generator[Any, Any, int | None]:
        self._note("exec_start", exec_id, stdin is not None, detach)
        yield from ()
        made = self._execs[exec_id]
        out, err, status = SCRIPTS.get(tuple(made["body"]["Cmd"]), ("", "", 0))
        if stdout is not None and out:
            stdout.write(out)
        if stderr is not None and err:
            stderr.write(err)
        made["ExitCode"] = status
        return None if detach else status

    def exec_inspect(self, exec_id: str) -> Json:
        return {"ID": exec_id, "Running": False, "ExitCode": self._execs[exec_id]["ExitCode"], "Pid": 0}

    # --- networks --------------------------------------------------------------------------------------------------

    def network_list(self, filters: Mapping[str, Sequence[str]] | None = None) -> list[Json]:
        if "foo" in (filters or {}):
            raise EngineError(400, "invalid filter 'foo'")
        networks = copy.deepcopy(self._state["networks"])
        names = (filters or {}).get("name", [])
        if names:
            networks = [network for network in networks if any(name in network["Name"] for name in names)]
        return list(networks)

    def network_inspect(self, network: str, verbose: bool = False) -> Json:  # noqa: ARG002
        for known in self._state["networks"]:
            if network == known["Name"] or (len(network) > 3 and known["Id"].startswith(network)):
                return dict(copy.deepcopy(self._state["network_inspects"].get(known["Name"], known)))
        raise EngineError(404, f"network {network} not found")

    def network_create(self, body: Json) -> Generator[Any, Any, Json]:
        self._note("network_create", body)
        yield from ()
        if body["Name"] == "front":
            raise EngineError(409, "network with name front already exists")
        return {"Id": "c" * 64, "Warning": "a network warning" if body["Name"] == "warned" else ""}

    def network_connect(self, network: str, body: Json) -> Generator[Any, Any, None]:
        self._note("network_connect", network, body)
        yield from ()
        self._find(body["Container"])
        self.network_inspect(network)

    def network_disconnect(self, network: str, body: Json) -> Generator[Any, Any, None]:
        self._note("network_disconnect", network, body)
        yield from ()
        self._find(body["Container"])

    def network_delete(self, network: str) -> Generator[Any, Any, None]:
        self._note("network_delete", network)
        yield from ()
        self.network_inspect(network)
        if network == "front":
            raise EngineError(403, "error while removing network: network front has active endpoints")

    def network_prune(self, filters: Mapping[str, Sequence[str]] | None = None) -> Generator[Any, Any, Json]:
        self._note("network_prune", filters or {})
        yield from ()
        return {"NetworksDeleted": ["front", "back"]}

    # --- images and system -----------------------------------------------------------------------------------------

    def image_list(self, all: bool = False, filters: Mapping[str, Sequence[str]] | None = None) -> list[Json]:  # noqa: A002, ARG002
        images = copy.deepcopy(self._state["images"])
        for image in images:
            image["Created"] = self._now - 86_400 * 20
        wanted = (filters or {}).get("reference", [])
        if wanted:
            images = [image for image in images if any(f"{name}:latest" in image["RepoTags"] for name in wanted)]
        return list(images)

    def image_inspect(self, image: str) -> Json:
        if image in self._state["image_inspects"]:
            return dict(copy.deepcopy(self._state["image_inspects"][image]))
        raise EngineError(404, f"No such image: {image}:latest")

    def image_create(self, image: str) -> Generator[Any, Any, None]:
        self._note("image_create", image)
        yield from ()
        raise EngineError(500, 'Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid: i/o timeout')

    def volume_inspect(self, volume: str) -> Json:
        raise EngineError(404, f"get {volume}: no such volume")

    def system_version(self) -> Json:
        return dict(self._state["version"])

    def system_info(self) -> Json:
        return dict(self._state["info"])

    def happened(self, event: Json) -> None:
        self._state["events"].append(event)

    def system_events(self, filters: Mapping[str, Sequence[str]] | None = None, skip: int = 0) -> list[Json]:
        kinds = (filters or {}).get("type", [])
        return [event for event in self._state["events"][skip:] if not kinds or event["Type"] in kinds]

    def system_event_count(self) -> int:
        return len(self._state["events"])

    def ping(self) -> str:
        return "OK"
