"""What a person would type to find out what a matrix says, pair by pair."""

from __future__ import annotations

from vnetsim.lab import Lab
from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.endpoints.services import listening
from vnetsim.reach.matrix.cells import Cell
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.reach.probing.asking import SETTLE_SECONDS
from vnetsim.reach.translation.independence import (
    has_moving_ports,
    is_frail,
    is_slow,
    is_stopped,
    nexthop_exceptions,
    owners,
    remembers,
)


def prefix(endpoint: Endpoint) -> str:
    if endpoint.kind == "container":
        return f"docker run --rm --network container:{endpoint.name} nettools "
    return "" if endpoint.kind == "host" else f"ip netns exec {endpoint.short} "


def command(source: Endpoint, target: str, probe: Probe) -> str:
    """As patient as the matrix is."""
    if probe.protocol == "icmp":
        return f"{prefix(source)}ping -c 1 -W 5 {target}"
    return f"{prefix(source)}nc -z -w 5 {target} {probe.port}"


def disagreements(lab: Lab, matrix: Matrix) -> list[str]:
    """The cells of which `ping` and `nc -z`, typed on a copy of the lab, say something else.

    One after the other on the same copy, or each on a copy of its own where the one before may decide about the next.
    Datagrams are left out: `nc -u -z` cannot tell.
    """
    copy = _settled(lab)
    owner = owners(copy)
    sockets = [entry for one in matrix.endpoints for entry in listening(copy, one)]
    alone = (
        remembers(copy)
        or has_moving_ports(copy)
        or any(is_frail(owner(entry)) or (is_slow(entry) and is_stopped(owner(entry))) for entry in sockets)
    )
    found = [] if alone else [text for cell in matrix.cells if (text := _compare(copy, cell))]
    if alone or nexthop_exceptions(copy):
        return [text for cell in matrix.cells if (text := _compare(_settled(lab), cell))]
    return found


def _compare(lab: Lab, cell: Cell) -> str:
    """What was typed and what came of it, if the matrix says something else."""
    if cell.probe.protocol == "udp":
        return ""
    line = command(cell.source, cell.target, cell.probe)
    result = lab.run(line)
    if bool(result) == cell.reached:
        return ""
    return f"{line}: typed {result.exit_code}, matrix {cell.answer.outcome.value} {cell.answer.text} ({cell.address})"


def _settled(lab: Lab) -> Lab:
    copy = lab.fork()
    copy.sleep(SETTLE_SECONDS)
    return copy
