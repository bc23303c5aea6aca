"""The command line that tries a path: on the host, in a network namespace, or in a container's network.

    command_line(lab, path) == "docker run --rm --network container:web busybox nc -z -w 5 db 5432"

Most images have neither `nc` nor `ping`, so that a container of the public busybox, which has both, joins the network
of theirs: with its addresses, its names and its rules.  Where the image is known to have the program, it runs there.

Not modelled: a program that tells a UDP packet that was lost from one that arrived and was not answered; nc(1) exits
with status 0 after both, which a comment on the line says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.docker.images.programs import UNKNOWN_PROGRAM
from vnetsim.reach.endpoints.endpoints import Endpoint, context_of
from vnetsim.reach.probing.probe_paths import ProbePath

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: An image that has nc and ping, and no entrypoint.
IMAGE: Final = "busybox"
_SILENT: Final = "  # exits with 0 also where the packet was lost without an answer"


def command_line(lab: BaseLab, path: ProbePath, *, is_silent: bool = False) -> str:
    """What a person would type on the host to try it; `is_silent`: no answer tells what became of the packet."""
    sender, probe = path.request.sender, path.request.probe
    if probe.protocol == "icmp":
        return f"{_prefix(lab, sender, 'ping')}ping -c 1 -W 5 {path.target}"
    options = "-z -u" if probe.protocol == "udp" else "-z"
    line = f"{_prefix(lab, sender, 'nc')}nc {options} -w 5 {path.target} {probe.port}"
    return line + _SILENT if probe.protocol == "udp" and is_silent else line


def _prefix(lab: BaseLab, sender: Endpoint, program: str) -> str:
    """What runs a program at the sender."""
    if sender.kind == "host":
        return ""
    if sender.kind != "container":
        return f"ip netns exec {sender.short} "
    if _has(lab, sender, program):
        return f"docker exec {sender.name} "
    return f"docker run --rm --network container:{sender.name} {IMAGE} "


def _has(lab: BaseLab, sender: Endpoint, program: str) -> bool:
    """Whether the container is known to have the program: what an unknown image contains is not."""
    available = context_of(lab, sender).available
    return available is None or (program in available and UNKNOWN_PROGRAM not in available)
