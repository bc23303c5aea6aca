"""The options before the object of `tc` (iproute2: tc/tc.c: main)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from vnetsim.errors import NotModelled
from vnetsim.process import Process
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error, usage_text
from vnetsim.programs.iproute2.lib.namespace import switch
from vnetsim.programs.iproute2.lib.options import Iproute2Options
from vnetsim.programs.libc.options import flag, option
from vnetsim.values import define


@define
class TcOptions(Iproute2Options):
    option_names = (
        "-stats -statistics -details -raw -pretty -graph -Version -iec -help -force -batch -netns -Numeric -names -cf "
        "-conf -timestamp -tshort -json -oneline -brief"
    )
    helper = "tc -help"
    double_dash = False
    #: Time stamps are those of `monitor`.
    ignored = "-timestamp -tshort"

    raw: bool = flag("-raw")
    graph: bool = flag("-graph")
    names: bool = flag("-names")
    names_file: str | None = None

    @classmethod
    def read(cls, process: Process, args: Sequence[str] | None = None) -> Self:
        options = super().read(process, args)
        options.read_names()
        return options

    def read_names(self) -> None:
        """cls_names_init(): no machine has the file that is read without -conf."""
        if not self.names or self.names_file is None:
            return
        if self.process.context.files.exists(self.names_file):
            raise NotModelled("names of classes")
        raise Iproute2Error(255, f"Can't open class names file: {self.names_file}")

    def read_color(self, arg: str) -> bool:
        self.color = arg in ("-color", "-color=always")
        return arg.partition("=")[0] == "-color"

    @option("-Version")
    def version(self, _: str) -> None:
        self.process.write("tc utility, iproute2-6.1.0, libbpf 1.1.2\n")
        raise Iproute2Error(0)

    @option("-help")
    def help(self, _: str) -> None:
        self.process.error(usage_text("tc"))
        raise Iproute2Error(0)

    @option("-netns")
    def netns(self, _: str) -> None:
        self.network = switch(self.process, self.args.next_arg())

    @option("-cf", "-conf")
    def read_names_file(self, _: str) -> None:
        self.names_file = self.args.next_arg()

    @option("-batch")
    def read_batch(self, _: str) -> None:
        self.batch_file = self.args.take()
        if self.batch_file is None:
            self.process.error(usage_text("tc") * 2)
            raise Iproute2Error(0)
