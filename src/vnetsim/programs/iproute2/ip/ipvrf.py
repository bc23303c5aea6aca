"""`ip vrf`: VRFs, and programs whose sockets belong to one (iproute2 6.1: ip/ipvrf.c).

`exec` gives a process a network whose sockets are bound to the VRF (in Linux by a program of its control group).
Not modelled: `pids`, `identify` of another process.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Program
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error, Request, help_command, matches, not_modelled
from vnetsim.programs.iproute2.lib.vrf import vrf_table, vrfs

_DEFAULT: Final = "default"


def main(request: Request) -> Program:
    """Lists the VRFs without arguments."""
    arg = request.args.take()
    if arg is None:
        return _show(request)
    command = next((command for name, command in _COMMANDS.items() if matches(arg, name)), None)
    if command is None:
        raise Iproute2Error(255, f'Command "{arg}" is unknown, try "ip vrf help".')
    return command(request)


def _show(request: Request) -> Program:
    """One line for a VRF that is named, else a list."""
    name = request.args.take()
    if name is not None:
        table = vrf_table(request.network, name)
        if table is None:
            raise Iproute2Error(255, "Invalid VRF")
        request.process.write(f"{name} {table}\n")
        return 0
    out, known = request.printer(), vrfs(request.network)
    out.text(f"{'Name':<16}  {'Table':>5}\n{'-' * 23}\n")
    for link in known:
        out.open_object()
        out.both("name", f"{link.name:<16}", link.name)
        out.both("table", f" {link.details['table']:>5}\n", link.details["table"])
        out.close_object()
    if not known:
        out.text("No VRF has been configured\n")
    request.process.write(out.result())
    return 0


def _identify(request: Request) -> Program:
    if request.args:
        raise NotModelled("ip vrf identify of another process")
    vrf = request.process.context.network.vrf
    request.process.write(f"{vrf}\n" if vrf else "")
    return 0


def _exec(request: Request) -> Program:
    name = request.args.take()
    if name is None:
        raise Iproute2Error(1, "No VRF name specified")
    argv = request.args.rest
    if not argv:
        raise Iproute2Error(1, "No command specified")
    if vrf_table(request.network, name) is None:
        raise Iproute2Error(255, "Invalid VRF name")
    network = request.network.in_vrf(None if name == _DEFAULT else name)
    context = attrs.evolve(request.process.context, network=network)
    try:
        return request.process.exec(argv, context=context)
    except KernelError as error:
        raise Iproute2Error(1, f'exec of "{argv[0]}" failed: {error.errno.strerror}', exits=True) from None


_COMMANDS: Final = {
    "show": _show, "list": _show, "lst": _show, "identify": _identify, "pids": not_modelled("ip vrf pids"),
    "exec": _exec, "help": help_command("ip-vrf"),
}  # fmt: skip
