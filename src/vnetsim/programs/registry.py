"""Which programs there are, by name: found here, imported when they are first run.

A program that Linux has and vnetsim has not is found as well: it says so and ends with 127.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.process import Context, Main, Process

#: Module of vnetsim (below vnetsim.programs unless it says otherwise): the names under which it runs.
_MODULES: Final = {
    "arp": "arp",
    "arping": "arping",
    "awk": "awk mawk",
    "brctl": "brctl",
    "bridge": "bridge",
    "busybox": "busybox",
    "cat": "cat",
    "conntrack": "conntrack",
    "curl": "curl",
    "cut": "cut",
    "date": "date",
    "dig": "dig",
    "dirname": "dirname basename",
    "dmesg": "dmesg",
    "docker": "docker",
    "dockerd": "dockerd",
    "echo": "echo",
    "env": "env",
    "ethtool": "ethtool",
    "false": "false",
    "getent": "getent",
    "grep": "grep egrep fgrep",
    "head": "head",
    "host": "host",
    "hostname": "hostname",
    "id": "id whoami",
    "ifconfig": "ifconfig",
    "ip": "ip",
    "iperf3": "iperf3",
    "iptables": (
        "iptables ip6tables iptables-save ip6tables-save iptables-restore ip6tables-restore iptables-nft ip6tables-nft"
    ),
    "kill": "kill",
    "ls": "ls",
    "mkdir": "mkdir rmdir",
    "nc": "nc netcat",
    "netstat": "netstat",
    "nft": "nft",
    "nslookup": "nslookup",
    "nsenter": "nsenter",
    "nstat": "nstat",
    "pgrep": "pgrep pkill",
    "pidof": "pidof",
    "ping": "ping ping4 ping6",
    "printf": "printf",
    "python3": "python3 python",
    "readlink": "readlink",
    "rm": "rm",
    "route": "route",
    "sed": "sed",
    "seq": "seq",
    "sleep": "sleep",
    "sort": "sort",
    "ss": "ss",
    "sudo": "sudo",
    "sysctl": "sysctl",
    "tail": "tail",
    "systemctl": "systemctl service journalctl reboot shutdown",
    "tc": "tc",
    "tcpdump": "tcpdump",
    "tee": "tee",
    "telnet": "telnet",
    "test": "test [",
    "timeout": "timeout",
    "touch": "touch",
    "tr": "tr",
    "tracepath": "tracepath",
    "traceroute": "traceroute traceroute6",
    "true": "true",
    "uname": "uname",
    "uniq": "uniq",
    "unshare": "unshare",
    "wc": "wc",
    "wget": "wget",
    "which": "which",
    "xargs": "xargs",
    "yes": "yes",
    "vnetsim.shell.run": "bash sh dash",
}
#: Programs that people may well type on such a machine, and that no module exists for.
_OTHER_NAMES: Final = """
    ab apt apt-get base64 bc bpftool bpftrace chattr chmod chown chroot chrony clear cmp cp crictl ctr comm
    crontab dd devlink df dhclient dhcpcd diff dmesg dnsmasq docker-compose ebtables expr fdisk file
    find firewall-cmd fping free ftp fuser gawk git gzip haproxy hping3 htop httpd ifstat iftop ipcalc iperf
    ipset ipvsadm iw iwconfig jq kubectl less ln logger losetup lsattr lsmod lsns lsof man md5sum mii-tool
    mktemp modinfo modprobe more mount mtr mv nameif nano ncat networkctl nginx nice nl nmap nmcli nohup od openssl
    ovs-vsctl ovs-ofctl paste perl pipework podman ps pstree rarp readelf resolvectl rev rsync
    scp screen setsid sha256sum shuf skopeo socat split ssh sshd stat stdbuf strace stty su sync
    tac tar tmux top tput tshark tty tunctl umount unbound uptime vi vim watch wg wget2
    wireshark xtables-monitor zcat arptables arptables-restore arptables-save nmtui tcptraceroute
    udhcpc
"""
_SUPERUSER_NAMES: Final = """
    ip bridge arping iptables ip6tables iptables-save ip6tables-save iptables-restore ip6tables-restore iptables-nft
    ip6tables-nft sysctl ifconfig route brctl arp tc nft conntrack ethtool tcpdump ebtables ipset ipvsadm modprobe
    dhclient dockerd
"""
_DIRECTORIES: Final = ("/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/")

_OTHERS: Final = frozenset(_OTHER_NAMES.split())
_SUPERUSER: Final = frozenset(_SUPERUSER_NAMES.split())
_MODULE_OF: Final = {name: module for module, names in _MODULES.items() for name in names.split()}


def find(name: str) -> Main | None:
    """The program of that name (or path), None if Linux has none either."""
    base = _base(name)
    if base is None or (base not in _MODULE_OF and base not in _OTHERS):
        return None
    return _load(base) or _Missing(base)


def names() -> list[str]:
    """The programs that can be run, sorted."""
    return sorted(name for name in _MODULE_OF if is_modelled(name))


@cache
def is_modelled(name: str) -> bool:
    """Whether there is a module for the program."""
    module = _MODULE_OF.get(name)
    return module is not None and importlib.util.find_spec(_full(module)) is not None


def path_of(name: str, context: Context) -> str | None:
    """Where a program is installed, None if it is not there."""
    base = _base(name)
    if base is None or (base not in _MODULE_OF and base not in _OTHERS):
        return None
    if context.available is not None and base not in context.available:
        return None
    return name if "/" in name else ("/usr/sbin/" if base in _SUPERUSER else "/usr/bin/") + base


def _base(name: str) -> str | None:
    """The name without its directory; None where no programs are."""
    directory, slash, base = name.rpartition("/")
    return base if not slash or directory + slash in _DIRECTORIES else None


def _full(module: str) -> str:
    return module if module.startswith("vnetsim.") else f"vnetsim.programs.{module}"


def _load(name: str) -> Main | None:
    module = _MODULE_OF.get(name)
    if module is None or not is_modelled(name):
        return None
    main: Main | None = getattr(importlib.import_module(_full(module)), "main", None)
    return main


class _Missing:
    """The program that stands for one that vnetsim has not."""

    placeholder = True

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, process: Process) -> int:
        process.error(f"{NotModelled(f'the program {self._name}')}\n")
        return 127
