"""`busybox`: one program, many names (Debian's 1.35, and 1.38 in containers).

Modelled are the applets that serve and fetch: httpd, nc, telnet (where it fails), wget; some that are the same as
their big sisters run those.  Not modelled: all others (their options and their output differ), --install, --show.
"""

from __future__ import annotations

from vnetsim.errors import NotModelled
from vnetsim.process import Coroutine, Process, Service
from vnetsim.programs.busybox import httpd, nc, telnet, wget
from vnetsim.programs.busybox.appletlib import APPLETS, SAME, listing, version
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.resources import resource

_OWN = {"httpd": httpd.main, "nc": nc.main, "telnet": telnet.main, "wget": wget.main}


@ends_by_exit
def main(process: Process) -> Coroutine[int | Service]:
    args = list(process.argv[1:])
    if not args or args[0] == "--help":
        process.write(
            f"{version(process)}\n{resource('busybox/usage/copyright.txt')}\n{resource('busybox/usage/busybox.txt')}\n"
            f"Currently defined functions:\n{listing()}"
        )
        return 0
    if args[0] == "--list":
        process.write("".join(f"{applet}\n" for applet in APPLETS))
        return 0
    applet = args[0].rpartition("/")[2]
    if applet in _OWN:
        return (yield from _OWN[applet](process, args[1:]))
    if applet not in APPLETS:
        process.error(f"{applet}: applet not found\n")
        return 127
    if applet == "tail" and args[1:] in (["-f", "/dev/null"], ["-F", "/dev/null"]):
        return (yield from process.exec(args))
    if applet not in SAME:
        raise NotModelled(f"busybox {applet}")
    return (yield from process.exec([SAME[applet], *args[1:]]))
