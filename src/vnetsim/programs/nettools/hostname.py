"""hostname (Debian's hostname 3.23): the name, -s, -f, -d, -i, -I.

Not modelled: changing it.
"""

from __future__ import annotations

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, option, switch
from vnetsim.programs.nettools.lib import usage_text
from vnetsim.values import define

_MISUSED = 255


@define
class HostnameOptions(Options):
    """`action` is the letter of the last option."""

    action: str = switch(
        {
            "-s --short": "s", "-f --fqdn --long": "f", "-d --domain": "d", "-i --ip-address": "i",
            "-I --all-ip-addresses": "I", "-A --all-fqdns": "A", "-a --alias": "a", "-b --boot": "b",
            "-y --yp --nis": "y", "-V --version": "V",
        },
        "",
    )  # fmt: skip

    @option("-F", "--file", takes=":")
    def file(self, _: str) -> None:
        self.action = "F"

    @option("-h", "--help")
    def help(self, _: str) -> None:
        raise Exit(_MISUSED, stdout=usage_text("hostname"))

    def misused(self, problem: str) -> Exit:
        return Exit(_MISUSED, stdout=usage_text("hostname"), stderr=f"hostname: {problem}\n")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = HostnameOptions.read(process)
    name, letter = process.context.hostname, options.action
    if options.operands or letter in ("F", "b"):
        if not process.context.privileged:
            raise Exit(1, stderr="hostname: you must be root to change the host name\n")
        raise NotModelled("changing the host name")
    match letter:
        case "s":
            process.write(name.partition(".")[0] + "\n")
        case "":
            process.write(name + "\n")
        case "I":
            process.write(_all_addresses(process))
        case "f" | "d":
            return (yield from _canonical(process, name, domain=letter == "d"))
        case "i":
            return (yield from _addresses(process, name))
        case _:
            raise NotModelled(f"hostname -{letter}")
    return 0


def _all_addresses(process: Process) -> str:
    """getifaddrs(3) without loopback and link-local addresses, devices that are up only."""
    up = {link.name for link in process.network.links() if "UP" in link.flags and "LOOPBACK" not in link.flags}
    shown = [
        str(entry.address)
        for entry in process.network.addresses()
        if entry.device in up and not (entry.address.version == 6 and entry.scope == 253)
    ]
    return "".join(f"{address} " for address in shown) + "\n"


def _canonical(process: Process, name: str, *, domain: bool) -> Coroutine[int]:
    """The first name of the line of /etc/hosts that has this name."""
    try:
        lines = process.files.read("/etc/hosts").splitlines()
    except KernelError:
        lines = []
    named = [line.partition("#")[0].split()[1:] for line in lines]
    found = next((names[0] for names in named if name in names), None)
    if found is None:
        resolved = yield process.resolve(name)
        if resolved.error is not None:
            raise Exit(1, stderr=f"hostname: {resolved.error}\n")
        found = name
    if domain:
        found = found.partition(".")[2]
        process.write(f"{found}\n" if found else "")
    else:
        process.write(f"{found}\n")
    return 0


def _addresses(process: Process, name: str) -> Coroutine[int]:
    resolved = yield process.resolve(name)
    if resolved.error is not None:
        raise Exit(1, stderr=f"hostname: {resolved.error}\n")
    process.write(" ".join(str(address) for address in resolved.addresses) + "\n")
    return 0
