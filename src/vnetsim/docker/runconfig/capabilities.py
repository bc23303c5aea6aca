"""The capabilities of a container's processes (oci/caps of moby 28.5), as far as they concern networks."""

from __future__ import annotations

from typing import Final

from vnetsim.docker.api.types import Json, JsonObject
from vnetsim.errors import EngineError

#: The default capabilities of a container that concern networks.
DEFAULT_CAPABILITIES: Final = frozenset(("NET_BIND_SERVICE", "NET_RAW"))


def capabilities(config: JsonObject, *, privileged: bool = False) -> frozenset[str] | None:
    """Names without CAP_; None: all."""
    if privileged or config["Privileged"]:
        return None
    added = {normalized(name) for name in config["CapAdd"] or ()}
    dropped = {normalized(name) for name in config["CapDrop"] or ()}
    if "ALL" in added:
        return None if not dropped else frozenset(("NET_ADMIN", *DEFAULT_CAPABILITIES)) - dropped
    kept: frozenset[str] = frozenset() if "ALL" in dropped else DEFAULT_CAPABILITIES
    return (kept - dropped) | added


def normalized(name: str) -> str:
    return name.upper().removeprefix("CAP_")


_CAPABILITIES: Final = frozenset(
    """
    AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER
    FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE
    NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE
    SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM
    """.split()  # noqa: SIM905 -- a list of forty lines says no more
)


def check_capabilities(config: Json) -> None:
    for field in ("CapAdd", "CapDrop"):
        for name in config[field] or ():
            if normalized(name) not in (*_CAPABILITIES, "ALL"):
                raise EngineError(400, f'invalid {field}: unknown capability: "CAP_{normalized(name)}"')
