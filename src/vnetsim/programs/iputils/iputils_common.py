"""What ping, arping and tracepath share (iputils: iputils_common.c): their usage, their version, numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar, Final

from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import Options, option
from vnetsim.programs.resources import resource
from vnetsim.values import define

INT_MAX: Final = (1 << 31) - 1
_INTEGER: Final = re.compile(r"\s*[+-]?\d+")
_FEATURES: Final = "libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n"


@define
class IputilsOptions(Options):
    """`-h` and a wrong option print the usage, with the same exit status."""

    tool: ClassVar[str]
    usage: ClassVar[str]
    usage_status: ClassVar[int] = 2

    @property
    def newer(self) -> bool:
        """iputils 20250605, as in containers, instead of 20221126."""
        return self.process.context.release != "bookworm"

    def misused(self, *problems: str) -> Exit:
        usage = resource("iputils", self.usage.format(release=self.process.context.release))
        return Exit(self.usage_status, *problems, stderr=usage)

    @option("-h", "-?")
    def help(self, _: str) -> None:
        raise self.misused()

    @option("-V")
    def version_text(self, _: str) -> None:
        raise Exit(0, stdout=f"{self.tool} from iputils {'20250605' if self.newer else '20221126'}\n{_FEATURES}")


def strtol_or_err(text: str, low: int, high: int, what: str = "invalid argument") -> int:
    """A decimal number."""
    if not _INTEGER.fullmatch(text):
        raise Exit(1, f"{what}: '{text}'")
    value = int(text)
    if not low <= value <= high:
        raise Exit(1, f"{what}: '{text}': out of range: {low} <= value <= {high}")
    return value


def between(low: int, high: int = INT_MAX) -> Callable[[str], int]:
    """Reads a number of that range."""
    return lambda text: strtol_or_err(text, low, high)
