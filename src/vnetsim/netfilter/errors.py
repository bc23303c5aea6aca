"""How iptables refuses: three voices, each with its exit status (xtables_error, nft_strerror, nft_action)."""

from __future__ import annotations

from typing import Final

from vnetsim.errors import VnetsimError
from vnetsim.values import define

NO_CHAIN: Final = "No chain/target/match by that name."
BAD_RULE: Final = "Bad rule (does a matching rule exist in that chain?)."
VERSION: Final = "v1.8.9 (nf_tables)"
#: What iptables says where it looks for names of labels (connlabel.conf).
NO_LABEL_NAMES: Final = "Warning: cannot open /etc/xtables/connlabel.conf: No such file or directory"


@define(auto_exc=True, str=False)
class NetfilterError(VnetsimError):
    """iptables' own refusal: nothing was sent to the kernel.

    `message` is without the name of the program, which `program` is; `status` is the exit status; `failures` are
    the operations of a batch failed (from 0), with the message about each.
    """

    message: str
    status: int = 1
    failures: tuple[tuple[int, str], ...] = ()
    program: str = "iptables"

    def __str__(self) -> str:
        return f"{self.program}: {self.message}"


class ArgumentError(NetfilterError):
    """A command that makes no sense: iptables adds a line that points to its help."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message, status=status)

    def __str__(self) -> str:
        return f"{self.program} {VERSION}: {self.message}"


class BadArgumentError(ArgumentError):
    """A token that is no option's argument; iptables does not print its own name before this message."""

    def __init__(self, token: str) -> None:
        super().__init__(f"Bad argument `{token}'")

    def __str__(self) -> str:
        return self.message


class KernelRefusalError(NetfilterError):
    """The kernel refused some operations of a batch, and so all of it."""

    def __init__(self, failures: tuple[tuple[int, str], ...]) -> None:
        super().__init__(f" {failures[0][1]}", status=4, failures=failures)

    def __str__(self) -> str:
        return f"{self.program} {VERSION}: {self.message}"
