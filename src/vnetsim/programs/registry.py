"""Which programs there are, by name: found here, imported when they are first run.

A program that Linux has and vnetsim has not is found as well: it reports that and exits with 127.
"""

from __future__ import annotations

import importlib
import posixpath
import sys
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from types import ModuleType
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.process import Context, Main, Process, Program

#: Module of vnetsim.programs: the names under which it runs.
_MODULES: Final = {
    "awk": "awk mawk nawk",
    "bind.dig": "dig",
    "bind.host": "host",
    "bind.nslookup": "nslookup",
    "bridgeutils.brctl": "brctl",
    "busybox": "busybox",
    "clear": "clear",
    "conntrack": "conntrack",
    "coreutils.base64": "base64",
    "coreutils.cat": "cat",
    "coreutils.chown": "chown chgrp chmod",
    "coreutils.cp": "cp mv",
    "coreutils.cut": "cut",
    "coreutils.date": "date",
    "coreutils.dirname": "dirname basename",
    "coreutils.echo": "echo",
    "coreutils.env": "env",
    "coreutils.false": "false",
    "coreutils.head": "head",
    "coreutils.id": "groups id whoami",
    "coreutils.ls": "ls",
    "coreutils.mkdir": "mkdir rmdir",
    "coreutils.mktemp": "mktemp",
    "coreutils.printf": "printf",
    "coreutils.pwd": "pwd",
    "coreutils.rm": "rm",
    "coreutils.seq": "seq",
    "coreutils.sleep": "sleep",
    "coreutils.sort": "sort",
    "coreutils.tail": "tail",
    "coreutils.tee": "tee",
    "coreutils.test": "test [",
    "coreutils.timeout": "timeout",
    "coreutils.touch": "touch",
    "coreutils.tr": "tr",
    "coreutils.true": "true",
    "coreutils.uname": "uname",
    "coreutils.uniq": "uniq",
    "coreutils.wc": "wc",
    "coreutils.yes": "yes",
    "debianutils.which": "which",
    "dnsmasq": "dnsmasq",
    "docker": "docker",
    "dockerd": "dockerd",
    "ethtool": "ethtool",
    "findutils.find": "find",
    "findutils.xargs": "xargs",
    "getent": "getent",
    "grep": "grep egrep fgrep",
    "bind.named": "named",
    "hello": "hello",
    "http.curl": "curl",
    "http.apache2": "apache2 apachectl apache2ctl",
    "http.python3": "python3 python",
    "http.wget": "wget",
    "inetutils.telnet": "telnet",
    "iperf": "iperf",
    "iperf3": "iperf3",
    "iproute2.bridge": "bridge",
    "iproute2.ip": "ip",
    "iproute2.ss": "ss",
    "iproute2.tc": "tc",
    "jq": "jq",
    "less": "less",
    "iptables": (
        "iptables ip6tables iptables-save ip6tables-save iptables-restore ip6tables-restore iptables-nft ip6tables-nft"
        " iptables-legacy ip6tables-legacy"
    ),
    "arptables": "arptables arptables-save arptables-nft arptables-nft-save",
    "ebtables": "ebtables ebtables-save ebtables-nft ebtables-nft-save",
    "ipset": "ipset",
    "iputils.arping": "arping",
    "iputils.ping": "ping ping4 ping6",
    "iputils.tracepath": "tracepath",
    "man": "man",
    "nc": "nc netcat",
    "nettools.arp": "arp",
    "nettools.hostname": "hostname",
    "nettools.ifconfig": "ifconfig",
    "nettools.netstat": "netstat",
    "nettools.route": "route",
    "nft": "nft",
    "procps.kill": "kill",
    "procps.pgrep": "pgrep pkill",
    "procps.pidof": "pidof",
    "procps.sysctl": "sysctl",
    "procps.watch": "watch",
    "psmisc.killall": "killall",
    "ryuk": "ryuk",
    "sed": "sed",
    "sudo": "sudo",
    "systemd.systemctl": "systemctl service journalctl reboot shutdown",
    "tcpdump": "tcpdump",
    "traceroute": "traceroute traceroute6",
    "utillinux.dmesg": "dmesg",
    "utillinux.more": "more",
    "utillinux.mount": "mount umount",
    "utillinux.nsenter": "nsenter",
    "utillinux.unshare": "unshare",
    "webserver": "webserver",
    "wireguardtools.wg": "wg",
    "xxd": "xxd",
}
#: What vnetsim.shell.run runs.
_SHELLS: Final = frozenset(("bash", "sh", "dash", "ash"))
#: Usual programs of such a machine that have no module.
_OTHER_NAMES: Final = """
    ab apt apt-get bc bpftool bpftrace chattr chmod chown chroot chrony cmp crictl ctr comm
    crontab dd devlink df dhclient dhcpcd diff dmesg docker-compose expr fdisk file
    ebtables-restore ebtables-nft-restore
    firewall-cmd fping free ftp fuser gawk git gzip haproxy hping3 htop httpd ifstat iftop ipcalc
    ipvsadm iw iwconfig kubectl ln logger losetup lsattr lsmod lsns lsof md5sum mii-tool
    modinfo modprobe mtr nameif nano ncat networkctl nginx nice nl nmap nmcli nohup nstat od
    openssl ovs-vsctl ovs-ofctl paste perl pipework podman ps pstree rarp readelf readlink resolvectl rev rsync
    scp screen setsid sha256sum shuf skopeo socat split ssh sshd stat stdbuf strace stty su sync
    tac tar tmux top tput tshark tty tunctl unbound uptime vi vim wg-quick wget2
    wireshark xtables-monitor zcat arptables-restore arptables-nft-restore nmtui tcptraceroute
    udhcpc
"""
#: What Debian installs in /usr/sbin.
_SUPERUSER_NAMES: Final = """
    ip bridge iptables ip6tables iptables-save ip6tables-save iptables-restore ip6tables-restore iptables-nft
    ip6tables-nft iptables-legacy ip6tables-legacy sysctl ifconfig route brctl arp tc nft conntrack ethtool ebtables
    ipset ipvsadm modprobe dhclient dnsmasq dockerd arptables arptables-restore arptables-save arptables-nft
    arptables-nft-restore arptables-nft-save chroot apache2 named
    apachectl apache2ctl devlink losetup mii-tool modinfo nameif rarp reboot service shutdown tcptraceroute
    xtables-monitor traceroute lsmod ebtables-save ebtables-restore ebtables-nft ebtables-nft-save
    ebtables-nft-restore
"""
#: What is there as well, in /usr/bin.
_BOTH: Final = frozenset(("ip", "traceroute", "lsmod"))
_SUPERUSER_DIRECTORY: Final = "/usr/sbin"
_USER_DIRECTORY: Final = "/usr/bin"
#: Symbolic links to directories.
_LINKS: Final = {"/bin": _USER_DIRECTORY, "/sbin": _SUPERUSER_DIRECTORY}
#: Scripts that start daemons, on the host, and what runs them.
_INIT_SCRIPTS: Final = frozenset(
    f"/etc/init.d/{name}" for name in ("apache2", "bind", "bind9", "bird", "frr", "named", "quagga", "radvd", "zebra")
)
_INIT_SCRIPT: Final = "vnetsim.programs.systemd.systemctl"
#: Where execvp(3) looks without a PATH.
_DEFAULT_PATH: Final = "/bin:/usr/bin"

