"""What the applets of busybox share (busybox: libbb/appletlib.c): their names, version and usage."""

from __future__ import annotations

import re
import textwrap
from typing import ClassVar, Final

from vnetsim.errors import Errno
from vnetsim.process import Process
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import Options
from vnetsim.programs.resources import resource
from vnetsim.values import define

APPLETS: Final = tuple(resource("busybox", "applets").split())
#: Applets that do the same as a program of another name, or of their own.
SAME: Final = {
    "ash": "sh", "cat": "cat", "echo": "echo", "false": "false", "seq": "seq", "sh": "sh", "sleep": "sleep",
    "tee": "tee", "true": "true", "yes": "yes",
}  # fmt: skip

#: `-- 'x'`, where musl's getopt(3) writes `: x`.
_GLIBC: Final = re.compile(r"^(.*) -- '(.)'$")
_VERSIONS: Final = {
    "bookworm": "v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1)",
    "forky": "v1.38.0 (Debian 1:1.38.0-3+b1)",
}


#: strerror(3) of musl 1.2.5, where glibc's differs.
_MUSL: Final = {
    Errno.ENETUNREACH: "Network unreachable", Errno.EHOSTUNREACH: "Host is unreachable",
    Errno.EADDRNOTAVAIL: "Address not available",
}  # fmt: skip


def version(process: Process) -> str:
    if process.context.busybox:
        return f"BusyBox {process.context.busybox} multi-call binary."
    return f"BusyBox {_VERSIONS[process.context.release]} multi-call binary."


def is_musl(process: Process) -> bool:
    """Whether the C library of busybox here is musl (alpine), and not glibc."""
    return process.context.busybox.startswith("v1.36")


def strerror(process: Process, errno: Errno) -> str:
    """strerror(3) of the C library."""
    return _MUSL.get(errno, errno.strerror) if is_musl(process) else errno.strerror


def listing() -> str:
    lines = textwrap.wrap(", ".join(APPLETS), 71, break_on_hyphens=False, break_long_words=False)
    return "".join(f"\t{line}\n" for line in lines)


@define
class AppletOptions(Options):
    """Refused as bb_show_usage() does, with the usage of the `applet`: NAME.RELEASE unless all releases agree."""

    applet: ClassVar[str]
    usage_name: ClassVar[str] = "{applet}.{release}"
    getopt_long = True

    @property
    def program(self) -> str:
        return f"busybox {self.applet}"

    @property
    def usage(self) -> str:
        name = self.usage_name.format(applet=self.applet, release=self.process.context.release)
        return f"{version(self.process)}\n\n{resource('busybox', name)}"

    def misused(self, problem: str) -> Exit:
        if self.process.context.busybox:
            problem = _GLIBC.sub(r"\1: \2", problem.replace("invalid option", "unrecognized option"))
        return Exit(1, stderr=f"{self.applet}: {problem}\n{self.usage}")

    def die(self, problem: str) -> Exit:
        """bb_error_msg_and_die()."""
        return Exit(1, stderr=f"{self.applet}: {problem}\n")
