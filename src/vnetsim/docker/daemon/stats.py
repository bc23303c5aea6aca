"""What a container uses (daemon/stats of moby 28.5): packets are counted, processes too.

Programs use neither processor nor memory, and no disk.
"""

from __future__ import annotations

from typing import Final

from vnetsim.docker.api.types import Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.daemon import Daemon

_COUNTERS: Final = (
    "rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "tx_bytes", "tx_packets", "tx_errors", "tx_dropped",
)  # fmt: skip


def usage(daemon: Daemon, container: Container, memory: int) -> Json:
    """`pids`, `limit` of the memory in bytes, `networks` by device; empty for one that does not run.

    `memory` is that of the machine.
    """
    run = container.run
    if run is None or not container.state.running:
        return {}
    pids = sum(process.pid_namespace == container.id for process in daemon.machine.processes())
    limit = container.host_config["Memory"] or memory
    links = run.context.network.links() if container.mode != "host" else ()
    networks = {
        link.name: {name: getattr(link.statistics, name) for name in _COUNTERS} for link in links if link.name != "lo"
    }
    return {"pids": pids, "limit": limit, "networks": networks}
