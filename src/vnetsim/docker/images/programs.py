"""The programs that images contain, by the image that they are built on."""

from __future__ import annotations

from typing import Final

from vnetsim.docker.images.base_programs import ALPINE, BUSYBOX, DEBIAN

_SHELL: Final = (
    *("sh", "hostname", "grep", "egrep", "fgrep", "sed", "awk", "find", "xargs", "mount", "umount"),
    *("cat", "echo", "ls", "sleep", "true", "false", "head", "tail", "wc", "sort", "uniq", "cut", "tr", "date", "env"),
    *("printenv", "printf", "seq", "test", "[", "expr", "basename", "dirname", "touch", "rm", "mkdir", "rmdir", "mv"),
    *(
        "cp",
        "tee",
        "timeout",
        "which",
        "yes",
        "whoami",
        "id",
        "groups",
        "uname",
        "pwd",
        "stat",
        "od",
        "md5sum",
        "nproc",
    ),
    *("nsenter", "unshare", "kill", "chown", "chgrp", "chmod"),
)
_PROCPS: Final = ("ps", "sysctl", "free", "top", "uptime", "watch", "pgrep", "pkill", "pidof")
ALL: Final = frozenset(
    (
        *("ip", "bridge", "ss", "tc"),
        *("ping", "ping4", "ping6", "arping", "tracepath"),
        *("dig", "delv", "host", "nslookup", "nsupdate"),
        *("curl", "nc", "netcat", "busybox", "tcpdump", "traceroute", "traceroute6"),
        *("bash", "dash", "ash", "getent"),
        *_PROCPS,
        *_SHELL,
    )
)
#: Programs of an unknown image, which may have others.
UNKNOWN_PROGRAM: Final = "<unknown>"
UNKNOWN: Final = ALL | {UNKNOWN_PROGRAM}
#: In the set of an image that has no programs besides those in it.
NO_OTHERS: Final = "<no others>"
#: The version of the busybox whose applets the programs of a base are.
BUSYBOXES: Final = {"alpine": "v1.36.1 (2024-06-10 07:11:47 UTC)", "busybox": "v1.38.0 (2026-05-13 02:21:49 UTC)"}
_BASES: Final = {
    "alpine": ALPINE,
    "busybox": BUSYBOX,
    "debian-slim": DEBIAN,
    # buildpack-deps
    "debian": DEBIAN | {"curl", "wget", *_PROCPS},
    "redhat": frozenset((*_SHELL, "bash", "getent", "curl")),
    "scratch": frozenset(),
    "tools": UNKNOWN,
}


def of_base(base: str) -> frozenset[str]:
    return _BASES[base]
