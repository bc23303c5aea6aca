"""Errors of a batch: refused operations and their parts (extended acknowledgements of nf_tables)."""

from __future__ import annotations

from typing import Final

from vnetsim.errors import Errno, KernelError
from vnetsim.values import define, frozen

#: Parts of an operation that a refusal can be about; "" is all of it.
TABLE: Final = "table"
CHAIN: Final = "chain"
SET: Final = "set"
OBJECT: Final = "object"
HANDLE: Final = "handle"
POLICY: Final = "policy"
TYPE: Final = "type"


@frozen
class ExtAck:
    """Operation `number` (from 0) of a batch was refused because of its `part`.

    A part is one of the names above, or ("element", n) or ("statement", n) with the number of that one, from 0.
    """

    number: int
    errno: Errno
    part: str | tuple[str, int] = ""


class OperationRefused(Exception):
    """Within a transaction: one operation fails."""

    def __init__(self, errno: Errno, part: str | tuple[str, int] = "") -> None:
        super().__init__(errno.strerror)
        self.errno, self.part = errno, part


@define(auto_exc=True, str=False)
class BatchRefused(KernelError):
    """Nothing of the batch was done."""

    failures: tuple[ExtAck, ...] = ()

    def __str__(self) -> str:
        return f"Error: Could not process rule: {self.errno.strerror}"
