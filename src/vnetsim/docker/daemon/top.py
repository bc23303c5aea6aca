"""The processes of a container, by the formats of ps (daemon/top_unix.go of moby 28.5; ps of procps 4.0).

Programs use neither processor nor memory, and no container's terminal is one of the host.

Not modelled: other options of ps than those of `_FORMATS`, and columns than those of `_COLUMNS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from vnetsim.docker.api.types import Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.commandlines import name_of
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.mainprocess import is_replaced
from vnetsim.docker.daemon.servers import Server, server_of, title_of
from vnetsim.docker.gotypes import timestamp
from vnetsim.errors import EngineError, NotModelled
from vnetsim.process.machine import ProcessEntry
from vnetsim.process.passwd import user_name
from vnetsim.values import frozen


@frozen(eq=False)
class _Process:
    """`began` in nanoseconds since 1970, of its container; `leads` its session."""

    entry: ProcessEntry
    parent: int
    user: str
    began: int
    leads: bool

    @property
    def command(self) -> str:
        return " ".join(self.entry.argv)

    @property
    def name(self) -> str:
        return self.entry.argv[0].rpartition("/")[2].rstrip(":")[:15]

    @property
    def clock(self) -> str:
        return timestamp(self.began)[11:16]


#: The title of each column, and what is in it.
_COLUMNS: Final[Mapping[str, tuple[str, Callable[[_Process], str]]]] = {
    "user": ("USER", lambda process: process.user),
    "uid": ("UID", lambda process: str(process.entry.uid)),
    "uname": ("UID", lambda process: process.user),
    "pid": ("PID", lambda process: str(process.entry.pid)),
    "ppid": ("PPID", lambda process: str(process.parent)),
    "c": ("C", lambda _process: "0"),
    "%cpu": ("%CPU", lambda _process: "0.0"),
    "%mem": ("%MEM", lambda _process: "0.0"),
    "vsz": ("VSZ", lambda _process: "0"),
    "rss": ("RSS", lambda _process: "0"),
    "tty": ("TTY", lambda _process: "?"),
    "stat": ("STAT", lambda process: ("T" if process.entry.stopped else "S") + "s" * process.leads),
    "stime": ("STIME", lambda process: process.clock),
    "start": ("START", lambda process: process.clock),
    "time": ("TIME", lambda _process: "00:00:00"),
    "bsdtime": ("TIME", lambda _process: "0:00"),
    "comm": ("COMMAND", lambda process: process.name),
    "ucmd": ("CMD", lambda process: process.name),
    "args": ("COMMAND", lambda process: process.command),
    "cmd": ("CMD", lambda process: process.command),
}
_FULL: Final = "uname,pid,ppid,c,stime,tty,time,cmd"
_USER: Final = "user,pid,%cpu,%mem,vsz,rss,tty,stat,start,bsdtime,args"
_JOBS: Final = "pid,tty,stat,bsdtime,args"
_PLAIN: Final = "pid,tty,time,ucmd"
#: What ps prints by its options.
_FORMATS: Final = (
    dict.fromkeys(("", "-ef", "-fe", "-f", "ef"), _FULL)
    | dict.fromkeys(("aux", "u", "-u", "au", "ux", "-aux"), _USER)
    | dict.fromkeys(("x", "a", "ax", "-x"), _JOBS)
    | dict.fromkeys(("-e", "-A"), _PLAIN)
)
_CHOSEN: Final = re.compile(r"(?:-?[eaxA]*)?o ?(\S+)")


def top(daemon: Daemon, container: Container, arguments: str = "") -> Json:
    """The first processes are children of the shim; EngineError 409 if it does not run, 500 without a PID."""
    run = container.run
    if run is None or run.main is None:
        raise EngineError(409, f"container {container.id} is not running")
    columns = _columns(arguments)
    shim = 0 if run.watcher is None else run.watcher.pid
    first = {run.main.pid, *run.execs}
    family = set(first)
    server = server_of(container) if is_replaced(container) else None
    rows = []
    for entry in daemon.machine.processes():
        if server is not None and entry.pid == run.main.pid:
            entry = attrs.evolve(entry, argv=_title(container, server))
        if server is not None and entry.parent == run.main.pid:
            continue  # a port of the server
        if entry.pid in first or entry.parent in family:
            family.add(entry.pid)
            user = user_name(daemon.host.files, entry.uid) or str(entry.uid)
            leads = entry.pid in first
            process = _Process(entry, shim if leads else entry.parent, user, container.state.started_at, leads)
            rows.append([_COLUMNS[column][1](process) for column in columns])
    daemon.events.container(container, "top")
    return {"Titles": [_COLUMNS[column][0] for column in columns], "Processes": rows}


def _title(container: Container, server: Server) -> tuple[str, ...]:
    """What redis and nginx make of their arguments (setproctitle)."""
    title = title_of(container, server)
    name = name_of(title[0])
    if name in ("redis-server", "valkey-server"):
        port = next(iter(server.ports), "").rpartition(":")[2].partition("/")[0]
        return (title[0], f"{server.address or '*'}:{port}")
    return ("nginx:", "master", "process", *title) if name == "nginx" else title


def _columns(arguments: str) -> list[str]:
    known = _FORMATS.get(arguments)
    chosen = _CHOSEN.fullmatch(arguments)
    if known is None and (chosen is None or not set(chosen[1].split(",")) <= _COLUMNS.keys()):
        raise NotModelled(f"docker top with the options {arguments} of ps")
    columns = (known or (chosen[1] if chosen is not None else "")).split(",")
    if "pid" not in columns:
        raise EngineError(500, "Couldn't find PID field in ps output")
    return columns
