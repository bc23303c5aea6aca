"""The options before the object of `tc` (iproute2: tc/tc.c: main)."""

from __future__ import annotations

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
    ignored = "-graph -timestamp -tshort"
    unmodelled = "-names"

    raw: bool = flag("-raw")

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
    def names_file(self, _: str) -> None:
        """Names are in a file that nothing here has."""
        self.args.next_arg()

    @option("-batch")
    def read_batch(self, _: str) -> None:
        self.batch_file = self.args.take()
        if self.batch_file is None:
            self.process.error(usage_text("tc") * 2)
            raise Iproute2Error(0)
