"""`busybox`: one program, many names (Debian's 1.35, and 1.38 in containers).

Modelled are the applets that serve and fetch: httpd, nc, ping, telnet (where it fails), wget; some that are the same as
their big sisters run those.  Not modelled: all others (their options and their output differ), --install, --show.

In images whose programs are busybox's, `ping`, `wget` and the like are these applets (`applet`).  Other programs of
such an image print what their namesakes of Debian print, which is an approximation (docs/images.md).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.process import Coroutine, Main, Process, Service
from vnetsim.programs.busybox.appletlib import APPLETS, SAME, listing, version
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.resources import resource

#: The module of an applet, which is imported when it is first run.
_OWN: Final = {name: name for name in ("httpd", "nc", "ping", "telnet", "wget")} | {"ping6": "ping"}
#: As programs of a machine; its nc has the options of netcat 1.10, which Debian's busybox has not.
_OF_MACHINES: Final = {name: module for name, module in _OWN.items() if name != "nc"} | {
    "ip": "ip", "nslookup": "nslookup",
}  # fmt: skip


def _main_of(module: str) -> Callable[[Process, Sequence[str]], Coroutine[int | Service]]:
    main: Callable[[Process, Sequence[str]], Coroutine[int | Service]]
    main = importlib.import_module(f"vnetsim.programs.busybox.{module}").main
    return main


@ends_by_exit
def main(process: Process) -> Coroutine[int | Service]:
    args = list(process.argv[1:])
    if not args or args[0] == "--help":
        process.write(
            f"{version(process)}\n{resource('busybox', 'copyright')}\n{resource('busybox', 'busybox')}\n"
            f"Currently defined functions:\n{listing()}"
        )
        return 0
    if args[0] == "--list":
        process.write("".join(f"{applet}\n" for applet in APPLETS))
        return 0
    applet = args[0].rpartition("/")[2]
    if applet in _OWN:
        return (yield from _main_of(_OWN[applet])(process, args[1:]))
    if applet not in APPLETS:
        process.error(f"{applet}: applet not found\n")
        return 127
    if applet == "tail" and args[1:] in (["-f", "/dev/null"], ["-F", "/dev/null"]):
        return (yield from process.exec(args))
    if applet not in SAME:
        raise NotModelled(f"busybox {applet}")
    return (yield from process.exec([SAME[applet], *args[1:]]))


def applet(name: str) -> Main | None:
    """The program `name` of a machine whose programs are busybox's, if it is modelled as such."""
    if name not in _OF_MACHINES:
        return None

    @ends_by_exit
    def main(process: Process) -> Coroutine[int | Service]:
        return _main_of(_OF_MACHINES[name])(process, process.argv[1:])

    return main
