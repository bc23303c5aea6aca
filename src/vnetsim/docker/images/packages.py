"""Which programs a RUN of a Dockerfile installs, and whether vnetsim can play it.

    run = read_run("apt-get update && apt-get install -y curl libssl3 && make all", is_modelled)
    run.programs == {"curl"}; run.unknown == ("libssl3",); run.lacking == ("make",)

A package manager is not modelled: what it installs is there when the script begins, its command does nothing.
Packages are named as in Debian, Alpine and Fedora.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from vnetsim.values import frozen

#: What installs packages, and the argument that makes it do so.
_MANAGERS: Final = {
    "apt-get": "install", "apt": "install", "apk": "add", "dnf": "install", "microdnf": "install", "yum": "install",
    "tdnf": "install",
}  # fmt: skip
#: Options that take the next argument.
_WITH_VALUE: Final = ("-t", "--virtual", "--target-release", "-o", "--repository", "-X", "--option")
_ASSIGNMENT: Final = re.compile(r"\w+=\S*")
_REDIRECTION: Final = re.compile(r"\d*(?:>>?|<)(?:&\d|\s*[\w./-]+)")
#: What ends a simple command, outside of quotes: `2>&1` does not.
_SEPARATOR: Final = re.compile(r"(\"(?:[^\"\\]|\\.)*\"|'[^']*'|\\.)|(&&|\|\||(?<![<>])&(?!>)|[;|\n()])", re.DOTALL)
#: Programs that fetch something from other machines, which a lab has not.
_DOWNLOADS: Final = ("curl", "wget")
#: What a shell does itself, and what may precede the name of a program.
_BUILTINS: Final = frozenset(
    (
        *("cd", "set", "export", "exec", "if", "then", "else", "elif", "fi", "while", "until", "for", "do", "done"),
        *("!", "case", "esac", "read", "wait", "trap", "exit", "return", "shift", "unset", "umask", ":", "eval"),
        *("{", "}", "type", "command", "in", "break", "continue", "local", "ulimit", "pwd", "echo", "printf", "test"),
        *("[", "true", "false", "kill", "alias", "unalias", "getopts", "hash", "times", ".", "source", "jobs"),
    )
)
_PREFIXES: Final = ("exec", "command", "then", "else", "do", "if", "while", "until", "!", "{", "sudo", "elif")

_PROGRAMS: Final = {
    "bash": "bash", "bind-tools": "dig host nslookup delv nsupdate", "bind-utils": "dig host nslookup delv nsupdate",
    "bind9-dnsutils": "dig nslookup delv nsupdate", "bind9-host": "host", "bridge-utils": "brctl", "busybox": "busybox",
    "busybox-extras": "telnet", "busybox-static": "busybox", "conntrack": "conntrack", "conntrack-tools": "conntrack",
    "curl": "curl", "dash": "dash", "dnsmasq": "dnsmasq", "dnsutils": "dig nslookup delv nsupdate",
    "ethtool": "ethtool", "gawk": "awk", "grep": "grep", "host": "host", "inetutils-ping": "ping",
    "inetutils-telnet": "telnet", "iperf": "iperf", "iperf3": "iperf3", "iproute": "ip ss tc bridge",
    "iproute2": "ip ss tc bridge", "iptables": "iptables ip6tables iptables-save iptables-restore",
    "iputils": "ping arping tracepath", "iputils-arping": "arping", "iputils-ping": "ping ping4 ping6",
    "iputils-tracepath": "tracepath", "mawk": "awk", "ncat": "nc", "net-tools": "ifconfig route netstat arp",
    "netcat": "nc netcat", "netcat-openbsd": "nc netcat", "netcat-traditional": "nc netcat", "nftables": "nft",
    "nmap-ncat": "nc", "procps": "ps sysctl free top uptime watch pgrep pkill pidof",
    "procps-ng": "ps sysctl free top uptime watch pgrep pkill pidof", "psmisc": "killall", "python3": "python3",
    "sed": "sed", "sudo": "sudo", "tcpdump": "tcpdump", "telnet": "telnet", "traceroute": "traceroute traceroute6",
    "wget": "wget",
}  # fmt: skip


@frozen
class RunScript:
    """`text` is the script without the commands of package managers.

    `programs` come with its packages, `unknown` are packages of which that is not known, `lacking` the programs that it
    runs and vnetsim does not have, or that would fetch something.
    """

    text: str
    programs: frozenset[str]
    unknown: tuple[str, ...]
    lacking: tuple[str, ...]


def read_run(script: str, is_modelled: Callable[[str], bool]) -> RunScript:
    pieces: list[str] = []
    programs: set[str] = set()
    unknown: list[str] = []
    lacking: list[str] = []
    for piece in _pieces(script):
        argv = _argv(piece)
        name = argv[0].rsplit("/", 1)[-1] if argv else ""
        if name in _MANAGERS:
            pieces.append(" true ")
            for package in _packages(argv[1:], _MANAGERS[name]):
                programs.update(_PROGRAMS.get(package, "").split())
                unknown += [package] if package not in _PROGRAMS else []
            continue
        pieces.append(piece)
        if re.fullmatch(r"[\w./+-]+", name) and name not in _BUILTINS and (not is_modelled(name) or _fetches(name)):
            lacking.append(name)
    return RunScript("".join(pieces), frozenset(programs), tuple(dict.fromkeys(unknown)), tuple(dict.fromkeys(lacking)))


def _pieces(script: str) -> Iterator[str]:
    """Simple commands, and what is between them."""
    begin = 0
    for found in _SEPARATOR.finditer(script):
        if found[2] is not None:
            yield script[begin : found.start()]
            yield found[2]
            begin = found.end()
    yield script[begin:]


def _fetches(name: str) -> bool:
    return name in _DOWNLOADS


def _argv(piece: str) -> list[str]:
    """The arguments of a simple command, without assignments, redirections and what precedes a program."""
    words = _REDIRECTION.sub(" ", piece).split()
    while words and (words[0] in _PREFIXES or _ASSIGNMENT.fullmatch(words[0])):
        words = words[1:]
    return words


def _packages(words: Sequence[str], verb: str) -> list[str]:
    """The names of the packages, without version and architecture."""
    if verb not in words:
        return []
    found: list[str] = []
    skips = False
    for word in words:
        if skips or word.startswith("-"):
            skips = not skips and word in _WITH_VALUE
        elif word != verb:
            found.append(re.split(r"[=<>~:@]", word.strip("\"'"), maxsplit=1)[0])
    return [name for name in found if re.fullmatch(r"[a-z0-9][a-z0-9.+_-]*", name)]
