"""Packets for a program that listens to a netlink group: NFLOG (xt_NFLOG.c).

Not modelled: such programs.
"""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParseContext, ParsedOptions, XtOption, quoted
from vnetsim.netfilter.rules import XtTarget
from vnetsim.values import frozen

_SHORT: Final = 0xFFFF


@frozen(str=False, kw_only=True)
class NfLog(XtTarget):
    name = "NFLOG"
    prefix: str = ""
    group: int = 0
    size: int | None = None
    threshold: int = 0

    @property
    def _details(self) -> list[tuple[str, str]]:
        return [
            (name, text)
            for name, text, given in (
                ("prefix", quoted(self.prefix), self.prefix),
                ("group", str(self.group), self.group),
                ("size", str(self.size), self.size is not None),
                ("threshold", str(self.threshold), self.threshold),
            )
            if given
        ]

    def listing(self, _numeric: bool) -> str:
        return " ".join(f"nflog-{name} {text}" for name, text in self._details)

    def __str__(self) -> str:
        return " ".join(["NFLOG", *(f"--nflog-{name} {text}" for name, text in self._details)])


def _range(text: str, context: ParseContext) -> int:
    context.notes.append(
        "warn: --nflog-range has never worked and is no longer supported, please use --nflog-size instead"
    )
    size: int = options.integer(0, UINT32_MAX)(text, context)
    return size


def _nflog(parsed: ParsedOptions) -> NfLog:
    return NfLog(
        prefix=parsed.get("nflog-prefix", ""),
        group=parsed.get("nflog-group", 0),
        size=parsed.get("nflog-size"),
        threshold=parsed.get("nflog-threshold", 0),
    )


TARGETS: Final = (
    Extension(
        "NFLOG",
        (
            XtOption("nflog-group", options.integer(0, _SHORT)),
            XtOption("nflog-prefix", options.string(63, minimum=1, one_line=True)),
            XtOption("nflog-range", _range),
            XtOption("nflog-size", options.integer(0, UINT32_MAX)),
            XtOption("nflog-threshold", options.integer(0, _SHORT)),
        ),
        _nflog,
    ),
)
