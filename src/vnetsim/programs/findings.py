"""Exit statuses that are answers and no errors: `ping` without a reply, `grep` without a match, `test`.

A program that looks at the network and does not change it leaves the network as its author wrote it, whatever it finds.
Followed: exit statuses as the manual pages of the programs give them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

#: Programs that only look: each non-zero status is an answer.
_PROBES: Final = frozenset(
    (
        "arping",
        "cmp",
        "curl",
        "diff",
        "dig",
        "false",
        "getent",
        "host",
        "nslookup",
        "pgrep",
        "pidof",
        "ping",
        "ping4",
        "ping6",
        "telnet",
        "test",
        "[",
        "tracepath",
        "traceroute",
        "traceroute6",
        "wget",
        "which",
        "why",
    )
)
#: Programs of which this status is an answer.
_STATUSES: Final = {
    "conntrack": 1, "egrep": 1, "fgrep": 1, "grep": 1, "kill": 1, "pkill": 1, "timeout": 124, "xargs": 123,
}  # fmt: skip
#: A server of these programs that ends did not do what it was started for.
_SERVER_OPTIONS: Final = {"nc": "l", "netcat": "l", "iperf3": "s"}
#: Programs that end as a process that they started did: `timeout 5 ping db`.  (sudo, env, `ip netns exec` become it.)
_PASSING: Final = frozenset(("timeout", "xargs"))
#: Commands of docker that end as a process in the container did: `docker exec web ping -c 1 db`.
_PASSING_DOCKER: Final = frozenset(("exec", "run", "start", "container"))
#: Messages of commands that delete what does not exist.
_ABSENT: Final = (
    "no such", "not found", "cannot find", "cannot remove", "does not exist", "doesn't exist", "bad rule",
    "no chain/target/match", "cannot assign requested address",
)  # fmt: skip
_DELETING: Final = frozenset(
    (
        "del",
        "delete",
        "rm",
        "remove",
        "down",
        "-D",
        "--delete",
        "-X",
        "--delete-chain",
        "-F",
        "--flush",
        "flush",
        "destroy",
        "stop",
        "kill",
        "disconnect",
        "prune",
    )
)
_DELETERS: Final = frozenset(("rm", "rmdir", "kill", "pkill", "killall"))


def is_finding(argv: Sequence[str], status: int) -> bool:
    """Whether a status other than 0 is an answer of this program (grep found nothing), and no failure."""
    name = argv[0].rpartition("/")[2]
    if name == "busybox" and len(argv) > 1:
        return is_finding(argv[1:], status)
    if name in _SERVER_OPTIONS:
        return not _has_option(argv[1:], _SERVER_OPTIONS[name])
    if name in ("iptables", "ip6tables"):
        return status == 1 and any(arg in ("-C", "--check") for arg in argv)
    if name == "ip":
        return _is_route_get(argv[1:])
    return name in _PROBES or _STATUSES.get(name) == status


def passes_on(argv: Sequence[str]) -> bool:
    """Whether the program ends as another one that it started."""
    name = argv[0].rpartition("/")[2]
    if name == "docker":
        return any(arg in _PASSING_DOCKER for arg in argv[1:4])
    return name in _PASSING


def judged(argv: Sequence[str], status: int, started: Callable[[], bool]) -> bool:
    """Whether this end needs no report: a finding, or that of a process (`started`) whose end needs none."""
    return is_finding(argv, status) or (passes_on(argv) and started())


def was_absent(argv: Sequence[str], message: str) -> bool:
    """Whether a deletion failed since there was nothing to delete: the network is in the state that was requested."""
    deletes = argv[0].rpartition("/")[2] in _DELETERS or any(arg in _DELETING for arg in argv[1:])
    return deletes and any(text in message.lower() for text in _ABSENT)


def _has_option(args: Sequence[str], letter: str) -> bool:
    return any(arg.startswith("-") and not arg.startswith("--") and letter in arg for arg in args)


def _is_route_get(args: Sequence[str]) -> bool:
    named = [arg for arg in args if not arg.startswith("-")]
    return len(named) > 1 and named[0] != "" and "route".startswith(named[0]) and named[1] == "get"
