"""`ryuk`: removes what a test session leaves behind, the main process of testcontainers/ryuk (moby-ryuk 84f4ff002cee).

A client connects to its port and sends lines of filters (`label=a&label=b`, as the query of a URL), each of which is
answered with `ACK`.  Once no client has been connected for RYUK_RECONNECTION_TIMEOUT (10s), or none ever came for
RYUK_CONNECTION_TIMEOUT (1m), the containers, networks, volumes and images that fit a filter are removed, and it ends.
What was made after that moment less a second makes it wait for RYUK_CHANGES_RETRY_INTERVAL (1s), and look again.

Follows main.go, reaper.go and config.go of moby-ryuk.  Not modelled: other hosts than /var/run/docker.sock, which must
be mounted; RYUK_VERBOSE; SIGTERM, which ends it without a last look.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qs

import attrs

from vnetsim.clock import SECOND
from vnetsim.compose.golang import parse_duration
from vnetsim.docker.api.types import SOCKET, Json
from vnetsim.docker.gotypes import duration
from vnetsim.errors import EngineError, KernelError, NotModelled, UsageError, VnetsimError
from vnetsim.process import Input, Output, Process, Program
from vnetsim.sockets import TcpSocket
from vnetsim.values import define, frozen
from vnetsim.wire.inet import ANY6, Address

if TYPE_CHECKING:
    from vnetsim.docker.api.client import APIClient

#: The label of reapers, which do not remove each other.
RYUK: Final = "org.testcontainers.ryuk"
_BACKLOG: Final = 4096
#: The longest line of bufio.Scanner.
_LONGEST: Final = 64 * 1024
Steps = Generator[Any, Any, None]


@frozen
class RyukConfig:
    """config.go; durations in nanoseconds."""

    connection_timeout: int = 60 * SECOND
    reconnection_timeout: int = 10 * SECOND
    request_timeout: int = 10 * SECOND
    shutdown_timeout: int = 600 * SECOND
    remove_retries: int = 10
    retry_offset: int = -SECOND
    changes_retry_interval: int = SECOND
    port: int = 8080
    verbose: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> RyukConfig:
        """UsageError for a variable that is none."""
        found: dict[str, Any] = {}
        for field in attrs.fields(cls):
            name = f"RYUK_{field.name.upper()}"
            if text := environment.get(name, ""):
                found[field.name] = _value(name, text, field.default)
        return cls(**found)

    def attributes(self) -> dict[str, str]:
        """As it is logged."""
        return {name: _shown(name, value) for name, value in attrs.asdict(self).items()}


def _value(name: str, text: str, default: object) -> object:
    try:
        if isinstance(default, bool):
            return {"true": True, "1": True, "t": True, "false": False, "0": False, "f": False}[text.lower()]
        if name.endswith(("_TIMEOUT", "_OFFSET", "_INTERVAL")):
            return -parse_duration(text[1:]) if text.startswith("-") else parse_duration(text)
        return int(text)
    except (KeyError, ValueError, VnetsimError):
        raise UsageError(f'env: parse error on field "{name}" of "{text}"') from None


def _shown(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and name.endswith(("_timeout", "_offset", "_interval")):
        return f"-{duration(-value)}" if value < 0 else duration(value)
    return str(value)


def main(process: Process) -> Program:
    try:
        config = RyukConfig.read(process.context.environment)
    except UsageError as error:
        return _failed(process, f"new reaper: load config: {error}")
    if config.verbose:
        raise NotModelled("RYUK_VERBOSE")
    if not process.files.exists(SOCKET):
        refused = f"Cannot connect to the Docker daemon at unix://{SOCKET}. Is the docker daemon running?"
        return _failed(process, f"new reaper: ping: {refused}")
    return (yield from _Reaper(process, config).run())


def _failed(process: Process, error: str) -> int:
    _log(process, "run", level="ERROR", error=error)
    return 1


def _log(process: Process, message: str, level: str = "INFO", **fields: object) -> None:
    """A line of slog.TextHandler."""
    seconds, rest = divmod(process.machine.wall_clock(), SECOND)
    at = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1_000_000:03}Z"
    pairs = " ".join(f"{key}={_quoted(value)}" for key, value in {"msg": message, **fields}.items())
    process.write(f"time={at} level={level} {pairs}\n")


def _quoted(value: object) -> str:
    text = str(value)
    needs = not text or any(char in ' "=' or not char.isprintable() for char in text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if needs else text


@define(eq=False)
class _Reaper:
    """`filters` are in the order in which they came; `_clients` are connected."""

    process: Process
    config: RyukConfig
    filters: list[dict[str, list[str]]] = attrs.field(factory=list)

    @property
    def engine(self) -> APIClient:
        return cast("APIClient", self.process.machine.service(SOCKET))

    def run(self) -> Generator[Any, Any, int]:
        process = self.process
        _log(process, "starting", **self.config.attributes())
        listener = process.network.tcp_socket(6, owner=process)
        listener.bind(ANY6, self.config.port, reuse=True)
        listener.listen(_BACKLOG)
        _log(process, "Started", address=f"[::]:{self.config.port}")
        events, notes = process.pipe()
        process.fork(self._accepting(listener, notes), stdout=process.stdout)
        found = yield from self._wait(events)
        listener.close()
        yield from self._prune(found)
        _log(process, "done")
        return 0

    # --- clients -----------------------------------------------------------------------------------------------------

    def _accepting(self, listener: TcpSocket, notes: Output) -> Callable[[Process], Program]:
        def accept(process: Process) -> Program:
            _log(process, "client processing started")
            try:
                while True:
                    client: TcpSocket = yield listener.accept()
                    process.fork(self._handling(client, notes))
            except KernelError:
                _log(process, "client processing stopped")
                return 0

        return accept

    def _handling(self, client: TcpSocket, notes: Output) -> Callable[[Process], Program]:
        """Reads filters from one client; `notes` gets a line when it comes, and when it goes."""

        def handle(process: Process) -> Program:
            client.give(process)
            address = _address(*client.remote)
            notes.write(f"+{address}\n")
            try:
                yield from self._read(process, client, address)
            except KernelError as error:
                _log(process, "scan", "ERROR", address=address, error=error.errno.strerror)
            finally:
                client.close()
                notes.write(f"-{address}\n")
            return 0

        return handle

    def _read(self, process: Process, client: TcpSocket, address: str) -> Steps:
        kept = b""
        while data := (yield client.receive()):
            *lines, kept = (kept + data).split(b"\n")
            for line in lines:
                yield from self._line(process, client, address, line.removesuffix(b"\r").decode("utf-8", "replace"))
            if len(kept) > _LONGEST:
                _log(process, "scan", "ERROR", address=address, error="bufio.Scanner: token too long")
                return
        if kept:
            yield from self._line(process, client, address, kept.decode("utf-8", "replace"))

    def _line(self, process: Process, client: TcpSocket, address: str, line: str) -> Steps:
        if not line:
            _log(process, "empty filter received", "WARN", address=address)
            return
        found = parse_qs(line, keep_blank_values=True)
        for kind, values in found.items():
            _log(process, "adding filter", type=kind, values=f"[{' '.join(values)}]")
        if found not in self.filters:
            self.filters.append(found)
        yield client.send(b"ACK\n")

    # --- what fits ---------------------------------------------------------------------------------------------------

    def _wait(self, events: Input) -> Generator[Any, Any, dict[str, list[str]]]:
        """Until no client has been there for long enough, and nothing that fits is new."""
        process, clients = self.process, 0
        timer, note = process.sleep(self.config.connection_timeout), events.read_line()
        while True:
            yield process.any_of([note] if clients else [note, timer])
            if note.is_set:
                line, note = (yield note).strip(), events.read_line()
                clients += 1 if line[0] == "+" else -1
                what = "client connected" if line[0] == "+" else "client disconnected"
                _log(process, what, address=line[1:], clients=clients)
                timer = process.sleep(self.config.reconnection_timeout)
                continue
            _log(process, "prune check", clients=clients)
            found, newest = self._fitting()
            if newest <= process.machine.wall_clock() + self.config.retry_offset:
                return found
            _log(process, "change detected, waiting again", "WARN", error="changes detected")
            timer = process.sleep(self.config.changes_retry_interval)

    def _fitting(self) -> tuple[dict[str, list[str]], int]:
        """What fits a filter, by kind, and when the newest of it was made (nanoseconds since 1970)."""
        found: dict[str, list[str]] = {"containers": [], "networks": [], "volumes": [], "images": []}
        newest = 0
        for each in self.filters:
            for kind, identifier, made in self._matching(each):
                newest = max(newest, made)
                if identifier not in found[kind]:
                    found[kind].append(identifier)
        return found, newest

    def _matching(self, filters: dict[str, list[str]]) -> Generator[tuple[str, str, int], None, None]:
        lists: tuple[tuple[str, str, Callable[[], list[Json]]], ...] = (
            ("containers", "Id", lambda: self.engine.container_list(all=True, filters=filters)),
            ("networks", "Id", lambda: self.engine.network_list(filters)),
            ("volumes", "Name", lambda: self.engine.volume_list(filters)),
            ("images", "Id", lambda: self.engine.image_list(filters=filters)),
        )
        for kind, key, look in lists:
            try:
                listed = look()
            except EngineError as error:
                _log(self.process, f"affected {kind}", "ERROR", error=error.message)
                continue
            for each in listed:
                if (each.get("Labels") or {}).get(RYUK) != "true":
                    yield kind, each[key], _made(each)

    # --- the end -----------------------------------------------------------------------------------------------------

    def _prune(self, found: dict[str, list[str]]) -> Steps:
        engine = self.engine
        removals: dict[str, Callable[[str], Any]] = {
            "containers": lambda each: engine.container_delete(each, force=True, volumes=True),
            "networks": engine.network_delete,
            "volumes": lambda each: engine.volume_delete(each, force=True),
            "images": engine.image_delete,
        }
        removed = dict.fromkeys(found, 0)
        for kind, remove in removals.items():
            removed[kind] = yield from self._remove(kind, found[kind], remove)
        _log(self.process, "removed", **{kind: str(count) for kind, count in removed.items()})

    def _remove(self, kind: str, todo: list[str], remove: Callable[[str], Any]) -> Generator[Any, Any, int]:
        """How many were removed; what is refused is tried again each second."""
        count, left = 0, list(todo)
        for attempt in range(1, self.config.remove_retries + 1):
            for identifier in list(left):
                try:
                    yield from remove(identifier)
                    count += 1
                except EngineError as error:
                    if error.status != _NOT_FOUND:
                        fields = {"resource": kind.removesuffix("s"), "id": identifier, "attempt": attempt}
                        _log(self.process, "remove", "ERROR", **fields, error=error.message)
                        continue
                left.remove(identifier)
            if not left:
                break
            yield self.process.sleep(SECOND)
        return count


_NOT_FOUND: Final = 404


def _address(host: Address, port: int) -> str:
    """net.TCPAddr.String: an IPv4 address in IPv6 is one of IPv4."""
    text = str(host).removeprefix("::ffff:")
    return f"[{text}]:{port}" if ":" in text else f"{text}:{port}"


def _made(summary: Json) -> int:
    """When it was made, in nanoseconds since 1970: a number of seconds, or a text."""
    made: int | str = summary["Created"] if "Created" in summary else summary["CreatedAt"]
    if isinstance(made, int):
        return made * SECOND
    return int(datetime.fromisoformat(made[:19].rstrip("Z") + "+00:00").timestamp()) * SECOND
