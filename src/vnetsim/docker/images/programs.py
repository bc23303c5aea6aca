"""The programs that images contain, by the image that they are built on."""

from __future__ import annotations

from typing import Final

_SHELL: Final = (
    *("sh", "hostname", "grep", "egrep", "fgrep", "sed", "awk", "find", "xargs", "mount", "umount"),
    *("cat", "echo", "ls", "sleep", "true", "false", "head", "tail", "wc", "sort", "uniq", "cut", "tr", "date", "env"),
    *("printenv", "printf", "seq", "test", "[", "expr", "basename", "dirname", "touch", "rm", "mkdir", "rmdir", "mv"),
    *("cp", "tee", "timeout", "which", "yes", "whoami", "id", "uname", "pwd", "stat", "od", "md5sum", "nproc"),
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
_DEBIAN: Final = frozenset((*_SHELL, "bash", "dash", "getent"))
#: Applets of busybox as Alpine builds it.
_BUSYBOX: Final = frozenset(
    (
        *_SHELL,
        *_PROCPS,
        *("ash", "busybox", "ip", "ping", "ping6", "arping", "nslookup", "nc", "traceroute", "traceroute6"),
        *("wget", "ifconfig", "route", "netstat", "arp", "brctl"),
    )
)
_BASES: Final = {
    "alpine": _BUSYBOX | {"getent"},
    "busybox": _BUSYBOX,
    "debian-slim": _DEBIAN,
    # buildpack-deps
    "debian": _DEBIAN | {"curl", "wget", *_PROCPS},
    "redhat": _DEBIAN - {"dash"} | {"curl"},
    "scratch": frozenset(),
    "tools": UNKNOWN,
}


def of_base(base: str) -> frozenset[str]:
    return _BASES[base]
