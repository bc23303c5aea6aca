"""`conntrack`: the tracked connections of a network namespace (conntrack-tools 1.4.7).

Not modelled: `-I -U -A -R -S`, expectations, labels, `-z` where something is counted, `-b`, events
as XML or as what `-R` reads.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Final

from vnetsim.clock import SECOND, Wait
from vnetsim.errors import NotModelled
from vnetsim.observations import ConnectionEntry, ConnectionEvent
from vnetsim.operations import DeleteConnection, FlushConnections
from vnetsim.process import Interrupted, Killed, Process, Program
from vnetsim.programs.conntrack import filters
from vnetsim.programs.conntrack.arguments import ConntrackArguments, ConntrackError, read
from vnetsim.programs.conntrack.printing import XML_END, XML_HEAD, ConntrackFormat
from vnetsim.programs.conntrack.usage import NAME, USAGE

_OUTPUTS: Final = ("xml", "extended", "timestamp", "id", "ktimestamp", "labels", "userspace", "save")
_EVENTS: Final = {"ALL": {"NEW", "UPDATE", "DESTROY"}, "NEW": {"NEW"}, "UPDATES": {"UPDATE"}, "DESTROY": {"DESTROY"}}


def main(process: Process) -> Program:
    """Exit status 1: it failed, or there was nothing to delete; 2: usage."""
    try:
        arguments = read(tuple(process.argv[1:]))
        for warning in arguments.warnings:
            process.error(warning)
        return _command(process, arguments)
    except ConntrackError as error:
        process.error(f"{NAME}: {error}\n")
        if error.status == 2:
            process.error("Try `conntrack -h' or 'conntrack --help' for more information.\n")
        return error.status


def _command(process: Process, arguments: ConntrackArguments) -> Program:
    command = arguments.command
    if "V" in arguments:
        process.write(f"{NAME}\n")
        return 0
    if not command or "h" in arguments:
        process.write(USAGE)
        return 0
    if command not in _COMMANDS or "b" in arguments or "l" in arguments:
        raise NotModelled("conntrack -b, -l" if command in _COMMANDS else f"conntrack -{command}")
    if arguments.table != "conntrack":
        return _other_table(process, arguments)
    if command == "C":
        process.write(f"{len(_everything(process))}\n")
        return 0
    return _COMMANDS[command](process, arguments)


def _other_table(process: Process, arguments: ConntrackArguments) -> int:
    """Expectations, connections that end or begin at the moment: there are none."""
    answers = {
        "L expect": "0 expectations have been shown.",
        "L dying": "0 flow entries have been shown.",
        "L unconfirmed": "0 flow entries have been shown.",
        "F expect": "expectation table has been emptied.",
    }
    key = f"{arguments.command} {arguments.table}"
    if key == "C expect":
        process.write("0\n")
    elif key in answers:
        process.error(f"{NAME}: {answers[key]}\n")
    else:
        raise NotModelled(f"conntrack -{key}")
    return 0


# --- commands ---------------------------------------------------------------------------------------------------------


def _everything(process: Process) -> list[ConnectionEntry]:
    return [*process.network.connections(4), *process.network.connections(6)]


def _chosen(process: Process, arguments: ConntrackArguments) -> Sequence[ConnectionEntry]:
    chosen = filters.of(arguments, process.error)
    return [entry for entry in _everything(process) if chosen.wants(entry)]


def _list(process: Process, arguments: ConntrackArguments) -> int:
    form = _format(process, arguments)
    entries = _chosen(process, arguments)
    if "z" in arguments and any(entry.original.packets is not None for entry in entries):
        raise NotModelled("conntrack -z")
    lines = "".join(f"{form.listed(entry)}\n" for entry in entries)
    process.write(f"{XML_HEAD}{lines}{XML_END}" if form.xml and entries else lines)
    process.error(f"{NAME}: {len(entries)} flow entries have been shown.\n")
    return 0


def _delete(process: Process, arguments: ConntrackArguments) -> int:
    form = _format(process, arguments)
    entries = _chosen(process, arguments)
    for entry in entries:
        process.write(f"{form.listed(entry)}\n")
        flow = entry.original
        process.network.execute(DeleteConnection(
            protocol=flow.protocol, source=flow.source, destination=flow.destination, source_port=flow.source_port,
            destination_port=flow.destination_port, zone=entry.zone, zone_directions=entry.zone_directions,
            by=process.pid, by_name=_own_name(process),
        ))  # fmt: skip
    process.error(f"{NAME}: {len(entries)} flow entries have been deleted.\n")
    return 0 if entries else 1


def _get(process: Process, arguments: ConntrackArguments) -> int:
    """One connection by its ends; the request holds one more reference to it."""
    form = _format(process, arguments)
    if "s" not in arguments or "d" not in arguments:
        raise ConntrackError("Operation failed: invalid parameters", 1)
    entries = _chosen(process, arguments)
    if not entries:
        raise ConntrackError("Operation failed: such conntrack doesn't exist", 1)
    process.write(f"{form.listed(entries[0], uses=2)}\n")
    process.error(f"{NAME}: 1 flow entries have been shown.\n")
    return 0


def _flush(process: Process, arguments: ConntrackArguments) -> int:
    version = filters.of(arguments, process.error).version
    process.network.execute(FlushConnections(version=version, by=process.pid, by_name=_own_name(process)))
    process.error(f"{NAME}: connection tracking table has been emptied.\n")
    return 0


def _own_name(process: Process) -> str:
    return process.argv[0].rpartition("/")[2]


def _format(process: Process, arguments: ConntrackArguments) -> ConntrackFormat:
    formats = [_full_name(token) for token in arguments.options["o"].split(",")] if "o" in arguments else []
    for token in ("xml", "save"):
        if token in formats and arguments.command != "L":
            raise NotModelled(f"conntrack -{arguments.command} -o {token}")
    if "labels" in formats:
        process.error("nfct_labelmap_new: No such file or directory\n")
    return ConntrackFormat(
        extended="extended" in formats, id="id" in formats, xml="xml" in formats, save="save" in formats
    )


def _full_name(text: str) -> str:
    known = next((token for token in _OUTPUTS if text and token.startswith(text.lower())), None)
    if known is None:
        raise ConntrackError(f"Bad parameter `{text}'")
    return known


# --- events -----------------------------------------------------------------------------------------------------------


def _watch(process: Process, arguments: ConntrackArguments) -> Program:
    form = _format(process, arguments)
    timed = "o" in arguments and "timestamp" in map(_full_name, arguments.options["o"].split(","))
    return _events(process, form, _kinds(arguments), filters.of(arguments, process.error), timed=timed)


def _events(
    process: Process, form: ConntrackFormat, kinds: set[str], chosen: filters.ConntrackFilter, *, timed: bool
) -> Generator[Wait, Any, int]:
    """Until it is interrupted; whether connections have run out is looked at once a second, as the kernel does."""
    watch = process.network.watch_connections()
    shown = 0
    try:
        while True:
            event: ConnectionEvent | None = yield watch.receive(SECOND)
            if event is None:
                _everything(process)
            elif event.kind in kinds and chosen.wants(event.connection):
                shown += 1
                process.write(_line(process, event, form, timed=timed))
    except (Interrupted, Killed) as signal:
        process.error(f"{NAME}: {shown} flow events have been shown.\n")
        if isinstance(signal, Killed):
            raise
        return 0
    finally:
        watch.close()


def _kinds(arguments: ConntrackArguments) -> set[str]:
    if "e" not in arguments:
        return _EVENTS["ALL"]
    kinds: set[str] = set()
    for text in arguments.options["e"].split(","):
        known = next((token for token in _EVENTS if text and token.startswith(text.upper())), None)
        if known is None:
            raise ConntrackError(f"Bad parameter `{text}'")
        kinds |= _EVENTS[known]
    return kinds


def _line(process: Process, event: ConnectionEvent, form: ConntrackFormat, *, timed: bool) -> str:
    at = (process.machine.wall_clock() - process.now() + event.at) // 1000
    stamp = f"[{at // 1_000_000}.{at % 1_000_000:06}]\t" if timed else ""
    timeout = event.kind != "DESTROY" or event.connection.seconds > 0
    return f"{stamp}{f'[{event.kind}]':>9} {form.event(event.connection, timeout=timeout)}{_requester(event)}\n"


def _requester(event: ConnectionEvent) -> str:
    return f" [USERSPACE] portid={event.by} progname={event.by_name}" if event.by else ""


_COMMANDS: Final[dict[str, Callable[[Process, ConntrackArguments], Program]]] = {
    "L": _list,
    "D": _delete,
    "G": _get,
    "F": _flush,
    "E": _watch,
    "C": _list,
}