_OTHERS: Final = frozenset(_OTHER_NAMES.split())
_SUPERUSER: Final = frozenset(_SUPERUSER_NAMES.split())
_MODULE_OF: Final = {name: module for module, names in _MODULES.items() for name in names.split()}
_MODELLED: Final = _SHELLS | _MODULE_OF.keys()
_NAMES: Final = frozenset(_MODELLED | _OTHERS)
#: In the root directory of their image.
_AT_ROOT: Final = frozenset(("hello",))
#: What only images have.
_OF_IMAGES: Final = frozenset(("ash", "hello", "ryuk", "webserver"))


def find(name: str) -> Main | None:
    """The program of that name, or installed at that path; None if Linux has none either."""
    if name in _INIT_SCRIPTS:
        return _main(_INIT_SCRIPT)
    directory, slash, base = name.rpartition("/")
    if base not in _NAMES or (slash and f"{_LINKS.get(directory, directory)}/{base}" not in files(_NAMES)):
        return None
    return _load(base) if is_modelled(base) else _MissingProgram(base)


@cache
def files(available: frozenset[str] | None = None) -> frozenset[str]:
    """The paths of the host's programs, or of those that are `available`; not those below the links /bin and /sbin."""
    paths = frozenset(
        f"{directory}/{name}"
        for name in (_NAMES - _OF_IMAGES if available is None else _in_images() & available)
        for directory in _directories(name)
    )
    return paths | _INIT_SCRIPTS if available is None else paths


@cache
def _in_images() -> frozenset[str]:
    """What vnetsim has, and what is known to be in images."""
    base_programs = importlib.import_module("vnetsim.docker.images.base_programs")
    return frozenset(_NAMES | base_programs.ALL)


