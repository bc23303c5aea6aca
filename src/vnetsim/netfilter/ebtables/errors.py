"""How ebtables refuses (xtables_error, nft_strerror)."""

from __future__ import annotations

from vnetsim.errors import VnetsimError
from vnetsim.netfilter.errors import VERSION


class EbtablesRefusal(VnetsimError):
    """`plain`: a sentence of nft_strerror; else it names the version, and `usage` adds the line about help."""

    def __init__(self, message: str, status: int = 1, *, plain: bool = False, usage: bool = False) -> None:
        super().__init__(message)
        self.message, self.status, self.plain, self.usage = message, status, plain, usage

    def __str__(self) -> str:
        if self.plain:
            return f"ebtables: {self.message}"
        text = f"ebtables {VERSION}: {self.message}"
        return f"{text}\nTry `ebtables -h' or 'ebtables --help' for more information." if self.usage else text


def usage(message: str) -> EbtablesRefusal:
    """A command that makes no sense."""
    return EbtablesRefusal(message, status=2, usage=True)
