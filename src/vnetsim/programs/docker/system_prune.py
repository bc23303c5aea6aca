"""`docker system prune` (docker/cli, system/prune.go): stopped containers and unused networks.

There are no dangling images and there is no build cache to be pruned.  Not modelled: --all and --volumes, once they are
confirmed.
"""

from __future__ import annotations

from typing import Any

from vnetsim.errors import NotModelled
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import ParsedFlags
from vnetsim.programs.docker.confirm import confirmed, print_deleted
from vnetsim.programs.docker.go.times import human_size
from vnetsim.programs.docker.session import DockerSession

Json = dict[str, Any]


def _warning(options: ParsedFlags) -> str:
    lines = ["all stopped containers", "all networks not used by at least one container"]
    if options.switch("volumes"):
        lines.append("all anonymous volumes not used by at least one container")
    if options.switch("all"):
        lines += ["all images without at least one container associated to them", "all build cache"]
    else:
        lines += ["all dangling images", "unused build cache"]
    warning = "WARNING! This will remove:\n" + "".join(f"  - {line}\n" for line in lines)
    filters = [f"{name}={value}" for name, values in options.filters().items() for value in values]
    if filters:
        warning += "\n  Items to be pruned will be filtered with:\n" + "".join(f"  - {text}\n" for text in filters)
    return warning


def run(session: DockerSession, options: ParsedFlags) -> Program:
    if not (options.switch("force") or (yield from confirmed(session, _warning(options)))):
        return 0
    for name in ("all", "volumes"):
        if options.switch(name):
            raise NotModelled(f"docker system prune --{name}")
    containers: Json = yield from session.engine.container_prune(options.filters())
    print_deleted(session, "Containers", containers["ContainersDeleted"])
    networks: Json = yield from session.engine.network_prune(options.filters())
    print_deleted(session, "Networks", networks["NetworksDeleted"])
    yield from session.engine.image_prune(options.filters())
    yield from session.engine.build_prune()
    session.line(f"Total reclaimed space: {human_size(containers['SpaceReclaimed'])}")
    return 0