def _directories(name: str) -> tuple[str, ...]:
    if name in _AT_ROOT:
        return ("",)
    first = _SUPERUSER_DIRECTORY if name in _SUPERUSER else _USER_DIRECTORY
    return (first, _USER_DIRECTORY) if name in _BOTH else (first,)


def names() -> list[str]:
    """The programs that can be run, sorted."""
    return sorted(_MODELLED)


def is_modelled(name: str) -> bool:
    """Whether there is a module for the program."""
    return name in _MODELLED


def paths_of(name: str, context: Context) -> Iterator[str]:
    """Where a program is found, in the order of PATH; a name with a slash is a path."""
    directory = context.environment.get("PWD", "/")
    if "/" in name:
        if _runs(posixpath.join(directory, name), context):
            yield name
    elif name:
        for each in _candidates(name, directory, context.environment.get("PATH", _DEFAULT_PATH)):
            if _runs(each, context):
                yield each


def _runs(path: str, context: Context) -> bool:
    if context.files.is_program(path):
        return context.available is None or path.rpartition("/")[2] in context.available
    return context.files.is_executable(path)


@lru_cache(maxsize=1024)
def _candidates(name: str, directory: str, path: str) -> list[str]:
    return [posixpath.join(directory, each or ".", name) for each in dict.fromkeys(path.split(":"))]


def path_of(name: str, context: Context) -> str | None:
    """Where execvp(3) finds a program, None if it is not there: the first of `paths_of`, with fewer calls."""
    if "/" in name or not name:
        return next(paths_of(name, context), None)
    files, available = context.files, context.available
    environment = context.environment
    for path in _candidates(name, environment.get("PWD", "/"), environment.get("PATH", _DEFAULT_PATH)):
        if files.is_program(path):
            if available is None or path.rpartition("/")[2] in available:
                return path
        elif files.is_executable(path):
            return path
    return None


def module_of(name: str) -> str:
    """The full name of the module of a program that is modelled."""
    return "vnetsim.shell.run" if name in _SHELLS else f"vnetsim.programs.{_MODULE_OF[name]}"


def module(name: str) -> ModuleType:
    """The module of a program that is modelled."""
    return importlib.import_module(module_of(name))


def _load(name: str) -> Main:
    return _main(module_of(name))


def _main(module: str) -> Main:
    # import_module finds one that is there with five calls.
    known: Main | None = getattr(sys.modules.get(module), "main", None)
    main: Main = known or importlib.import_module(module).main
    return main


def _applet(name: str) -> Main | None:
    main: Main | None = importlib.import_module("vnetsim.programs.busybox").applet(name)
    return main


class _MissingProgram:
    """The program that runs in the name of one that vnetsim has not."""

    placeholder = True

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, process: Process) -> int:
        process.error(f"{NotModelled(f'the program {self._name}')}\n")
        return 127


class _Script:
    """Runs a file that is no program by its interpreter, the first of `words`."""

    def __init__(self, words: list[str]) -> None:
        self._words = words

    def __call__(self, process: Process) -> Program:
        return (yield from process.exec([*self._words, *process.argv[1:]]))


class Installed:
    """The programs of a machine and its containers, and those of no real machine (kernel.proc.machine.Programs)."""

    def __init__(self, others: Mapping[str, Main]) -> None:
        self._others = others

    def find(self, name: str, context: Context) -> Main | None:
        if name in self._others:
            return self._others[name]
        path = path_of(name, context)
        if path is None:
            return None
        whole = path if path[0] == "/" else posixpath.join(context.environment.get("PWD", "/"), path)
        if context.files.is_executable(whole):
            return self._script(path, context)
        base = path.rpartition("/")[2]
        found = (_applet(base) if context.busybox else None) or find(path if path in _INIT_SCRIPTS else base)
        return found if found is not None or context.available is None else _MissingProgram(base)

    def _script(self, path: str, context: Context) -> Main | None:
        """The program that its first line names; the shell where it names none, as execvp(3) does."""
        text = context.files.read(posixpath.join(context.environment.get("PWD", "/"), path))
        first = text.partition("\n")[0].replace("\t", " ")
        name, _, argument = first[2:].strip(" ").partition(" ") if first.startswith("#!") else ("/bin/sh", "", "")
        if path_of(name, context) is None:
            return None
        return _Script([name, *filter(None, (argument.lstrip(" "),)), path])

    def files(self, available: frozenset[str] | None = None) -> frozenset[str]:
        return files(available)
