"""Comments: comment (xt_comment.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.options import Extension, ParsedOptions, XtOption, quoted
from vnetsim.netfilter.packet import MatchKey, PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen


@frozen
class Comment(XtMatch):
    name = "comment"
    cacheable = True
    text: str

    @property
    def match_keys(self) -> tuple[MatchKey, ...]:
        return ()

    def matches(self, _packet: PktInfo) -> bool:
        return True

    def listing(self, _numeric: bool) -> str:
        return f"/* {self.text} */"

    def __str__(self) -> str:
        return f"-m comment --comment {quoted(self.text)}"


def _comment(parsed: ParsedOptions) -> Comment:
    return Comment(parsed.get("comment"))


MATCHES: Final = (Extension("comment", (XtOption("comment", options.string(255), mandatory=True),), _comment),)
