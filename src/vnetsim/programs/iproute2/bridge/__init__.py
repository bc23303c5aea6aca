"""`bridge`: ports and forwarding databases of bridges (iproute2 6.1: bridge/bridge.c).

Not modelled: `vni`, `monitor`, `-batch`.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.iproute2.bridge import fdb, link, mdb, monitor, vlan
from vnetsim.programs.iproute2.lib.arguments import (
    Command,
    Iproute2Error,
    Request,
    help_command,
    matches,
    usage,
)
from vnetsim.programs.iproute2.lib.options import Iproute2Options
from vnetsim.programs.libc.options import option
from vnetsim.programs.libc.setns import check_names
from vnetsim.values import define


@define
class BridgeOptions(Iproute2Options):
    option_names = (
        "-help -Version -stats -statistics -details -oneline -timestamp -4 -6 -color -compressvlans -force -json "
        "-pretty -batch -family -netns"
    )
    helper = "bridge help"
    ignored = "-timestamp"
    unmodelled = "-batch -family -compressvlans"

    def read_color(self, _: str) -> bool:
        return False

    @option("-color")
    def colored(self, _: str) -> None:
        self.color = True

    @option("-netns")
    def netns(self, _: str) -> None:
        name = self.args.take() or "(null)"
        check_names(self.process)
        try:
            self.network = self.process.machine.namespace(name)
        except KernelError as error:
            text = f'Cannot open network namespace "{name}": {error.errno.strerror}'
            raise Iproute2Error(255, text) from None

    @option("-help")
    def help(self, _: str) -> None:
        raise usage("bridge")

    @option("-Version")
    def version(self, _: str) -> None:
        self.process.write("bridge utility, 6.1.0\n")
        raise Iproute2Error(0)


def main(process: Process) -> Program:
    """Every refusal is exit status 255, unless the object sets another."""
    try:
        return _run(process)
    except Iproute2Error as error:
        if error.message:
            process.error(f"{error}\n")
        return error.status
    except KernelError as error:
        process.error(f"{error}\n")
        return 255
    except NotModelled as error:
        process.error(f"{error}\n")
        return 2


def _run(process: Process) -> Program:
    options = BridgeOptions.read(process)
    name = options.args.take()
    if name is None:
        raise usage("bridge")
    for keyword, command in _OBJECTS.items():
        if matches(name, keyword):
            return command(Request(process, options.network, options.args, options))
    raise Iproute2Error(255, f'Object "{name}" is unknown, try "bridge help".')


def _vni(_: Request) -> Program:
    raise NotModelled("bridge vni")


_OBJECTS: Final[dict[str, Command]] = {
    "link": link.main, "fdb": fdb.main, "mdb": mdb.main, "vlan": vlan.main, "vni": _vni, "monitor": monitor.main,
    "help": help_command("bridge"),
}  # fmt: skip
