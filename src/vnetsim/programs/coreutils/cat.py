"""cat (coreutils): -n, -b, -E, -T, -v, -e, -t, -A, -s, -u."""

from __future__ import annotations

from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.octets import encode
from vnetsim.programs.libc.options import GnuOptions, flag, option
from vnetsim.programs.libc.streams import source
from vnetsim.values import define


@define
class CatOptions(GnuOptions):
    ignored = "-u"

    number: bool = flag("-n", "--number")
    number_nonblank: bool = flag("-b", "--number-nonblank")
    show_ends: bool = flag("-E", "--show-ends")
    show_tabs: bool = flag("-T", "--show-tabs")
    squeeze_blank: bool = flag("-s", "--squeeze-blank")
    show_nonprinting: bool = flag("-v", "--show-nonprinting")

    @option("-A", "--show-all")
    def show_all(self, _: str) -> None:
        self.show_nonprinting = self.show_ends = self.show_tabs = True

    @option("-e")
    def show_nonprinting_and_ends(self, _: str) -> None:
        self.show_nonprinting = self.show_ends = True

    @option("-t")
    def show_nonprinting_and_tabs(self, _: str) -> None:
        self.show_nonprinting = self.show_tabs = True


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = CatOptions.read(process)
    writer = _Writer(process, options)
    status = 0
    for name in options.operands or ("-",):
        try:
            opened = source(process, name)
        except KernelError as error:
            process.error(f"cat: {name}: {error.errno.strerror}\n")
            status = 1
            continue
        while line := (yield from opened.line()):
            writer.line(line)
    return status


@define
class _Writer:
    """Writes lines as the options want them; the numbers go on from file to file."""

    process: Process
    options: CatOptions
    number: int = 0
    blank: bool = False

    def line(self, line: str) -> None:
        empty = line == "\n"
        if self.options.squeeze_blank and empty and self.blank:
            return
        self.blank = empty
        numbered = not empty if self.options.number_nonblank else self.options.number
        prefix = ""
        if numbered:
            self.number += 1
            prefix = f"{self.number:6}\t"
        if self.options.show_nonprinting:
            line = "".join(map(_shown, line))
        if self.options.show_tabs:
            line = line.replace("\t", "^I")
        if self.options.show_ends and line.endswith("\n"):
            line = line[:-1].removesuffix("\r") + "^M" * line.endswith("\r\n") + "$\n"
        self.process.write(prefix + line)


def _shown(character: str) -> str:
    """A character in the notation of -v: `^M`, `M-C`."""
    if character in "\n\t":
        return character
    shown = ""
    for byte in encode(character):
        high, low = divmod(byte, 128)
        shown += "M-" * high + (f"^{chr(low ^ 64)}" if low < 32 or low == 127 else chr(low))
    return shown
