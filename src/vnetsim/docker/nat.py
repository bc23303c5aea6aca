"""Ports as `80/tcp` (go-connections/nat)."""

from __future__ import annotations

from typing import Final

from vnetsim.docker.gotypes import parse_int
from vnetsim.errors import EngineError
from vnetsim.values import frozen

PROTOCOLS: Final = ("tcp", "udp", "sctp")


@frozen(kw_only=True)
class ContainerPort:
    """A container's port, `80/tcp`."""

    number: int
    protocol: str

    @classmethod
    def parse(cls, text: str) -> ContainerPort:
        number, _, protocol = text.partition("/")
        try:
            port = parse_int(number)
        except ValueError:
            raise EngineError(400, f'invalid port specification: "{number}"') from None
        return cls(number=port, protocol=(protocol or "tcp").lower())

    @property
    def rank(self) -> tuple[int, int]:
        return self.number, PROTOCOLS.index(self.protocol) if self.protocol in PROTOCOLS else len(PROTOCOLS)

    def __str__(self) -> str:
        return f"{self.number}/{self.protocol}"
